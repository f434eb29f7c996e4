/* A search outwards from the centre, level by level, then the nodes and every reference between
 * those that were reached; see graph.h. */
#include "bench/inside/graph.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/units.h"
#include "bench/inside/reference.h"

enum { NODES_MAX = 400 };

/* What is drawn. */
struct node {
    size_t number; /* into census->object[] */
    unsigned level;
    bool centre;
    size_t left_out; /* neighbours that would be too many */
};

struct graph {
    const struct census *census;
    const struct graph_request *request;
    struct node node[NODES_MAX];
    size_t count;
    /* while a level is searched */
    size_t holder; /* number of the object whose referents are visited */
    struct node *around;
    size_t drawn; /* neighbours of `around` so far */
};

static struct node *node_of(struct graph *self, size_t number)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->node[i].number == number) {
            return &self->node[i];
        }
    }
    return NULL;
}

static void add_node(struct graph *self, size_t number, unsigned level)
{
    if (self->count < NODES_MAX) {
        self->node[self->count++] = (struct node){.number = number, .level = level};
    }
}

/* A neighbour of `around`: drawn, unless it would be too many. */
static void reach(struct graph *self, size_t number)
{
    if (node_of(self, number) != NULL) {
        return;
    }
    if (self->drawn >= self->request->width || self->count == NODES_MAX) {
        self->around->left_out++;
        return;
    }
    self->drawn++;
    add_node(self, number, self->around->level + 1);
}

static size_t number_of(const struct graph *self, const struct object *object)
{
    const struct census_object *found = census_find(self->census, object);
    return found == NULL ? SIZE_MAX : (size_t)(found - self->census->object);
}

static int visit_out(struct object *referent, void *argument)
{
    struct graph *self = argument;
    size_t number = number_of(self, referent);
    if (number != SIZE_MAX) {
        reach(self, number);
    }
    return 0;
}

/* Non-zero: the object that is looked for is among the referents. */
static int visit_is(struct object *referent, void *argument)
{
    return referent == argument;
}

static void traverse(struct object *object, visit_f *visit, void *argument)
{
    if (object_is_gc(object)) {
        object->type->traverse(object, visit, argument);
    }
}

static bool refers(struct object *holder, struct object *referent)
{
    return object_is_gc(holder) && holder->type->traverse(holder, visit_is, referent) != 0;
}

static void search_around(struct graph *self, size_t at)
{
    const struct census *census = self->census;
    self->around = &self->node[at];
    struct object *object = census->object[self->around->number].object;
    self->drawn = 0;
    if ((self->request->direction & GRAPH_OUT) != 0) {
        traverse(object, visit_out, self);
    }
    self->drawn = 0;
    for (size_t i = 0; (self->request->direction & GRAPH_IN) != 0 && i < census->count; i++) {
        if (refers(census->object[i].object, object)) {
            reach(self, i);
        }
    }
}

/* Choosing the centre ------------------------------------------------------------------------- */

static bool centre_garbage(struct graph *self, struct error *error)
{
    size_t *cycle;
    size_t length = census_cycle(self->census, &cycle);
    for (size_t i = 0; i < length; i++) {
        add_node(self, cycle[i], 0);
    }
    free(cycle);
    return length > 0 || error_set(error, "nothing is garbage here: no cycle to draw");
}

static bool centre_named(struct graph *self)
{
    for (size_t i = 0; i < self->request->names; i++) {
        const struct graph_name *name = &self->request->name[i];
        if (strcmp(name->name, self->request->around) == 0) {
            size_t number = number_of(self, name->object);
            if (number != SIZE_MAX) {
                add_node(self, number, 0);
            }
            return number != SIZE_MAX;
        }
    }
    return false;
}

/* The types that there are, for a message. */
static void list_types(const struct census *census, char *text, size_t length)
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t i = 0; i < census->count && at < length; i++) {
        const char *name = census->object[i].object->type->name;
        bool known = false;
        for (const char *from = text; !known && (from = strstr(from, name)) != NULL; from++) {
            char end = from[strlen(name)];
            known = (from == text || from[-1] == ' ') && (end == '\0' || end == ',');
        }
        if (!known) {
            at += (size_t)snprintf(text + at, length - at, "%s%s", at == 0 ? "" : ", ", name);
        }
    }
}

static bool centre_typed(struct graph *self, struct error *error)
{
    const struct census *census = self->census;
    const char *around = self->request->around;
    const char *hash = strrchr(around, '#');
    size_t length = hash != NULL ? (size_t)(hash - around) : strlen(around);
    uint64_t wanted = 1, found = 0;
    if (hash != NULL && (!units_parse_count(hash + 1, &wanted) || wanted == 0)) {
        return error_set(error, "'%.100s': after # comes a number from 1", around);
    }
    for (size_t i = 0; i < census->count; i++) {
        const char *name = census->object[i].object->type->name;
        if (strlen(name) == length && strncmp(name, around, length) == 0 && ++found == wanted) {
            add_node(self, i, 0);
            return true;
        }
    }
    if (found > 0) {
        return error_set(error, "there are only %llu objects of type %.*s",
                         (unsigned long long)found, (int)length, around);
    }
    char types[300];
    list_types(census, types, sizeof types);
    return error_set(error, "nothing here is called '%.100s'%s%s%s", around,
                     census->count > 0 ? "; types that are: " : "; nothing is alive", types,
                     self->request->names > 0 ? "; or a name of the scenario" : "");
}

/* Writing ------------------------------------------------------------------------------------- */

static void write_node(const struct graph *self, const struct node *node, FILE *out)
{
    char says[64], generation[24];
    const struct census_object *seen = &self->census->object[node->number];
    object_says(seen->object, says, sizeof says);
    if (seen->generation == CENSUS_UNTRACKED) {
        snprintf(generation, sizeof generation, "untracked");
    } else if (seen->generation == CENSUS_PERMANENT) {
        snprintf(generation, sizeof generation, "permanent");
    } else {
        snprintf(generation, sizeof generation, "generation %d", seen->generation);
    }
    fprintf(out, "  n%zu [label=\"%s%s%s\\nrefcount %lld", node->number, seen->object->type->name,
            says[0] != '\0' ? " " : "", says, (long long)seen->object->refcount);
    if (seen->generation >= 0 && seen->generation < GENERATIONS) {
        fprintf(out, ", gc_refs %lld", (long long)seen->gc_refs);
    }
    fprintf(out, "\\n%s\"%s%s%s];\n", generation,
            seen->garbage ? ", fillcolor=\"#f6c9c4\", style=filled" : "",
            seen->generation == CENSUS_UNTRACKED ? ", color=\"#999999\"" : "",
            node->centre ? ", penwidth=2.5" : "");
    if (node->left_out > 0) {
        fprintf(out, "  m%zu [label=\"%zu more\", shape=plaintext];\n", node->number,
                node->left_out);
        fprintf(out, "  n%zu -> m%zu [style=dotted, dir=none];\n", node->number, node->number);
    }
}

struct times {
    const struct object *wanted;
    size_t count;
};

static int visit_times(struct object *referent, void *argument)
{
    struct times *times = argument;
    times->count += referent == times->wanted;
    return 0;
}

static size_t times_of(struct object *holder, struct object *referent)
{
    struct times times = {referent, 0};
    traverse(holder, visit_times, &times);
    return times.count;
}

/* Every reference from one node to another, those of a garbage cycle in red. */
static size_t write_references(struct graph *self, FILE *out)
{
    size_t written = 0;
    char name[64];
    for (size_t i = 0; i < self->count; i++) {
        const struct census_object *holder = &self->census->object[self->node[i].number];
        for (size_t j = 0; j < self->count; j++) {
            const struct census_object *referent = &self->census->object[self->node[j].number];
            size_t times = times_of(holder->object, referent->object);
            if (times == 0) {
                continue;
            }
            reference_name(holder->object, referent->object, name, sizeof name);
            fprintf(out, "  n%zu -> n%zu [label=\"%s", self->node[i].number, self->node[j].number,
                    name);
            fprintf(out, times > 1 ? "%s%zu times\"" : "\"", name[0] != '\0' ? ", " : "", times);
            fprintf(out, "%s];\n",
                    holder->garbage && referent->garbage ? ", color=\"#b3261e\"" : "");
            written += times;
        }
    }
    return written;
}

/* What holds an object from outside of all objects: its names, or the stack and the workload. */
static void write_outside(const struct graph *self, const struct node *node, FILE *out)
{
    const struct census_object *seen = &self->census->object[node->number];
    int64_t outside = seen->object->refcount - seen->held;
    for (size_t i = 0; i < self->request->names; i++) {
        if (self->request->name[i].object == seen->object) {
            fprintf(out, "  o%zu_%zu [label=\"%s\", shape=plaintext];\n", node->number, i,
                    self->request->name[i].name);
            fprintf(out, "  o%zu_%zu -> n%zu;\n", node->number, i, node->number);
            outside--;
        }
    }
    if (outside > 0 && object_is_gc(seen->object)) {
        fprintf(out, "  o%zu [label=\"%lld from outside\", shape=plaintext];\n", node->number,
                (long long)outside);
        fprintf(out, "  o%zu -> n%zu [style=dashed];\n", node->number, node->number);
    }
}

static void summarize(const struct graph *self, struct graph_summary *summary)
{
    const struct census_object *seen = &self->census->object[self->node[0].number];
    snprintf(summary->centre, sizeof summary->centre, "%s%.60s",
             strcmp(self->request->around, "garbage") == 0 ? "a garbage cycle with a " : "",
             seen->object->type->name);
    summary->objects = self->count;
}

bool graph_write(const struct census *census, const struct graph_request *request, FILE *out,
                 struct graph_summary *summary, struct error *error)
{
    struct graph *self = calloc(1, sizeof *self);
    CHECK(self != NULL);
    self->census = census;
    self->request = request;
    bool ok = strcmp(request->around, "garbage") == 0
                  ? centre_garbage(self, error)
                  : centre_named(self) || centre_typed(self, error);
    for (size_t i = 0; ok && i < self->count; i++) {
        self->node[i].centre = self->node[i].level == 0;
        if (self->node[i].level < request->depth) {
            search_around(self, i);
        }
    }
    if (ok) {
        fprintf(out, "digraph heap {\n  rankdir=LR;\n"
                     "  node [shape=box, fontname=\"sans-serif\", fontsize=11];\n"
                     "  edge [fontname=\"sans-serif\", fontsize=9];\n");
        for (size_t i = 0; i < self->count; i++) {
            write_node(self, &self->node[i], out);
            write_outside(self, &self->node[i], out);
        }
        summary->references = write_references(self, out);
        fprintf(out, "}\n");
        summarize(self, summary);
    }
    free(self);
    return ok;
}

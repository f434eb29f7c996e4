/* Moments and their snapshots; see inside.h. */
#include "bench/inside/inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/units.h"
#include "collector/gc.h"
#include "workloads/scenario/core.h"

void inside_open(struct inside *self, const struct inside_request *request)
{
    *self = (struct inside){.request = request};
}

void inside_close(struct inside *self)
{
    live_free(&self->live);
    names_free(&self->sites);
    names_free(&self->types);
    snapshot_free(&self->since);
    snapshot_free(&self->at);
    callers_close(&self->callers);
    free(self->root);
}

static bool is_wanted(const char *wanted, const char *name, uint64_t number)
{
    uint64_t at;
    if (number != 0) {
        return units_parse_count(wanted, &at) && at == number;
    }
    return strcmp(wanted, name) == 0;
}

/* What each name of a scenario holds: the caller frees it. */
static struct graph_name *names_bound(const struct inside *self, size_t *count)
{
    const struct scenario_machine *machine = self->machine;
    *count = 0;
    if (machine == NULL) {
        return NULL;
    }
    struct graph_name *names = calloc(machine->place_count, sizeof *names);
    CHECK(names != NULL);
    for (size_t i = 0; i < machine->place_count; i++) {
        if (machine->place[i].object != NULL) {
            names[(*count)++] = (struct graph_name){machine->program->name[i].text,
                                                    (const void *)machine->place[i].object};
        }
    }
    return names;
}

static void draw_to(struct inside *self, const struct census *census, FILE *out)
{
    struct graph_request graph = self->request->graph;
    struct graph_name *names = names_bound(self, &graph.names);
    graph.name = names;
    (void)graph_write(census, &graph, out, &self->drawn, &self->error);
    free(names);
}

static void draw(struct inside *self, const struct census *census)
{
    const char *path = self->request->dot;
    FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
    if (out == NULL) {
        error_set(&self->error, "%.200s: %s", path, strerror(errno));
        return;
    }
    draw_to(self, census, out);
    int closed = out == stdout ? fflush(out) : fclose(out);
    if (self->error.text[0] != '\0' && out != stdout) {
        unlink(path);
    } else if (closed != 0) {
        error_set(&self->error, "%.200s: %s", path, strerror(errno));
    }
}

static void root_add(struct inside *self, struct object *object)
{
    if (self->roots == self->root_capacity) {
        self->root_capacity = self->root_capacity == 0 ? 64 : 2 * self->root_capacity;
        self->root = reallocarray(self->root, self->root_capacity, sizeof *self->root);
        CHECK(self->root != NULL);
    }
    self->root[self->roots++] = object;
}

/* The names of a scenario are its roots, whatever they hold at the moment; `reborn` is the run's own
 * until a phoenix is in it. */
static void find_roots(struct inside *self)
{
    const struct scenario_machine *machine = self->machine;
    if (machine != NULL) {
        self->roots = 0;
        for (size_t i = 0; i < machine->place_count; i++) {
            struct scenario_object *object = machine->place[i].object;
            bool empty = i == NAME_REBORN && core_backend.length(machine->self, object) == 0;
            if (object != NULL && !empty) {
                root_add(self, (struct object *)(void *)object);
            }
        }
    }
}

static void hear_root(struct runtime *runtime, struct object *root)
{
    struct collector *collector = (struct collector *)(uintptr_t)runtime->collector;
    root_add(container_of(collector, struct inside, collector), root);
}

static void hear_no_root(struct runtime *runtime, struct object *root)
{
    struct collector *collector = (struct collector *)(uintptr_t)runtime->collector;
    struct inside *self = container_of(collector, struct inside, collector);
    for (size_t i = self->roots; i > 0; i--) {
        if (self->root[i - 1] == root) {
            self->root[i - 1] = self->root[--self->roots];
            return;
        }
    }
}

void inside_hear_roots(struct inside *self, struct runtime *runtime)
{
    self->runtime = runtime;
    self->collector = *runtime->collector;
    self->collector.root_add = hear_root;
    self->collector.root_remove = hear_no_root;
    runtime->collector = &self->collector;
}

static void take(struct inside *self, struct snapshot *snapshot, bool last)
{
    struct census census;
    if (self->request->leaks) {
        self->collected[last] = gc_collect(self->runtime, GENERATIONS - 1);
    }
    find_roots(self);
    census_take(&census, self->runtime, self->root, self->roots);
    census.type = self->class_type;
    census.types = self->machine != NULL ? CORE_CLASSES : 0;
    snapshot_take(snapshot, &self->live, &census, &self->types);
    if (last && self->request->dot != NULL) {
        draw(self, &census);
    }
    census_free(&census);
}

void inside_moment(struct inside *self, const char *name, uint64_t number)
{
    if (self->runtime->gc.collecting) {
        return;
    }
    const struct inside_request *request = self->request;
    bool compares = request->growth || request->leaks;
    if (compares && !self->since.taken && is_wanted(request->since, name, number)) {
        take(self, &self->since, false);
    }
    if (!self->at.taken && is_wanted(request->at, name, number)) {
        take(self, &self->at, true);
    }
}

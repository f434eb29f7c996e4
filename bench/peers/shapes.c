/* Building the shapes; see shapes.h. Anything short of memory ends the program: it is a benchmark
 * on a machine that must have enough. */
#include "bench/peers/shapes.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

bool shapes_open(struct shapes *self, struct runtime *runtime)
{
    const struct class_spec pair = {.name = "Pair", .slots = 2};
    const struct class_spec quad = {.name = "Quad", .slots = 4};
    const struct class_spec plain = {.name = "Plain", .has_dict = true, .has_weakrefs = true};
    *self = (struct shapes){.runtime = runtime,
                            .pair = class_new(runtime, &pair),
                            .quad = class_new(runtime, &quad),
                            .plain = class_new(runtime, &plain),
                            .next = str_interned(runtime, "next"),
                            .value = str_interned(runtime, "value")};
    return self->pair != NULL && self->quad != NULL && self->plain != NULL && self->next != NULL &&
           self->value != NULL;
}

void shapes_close(struct shapes *self)
{
    decref(self->runtime, self->next);
    decref(self->runtime, self->value);
    runtime_drain(self->runtime);
    class_delete(self->runtime, self->pair);
    class_delete(self->runtime, self->quad);
    class_delete(self->runtime, self->plain);
}

static uint64_t draw(uint64_t *x, uint64_t below)
{
    *x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*x >> 33) % below;
}

/* The items of `list` in a random order, in a new list; `list` is released. */
static struct object *shuffled(struct shapes *self, struct object *list)
{
    struct runtime *rt = self->runtime;
    int64_t n = list_length(list);
    int64_t *order = malloc((size_t)n * sizeof(*order));
    struct object *result = list_new(rt, 0);
    CHECK(order != NULL && result != NULL);
    uint64_t x = 1;
    for (int64_t i = 0; i < n; i++) {
        int64_t other = (int64_t)draw(&x, (uint64_t)i + 1);
        order[i] = other < i ? order[other] : i;
        order[other] = i;
    }
    for (int64_t i = 0; i < n; i++) {
        CHECK(list_append(rt, result, list_get(list, order[i])));
    }
    free(order);
    decref(rt, list);
    return result;
}

/* A list of n new instances of a class, or lists without one, in order of birth or not. Plain ones
 * get their attributes at once: a class soon stops sharing keys with instances that have none. */
static struct object *make_nodes(struct shapes *self, struct class *class, int64_t n, bool aged)
{
    struct runtime *rt = self->runtime;
    struct object *nodes = list_new(rt, 0);
    CHECK(nodes != NULL);
    for (int64_t i = 0; i < n; i++) {
        struct object *node = class != NULL ? instance_new(rt, class) : list_new(rt, 0);
        CHECK(node != NULL && list_append_take(rt, nodes, node));
        if (class != NULL && class == self->plain) {
            CHECK(object_setattr(rt, node, self->next, none_of(rt)));
            CHECK(object_setattr(rt, node, self->value, small_int_of(rt, i % 100)));
        }
    }
    return aged ? shuffled(self, nodes) : nodes;
}

/* The first node; the list goes. */
static struct object *first_of(struct shapes *self, struct object *nodes)
{
    struct object *first = newref(list_get(nodes, 0));
    decref(self->runtime, nodes);
    return first;
}

static struct object *build_lists(struct shapes *self, int64_t n, bool aged)
{
    return make_nodes(self, NULL, n, aged);
}

static struct object *build_ring(struct shapes *self, int64_t n, bool aged)
{
    struct object *nodes = make_nodes(self, self->pair, n, aged);
    for (int64_t i = 0; i < n; i++) {
        struct object *next = list_get(nodes, (i + 1) % n);
        instance_slot_set(self->runtime, list_get(nodes, i), 0, next);
        instance_slot_set(self->runtime, next, 1, list_get(nodes, i));
    }
    return first_of(self, nodes);
}

static struct object *build_instances(struct shapes *self, int64_t n, bool aged)
{
    struct runtime *rt = self->runtime;
    struct object *nodes = make_nodes(self, self->plain, n, aged);
    for (int64_t i = 0; i < n; i++) {
        struct object *node = list_get(nodes, i);
        CHECK(object_setattr(rt, node, self->next, list_get(nodes, (i + 1) % n)));
    }
    return first_of(self, nodes);
}

static struct object *build_random(struct shapes *self, int64_t n, bool aged)
{
    struct object *nodes = make_nodes(self, self->quad, n, aged);
    uint64_t x = 1;
    for (int64_t i = 0; i < n; i++) {
        for (uint32_t slot = 0; slot < 4; slot++) {
            struct object *target = list_get(nodes, (int64_t)draw(&x, (uint64_t)n));
            instance_slot_set(self->runtime, list_get(nodes, i), slot, target);
        }
    }
    return nodes;
}

/* Node i of an array is the parent of 2 i + 1 and 2 i + 2. */
static struct object *link_tree(struct shapes *self, struct object *nodes)
{
    int64_t n = list_length(nodes);
    for (int64_t i = 1; i < n; i++) {
        CHECK(list_append(self->runtime, list_get(nodes, (i - 1) / 2), list_get(nodes, i)));
    }
    return first_of(self, nodes);
}

static struct object *build_tree(struct shapes *self, int64_t n, bool aged)
{
    struct object *children[2] = {NULL, NULL};
    if (aged) {
        return link_tree(self, make_nodes(self, NULL, n, true));
    }
    if (n > 1) {
        children[0] = n > 2 ? build_tree(self, (n - 1) / 2, false) : NULL;
        children[1] = build_tree(self, n - 1 - (n - 1) / 2, false);
    }
    struct object *node = list_new(self->runtime, 0);
    CHECK(node != NULL);
    for (int i = 0; i < 2; i++) {
        CHECK(children[i] == NULL || list_append_take(self->runtime, node, children[i]));
    }
    return node;
}

static const struct {
    const char *name;
    struct object *(*build)(struct shapes *self, int64_t n, bool aged);
} shapes[] = {{"lists", build_lists},
              {"ring", build_ring},
              {"instances", build_instances},
              {"random", build_random},
              {"tree", build_tree}};

struct object *shapes_build(struct shapes *self, const char *name, int64_t n)
{
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        size_t length = strlen(shapes[i].name);
        bool aged = strcmp(name + (strlen(name) > length ? length : 0), "/aged") == 0;
        if (strncmp(name, shapes[i].name, length) == 0 && (aged || name[length] == '\0')) {
            return shapes[i].build(self, n, aged);
        }
    }
    return NULL;
}

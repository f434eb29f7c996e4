/* Building the shapes; see shapes.h. Anything short of memory ends the program: it is a benchmark
 * on a machine that must have enough. */
#include "bench/peers/shapes.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

const char *const shapes_names[] = {"lists", "ring", "instances", "random",
                                    "tree",  "aged", "knot",      NULL};

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

static struct object *build_lists(struct shapes *self, int64_t n)
{
    struct object *root = list_new(self->runtime, 0);
    for (int64_t i = 0; i < n; i++) {
        CHECK(list_append_take(self->runtime, root, list_new(self->runtime, 0)));
    }
    return root;
}

static struct object *build_ring(struct shapes *self, int64_t n)
{
    struct runtime *rt = self->runtime;
    struct object *first = instance_new(rt, self->pair);
    struct object *last = newref(first);
    for (int64_t i = 1; i < n; i++) {
        struct object *node = instance_new(rt, self->pair);
        CHECK(node != NULL);
        instance_slot_set(rt, last, 0, node);
        instance_slot_set(rt, node, 1, last);
        decref(rt, last);
        last = node;
    }
    instance_slot_set(rt, last, 0, first);
    instance_slot_set(rt, first, 1, last);
    decref(rt, last);
    return first;
}

static struct object *build_instances(struct shapes *self, int64_t n)
{
    struct runtime *rt = self->runtime;
    struct object *first = instance_new(rt, self->plain);
    struct object *last = newref(first);
    for (int64_t i = 1; i <= n; i++) {
        struct object *node = i < n ? instance_new(rt, self->plain) : newref(first);
        CHECK(object_setattr(rt, last, self->next, node));
        CHECK(object_setattr(rt, last, self->value, small_int_of(rt, i % 100)));
        decref(rt, last);
        last = node;
    }
    decref(rt, last);
    return first;
}

static uint64_t draw(uint64_t *x, uint64_t below)
{
    *x = *x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*x >> 33) % below;
}

static struct object *build_random(struct shapes *self, int64_t n)
{
    struct runtime *rt = self->runtime;
    struct object *root = list_new(rt, 0);
    for (int64_t i = 0; i < n; i++) {
        CHECK(list_append_take(rt, root, instance_new(rt, self->quad)));
    }
    uint64_t x = 1;
    for (int64_t i = 0; i < n; i++) {
        for (uint32_t slot = 0; slot < 4; slot++) {
            struct object *target = list_get(root, (int64_t)draw(&x, (uint64_t)n));
            instance_slot_set(rt, list_get(root, i), slot, target);
        }
    }
    return root;
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

static struct object *build_aged(struct shapes *self, int64_t n)
{
    return shuffled(self, build_lists(self, n));
}

static struct object *build_knot(struct shapes *self, int64_t n)
{
    struct runtime *rt = self->runtime;
    struct object *nodes = list_new(rt, 0);
    for (int64_t i = 0; i < n; i++) {
        CHECK(list_append_take(rt, nodes, instance_new(rt, self->pair)));
    }
    nodes = shuffled(self, nodes);
    for (int64_t i = 0; i < n; i++) {
        struct object *next = list_get(nodes, (i + 1) % n);
        instance_slot_set(rt, list_get(nodes, i), 0, next);
        instance_slot_set(rt, next, 1, list_get(nodes, i));
    }
    struct object *first = newref(list_get(nodes, 0));
    decref(rt, nodes);
    return first;
}

static struct object *build_tree(struct shapes *self, int64_t n)
{
    struct object *children[2] = {NULL, NULL};
    if (n > 2) {
        children[0] = build_tree(self, (n - 1) / 2);
        children[1] = build_tree(self, n - 1 - (n - 1) / 2);
    }
    struct object *node = list_new(self->runtime, 0);
    for (int i = 0; i < 2; i++) {
        CHECK(children[i] == NULL || list_append_take(self->runtime, node, children[i]));
    }
    return node;
}

struct object *shapes_build(struct shapes *self, const char *name, int64_t n)
{
    static struct object *(*const build[])(struct shapes *, int64_t) = {
        build_lists, build_ring, build_instances, build_random, build_tree, build_aged, build_knot};
    for (size_t i = 0; shapes_names[i] != NULL; i++) {
        if (strcmp(shapes_names[i], name) == 0) {
            return build[i](self, n);
        }
    }
    return NULL;
}

/* Building the shapes; see shapes.h. Anything short of memory ends the program: it is a benchmark
 * on a machine that must have enough. */
#include "bench/peers/shapes.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

const char *const shapes_names[] = {"lists", "ring", "instances", "random", "tree", NULL};

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
            x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            struct object *target = list_get(root, (int64_t)((x >> 33) % (uint64_t)n));
            instance_slot_set(rt, list_get(root, i), slot, target);
        }
    }
    return root;
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
        build_lists, build_ring, build_instances, build_random, build_tree};
    for (size_t i = 0; shapes_names[i] != NULL; i++) {
        if (strcmp(shapes_names[i], name) == 0) {
            return build[i](self, n);
        }
    }
    return NULL;
}

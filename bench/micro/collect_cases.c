/* Full collections of graphs that stay alive (bench/peers/shapes.h), beside one cycle of garbage so
 * that no collection can end early. An operation is one collection, an item one object.
 *
 * aged: links and generation list lead all over the memory, as after a long life; the same
 * instructions, but every step a cache miss. Not good at: garbage, which is gone after one collection (make peers-collect). */
#include <string.h>

#include "base/check.h"
#include "base/rng.h"
#include "bench/micro/stand.h"
#include "bench/peers/shapes.h"
#include "collector/gc.h"

struct collection_shape {
    const char *shape;
    int64_t n;
    bool aged, slow;
};

static const struct collection_shape graphs[] = {
    {"lists", 20000, false, false},     {"ring", 20000, false, false},
    {"instances", 20000, false, false}, {"random", 20000, false, false},
    {"tree", 20000, false, false},      {"lists", 200000, false, true},
    {"ring", 200000, false, true},      {"instances", 200000, false, true},
    {"random", 200000, false, true},    {"lists", 200000, true, true},
    {"ring", 200000, true, true},       {"instances", 200000, true, true},
};

struct collection {
    struct runtime *runtime;
    struct shapes shapes;
    struct object *root;
};

static int gather(struct object *object, void *argument)
{
    struct object ***next = argument;
    *(*next)++ = object;
    return 0;
}

/* All tracked objects in random order but for the first, the root: mapped, *count of them. */
static struct object **shuffled(struct runtime *runtime, uint64_t *count)
{
    struct rng rng;
    *count = 0;
    for (int i = 0; i < GENERATIONS; i++) {
        *count += gc_generation_size(runtime, i);
    }
    struct object **all = micro_map(*count * sizeof(struct object *)), **next = all;
    gc_each_object(runtime, gather, &next);
    rng_seed(&rng, 1);
    for (uint64_t left = *count; left > 2; left--) {
        uint64_t pick = 1 + rng_below(&rng, left - 1);
        struct object *picked = all[pick];
        all[pick] = all[left - 1];
        all[left - 1] = picked;
    }
    return all;
}

/* Lead the graph's links through the nodes in the order of `all`. */
static void relink(struct collection *self, const char *shape, struct object **all, uint64_t count)
{
    struct runtime *runtime = self->runtime;
    CHECK(all[0] == self->root);
    for (uint64_t i = 0; i < count; i++) {
        struct object *node = all[i], *next = all[(i + 1) % count];
        if (strcmp(shape, "ring") == 0) {
            instance_slot_set(runtime, node, 0, next);
            instance_slot_set(runtime, next, 1, node);
        } else if (strcmp(shape, "instances") == 0) {
            CHECK(object_setattr(runtime, node, self->shapes.next, next));
        } else if (i > 0) {
            list_set(runtime, self->root, (int64_t)i - 1, node);
        }
    }
}

/* As after a long life: links lead all over the memory, and the generation lists its objects in that
 * order, since for one collection nothing but a list in that order keeps them. */
static void collection_age(struct collection *self, const char *shape)
{
    struct runtime *runtime = self->runtime;
    uint64_t count;
    struct object **all = shuffled(runtime, &count);
    struct object *keeper = list_new(runtime, 0);
    for (uint64_t i = 0; i < count; i++) {
        CHECK(list_append(runtime, keeper, all[i]));
    }
    relink(self, shape, all, count);
    micro_unmap(all, count * sizeof(struct object *));
    decref(runtime, self->root);
    gc_collect(runtime, GENERATIONS - 1);
    incref(self->root);
    decref(runtime, keeper);
}

static void *collection_open(void *world, const struct micro_case *one, uint64_t *items,
                             struct error *error)
{
    const struct collection_shape *graph = one->shape;
    struct collection *self = micro_map(sizeof *self);
    self->runtime = stand_runtime(world, "cp311:gc=off");
    if (!shapes_open(&self->shapes, self->runtime)) {
        error_set(error, "no memory");
        return NULL;
    }
    self->root = shapes_build(&self->shapes, graph->shape, graph->n);
    CHECK(self->root != NULL);
    *items = (uint64_t)graph->n;
    if (graph->aged) {
        collection_age(self, graph->shape);
    }
    return self;
}

static void collection_run(void *opened, uint64_t operations)
{
    struct collection *self = opened;
    for (uint64_t i = 0; i < operations; i++) {
        struct object *cycle = list_new(self->runtime, 0);
        CHECK(cycle != NULL && list_append(self->runtime, cycle, cycle));
        decref(self->runtime, cycle);
        CHECK(gc_collect(self->runtime, GENERATIONS - 1) == 1);
    }
}

static void collection_close(void *opened)
{
    struct collection *self = opened;
    decref(self->runtime, self->root);
    shapes_close(&self->shapes);
    CHECK(runtime_close(self->runtime) == 0);
    micro_unmap(self, sizeof *self);
}

static const struct micro_functions functions = {collection_open, collection_run, collection_close};

void collections_add(struct micro_cases *cases)
{
    for (size_t i = 0; i < COUNT_OF(graphs); i++) {
        struct micro_case *one =
            micro_case_add(cases, "collect/%s/%lld%s", graphs[i].shape, (long long)graphs[i].n,
                           graphs[i].aged ? "/aged" : "");
        one->functions = &functions;
        one->shape = &graphs[i];
        one->slow = graphs[i].slow;
    }
}

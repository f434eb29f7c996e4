/* Full collections of graphs that stay alive (bench/peers/shapes.h), beside one cycle of garbage so
 * that no collection can end early. An operation is one collection, an item one object.
 *
 * aged: links and generation list lead all over the memory, as after a long life; the same
 * instructions, but every step a cache miss. Not good at: garbage, which is gone after one
 * collection (make peers). */
#include <stdio.h>

#include "base/check.h"
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

static void *collection_open(void *world, const struct micro_case *one, uint64_t *items,
                             struct error *error)
{
    const struct collection_shape *graph = one->shape;
    struct collection *self = micro_map(sizeof *self);
    char name[32];
    self->runtime = stand_runtime(world, "cp311:gc=off");
    if (!shapes_open(&self->shapes, self->runtime)) {
        error_set(error, "no memory");
        return NULL;
    }
    snprintf(name, sizeof name, "%s%s", graph->shape, graph->aged ? "/aged" : "");
    self->root = shapes_build(&self->shapes, name, graph->n);
    CHECK(self->root != NULL);
    gc_collect(self->runtime, GENERATIONS - 1); /* puts the generation in its lasting order */
    *items = (uint64_t)graph->n;
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

/* Full collections under cp311, automatic ones off; see graph.h. Not good at: graphs so small that
 * reading the clock around a collection shows. */
#include "bench/peers/graph.h"

#include <string.h>

#include "bench/peers/shapes.h"
#include "bench/peers/worker.h"
#include "collector/gc.h"

enum kind { ALIVE, DIRTY, GARBAGE, KINDS };

static const char *const kind_names[KINDS] = {"alive", "dirty", "garbage"};

struct graph {
    struct runtime *runtime;
    struct shapes shapes;
    enum kind kind;
    const char *shape;
    int64_t n;
    struct object *root;
};

/* Garbage: a list that holds itself, and `held`, which is taken over, if it is not NULL. */
static void make_cycle(struct runtime *runtime, struct object *held)
{
    struct object *cycle = list_new(runtime, 0);
    CHECK(cycle != NULL && (held == NULL || list_append_take(runtime, cycle, held)));
    CHECK(list_append(runtime, cycle, cycle));
    decref(runtime, cycle);
}

static struct object *graph_build(struct graph *self)
{
    return shapes_build(&self->shapes, self->shape, self->n);
}

static uint64_t graph_run(void *opened, uint64_t operations)
{
    struct graph *self = opened;
    uint64_t spent = 0;
    while (operations-- > 0) {
        if (self->kind != ALIVE) {
            struct object *held = self->kind == GARBAGE ? graph_build(self) : NULL;
            CHECK(self->kind != GARBAGE || held != NULL);
            make_cycle(self->runtime, held);
        }
        uint64_t start = clock_cpu_ns();
        uint64_t found = gc_collect(self->runtime, GENERATIONS - 1);
        spent += clock_cpu_ns() - start;
        CHECK(self->kind == GARBAGE ? found > (uint64_t)self->n / 2
                                    : found == (self->kind == DIRTY));
    }
    return spent;
}

/* Read the words, make what is collected; false: not such words. */
static bool graph_open(struct graph *self, const char *kind)
{
    while (self->kind < KINDS && strcmp(kind_names[self->kind], kind) != 0) {
        self->kind++;
    }
    if (self->kind == KINDS || self->n < 2) {
        return false;
    }
    CHECK(shapes_open(&self->shapes, self->runtime));
    if (self->kind != GARBAGE) {
        self->root = graph_build(self);
        gc_collect(self->runtime, GENERATIONS - 1); /* puts the list in its lasting order */
    }
    return self->kind == GARBAGE || self->root != NULL;
}

int graph_serve(const struct stand *stand, const char *kind, const char *shape, int64_t n)
{
    struct graph self = {.runtime = stand_runtime(stand, "cp311:gc=off"), .shape = shape, .n = n};
    if (!graph_open(&self, kind)) {
        printf("skip no graph %s %s of %lld objects\n", kind, shape, (long long)n);
        return 2;
    }
    int status = worker_serve(
        &(struct worker){.state = &self, .spend = graph_run, .items = (uint64_t)n, .batch = 1});
    xdecref(self.runtime, self.root);
    shapes_close(&self.shapes);
    CHECK(runtime_close(self.runtime) == 0);
    return status;
}

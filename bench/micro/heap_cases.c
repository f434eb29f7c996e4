/* The allocation patterns over a heap of the registry, through its table; and over a table of
 * functions that do nothing, which is what the table costs. */
#include "bench/micro/patterns.h"
#include "bench/micro/stand.h"

static struct pattern_ops ops_of(const struct heap *heap)
{
    return (struct pattern_ops){heap->self, heap->alloc, heap->resize, heap->release};
}

static void *heap_case_open(void *world, const struct micro_case *self, uint64_t *items,
                            struct error *error)
{
    struct stand *stand = world;
    struct pattern_state *state = pattern_open(self, items, error);
    if (state != NULL) {
        state->user = &stand->obj;
        pattern_start(state, ops_of(&stand->obj));
    }
    return state;
}

static void heap_case_run(void *opened, uint64_t operations)
{
    struct pattern_state *state = opened;
    pattern_run(state, ops_of(state->user), operations);
}

static void heap_case_close(void *opened)
{
    struct pattern_state *state = opened;
    pattern_drop(state, ops_of(state->user));
    pattern_close(state);
}

const struct micro_functions heap_functions = {heap_case_open, heap_case_run, heap_case_close};

/* Opening and closing a runtime, and its listeners. */
#include "collector/runtime.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "collector/collector.h"
#include "collector/gc.h"
#include "collector/generations.h"
#include "collector/objects/list.h"
#include "collector/objects/singletons.h"
#include "collector/refcount.h"

enum { DRAIN_ROUNDS_MAX = 16 }; /* finalizers may leave new cycles, but not forever */

/* gc.garbage, with the head that every object of a GC type has. */
struct garbage_list {
    struct gc_head head;
    struct list list;
};

static bool garbage_open(struct runtime *runtime)
{
    struct garbage_list *garbage = calloc(1, sizeof(*garbage));
    if (garbage == NULL) {
        return false;
    }
    garbage->list.base.object.type = &list_type;
    refcount_set(&garbage->list.base.object, 1);
    runtime->gc.garbage = &garbage->list.base.object;
    return true;
}

static void garbage_close(struct runtime *runtime)
{
    free(container_of(runtime->gc.garbage, struct garbage_list, list));
}

static void heaps_borrow(struct runtime *runtime, const struct runtime_config *config)
{
    memcpy(runtime->heap, config->heap, sizeof(runtime->heap));
    if (runtime->heap[HEAP_GC].alloc == NULL) {
        runtime->heap[HEAP_GC] = runtime->heap[HEAP_OBJ];
    }
}

static void rings_init(struct gc_state *gc)
{
    for (int i = 0; i < GENERATIONS; i++) {
        gc_ring_init(&gc->generation[i]);
    }
    gc_ring_init(&gc->permanent);
}

static bool collector_open(struct runtime *runtime, const struct runtime_config *config,
                           struct error *error)
{
    const struct collector *collector = config->collector;
    if (strcmp(collector->model, MODEL_NAME) != 0) {
        return error_set(error, "collector %s needs the executable of model %s, this is %s",
                         collector->name, collector->model, MODEL_NAME);
    }
    if (!collector->open(runtime, config->collector_options, error)) {
        return false;
    }
    gc_retrigger(runtime);
    return true;
}

bool runtime_open(const struct runtime_config *config, struct runtime **out, struct error *error)
{
    struct runtime *runtime = calloc(1, sizeof(*runtime));
    if (runtime == NULL) {
        return error_set(error, "no memory for a runtime");
    }
    heaps_borrow(runtime, config);
    rings_init(&runtime->gc);
    freelists_init(&runtime->freelists);
    runtime->trashcan.levels = TRASHCAN_LIMIT;
    runtime->collector = config->collector;
    runtime->gc.trigger = INT64_MAX;
    if (!garbage_open(runtime)) {
        error_set(error, "no memory for a runtime");
        goto fail_garbage;
    }
    if (!singletons_open(runtime)) {
        error_set(error, "no memory for the runtime's static objects");
        goto fail_singletons;
    }
    if (!collector_open(runtime, config, error)) {
        goto fail_collector;
    }
    *out = runtime;
    return true;
fail_collector:
    singletons_close(runtime);
fail_singletons:
    garbage_close(runtime);
fail_garbage:
    free(runtime);
    return false;
}

/* Without automatic collections, listeners and DEBUG_SAVEALL; gc.garbage is emptied. */
static void collect_all(struct runtime *runtime)
{
    runtime->gc.saveall = false;
    runtime->gc.enabled = false;
    runtime->listeners.count = 0;
    gc_retrigger(runtime);
    list_clear(runtime, runtime->gc.garbage);
    for (int round = 0; round < DRAIN_ROUNDS_MAX; round++) {
        generations_unfreeze(runtime);
        if (generations_collect(runtime, GENERATIONS - 1) == 0) {
            break;
        }
    }
}

void runtime_drain(struct runtime *runtime)
{
    CHECK(!runtime->gc.collecting);
    const struct gc_state before = runtime->gc;
    size_t listening = runtime->listeners.count;
    collect_all(runtime);
    memcpy(runtime->gc.stats, before.stats, sizeof(before.stats));
    runtime->gc.saveall = before.saveall;
    runtime->gc.enabled = before.enabled;
    runtime->listeners.count = listening;
    gc_retrigger(runtime);
}

uint64_t runtime_close(struct runtime *runtime)
{
    runtime_drain(runtime);
    uint64_t alive = gc_generation_size(runtime, GENERATIONS - 1);
    if (runtime->collector->close != NULL) {
        runtime->collector->close(runtime);
    }
    singletons_close(runtime);
    freelists_clear(runtime);
    garbage_close(runtime);
    free(runtime);
    return alive;
}

bool runtime_listen(struct runtime *runtime, struct listener listener)
{
    struct listeners *listeners = &runtime->listeners;
    if (listeners->count == LISTENERS_MAX) {
        return false;
    }
    listeners->listener[listeners->count++] = listener;
    return true;
}

void runtime_safe_point_slow(struct runtime *runtime)
{
    if (runtime->collector->safe_point != NULL) {
        runtime->collector->safe_point(runtime);
    }
}

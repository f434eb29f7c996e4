/* One collection of a generation, step by step in CPython 3.11's order (gc_collect_main). */
#include "collector/generations.h"

#include "collector/gc.h"
#include "collector/gc_head.h"
#include "collector/mechanism.h"
#include "collector/protocol.h"

_Static_assert((int)OPTION_PARTS == (int)GENERATIONS, "an option holds one threshold a generation");

bool generations_open(struct runtime *runtime, const struct options *options, struct error *error)
{
    (void)error; /* the option table has refused what is out of range */
    const struct option_value *threshold = options_get(options, "threshold");
    runtime->gc.threshold[1] = runtime->gc.threshold[2] = 10;
    for (unsigned i = 0; i < threshold->parts; i++) {
        runtime->gc.threshold[i] = (int64_t)threshold->part[i];
    }
    runtime->gc.enabled = options_on(options, "gc");
    const struct option_value *freelists = options_get(options, "freelists");
    if (freelists->set) {
        static const uint32_t factors[] = {0, 10, UINT32_MAX};
        freelists_scale(&runtime->freelists, factors[freelists->number]);
    }
    runtime->gc.freeze = (enum gc_freeze)options_number(options, "freeze");
    return true;
}

int generations_due(const struct runtime *runtime)
{
    const struct gc_state *gc = &runtime->gc;
    for (int i = GENERATIONS - 1; i >= 0; i--) {
        if (gc->count[i] > gc->threshold[i]) {
            bool held_back =
                i == GENERATIONS - 1 && gc->long_lived_pending < gc->long_lived_total / 4;
            if (!held_back) {
                return i;
            }
        }
    }
    return -1;
}

/* After this, the ring of `generation` also has all younger objects: 2, then 0, then 1. */
static struct gc_head *merge_younger(struct gc_state *gc, int generation)
{
    if (generation + 1 < GENERATIONS) {
        gc->count[generation + 1]++;
    }
    for (int i = 0; i <= generation; i++) {
        gc->count[i] = 0;
    }
    struct gc_head *base = &gc->generation[generation];
    for (int i = 0; i < generation; i++) {
        gc_ring_merge(base, &gc->generation[i]);
    }
    return base;
}

/* After this, survivors are in the ring that is returned, the next older one. Dicts are untracked
 * only when all is collected: more often would make building a large dict quadratic. */
static struct gc_head *promote(struct gc_state *gc, int generation, struct gc_head *survivors,
                               const struct deduction *found)
{
    if (generation == GENERATIONS - 1) {
        uint64_t untracked = found->dicts ? mechanism_untrack_dicts(survivors) : 0;
        gc->long_lived_pending = 0;
        gc->long_lived_total = (int64_t)(found->survivors - untracked);
        return survivors;
    }
    if (generation == GENERATIONS - 2) {
        gc->long_lived_pending += (int64_t)found->survivors;
    }
    struct gc_head *old = &gc->generation[generation + 1];
    gc_ring_merge(old, survivors);
    return old;
}

static void collect_now(struct runtime *runtime, struct event *event)
{
    struct gc_state *gc = &runtime->gc;
    int generation = event->generation;
    struct gc_head *base = merge_younger(gc, generation);
    bool whole = generation == GENERATIONS - 1 && gc_ring_empty(&gc->permanent);
    struct deduction found = {.whole = whole, .untrack = true};
    struct gc_head unreachable;
    mechanism_deduce(base, &unreachable, &found);
    struct gc_head *old = promote(gc, generation, base, &found);
    event->examined = found.examined;
    event->collected = protocol_dispose(runtime, &unreachable, found.unreached, old);
    if (generation == GENERATIONS - 1) {
        freelists_clear(runtime);
    }
    gc->stats[generation].collections++;
    gc->stats[generation].collected += event->collected;
    gc->stats[generation].uncollectable += event->uncollectable;
}

uint64_t generations_collect(struct runtime *runtime, int generation)
{
    CHECK(generation >= 0 && generation < GENERATIONS);
    if (runtime->gc.collecting) {
        return 0;
    }
    runtime->gc.collecting = true;
    gc_retrigger(runtime);
    struct event event = {.kind = EVENT_GC_BEGIN, .generation = generation};
    listeners_tell(&runtime->listeners, &event);
    collect_now(runtime, &event);
    event.kind = EVENT_GC_END;
    listeners_tell(&runtime->listeners, &event);
    runtime->gc.collecting = false;
    gc_retrigger(runtime);
    return event.collected + event.uncollectable;
}

void generations_freeze(struct runtime *runtime)
{
    struct gc_state *gc = &runtime->gc;
    for (int i = 0; i < GENERATIONS; i++) {
        gc_ring_merge(&gc->permanent, &gc->generation[i]);
        gc->count[i] = 0;
    }
}

void generations_unfreeze(struct runtime *runtime)
{
    gc_ring_merge(&runtime->gc.generation[GENERATIONS - 1], &runtime->gc.permanent);
}

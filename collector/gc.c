/* gc as users know it: thin over the collector in use and the rings. */
#include "collector/gc.h"

#include <string.h>

#include "collector/collector.h"
#include "collector/gc_alloc.h"
#include "collector/gc_head.h"
#include "collector/objects/list.h"

uint64_t gc_collect(struct runtime *runtime, int generation)
{
    CHECK(generation >= 0 && generation < GENERATIONS);
    return runtime->collector->collect(runtime, generation);
}

void gc_enable(struct runtime *runtime)
{
    runtime->gc.enabled = true;
    gc_retrigger(runtime);
}

void gc_disable(struct runtime *runtime)
{
    runtime->gc.enabled = false;
    gc_retrigger(runtime);
}

bool gc_is_enabled(const struct runtime *runtime)
{
    return runtime->gc.enabled;
}

void gc_set_threshold(struct runtime *runtime, const int64_t threshold[GENERATIONS])
{
    for (int i = 0; i < GENERATIONS; i++) {
        CHECK(threshold[i] >= 0 && threshold[i] <= INT32_MAX);
        runtime->gc.threshold[i] = threshold[i];
    }
    gc_retrigger(runtime);
}

void gc_retrigger(struct runtime *runtime)
{
    struct gc_state *gc = &runtime->gc;
    const struct collector *collector = runtime->collector;
    bool may_run = gc->enabled && !gc->collecting && !gc->pending && collector->on_alloc != NULL;
    if (!may_run) {
        gc->trigger = INT64_MAX;
    } else if (collector->trigger != NULL) {
        gc->trigger = collector->trigger(runtime);
    } else {
        gc->trigger = gc->threshold[0] != 0 ? gc->threshold[0] : INT64_MAX;
    }
}

void gc_on_alloc_slow(struct runtime *runtime)
{
    runtime->collector->on_alloc(runtime);
}

void gc_freeze(struct runtime *runtime)
{
    runtime->collector->freeze(runtime);
}

void gc_unfreeze(struct runtime *runtime)
{
    runtime->collector->unfreeze(runtime);
}

uint64_t gc_freeze_count(struct runtime *runtime)
{
    return gc_generation_size(runtime, GENERATIONS);
}

void gc_phase(struct runtime *runtime, const char *phase)
{
    if (strcmp(phase, "setup") != 0 || runtime->gc.freeze == GC_FREEZE_NEVER) {
        return;
    }
    if (runtime->gc.freeze == GC_FREEZE_COLLECTED) {
        gc_collect(runtime, GENERATIONS - 1);
    }
    gc_freeze(runtime);
}

void gc_set_saveall(struct runtime *runtime, bool on)
{
    runtime->gc.saveall = on;
}

uint64_t gc_garbage_length(const struct runtime *runtime)
{
    return (uint64_t)list_length(runtime->gc.garbage);
}

/* The ring of a generation, GENERATIONS for the permanent one. */
static struct gc_head *ring_of(struct runtime *runtime, int generation)
{
    CHECK(generation >= 0 && generation <= GENERATIONS);
    return generation == GENERATIONS ? &runtime->gc.permanent : &runtime->gc.generation[generation];
}

uint64_t gc_generation_size(const struct runtime *runtime, int generation)
{
    return gc_ring_length(ring_of((struct runtime *)(uintptr_t)runtime, generation));
}

int gc_generation_of(const struct runtime *runtime, const struct object *object)
{
    if (!object_is_gc(object) || !gc_is_tracked(object)) {
        return -1;
    }
    const struct gc_state *gc = &runtime->gc;
    for (const struct gc_head *head = gc_head_of(object);; head = gc_next(head)) {
        if (head == &gc->permanent) {
            return GENERATIONS;
        }
        if (head >= gc->generation && head < gc->generation + GENERATIONS) {
            return (int)(head - gc->generation);
        }
    }
}

int gc_each_object(struct runtime *runtime, visit_f *visit, void *argument)
{
    for (int i = 0; i < GENERATIONS; i++) {
        struct gc_head *ring = ring_of(runtime, i);
        for (struct gc_head *head = gc_next(ring); head != ring; head = gc_next(head)) {
            int stop = visit(gc_object_of(head), argument);
            if (stop != 0) {
                return stop;
            }
        }
    }
    return 0;
}

int gc_each_referent(struct object *object, visit_f *visit, void *argument)
{
    return object_is_gc(object) ? object->type->traverse(object, visit, argument) : 0;
}

static int is_wanted(struct object *referent, void *wanted)
{
    return referent == wanted;
}

struct referrer_search {
    struct object *wanted;
    visit_f *visit;
    void *argument;
};

static int visit_referrer(struct object *holder, void *argument)
{
    const struct referrer_search *search = argument;
    if (gc_each_referent(holder, is_wanted, search->wanted) != 0) {
        return search->visit(holder, search->argument);
    }
    return 0;
}

int gc_each_referrer(struct runtime *runtime, struct object *object, visit_f *visit, void *argument)
{
    struct referrer_search search = {object, visit, argument};
    return gc_each_object(runtime, visit_referrer, &search);
}

void gc_root_add(struct runtime *runtime, struct object *root)
{
    if (runtime->collector->root_add != NULL) {
        runtime->collector->root_add(runtime, root);
    }
}

void gc_root_remove(struct runtime *runtime, struct object *root)
{
    if (runtime->collector->root_remove != NULL) {
        runtime->collector->root_remove(runtime, root);
    }
}

void gc_at_fork(struct runtime *runtime)
{
    if (runtime->collector->at_fork != NULL) {
        runtime->collector->at_fork(runtime);
    }
}

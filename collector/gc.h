/* gc as users of CPython know it: Modules/gcmodule.c of 3.11 in C calls. */
#ifndef HEAPDYNO_COLLECTOR_GC_H
#define HEAPDYNO_COLLECTOR_GC_H

#include "collector/runtime.h"

/* gc.collect(generation), generation 0 … 2 (CHECK). 0 when a collection already runs. */
uint64_t gc_collect(struct runtime *runtime, int generation);

void gc_enable(struct runtime *runtime);
void gc_disable(struct runtime *runtime);
bool gc_is_enabled(const struct runtime *runtime);

/* Thresholds 0 … 2147483647; threshold[0] = 0 turns automatic collection off. */
void gc_set_threshold(struct runtime *runtime, const int64_t threshold[GENERATIONS]);

/* Recompute gc.trigger after enabled, threshold, collecting or pending changed. */
void gc_retrigger(struct runtime *runtime);

void gc_freeze(struct runtime *runtime);   /* all generations to the permanent one, counts to 0 */
void gc_unfreeze(struct runtime *runtime); /* the permanent one to generation 2 */
uint64_t gc_freeze_count(struct runtime *runtime);

/* A phase of the workload has ended; the harness tells it. After "setup" the heap is frozen if the
 * collector was opened so (freeze=after_setup, or collect_after_setup: a full collection first). */
void gc_phase(struct runtime *runtime, const char *phase);

void gc_set_saveall(struct runtime *runtime, bool on); /* DEBUG_SAVEALL */
uint64_t gc_garbage_length(const struct runtime *runtime);

/* Objects in a generation (0 … 2, or GENERATIONS for the permanent one). O(objects). */
uint64_t gc_generation_size(const struct runtime *runtime, int generation);

/* 0 … 2, GENERATIONS for permanent, -1 for untracked. O(objects). */
int gc_generation_of(const struct runtime *runtime, const struct object *object);

/* Call visit for every tracked object of generations 0, 1, 2 in list order; permanent ones are
 * skipped, as gc.get_objects() skips them. visit must not allocate or free objects; a non-zero
 * result stops and is returned. */
int gc_each_object(struct runtime *runtime, visit_f *visit, void *argument);

/* Call visit for each direct referent (gc.get_referents) or for each tracked object that refers to
 * `object` (gc.get_referrers; untracked and frozen holders are missed). */
int gc_each_referent(struct object *object, visit_f *visit, void *argument);
int gc_each_referrer(struct runtime *runtime, struct object *object, visit_f *visit,
                     void *argument);

/* Long-lived roots of a workload: hints for collectors that mark; others ignore them. */
void gc_root_add(struct runtime *runtime, struct object *root);
void gc_root_remove(struct runtime *runtime, struct object *root);

/* In the child after fork. */
void gc_at_fork(struct runtime *runtime);

#endif

/* Memory of objects: real allocations and frees, and the counting that triggers collections.
 *
 * A GC block is [pre-header 16 if TYPE_MANAGED_DICT][gc_head 16][object]. Every real allocation of
 * one counts, tracked or not; free-list traffic does not come here. */
#ifndef HEAPDYNO_COLLECTOR_GC_ALLOC_H
#define HEAPDYNO_COLLECTOR_GC_ALLOC_H

#include "collector/gc_head.h"
#include "collector/refcount.h"
#include "collector/runtime.h"

/* count[0] exceeded the trigger: let the collector decide (collector.c). */
void gc_on_alloc_slow(struct runtime *runtime);

/* Give `object` type and count 1. */
static inline void object_init(struct object *object, const struct type *type)
{
    object->type = type;
    refcount_set(object, 1);
}

/* A block for an object of a GC type; untracked, count and type not set, contents not zeroed.
 *   prefix  bytes before the gc_head: 0, or 16 with a managed dict (both words zeroed)
 *   bytes   of the object itself
 *   NULL    no memory: nothing changed. May collect first; the new object is in no generation then
 */
static inline struct object *gc_alloc(struct runtime *runtime, size_t prefix, size_t bytes)
{
    const struct heap *heap = &runtime->heap[HEAP_GC];
    char *block = heap_alloc(heap, prefix + sizeof(struct gc_head) + bytes);
    if (unlikely(block == NULL)) {
        return NULL;
    }
    if (prefix != 0) {
        ((void **)(void *)block)[0] = NULL;
        ((void **)(void *)block)[1] = NULL;
    }
    struct gc_head *head = (struct gc_head *)(void *)(block + prefix);
    head->next = 0;
    head->prev = 0;
    if (unlikely(++runtime->gc.count[0] > runtime->gc.trigger)) {
        gc_on_alloc_slow(runtime);
    }
    return gc_object_of(head);
}

/* Give back a block of gc_alloc; the object must be untracked. The same sizes as when it was made.
 */
static inline void gc_free(struct runtime *runtime, struct object *object, size_t prefix,
                           size_t bytes)
{
    CHECK_SLOW(!gc_is_tracked(object));
    if (runtime->gc.count[0] > 0) {
        runtime->gc.count[0]--;
    }
    const struct heap *heap = &runtime->heap[HEAP_GC];
    heap_release(heap, (char *)gc_head_of(object) - prefix,
                 prefix + sizeof(struct gc_head) + bytes);
}

/* Put `object` at the end of the youngest generation. */
static inline void gc_track(struct runtime *runtime, struct object *object)
{
    CHECK_SLOW(!gc_is_tracked(object));
    gc_ring_append(&runtime->gc.generation[0], gc_head_of(object));
}

/* The same for an object just born of a type without finalizer, or from gc_alloc: its prev word
 * carries nothing to keep. */
static inline void gc_track_born(struct runtime *runtime, struct object *object)
{
    CHECK_SLOW(!gc_is_tracked(object));
    struct gc_head *ring = &runtime->gc.generation[0];
    struct gc_head *head = gc_head_of(object);
    struct gc_head *last = (struct gc_head *)ring->prev;
    head->next = (uintptr_t)ring;
    __asm__ volatile(""); /* compilers take more to put both words together than to store each */
    head->prev = (uintptr_t)last;
    last->next = (uintptr_t)head;
    ring->prev = (uintptr_t)head;
}

static inline void gc_untrack(struct object *object)
{
    CHECK_SLOW(gc_is_tracked(object));
    gc_ring_remove(gc_head_of(object));
}

/* For a dealloc, which the trashcan may have sent away and called again. */
static inline void gc_untrack_if(struct object *object)
{
    if (likely(gc_is_tracked(object))) {
        gc_ring_remove(gc_head_of(object));
    }
}

#endif

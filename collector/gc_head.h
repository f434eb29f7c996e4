/* The GC head: CPython 3.11's PyGC_Head, two words before an object of a GC type. Only this file
 * writes it (the trashcan's link included).
 *
 *   next  0 when untracked; bit 0 = UNREACHABLE inside one phase of a collection
 *   prev  bit 0 = FINALIZED (kept for life), bit 1 = COLLECTING (only during a collection);
 *         the rest is the predecessor, or gc_refs << 2 during a collection, or the trashcan's link
 *
 * Rings: a generation is a gc_head whose next and prev point at itself when empty. Invariant
 * outside a collection: next and prev carry no flags but FINALIZED.
 */
#ifndef HEAPDYNO_COLLECTOR_GC_HEAD_H
#define HEAPDYNO_COLLECTOR_GC_HEAD_H

#include "base/check.h"
#include "collector/object.h"

struct gc_head {
    uintptr_t next;
    uintptr_t prev;
};

#define GC_FINALIZED ((uintptr_t)1)
#define GC_COLLECTING ((uintptr_t)2)
#define GC_PREV_FLAGS ((uintptr_t)3)
#define GC_PREV_SHIFT 2
#define GC_UNREACHABLE ((uintptr_t)1)

_Static_assert(sizeof(struct gc_head) == 16, "the head is part of every block size");

static inline struct gc_head *gc_head_of(const struct object *object)
{
    return (struct gc_head *)(uintptr_t)object - 1;
}

static inline struct object *gc_object_of(const struct gc_head *head)
{
    return (struct object *)(uintptr_t)(head + 1);
}

static inline struct gc_head *gc_next(const struct gc_head *head)
{
    return (struct gc_head *)head->next;
}

static inline struct gc_head *gc_prev(const struct gc_head *head)
{
    return (struct gc_head *)(head->prev & ~GC_PREV_FLAGS);
}

static inline void gc_set_prev(struct gc_head *head, const struct gc_head *prev)
{
    head->prev = (head->prev & GC_PREV_FLAGS) | (uintptr_t)prev;
}

static inline bool gc_is_tracked(const struct object *object)
{
    return gc_head_of(object)->next != 0;
}

static inline bool gc_is_finalized(const struct object *object)
{
    return (gc_head_of(object)->prev & GC_FINALIZED) != 0;
}

static inline void gc_set_finalized(struct object *object)
{
    gc_head_of(object)->prev |= GC_FINALIZED;
}

static inline void gc_ring_init(struct gc_head *ring)
{
    ring->next = ring->prev = (uintptr_t)ring;
}

static inline bool gc_ring_empty(const struct gc_head *ring)
{
    return ring->next == (uintptr_t)ring;
}

/* Put `head`, in no ring, at the end of `ring`. FINALIZED is kept. */
static inline void gc_ring_append(struct gc_head *ring, struct gc_head *head)
{
    struct gc_head *last = (struct gc_head *)ring->prev;
    last->next = (uintptr_t)head;
    gc_set_prev(head, last);
    head->next = (uintptr_t)ring;
    ring->prev = (uintptr_t)head;
}

/* Take `head` out of its ring; next becomes 0, of prev only FINALIZED stays. */
static inline void gc_ring_remove(struct gc_head *head)
{
    struct gc_head *prev = gc_prev(head);
    struct gc_head *next = gc_next(head);
    prev->next = (uintptr_t)next;
    gc_set_prev(next, prev);
    head->next = 0;
    head->prev &= GC_FINALIZED;
}

#endif

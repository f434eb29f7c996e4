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

/* What a collection keeps in prev: COLLECTING and, above it, the references not accounted for. */
static inline bool gc_is_collecting(const struct gc_head *head)
{
    return (head->prev & GC_COLLECTING) != 0;
}

static inline void gc_clear_collecting(struct gc_head *head)
{
    head->prev &= ~GC_COLLECTING;
}

static inline uint64_t gc_refs(const struct gc_head *head)
{
    return head->prev >> GC_PREV_SHIFT;
}

/* The predecessor is overwritten; FINALIZED stays, COLLECTING is set. */
static inline void gc_refs_start(struct gc_head *head, int64_t refs)
{
    head->prev = (head->prev & GC_FINALIZED) + ((uintptr_t)refs << GC_PREV_SHIFT) + GC_COLLECTING;
}

static inline void gc_refs_set(struct gc_head *head, uint64_t refs)
{
    head->prev = (head->prev & GC_PREV_FLAGS) | ((uintptr_t)refs << GC_PREV_SHIFT);
}

static inline bool gc_has_refs(const struct gc_head *head)
{
    return head->prev > GC_PREV_FLAGS;
}

static inline void gc_refs_increment(struct gc_head *head)
{
    head->prev += (uintptr_t)1 << GC_PREV_SHIFT;
}

/* Take one away; whether none is left. */
static inline bool gc_refs_decrement(struct gc_head *head)
{
    CHECK_SLOW(gc_refs(head) > 0);
    head->prev -= (uintptr_t)1 << GC_PREV_SHIFT;
    return gc_refs(head) == 0;
}

/* The end of a collection for a survivor: the predecessor is back, FINALIZED stays. */
static inline void gc_settle(struct gc_head *head, const struct gc_head *prev)
{
    head->prev = (head->prev & GC_FINALIZED) | (uintptr_t)prev;
}

/* next without UNREACHABLE, for the one list whose members carry it. */
static inline bool gc_is_unreachable(const struct gc_head *head)
{
    return (head->next & GC_UNREACHABLE) != 0;
}

static inline void gc_clear_unreachable(struct gc_head *head)
{
    head->next &= ~GC_UNREACHABLE;
}

/* In the middle of move_unreachable: whether `head` is thought to be trash so far, either set aside
 * or without references and not looked at yet. One test: which of many objects are is random. */
static inline bool gc_is_unreached(const struct gc_head *head)
{
    bool waits = (head->prev & ~GC_FINALIZED) == GC_COLLECTING;
    return (waits | (head->next & GC_UNREACHABLE)) != 0;
}

static inline struct gc_head *gc_next_masked(const struct gc_head *head)
{
    return (struct gc_head *)(head->next & ~GC_UNREACHABLE);
}

/* The trashcan's link, in prev of an untracked object that waits to be deallocated. */
static inline void gc_set_later(struct object *object, struct object *later)
{
    CHECK_SLOW(!gc_is_tracked(object));
    struct gc_head *head = gc_head_of(object);
    head->prev = (head->prev & GC_FINALIZED) | (uintptr_t)later;
}

/* Take the link out again. */
static inline struct object *gc_take_later(struct object *object)
{
    struct gc_head *head = gc_head_of(object);
    struct object *later = (struct object *)(head->prev & ~GC_PREV_FLAGS);
    head->prev &= GC_FINALIZED;
    return later;
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

/* Make `head` that of an untracked object. */
static inline void gc_head_reset(struct gc_head *head)
{
    head->next = 0;
    head->prev &= GC_FINALIZED;
}

/* Take `head` out of its ring; next becomes 0, of prev only FINALIZED stays. */
static inline void gc_ring_remove(struct gc_head *head)
{
    struct gc_head *prev = gc_prev(head);
    struct gc_head *next = gc_next(head);
    prev->next = (uintptr_t)next;
    gc_set_prev(next, prev);
    gc_head_reset(head);
}

/* Take `head` out of its ring and put it at the end of `ring`; both flags of prev are kept. */
static inline void gc_ring_move(struct gc_head *ring, struct gc_head *head)
{
    struct gc_head *prev = gc_prev(head);
    struct gc_head *next = gc_next(head);
    prev->next = (uintptr_t)next;
    gc_set_prev(next, prev);
    gc_ring_append(ring, head);
}

/* Append all of `from` to `to`, in order; `from` is empty then. */
static inline void gc_ring_merge(struct gc_head *to, struct gc_head *from)
{
    if (!gc_ring_empty(from)) {
        struct gc_head *tail = gc_prev(to);
        struct gc_head *first = gc_next(from);
        struct gc_head *last = gc_prev(from);
        tail->next = (uintptr_t)first;
        gc_set_prev(first, tail);
        last->next = (uintptr_t)to;
        to->prev = (uintptr_t)last;
        gc_ring_init(from);
    }
}

/* O(length). */
static inline uint64_t gc_ring_length(const struct gc_head *ring)
{
    uint64_t n = 0;
    for (const struct gc_head *head = gc_next(ring); head != ring; head = gc_next(head)) {
        n++;
    }
    return n;
}

#endif

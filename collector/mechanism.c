/* Deducing what is unreachable: one function a step, each with what holds after it.
 *
 * During the deduction prev holds gc_refs and the ring is linked by next only; move_unreachable
 * restores prev. Not good at: graphs larger than the caches in random order, where every edge is a
 * miss in two passes. */
#include "collector/mechanism.h"

#include "collector/objects/dict.h"
#include "collector/objects/tuple.h"

/* After this, gc_refs is the reference count, above 0, and COLLECTING is set for all of base. */
static uint64_t update_refs(struct gc_head *base)
{
    uint64_t examined = 0;
    for (struct gc_head *head = gc_next(base); head != base; head = gc_next(head)) {
        int64_t refcount = gc_object_of(head)->refcount;
        CHECK_SLOW(refcount > 0);
        gc_refs_start(head, refcount);
        examined++;
    }
    return examined;
}

static int visit_subtract(struct object *referent, void *argument)
{
    (void)argument;
    if (object_is_gc(referent)) {
        struct gc_head *head = gc_head_of(referent);
        if (gc_is_collecting(head)) {
            gc_refs_decrement(head);
        }
    }
    return 0;
}

/* After this, gc_refs of each object in base is the number of references from outside base. */
static void subtract_refs(struct gc_head *base)
{
    for (struct gc_head *head = gc_next(base); head != base; head = gc_next(head)) {
        struct object *object = gc_object_of(head);
        object->type->traverse(object, visit_subtract, NULL);
    }
}

/* `head` was set aside as unreachable: put it back at the end of base, to be scanned there. The
 * ring functions do not work on `unreachable`, whose next words carry a flag. */
static void take_back(struct gc_head *head, struct gc_head *base)
{
    struct gc_head *prev = gc_prev(head);
    struct gc_head *next = gc_next_masked(head);
    prev->next = head->next;
    gc_set_prev(next, prev);
    gc_ring_append(base, head);
    gc_refs_set(head, 1);
}

/* Something reachable refers to `referent`: make sure that it is scanned. Those already scanned,
 * and objects of other generations, are not COLLECTING. */
static int visit_reachable(struct object *referent, void *base)
{
    if (!object_is_gc(referent)) {
        return 0;
    }
    struct gc_head *head = gc_head_of(referent);
    if (!gc_is_collecting(head)) {
        return 0;
    }
    if (gc_is_unreachable(head)) {
        take_back(head, base);
    } else if (gc_refs(head) == 0) {
        gc_refs_set(head, 1);
    }
    return 0;
}

/* Append to `unreachable`, with its flag in every next word (the ring's own too, for a while). */
static void set_aside(struct gc_head *head, struct gc_head *unreachable)
{
    struct gc_head *last = gc_prev(unreachable);
    last->next = (uintptr_t)head | GC_UNREACHABLE;
    gc_set_prev(head, last);
    head->next = (uintptr_t)unreachable | GC_UNREACHABLE;
    unreachable->prev = (uintptr_t)head;
}

/* Invariant: left of `head`, base holds only scanned objects that are reachable; all others that
 * were there are in `unreachable`. Right of it nothing was scanned.
 * After this, base is a plain ring of what is reachable; unreachable has COLLECTING in prev and
 * UNREACHABLE in next. */
static void move_unreachable(struct gc_head *base, struct gc_head *unreachable)
{
    struct gc_head *prev = base;
    struct gc_head *head = gc_next(base);
    while (head != base) {
        if (gc_refs(head) != 0) {
            struct object *object = gc_object_of(head);
            object->type->traverse(object, visit_reachable, base); /* may append to base */
            gc_set_prev(head, prev);
            gc_clear_collecting(head);
            prev = head;
        } else {
            prev->next = head->next;
            set_aside(head, unreachable);
        }
        head = gc_next(prev);
    }
    base->prev = (uintptr_t)prev;
    unreachable->next &= ~GC_UNREACHABLE;
}

/* After this, unreachable is a plain ring but for COLLECTING. */
static void clear_unreachable(struct gc_head *unreachable)
{
    for (struct gc_head *head = gc_next(unreachable); head != unreachable; head = gc_next(head)) {
        head->next &= ~GC_UNREACHABLE;
    }
}

uint64_t mechanism_deduce(struct gc_head *base, struct gc_head *unreachable)
{
    uint64_t examined = update_refs(base);
    subtract_refs(base);
    gc_ring_init(unreachable);
    move_unreachable(base, unreachable);
    clear_unreachable(unreachable);
    return examined;
}

void mechanism_clear_collecting(struct gc_head *ring)
{
    for (struct gc_head *head = gc_next(ring); head != ring; head = gc_next(head)) {
        gc_clear_collecting(head);
    }
}

void mechanism_untrack_tuples(struct gc_head *ring)
{
    struct gc_head *next;
    for (struct gc_head *head = gc_next(ring); head != ring; head = next) {
        next = gc_next(head);
        if (tuple_is(gc_object_of(head))) {
            tuple_maybe_untrack(gc_object_of(head));
        }
    }
}

void mechanism_untrack_dicts(struct gc_head *ring)
{
    struct gc_head *next;
    for (struct gc_head *head = gc_next(ring); head != ring; head = next) {
        next = gc_next(head);
        if (dict_is(gc_object_of(head))) {
            dict_maybe_untrack(gc_object_of(head));
        }
    }
}

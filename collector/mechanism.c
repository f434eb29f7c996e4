/* Deducing what is unreachable: one function a step, each with what holds after it.
 *
 * During the deduction prev holds gc_refs and the ring is linked by next only; move_unreachable
 * restores prev. CPython makes six passes over a generation; here counting, untracking tuples and
 * looking for dicts are done on the way of move_unreachable, which meets survivors in their final
 * order, and the first two passes are one where every tracked object is in base. Nothing is visited
 * any more once all have been reached, which is soon where little is garbage. Not good at:
 * graphs larger than the caches in random order, where every edge is a miss in two passes. */
#include "collector/mechanism.h"

#include "collector/gc_alloc.h"
#include "collector/objects/dict.h"
#include "collector/referents.h"

/* The functions that visit are inlined everywhere: a call costs as much as what they do. */

static inline void start_refs(struct gc_head *head)
{
    int64_t refcount = gc_object_of(head)->refcount;
    CHECK_SLOW(refcount > 0);
    gc_refs_start(head, refcount);
}

/* After this, gc_refs is the reference count, above 0, and COLLECTING is set for all of base. */
static uint64_t update_refs(struct gc_head *base)
{
    uint64_t examined = 0;
    for (struct gc_head *head = gc_next(base); head != base; head = gc_next(head)) {
        start_refs(head);
        examined++;
    }
    return examined;
}

ALWAYS_INLINE int visit_subtract(struct object *referent, void *argument)
{
    struct deduction *self = argument;
    struct gc_head *head = gc_head_of(referent);
    if (object_is_gc(referent) && gc_is_collecting(head)) {
        self->unreached += gc_refs_decrement(head);
    }
    return 0;
}

/* After this, gc_refs of each object in base is the number of references from outside base;
 * `unreached` counts those that have none. */
static void subtract_refs(struct gc_head *base, struct deduction *self)
{
    for (struct gc_head *head = gc_next(base); head != base; head = gc_next(head)) {
        referents(gc_object_of(head), visit_subtract, self);
    }
}

/* As visit_subtract, where all that is tracked is in base: the first visit starts gc_refs. */
ALWAYS_INLINE int visit_subtract_whole(struct object *referent, void *argument)
{
    struct deduction *self = argument;
    if (object_is_gc(referent)) {
        struct gc_head *head = gc_head_of(referent);
        if (!gc_is_collecting(head)) {
            if (!gc_is_tracked(referent)) {
                return 0;
            }
            start_refs(head);
        }
        self->unreached += gc_refs_decrement(head);
    }
    return 0;
}

/* What update_refs and subtract_refs do, in one pass. */
static uint64_t subtract_refs_whole(struct gc_head *base, struct deduction *self)
{
    uint64_t examined = 0;
    for (struct gc_head *head = gc_next(base); head != base; head = gc_next(head)) {
        if (!gc_is_collecting(head)) {
            start_refs(head);
        }
        referents(gc_object_of(head), visit_subtract_whole, self);
        examined++;
    }
    return examined;
}

/* `head` was set aside as unreachable: put it back at the end of base, to be scanned there. The
 * ring functions do not work on `unreachable`, whose next words carry a flag. */
static inline void take_back(struct gc_head *head, struct gc_head *base)
{
    struct gc_head *last = (struct gc_head *)base->prev;
    struct gc_head *prev = gc_prev(head);
    prev->next = head->next;
    gc_set_prev(gc_next_masked(head), prev);
    gc_refs_set(head, 1); /* over the predecessor, which nobody reads before it is settled */
    last->next = (uintptr_t)head;
    head->next = (uintptr_t)base;
    base->prev = (uintptr_t)head;
}

/* Something reachable refers to the object of `head`, which was unreached. */
ALWAYS_INLINE void reach(struct gc_head *head, struct deduction *self)
{
    bool aside = gc_is_unreachable(head);
    self->unreached--;
    if (aside) {
        take_back(head, self->base);
    } else {
        gc_refs_increment(head);
    }
}

/* Something reachable refers to `referent`: make sure that it is scanned. Those already scanned,
 * and objects of other generations, are not COLLECTING. */
ALWAYS_INLINE int visit_reachable(struct object *referent, void *argument)
{
    struct gc_head *head = gc_head_of(referent);
    if (object_is_gc(referent) && gc_is_unreached(head)) {
        reach(head, argument);
    }
    return 0;
}

/* Append to `unreachable`, with its flag in every next word (the ring's own too, for a while). */
static inline void set_aside(struct gc_head *head, struct gc_head *unreachable)
{
    struct gc_head *last = gc_prev(unreachable);
    last->next = (uintptr_t)head | GC_UNREACHABLE;
    gc_set_prev(head, last);
    head->next = (uintptr_t)unreachable | GC_UNREACHABLE;
    unreachable->prev = (uintptr_t)head;
}

/* A place of a tuple keeps it tracked: it is empty, and may yet be filled with anything, or what it
 * holds may be in a cycle. */
static inline bool place_tracks(const struct object *item)
{
    return item == NULL || gc_may_be_tracked(item);
}

/* A scanned tuple that can go untracked leaves the ring here, as CPython's untrack_tuples would find
 * it later: what stands left of it has had its turn, what it holds further right is still tracked.
 * Returns the last member of base that was scanned. */
static inline struct gc_head *keep_tuple(struct gc_head *head, struct gc_head *prev, bool tracks,
                                         struct deduction *self)
{
    if (!tracks && self->untrack) {
        prev->next = head->next;
        gc_head_reset(head);
        self->untracked++;
        return prev;
    }
    gc_settle(head, prev);
    return head;
}

/* What a tuple refers to is reachable. Whether it keeps the tuple tracked. */
static inline bool reach_item(struct object *item, struct deduction *self)
{
    if (item == NULL) {
        return true;
    }
    if (!object_is_gc(item)) {
        return false;
    }
    if (gc_is_unreached(gc_head_of(item))) {
        reach(gc_head_of(item), self);
        return true;
    }
    return gc_may_be_tracked(item);
}

static inline struct gc_head *scan_tuple(struct gc_head *head, struct gc_head *prev,
                                         struct deduction *self)
{
    const struct object *tuple = gc_object_of(head);
    bool tracks = false;
    for (int64_t i = tuple_length(tuple); --i >= 0;) {
        tracks |= reach_item(tuple_get(tuple, i), self);
    }
    return keep_tuple(head, prev, tracks, self);
}

/* `head` is reachable, and so is now what it refers to, which may be appended to base. */
static inline struct gc_head *scan(struct gc_head *head, struct gc_head *prev,
                                   struct deduction *self)
{
    struct object *object = gc_object_of(head);
    enum layout_kind kind = object->type->layout.kind;
    if (kind == LAYOUT_TUPLE) {
        return scan_tuple(head, prev, self);
    }
    if (kind == LAYOUT_LIST) {
        referents_of_list(object, visit_reachable, self);
    } else {
        self->dicts |= kind == LAYOUT_DICT;
        referents_of_others(object, visit_reachable, self);
    }
    gc_settle(head, prev);
    return head;
}

/* As scan, when all have been reached. */
static inline struct gc_head *pass(struct gc_head *head, struct gc_head *prev,
                                   struct deduction *self)
{
    const struct object *object = gc_object_of(head);
    enum layout_kind kind = object->type->layout.kind;
    if (kind == LAYOUT_TUPLE) {
        bool tracks = false;
        for (int64_t i = 0; i < tuple_length(object) && !tracks; i++) {
            tracks = place_tracks(tuple_get(object, i));
        }
        return keep_tuple(head, prev, tracks, self);
    }
    self->dicts |= kind == LAYOUT_DICT;
    gc_settle(head, prev);
    return head;
}

/* Invariant: left of `head`, base holds only scanned objects that are reachable; all others that
 * were there are in `unreachable`. Right of it nothing was scanned. Once nothing is unreached, no
 * visit could change anything, and none is made.
 * After this, base is a plain ring of what is reachable; unreachable has COLLECTING in prev and
 * UNREACHABLE in next. */
static void move_unreachable(struct gc_head *base, struct gc_head *unreachable,
                             struct deduction *self)
{
    struct gc_head *prev = base, *head;
    while (self->unreached != 0 && (head = gc_next(prev)) != base) {
        if (gc_has_refs(head)) {
            prev = scan(head, prev, self);
        } else {
            prev->next = head->next;
            set_aside(head, unreachable);
        }
    }
    while ((head = gc_next(prev)) != base) {
        prev = pass(head, prev, self);
    }
    base->prev = (uintptr_t)prev;
    gc_clear_unreachable(unreachable);
}

void mechanism_deduce(struct gc_head *base, struct gc_head *unreachable, struct deduction *self)
{
    self->base = base;
    if (self->whole) {
        self->examined = subtract_refs_whole(base, self);
    } else {
        self->examined = update_refs(base);
        subtract_refs(base, self);
    }
    gc_ring_init(unreachable);
    move_unreachable(base, unreachable, self);
    self->survivors = self->examined - self->untracked - self->unreached;
    CHECK_SLOW(self->survivors == gc_ring_length(base));
}

void mechanism_clear_unreachable(struct gc_head *unreachable)
{
    for (struct gc_head *head = gc_next(unreachable); head != unreachable; head = gc_next(head)) {
        gc_clear_unreachable(head);
    }
}

uint64_t mechanism_untrack_dicts(struct gc_head *ring)
{
    uint64_t untracked = 0;
    struct gc_head *next;
    for (struct gc_head *head = gc_next(ring); head != ring; head = next) {
        next = gc_next(head);
        if (dict_is(gc_object_of(head))) {
            dict_maybe_untrack(gc_object_of(head));
            untracked += !gc_is_tracked(gc_object_of(head));
        }
    }
    return untracked;
}

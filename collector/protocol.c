/* The protocol's steps in their order; see protocol.h. Every step may run foreign code (callbacks,
 * finalizers, deallocation), which may allocate, free members of the ring and make new weak
 * references; a collection cannot start meanwhile. */
#include "collector/protocol.h"

#include "collector/mechanism.h"
#include "collector/objects/list.h"
#include "collector/objects/weakref.h"
#include "collector/refcount.h"

/* Clear every weak reference to `object`. Those whose callback must run (they have one, and are no
 * trash themselves) move to `called`, each with one more reference so that it stays. */
static void clear_references_to(struct object *object, struct gc_head *called)
{
    struct weakref **list = weakref_list(object);
    struct weakref *reference;
    while ((reference = *list) != NULL) {
        weakref_clear_one(reference);
        struct gc_head *head = gc_head_of(&reference->base);
        if (reference->callback != NULL && !gc_is_collecting(head)) {
            incref(&reference->base);
            gc_ring_move(called, head);
        }
    }
}

/* After this, trash is a plain ring but for COLLECTING, no member is weakly referenced, and no weak
 * reference in it refers to anything: neither callbacks nor finalizers can reach a member through
 * one. Returns whether a finalizer is due. */
static bool clear_weakrefs(struct gc_head *trash, struct gc_head *called)
{
    bool finalizers = false;
    for (struct gc_head *head = gc_next(trash); head != trash; head = gc_next(head)) {
        struct object *object = gc_object_of(head);
        gc_clear_unreachable(head);
        if (weakref_is(object)) {
            weakref_clear_one((struct weakref *)object);
        }
        if (weakref_possible(object)) {
            clear_references_to(object, called);
        }
        finalizers |= object->type->finalize != NULL && !gc_is_finalized(object);
    }
    return finalizers;
}

/* Run the callbacks, in the order in which the references were cleared. Returns how many of the
 * references died of it; the others are appended to `old`. */
static uint64_t call_callbacks(struct runtime *runtime, struct gc_head *called, struct gc_head *old)
{
    uint64_t freed = 0;
    while (!gc_ring_empty(called)) {
        struct gc_head *head = gc_next(called);
        struct object *reference = gc_object_of(head);
        weakref_call(runtime, reference);
        decref(runtime, reference);
        if (gc_next(called) == head) {
            gc_ring_move(old, head);
        } else {
            freed++;
        }
    }
    return freed;
}

/* Run each finalizer that has not run yet. Members may die here and leave the ring. */
static void run_finalizers(struct runtime *runtime, struct gc_head *trash)
{
    struct gc_head seen;
    gc_ring_init(&seen);
    while (!gc_ring_empty(trash)) {
        struct gc_head *head = gc_next(trash);
        struct object *object = gc_object_of(head);
        gc_ring_move(&seen, head);
        if (object->type->finalize != NULL && !gc_is_finalized(object)) {
            gc_set_finalized(object);
            incref(object);
            const struct event event = {.kind = EVENT_FINALIZE, .object = object};
            listeners_tell(&runtime->listeners, &event);
            object->type->finalize(runtime, object);
            decref(runtime, object);
        }
    }
    gc_ring_merge(trash, &seen);
}

/* After this, what finalizers made reachable again is in `old`, and the rest is back in `trash`.
 * Returns how many members that has. */
static uint64_t release_resurrected(struct gc_head *trash, struct gc_head *old)
{
    struct gc_head rest;
    struct deduction found = {.whole = false};
    mechanism_deduce(trash, &rest, &found);
    mechanism_clear_unreachable(&rest);
    gc_ring_merge(old, trash);
    gc_ring_merge(trash, &rest);
    return found.unreached;
}

/* Break the cycles: clear the head of the ring until none is left. What its clear did not free (a
 * tuple, something still held by a member further on) waits in `old` for its count to fall. */
static void clear_garbage(struct runtime *runtime, struct gc_head *trash, struct gc_head *old)
{
    while (!gc_ring_empty(trash)) {
        struct gc_head *head = gc_next(trash);
        struct object *object = gc_object_of(head);
        CHECK_SLOW(object->refcount > 0);
        if (runtime->gc.saveall) {
            (void)list_append(runtime, runtime->gc.garbage, object); /* no memory: not listed */
        } else if (object->type->clear != NULL) {
            incref(object);
            object->type->clear(runtime, object);
            decref(runtime, object);
        }
        if (gc_next(trash) == head) {
            gc_clear_collecting(head);
            gc_ring_move(old, head);
        }
    }
}

uint64_t protocol_dispose(struct runtime *runtime, struct gc_head *trash, uint64_t count,
                          struct gc_head *old)
{
    struct gc_head called;
    gc_ring_init(&called);
    uint64_t freed = 0;
    bool finalizers = clear_weakrefs(trash, &called);
    if (finalizers || !gc_ring_empty(&called)) { /* else nothing can have changed */
        freed = call_callbacks(runtime, &called, old);
        run_finalizers(runtime, trash);
        count = release_resurrected(trash, old);
    }
    clear_garbage(runtime, trash, old);
    return freed + count;
}

/* A full collection of the loaded heap as CPython makes it, pass by pass, with its calls: what its
 * time would be there. Our own mechanism needs fewer passes and no calls, so its time is not
 * CPython's. Nothing is disposed of: what is unreachable goes back where it was.
 * Source: CPython 3.11 Modules/gcmodule.c, deduce_unreachable to untrack_dicts. Not for: finalizers,
 * weak references, versions whose collector has other passes (3.13 has the same, 3.14 not). */
#include "collector/gc_alloc.h"
#include "workloads/heap_load.h"

static void update_refs(struct gc_head *base)
{
    for (struct gc_head *head = gc_next(base); head != base; head = gc_next(head)) {
        gc_refs_start(head, gc_object_of(head)->refcount);
    }
}

static int visit_decref(struct object *referent, void *unused)
{
    (void)unused;
    if (object_is_gc(referent)) {
        struct gc_head *head = gc_head_of(referent);
        if (gc_is_collecting(head)) {
            gc_refs_decrement(head);
        }
    }
    return 0;
}

static void subtract_refs(struct gc_head *base)
{
    for (struct gc_head *head = gc_next(base); head != base; head = gc_next(head)) {
        struct object *object = gc_object_of(head);
        object->type->traverse(object, visit_decref, object);
    }
}

/* prev of those not scanned yet is a count: the ring functions do not work. */
static int visit_reachable(struct object *referent, void *base_)
{
    struct gc_head *base = base_;
    if (!object_is_gc(referent)) {
        return 0;
    }
    struct gc_head *head = gc_head_of(referent);
    if (!gc_is_collecting(head)) {
        return 0;
    }
    if (gc_is_unreachable(head)) { /* set aside too early: to the end of base */
        struct gc_head *prev = gc_prev(head), *next = gc_next_masked(head);
        struct gc_head *last = (struct gc_head *)base->prev;
        prev->next = head->next;
        gc_set_prev(next, prev);
        last->next = (uintptr_t)head;
        gc_set_prev(head, last);
        head->next = (uintptr_t)base;
        base->prev = (uintptr_t)head;
        gc_refs_set(head, 1);
    } else if (!gc_has_refs(head)) {
        gc_refs_set(head, 1);
    }
    return 0;
}

static void set_aside(struct gc_head *head, struct gc_head *unreachable)
{
    struct gc_head *last = gc_prev(unreachable);
    last->next = (uintptr_t)head | GC_UNREACHABLE;
    gc_set_prev(head, last);
    head->next = (uintptr_t)unreachable | GC_UNREACHABLE;
    unreachable->prev = (uintptr_t)head;
}

static void move_unreachable(struct gc_head *base, struct gc_head *unreachable)
{
    struct gc_head *prev = base;
    for (struct gc_head *head = gc_next(base); head != base; head = gc_next(prev)) {
        if (gc_has_refs(head)) {
            struct object *object = gc_object_of(head);
            object->type->traverse(object, visit_reachable, base);
            gc_settle(head, prev);
            prev = head;
        } else {
            prev->next = head->next;
            set_aside(head, unreachable);
        }
    }
    base->prev = (uintptr_t)prev;
    unreachable->next &= ~GC_UNREACHABLE;
}

static void untrack(struct gc_head *base, const struct type *type, void (*maybe)(struct object *))
{
    struct gc_head *next;
    for (struct gc_head *head = gc_next(base); head != base; head = next) {
        next = gc_next(head);
        if (gc_object_of(head)->type == type) {
            maybe(gc_object_of(head));
        }
    }
}

void heap_passes(struct runtime *runtime)
{
    struct gc_head *base = &runtime->gc.generation[GENERATIONS - 1], unreachable;
    for (int i = 0; i < GENERATIONS - 1; i++) {
        gc_ring_merge(base, &runtime->gc.generation[i]);
    }
    update_refs(base);
    subtract_refs(base);
    gc_ring_init(&unreachable);
    move_unreachable(base, &unreachable);
    untrack(base, &tuple_type, tuple_maybe_untrack);
    untrack(base, &dict_type, dict_maybe_untrack);
    runtime->gc.long_lived_total = (int64_t)gc_ring_length(base); /* CPython counts them so */
    for (struct gc_head *head = gc_next(&unreachable); head != &unreachable; head = gc_next(head)) {
        gc_clear_unreachable(head);
        gc_clear_collecting(head);
    }
    gc_ring_merge(base, &unreachable);
}

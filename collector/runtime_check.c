/* Walking every invariant of a runtime. Each check returns true, or false with runtime->check_text
 * written; the first broken one ends the walk. */
#include "collector/runtime.h"

#include <stdarg.h>
#include <stdio.h>

#include "collector/audit.h"
#include "collector/collector.h"
#include "collector/gc_head.h"

__attribute__((format(printf, 2, 3))) static bool broken(struct runtime *runtime,
                                                         const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(runtime->check_text, sizeof(runtime->check_text), format, arguments);
    va_end(arguments);
    return false;
}

static bool check_object(struct runtime *runtime, int ring, const struct object *object)
{
    const struct type *type = object->type;
    if (type == NULL || !(type->flags & TYPE_GC) || type->traverse == NULL ||
        type->dealloc == NULL) {
        return broken(runtime, "generation %d: %p has no type that can be tracked", ring,
                      (const void *)object);
    }
    if (object->refcount < 1) {
        return broken(runtime, "generation %d: a tracked %s at %p has count %lld", ring, type->name,
                      (const void *)object, (long long)object->refcount);
    }
    return true;
}

/* A ring whose links agree both ways passes each member once and shares none with another. */
static bool check_ring(struct runtime *runtime, int number, const struct gc_head *ring)
{
    const struct gc_head *prev = ring;
    const struct gc_head *head = gc_next(ring);
    for (; head != ring; prev = head, head = gc_next(head)) {
        if (head == NULL || gc_is_unreachable(prev)) {
            return broken(runtime, "generation %d: next of %p is broken", number,
                          (const void *)prev);
        }
        if (gc_prev(head) != prev) {
            return broken(runtime, "generation %d: prev of %p is not its predecessor", number,
                          (const void *)head);
        }
        if (gc_is_collecting(head)) {
            return broken(runtime, "generation %d: %p is COLLECTING outside a collection", number,
                          (const void *)head);
        }
        if (!check_object(runtime, number, gc_object_of(head))) {
            return false;
        }
    }
    if (ring->prev != (uintptr_t)prev) {
        return broken(runtime, "generation %d: the end of the ring is not its last member", number);
    }
    return true;
}

static bool check_rings(struct runtime *runtime)
{
    for (int i = 0; i < GENERATIONS; i++) {
        if (!check_ring(runtime, i, &runtime->gc.generation[i])) {
            return false;
        }
    }
    return check_ring(runtime, GENERATIONS, &runtime->gc.permanent);
}

static bool check_figures(struct runtime *runtime)
{
    const struct gc_state *gc = &runtime->gc;
    for (int i = 0; i < GENERATIONS; i++) {
        if (gc->count[i] < 0) {
            return broken(runtime, "count %d is negative", i);
        }
        if (gc->threshold[i] < 0 || gc->threshold[i] > INT32_MAX) {
            return broken(runtime, "threshold %d is out of range", i);
        }
    }
    if (gc->long_lived_total < 0 || gc->long_lived_pending < 0) {
        return broken(runtime, "a long-lived figure is negative");
    }
    const struct trashcan *can = &runtime->trashcan;
    if (can->levels < 0 || can->levels > TRASHCAN_LIMIT ||
        (can->levels == TRASHCAN_LIMIT && can->later != NULL)) {
        return broken(runtime, "the trashcan holds objects that nobody will release");
    }
    return true;
}

static bool check_freelist(struct runtime *runtime, const char *name, const struct freelist *list)
{
    uint64_t length = 0;
    uint64_t expected = freelist_length(list);
    for (void *block = list->head; block != NULL && length <= expected;
         block = *freelist_link(block)) {
        length++;
    }
    if (length != expected) {
        return broken(runtime, "free list %s: %llu blocks counted, another number found", name,
                      (unsigned long long)expected);
    }
    if (expected > list->limit || list->dropped > list->popped) {
        return broken(runtime, "free list %s: figures out of range", name);
    }
    return true;
}

static bool check_freelists(struct runtime *runtime)
{
    const struct freelists *lists = &runtime->freelists;
    for (int length = 0; length < FREELIST_TUPLE_LENGTHS; length++) {
        if (!check_freelist(runtime, "tuple", &lists->tuple[length])) {
            return false;
        }
    }
    return check_freelist(runtime, "list", &lists->list) &&
           check_freelist(runtime, "dict", &lists->dict) &&
           check_freelist(runtime, "keys", &lists->keys) &&
           check_freelist(runtime, "float", &lists->floats);
}

static bool check_counts(struct runtime *runtime)
{
    struct audit audit;
    audit_run(runtime, &audit);
    if (audit.dead != NULL) {
        return broken(runtime, "%s at %p is referred to with count %lld", audit.dead->type->name,
                      (const void *)audit.dead, (long long)audit.dead->refcount);
    }
    if (audit.overdrawn != NULL) {
        return broken(runtime, "%s at %p has more references than its count %lld",
                      audit.overdrawn->type->name, (const void *)audit.overdrawn,
                      (long long)audit.overdrawn->refcount);
    }
    return true;
}

static bool check_heaps(struct runtime *runtime)
{
    static const char *const names[HEAP_ROLES] = {"obj", "mem", "raw", "gc"};
    for (int role = 0; role < HEAP_ROLES; role++) {
        const struct heap *heap = &runtime->heap[role];
        const char *text = heap->methods != NULL ? heap_check(heap) : NULL;
        if (text != NULL) {
            return broken(runtime, "heap %s: %s", names[role], text);
        }
    }
    return true;
}

static bool check_collector(struct runtime *runtime)
{
    const struct collector *collector = runtime->collector;
    const char *text = collector->check != NULL ? collector->check(runtime) : NULL;
    return text == NULL || broken(runtime, "collector %s: %s", collector->name, text);
}

const char *runtime_check(struct runtime *runtime)
{
    CHECK(!runtime->gc.collecting);
    bool whole = check_figures(runtime) && check_rings(runtime) && check_freelists(runtime) &&
                 (!runtime->check_counts || check_counts(runtime)) && check_collector(runtime) &&
                 check_heaps(runtime);
    return whole ? NULL : runtime->check_text;
}

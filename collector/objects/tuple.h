/* tuple: 24 + 8n bytes (40 + 8n with the gc_head, obj domain), items inside. Free lists for the
 * lengths 1 … 20; length 20 is put in but never taken out (3.11). The empty one is a singleton. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_TUPLE_H
#define HEAPDYNO_COLLECTOR_OBJECTS_TUPLE_H

#include "base/check.h"
#include "collector/gc_alloc.h"

struct tuple {
    struct var_object base;
    struct object *items[];
};

extern const struct type tuple_type;

static inline bool tuple_is(const struct object *o)
{
    return o->type == &tuple_type;
}
static inline int64_t tuple_length(const struct object *o)
{
    return ((const struct tuple *)o)->base.size;
}
static inline struct object *tuple_get(const struct object *o, int64_t index)
{
    return ((const struct tuple *)o)->items[index];
}

/* PyTuple_New(length): items NULL until tuple_init_take; tracked from birth unless empty. */
struct object *tuple_new(struct runtime *runtime, int64_t length);
static inline void tuple_init_take(struct object *tuple, int64_t index, struct object *item)
{
    CHECK_SLOW(0 <= index && index < tuple_length(tuple));
    ((struct tuple *)tuple)->items[index] = item;
}

/* A tuple of items[length], each with a new reference. */
struct object *tuple_pack(struct runtime *runtime, struct object *const *items, int64_t length);

/* 3.11 looks for lengths below 20 but keeps lengths up to 20. */
enum { TUPLE_REUSED = FREELIST_TUPLE_LENGTHS - 2 };

/* A dead tuple of this length from its free list, with one reference, items not set, untracked. NULL
 * where there is none. */
static inline struct object *tuple_reuse(struct runtime *runtime, int64_t length)
{
    struct object *self = NULL;
    if (likely((uint64_t)length - 1 < TUPLE_REUSED)) {
        self = freelist_pop(&runtime->freelists.tuple[length]);
        if (likely(self != NULL)) {
            refcount_set(self, 1);
        }
    }
    return self;
}

/* The same from the heap, for tuple_alloc. */
struct object *tuple_alloc_slow(struct runtime *runtime, int64_t length);

/* A tuple as tuple_reuse gives it, from the free list or the heap; length > 0. NULL: no memory. */
static inline struct object *tuple_alloc(struct runtime *runtime, int64_t length)
{
    struct object *self = tuple_reuse(runtime, length);
    return likely(self != NULL) ? self : tuple_alloc_slow(runtime, length);
}

/* What BUILD_TUPLE does for a pair: takes both references over, also when there is no memory. */
static inline struct object *tuple_pair_take(struct runtime *runtime, struct object *first,
                                             struct object *second)
{
    struct object *self = tuple_alloc(runtime, 2);
    if (unlikely(self == NULL)) {
        decref(runtime, first);
        decref(runtime, second);
        return NULL;
    }
    ((struct tuple *)self)->items[0] = first;
    ((struct tuple *)self)->items[1] = second;
    gc_track_born(runtime, self);
    return self;
}

/* _PyObject_GC_MAY_BE_TRACKED: a GC object, unless it is a tuple that was found to need no
 * tracking. */
static inline bool gc_may_be_tracked(const struct object *object)
{
    return object_is_gc(object) && (!tuple_is(object) || gc_is_tracked(object));
}

/* The collector's _PyTuple_MaybeUntrack. */
void tuple_maybe_untrack(struct object *tuple);
void tuple_freelist_clear(struct runtime *runtime);

#endif

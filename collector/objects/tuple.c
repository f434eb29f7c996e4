/* tuple: births and deaths through the free lists by length, release last to first, and untracking
 * of tuples that can be in no cycle. Source: CPython 3.11 Objects/tupleobject.c. */
#include "collector/objects/tuple.h"

#include "collector/gc_alloc.h"
#include "collector/objects/hash.h"
#include "collector/objects/places.h"
#include "collector/objects/singletons.h"
#include "collector/trashcan.h"

static const int64_t TUPLE_LENGTH_MAX = INT64_MAX / 16;

static size_t tuple_bytes(int64_t length)
{
    return sizeof(struct tuple) + (size_t)length * sizeof(struct object *);
}

static inline struct object *tuple_from_heap(struct runtime *runtime, int64_t length)
{
    if (length <= TUPLE_REUSED) {
        runtime->freelists.tuple[length].misses++;
    }
    if (length > TUPLE_LENGTH_MAX) {
        return NULL;
    }
    struct object *self = gc_alloc(runtime, 0, tuple_bytes(length));
    if (self != NULL) {
        object_init(self, &tuple_type);
        ((struct tuple *)self)->base.size = length;
    }
    return self;
}

struct object *tuple_alloc_slow(struct runtime *runtime, int64_t length)
{
    return tuple_from_heap(runtime, length);
}

static inline struct object *tuple_born(struct runtime *runtime, struct object *self)
{
    places_init(((struct tuple *)self)->items, (size_t)tuple_length(self));
    gc_track_born(runtime, self);
    return self;
}

/* The rest of tuple_new, apart, so that what is usual needs no stack. */
static __attribute__((noinline)) struct object *tuple_new_slow(struct runtime *runtime,
                                                               int64_t length)
{
    if (length == 0) {
        return newref(empty_tuple_of(runtime));
    }
    struct object *self = tuple_from_heap(runtime, length);
    return self != NULL ? tuple_born(runtime, self) : NULL;
}

struct object *tuple_new(struct runtime *runtime, int64_t length)
{
    struct object *self = tuple_reuse(runtime, length);
    return likely(self != NULL) ? tuple_born(runtime, self) : tuple_new_slow(runtime, length);
}

struct object *tuple_pack(struct runtime *runtime, struct object *const *items, int64_t length)
{
    if (unlikely(length == 0)) {
        return newref(empty_tuple_of(runtime));
    }
    struct object *self = tuple_alloc(runtime, length);
    if (self == NULL) {
        return NULL;
    }
    struct object **own = ((struct tuple *)self)->items;
    for (int64_t i = 0; i < length; i++) {
        own[i] = newref(items[i]);
    }
    gc_track_born(runtime, self);
    return self;
}

void tuple_maybe_untrack(struct object *self)
{
    if (!gc_is_tracked(self)) {
        return;
    }
    const struct tuple *tuple = (const struct tuple *)self;
    for (int64_t i = 0; i < tuple->base.size; i++) {
        /* A tuple with empty places is not finished. */
        if (tuple->items[i] == NULL || gc_may_be_tracked(tuple->items[i])) {
            return;
        }
    }
    gc_untrack(self);
}

static inline void tuple_free(struct runtime *runtime, struct object *self)
{
    int64_t length = tuple_length(self);
    if (likely(length < FREELIST_TUPLE_LENGTHS) &&
        freelist_push(&runtime->freelists.tuple[length], self)) {
        return;
    }
    gc_free(runtime, self, 0, tuple_bytes(length));
}

static void tuple_dealloc(struct runtime *runtime, struct object *self)
{
    CHECK_SLOW(tuple_length(self) > 0); /* the empty tuple never dies */
    gc_untrack_if(self);
    if (!trashcan_begin(runtime, self)) {
        return;
    }
    const struct tuple *tuple = (const struct tuple *)self;
    for (int64_t i = tuple->base.size; --i >= 0;) {
        xdecref(runtime, tuple->items[i]);
    }
    tuple_free(runtime, self);
    trashcan_end(runtime);
}

static int tuple_traverse(struct object *self, visit_f *visit, void *argument)
{
    const struct tuple *tuple = (const struct tuple *)self;
    for (int64_t i = tuple->base.size; --i >= 0;) {
        struct object *item = tuple->items[i];
        int stop = item == NULL ? 0 : visit(item, argument);
        if (stop != 0) {
            return stop;
        }
    }
    return 0;
}

static uint64_t tuple_hash(struct object *self)
{
    const struct tuple *tuple = (const struct tuple *)self;
    uint64_t hash = (uint64_t)tuple->base.size;
    for (int64_t i = 0; i < tuple->base.size; i++) {
        hash = hash_mix(hash, object_hash(tuple->items[i]));
    }
    return hash;
}

static bool tuple_equal(struct object *a, struct object *b)
{
    if (tuple_length(a) != tuple_length(b)) {
        return false;
    }
    for (int64_t i = 0; i < tuple_length(a); i++) {
        if (!object_equal(tuple_get(a, i), tuple_get(b, i))) {
            return false;
        }
    }
    return true;
}

void tuple_freelist_clear(struct runtime *runtime)
{
    for (int64_t length = 1; length < FREELIST_TUPLE_LENGTHS; length++) {
        struct freelist *free = &runtime->freelists.tuple[length];
        for (struct object *self; (self = freelist_pop(free)) != NULL; free->dropped++) {
            gc_free(runtime, self, 0, tuple_bytes(length));
        }
    }
}

const struct type tuple_type = {
    .name = "tuple",
    .flags = TYPE_GC,
    .basic_bytes = sizeof(struct tuple),
    .item_bytes = sizeof(struct object *),
    .layout = {.kind = LAYOUT_TUPLE},
    .dealloc = tuple_dealloc,
    .traverse = tuple_traverse,
    .hash = tuple_hash,
    .equal = tuple_equal,
};

/* list: a head of 40 bytes (56 with the gc_head, obj domain) and an array of pointers (mem domain).
 * Growth, shrinking and the free list are CPython 3.11's (Objects/listobject.c). */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_LIST_H
#define HEAPDYNO_COLLECTOR_OBJECTS_LIST_H

#include "collector/gc_alloc.h"
#include "collector/object.h"
#include "collector/refcount.h"
#include "collector/runtime.h"

struct list {
    struct var_object base;
    struct object **items; /* NULL while allocated == 0 */
    int64_t allocated;     /* places in items */
};

extern const struct type list_type;

static inline bool list_is(const struct object *o)
{
    return o->type == &list_type;
}
static inline int64_t list_length(const struct object *o)
{
    return ((const struct list *)o)->base.size;
}

/* Borrowed; 0 ≤ index < length. */
static inline struct object *list_get(const struct object *o, int64_t index)
{
    return ((const struct list *)o)->items[index];
}

/* The free list is empty, or the list is not to be. */
struct object *list_new_slow(struct runtime *runtime, int64_t length);

/* PyList_New(length): items of a non-empty one are NULL until list_init_take; the array is exact. */
static inline struct object *list_new(struct runtime *runtime, int64_t length)
{
    struct freelist *heads = &runtime->freelists.list;
    if (likely(length == 0 && heads->head != NULL)) {
        struct list *list = (struct list *)freelist_pop(heads);
        refcount_set(&list->base.object, 1);
        list->base.size = 0;
        list->items = NULL;
        list->allocated = 0;
        gc_track_born(runtime, &list->base.object);
        return &list->base.object;
    }
    return list_new_slow(runtime, length);
}

/* Fill a place of a new list: no release of an old item. */
static inline void list_init_take(struct object *list, int64_t index, struct object *item)
{
    CHECK_SLOW(0 <= index && index < list_length(list));
    ((struct list *)list)->items[index] = item;
}

/* The array is full: make it longer, then store. Takes `item` over only if that works. */
bool list_append_slow(struct runtime *runtime, struct object *list, struct object *item);

static inline bool list_append_take(struct runtime *runtime, struct object *self,
                                    struct object *item)
{
    struct list *list = (struct list *)self;
    CHECK_SLOW(list_is(self));
    if (likely(list->base.size < list->allocated)) {
        list->items[list->base.size++] = item;
        return true;
    }
    if (unlikely(!list_append_slow(runtime, self, item))) {
        decref(runtime, item);
        return false;
    }
    return true;
}

static inline bool list_append(struct runtime *runtime, struct object *list, struct object *item)
{
    return list_append_take(runtime, list, newref(item));
}

/* list[index] = item: the old item is released when the new one is in its place. */
static inline void list_set(struct runtime *runtime, struct object *list, int64_t index,
                            struct object *item)
{
    CHECK_SLOW(list_is(list) && 0 <= index && index < list_length(list));
    struct object **place = &((struct list *)list)->items[index];
    struct object *old = *place;
    *place = newref(item);
    xdecref(runtime, old);
}

/* Remove items low … high-1, released last to first after the list is whole again. */
bool list_delete_slice(struct runtime *runtime, struct object *list, int64_t low, int64_t high);
/* Remove the last item of a non-empty list, as PyList_SetSlice(l, n-1, n, NULL). */
bool list_pop(struct runtime *runtime, struct object *list);
/* Remove and hand over the last item (list.pop()): the caller owns the result. */
struct object *list_pop_take(struct runtime *runtime, struct object *list);
void list_clear(struct runtime *runtime, struct object *list);
void list_reverse(struct object *list);
/* Give the heads in the free list back: part of a full collection. */
void list_freelist_clear(struct runtime *runtime);

#endif

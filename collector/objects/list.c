/* list: CPython 3.11's growth, shrinking and order of release (Objects/listobject.c).
 *
 * Appending to a full array asks for n + n/8 + 6, rounded down to a multiple of 4; an array is made
 * smaller only below half of its places, and given back at length 0. Items are detached before they
 * are released: a release may look at the list. Not good at: insertion in front. */
#include "collector/objects/list.h"

#include <string.h>

#include "collector/gc_alloc.h"
#include "collector/trashcan.h"

enum { LIST_RECYCLE_ON_STACK = 8 }; /* items removed at once without asking for memory */

static const int64_t LIST_LENGTH_MAX = INT64_MAX / (int64_t)sizeof(struct object *);

static size_t list_bytes(int64_t places)
{
    return (size_t)places * sizeof(struct object *);
}

static inline void list_release_head(struct runtime *runtime, struct object *self)
{
    if (unlikely(!freelist_push(&runtime->freelists.list, self))) {
        gc_free(runtime, self, 0, sizeof(struct list));
    }
}

static struct object *list_head_slow(struct runtime *runtime)
{
    runtime->freelists.list.misses++;
    struct object *self = gc_alloc(runtime, 0, sizeof(struct list));
    if (self != NULL) {
        self->type = &list_type;
    }
    return self;
}

struct object *list_new_slow(struct runtime *runtime, int64_t length)
{
    struct object *self = freelist_pop(&runtime->freelists.list);
    if (unlikely(self == NULL)) {
        self = list_head_slow(runtime);
        if (self == NULL) {
            return NULL;
        }
    }
    refcount_set(self, 1);
    struct list *list = (struct list *)self;
    list->items = NULL;
    if (length != 0) {
        CHECK_SLOW(length > 0);
        if (length <= LIST_LENGTH_MAX) {
            list->items = heap_calloc(&runtime->heap[HEAP_MEM], list_bytes(length));
        }
        if (list->items == NULL) {
            list_release_head(runtime, self);
            return NULL;
        }
    }
    list->base.size = length;
    list->allocated = length;
    gc_track_born(runtime, self);
    return self;
}

/* Room beyond `length` items, in proportion to them. */
static inline int64_t list_growth(int64_t length)
{
    return (length + (length >> 3) + 6) & ~(int64_t)3;
}

static bool list_reallocate(struct runtime *runtime, struct list *list, int64_t length,
                            int64_t places)
{
    if (unlikely(length > LIST_LENGTH_MAX / 2)) {
        return false;
    }
    struct object **items = heap_resize(&runtime->heap[HEAP_MEM], list->items,
                                        list_bytes(list->allocated), list_bytes(places));
    if (unlikely(items == NULL)) {
        return false;
    }
    list->items = items;
    list->base.size = length;
    list->allocated = places;
    return true;
}

/* Make the list shorter, but not empty. False: nothing changed. (3.11 has one function for this and
 * for growing, and exact places for jumps, which nothing here makes.) */
static bool list_shrink(struct runtime *runtime, struct list *list, int64_t length)
{
    CHECK_SLOW(0 < length && length <= list->base.size);
    if (length >= list->allocated >> 1) {
        list->base.size = length;
        return true;
    }
    return list_reallocate(runtime, list, length, list_growth(length));
}

bool list_append_slow(struct runtime *runtime, struct object *self, struct object *item)
{
    struct list *list = (struct list *)self;
    int64_t length = list->base.size;
    if (!list_reallocate(runtime, list, length + 1, list_growth(length + 1))) {
        return false;
    }
    list->items[length] = item;
    return true;
}

static inline void list_release_items(struct runtime *runtime, struct object **items, int64_t count)
{
    while (--count >= 0) {
        xdecref(runtime, items[count]);
    }
}

void list_clear(struct runtime *runtime, struct object *self)
{
    struct list *list = (struct list *)self;
    struct object **items = list->items;
    if (items == NULL) {
        return;
    }
    int64_t length = list->base.size;
    size_t bytes = list_bytes(list->allocated);
    list->base.size = 0;
    list->items = NULL;
    list->allocated = 0;
    list_release_items(runtime, items, length);
    heap_release(&runtime->heap[HEAP_MEM], items, bytes);
}

/* Take items low … high-1 out, which leaves some others; they stay in `out`. */
static bool list_cut(struct runtime *runtime, struct list *list, int64_t low, int64_t high,
                     struct object **out)
{
    struct object **items = list->items;
    size_t tail = list_bytes(list->base.size - high);
    memcpy(out, items + low, list_bytes(high - low));
    memmove(items + low, items + high, tail);
    if (list_shrink(runtime, list, list->base.size - (high - low))) {
        return true;
    }
    memmove(items + high, items + low, tail);
    memcpy(items + low, out, list_bytes(high - low));
    return false;
}

bool list_delete_slice(struct runtime *runtime, struct object *self, int64_t low, int64_t high)
{
    struct list *list = (struct list *)self;
    int64_t count = high - low;
    CHECK_SLOW(0 <= low && low <= high && high <= list->base.size);
    if (count == list->base.size) {
        list_clear(runtime, self);
        return true;
    }
    if (count <= LIST_RECYCLE_ON_STACK) {
        struct object *removed[LIST_RECYCLE_ON_STACK];
        bool ok = list_cut(runtime, list, low, high, removed);
        list_release_items(runtime, removed, ok ? count : 0);
        return ok;
    }
    const struct heap *heap = &runtime->heap[HEAP_MEM];
    struct object **removed = heap_alloc(heap, list_bytes(count));
    if (removed == NULL) {
        return false;
    }
    bool ok = list_cut(runtime, list, low, high, removed);
    list_release_items(runtime, removed, ok ? count : 0);
    heap_release(heap, removed, list_bytes(count));
    return ok;
}

struct object *list_pop_take(struct runtime *runtime, struct object *self)
{
    struct list *list = (struct list *)self;
    int64_t length = list->base.size - 1;
    CHECK_SLOW(length >= 0);
    struct object *item = list->items[length];
    if (length == 0) {
        list->items[0] = NULL;
        list_clear(runtime, self);
        return item;
    }
    return list_shrink(runtime, list, length) ? item : NULL;
}

bool list_pop(struct runtime *runtime, struct object *self)
{
    int64_t length = list_length(self);
    return list_delete_slice(runtime, self, length - 1, length);
}

void list_reverse(struct object *self)
{
    struct list *list = (struct list *)self;
    for (int64_t low = 0, high = list->base.size - 1; low < high; low++, high--) {
        struct object *item = list->items[low];
        list->items[low] = list->items[high];
        list->items[high] = item;
    }
}

/* Out of line, so that an empty list saves no registers. */
__attribute__((noinline)) static void list_dealloc_items(struct runtime *runtime,
                                                         struct object *self)
{
    struct list *list = (struct list *)self;
    if (!trashcan_begin(runtime, self)) {
        return;
    }
    list_release_items(runtime, list->items, list->base.size);
    heap_release(&runtime->heap[HEAP_MEM], list->items, list_bytes(list->allocated));
    list_release_head(runtime, self);
    trashcan_end(runtime);
}

static void list_dealloc(struct runtime *runtime, struct object *self)
{
    gc_untrack_if(self);
    if (((struct list *)self)->items != NULL) {
        list_dealloc_items(runtime, self);
    } else if (trashcan_admits(runtime, self)) {
        list_release_head(runtime, self);
    }
}

static int list_traverse(struct object *self, visit_f *visit, void *argument)
{
    const struct list *list = (const struct list *)self;
    for (int64_t i = list->base.size; --i >= 0;) {
        struct object *item = list->items[i];
        int stop = item == NULL ? 0 : visit(item, argument);
        if (stop != 0) {
            return stop;
        }
    }
    return 0;
}

void list_freelist_clear(struct runtime *runtime)
{
    struct freelist *free = &runtime->freelists.list;
    for (struct object *self; (self = freelist_pop(free)) != NULL; free->dropped++) {
        gc_free(runtime, self, 0, sizeof(struct list));
    }
}

const struct type list_type = {
    .name = "list",
    .flags = TYPE_GC,
    .basic_bytes = sizeof(struct list),
    .layout = {.kind = LAYOUT_LIST},
    .dealloc = list_dealloc,
    .traverse = list_traverse,
    .clear = list_clear,
};

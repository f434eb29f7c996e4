/* range, its iterator, and the iterator of lists. Source: CPython 3.11 Objects/rangeobject.c and
 * Objects/iterobject.c; the ints that working out a length makes and drops are made here too. */
#include "collector/objects/range.h"

#include "collector/gc_alloc.h"
#include "collector/objects/list.h"
#include "collector/objects/number.h"
#include "collector/objects/singletons.h"

enum { RANGE_START, RANGE_STOP, RANGE_STEP, RANGE_LENGTH, RANGE_FIELDS };

struct range {
    struct object base;
    struct object *field[RANGE_FIELDS];
};

struct range_iterator {
    struct object base;
    int64_t index, start, step, length;
};

struct list_iterator {
    struct object base;
    int64_t index;
    struct object *list; /* NULL at the end */
};

_Static_assert(sizeof(struct range) == 48, "CPython's size");
_Static_assert(sizeof(struct range_iterator) == 48, "CPython's size");
_Static_assert(sizeof(struct list_iterator) == 32, "CPython's size");

static const struct type range_type;
static const struct type range_iterator_type;
static const struct type list_iterator_type;

/* Items between start and stop, by steps of step. Unsigned, so that all of int64_t is covered. */
static uint64_t range_count(int64_t start, int64_t stop, int64_t step)
{
    if (step > 0) {
        return start >= stop ? 0 : ((uint64_t)stop - (uint64_t)start - 1) / (uint64_t)step + 1;
    }
    return start <= stop ? 0 : ((uint64_t)start - (uint64_t)stop - 1) / (0 - (uint64_t)step) + 1;
}

/* The length as an int, and the three ints on the way to it. */
static struct object *range_length_new(struct runtime *runtime, int64_t start, int64_t stop,
                                       int64_t step)
{
    uint64_t count = range_count(start, stop, step);
    if (count == 0) {
        return newref(small_int_of(runtime, 0));
    }
    uint64_t span = step > 0 ? (uint64_t)stop - (uint64_t)start : (uint64_t)start - (uint64_t)stop;
    const uint64_t value[] = {span, span - 1, count - 1, count};
    struct object *made[COUNT_OF(value)];
    size_t i = 0;
    while (i < COUNT_OF(value) && (made[i] = int_new(runtime, (int64_t)value[i])) != NULL) {
        i++;
    }
    struct object *length = i == COUNT_OF(value) ? made[--i] : NULL;
    while (i-- > 0) {
        decref(runtime, made[i]);
    }
    return length;
}

struct object *range_new(struct runtime *runtime, int64_t start, int64_t stop, int64_t step)
{
    CHECK(step != 0);
    CHECK(range_count(start, stop, step) <= INT64_MAX);
    struct range range = {
        .field = {int_new(runtime, start), int_new(runtime, stop), int_new(runtime, step), NULL}};
    struct range *self = NULL;
    if (range.field[RANGE_START] != NULL && range.field[RANGE_STOP] != NULL &&
        range.field[RANGE_STEP] != NULL) {
        range.field[RANGE_LENGTH] = range_length_new(runtime, start, stop, step);
    }
    if (range.field[RANGE_LENGTH] != NULL) {
        self = heap_alloc(&runtime->heap[HEAP_OBJ], sizeof *self);
    }
    if (self == NULL) {
        for (int i = 0; i < RANGE_FIELDS; i++) {
            xdecref(runtime, range.field[i]);
        }
        return NULL;
    }
    *self = range;
    object_init(&self->base, &range_type);
    return &self->base;
}

static void range_dealloc(struct runtime *runtime, struct object *self)
{
    for (int i = 0; i < RANGE_FIELDS; i++) {
        decref(runtime, ((struct range *)self)->field[i]);
    }
    heap_release(&runtime->heap[HEAP_OBJ], self, sizeof(struct range));
}

struct object *range_iter(struct runtime *runtime, struct object *object)
{
    const struct range *range = (const struct range *)object;
    struct range_iterator *self = heap_alloc(&runtime->heap[HEAP_OBJ], sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    object_init(&self->base, &range_iterator_type);
    self->index = 0;
    self->start = int_value(range->field[RANGE_START]);
    self->step = int_value(range->field[RANGE_STEP]);
    self->length = int_value(range->field[RANGE_LENGTH]);
    return &self->base;
}

struct object *range_next(struct runtime *runtime, struct object *iterator, bool *failed)
{
    struct range_iterator *self = (struct range_iterator *)iterator;
    *failed = false;
    if (self->index >= self->length) {
        return NULL;
    }
    struct object *item = int_new(runtime, self->start + self->index * self->step);
    *failed = item == NULL;
    self->index += item != NULL;
    return item;
}

static void range_iterator_dealloc(struct runtime *runtime, struct object *self)
{
    heap_release(&runtime->heap[HEAP_OBJ], self, sizeof(struct range_iterator));
}

struct object *list_iter(struct runtime *runtime, struct object *list)
{
    struct object *object = gc_alloc(runtime, 0, sizeof(struct list_iterator));
    if (object == NULL) {
        return NULL;
    }
    struct list_iterator *self = (struct list_iterator *)object;
    object_init(object, &list_iterator_type);
    self->index = 0;
    self->list = newref(list);
    gc_track(runtime, object);
    return object;
}

struct object *list_iter_next(struct runtime *runtime, struct object *iterator)
{
    struct list_iterator *self = (struct list_iterator *)iterator;
    if (self->list == NULL) {
        return NULL;
    }
    if (self->index < list_length(self->list)) {
        return list_get(self->list, self->index++);
    }
    clear_place(runtime, &self->list);
    return NULL;
}

static void list_iterator_dealloc(struct runtime *runtime, struct object *self)
{
    gc_untrack_if(self);
    xdecref(runtime, ((struct list_iterator *)self)->list);
    gc_free(runtime, self, 0, sizeof(struct list_iterator));
}

static int list_iterator_traverse(struct object *self, visit_f *visit, void *argument)
{
    struct object *list = ((struct list_iterator *)self)->list;
    return list == NULL ? 0 : visit(list, argument);
}

static const struct type range_type = {
    .name = "range",
    .basic_bytes = sizeof(struct range),
    .layout = {.kind = LAYOUT_LEAF}, /* of ints: a walk that ends at them is not needed */
    .dealloc = range_dealloc,
};

static const struct type range_iterator_type = {
    .name = "range_iterator",
    .basic_bytes = sizeof(struct range_iterator),
    .layout = {.kind = LAYOUT_LEAF},
    .dealloc = range_iterator_dealloc,
};

static const struct type list_iterator_type = {
    .name = "list_iterator",
    .flags = TYPE_GC,
    .basic_bytes = sizeof(struct list_iterator),
    .layout = {.kind = LAYOUT_SLOTS,
               .slot_offset = offsetof(struct list_iterator, list),
               .slot_count = 1},
    .dealloc = list_iterator_dealloc,
    .traverse = list_iterator_traverse,
};

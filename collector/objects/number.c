/* float and int as CPython 3.11 allocates them: floats through a free list, ints of one digit in
 * 32 bytes, longer ones in 24 + 4 per digit of 30 bits. Source: Objects/floatobject.c and
 * Objects/longobject.c. Values are those of an int64_t; arithmetic is the caller's. */
#include "collector/objects/number.h"

#include "collector/gc_alloc.h"
#include "collector/objects/singletons.h"

enum { INT_DIGIT_BITS = 30 };

static const int64_t INT_DIGIT_MASK = (INT64_C(1) << INT_DIGIT_BITS) - 1;

struct object *float_new_slow(struct runtime *runtime, double value)
{
    runtime->freelists.floats.misses++;
    struct float_object *self = heap_alloc(&runtime->heap[HEAP_OBJ], sizeof(struct float_object));
    if (self == NULL) {
        return NULL;
    }
    object_init(&self->base, &float_type);
    self->value = value;
    return &self->base;
}

static void float_release(struct runtime *runtime, void *self)
{
    heap_release(&runtime->heap[HEAP_OBJ], self, sizeof(struct float_object));
}

static void float_dealloc(struct runtime *runtime, struct object *self)
{
    if (unlikely(!freelist_push(&runtime->freelists.floats, self))) {
        float_release(runtime, self);
    }
}

void float_freelist_clear(struct runtime *runtime)
{
    struct freelist *free = &runtime->freelists.floats;
    for (void *self; (self = freelist_pop(free)) != NULL; free->dropped++) {
        float_release(runtime, self);
    }
}

/* 3.11 makes one-digit ints in sizeof(PyLongObject), padding included. */
static size_t int_bytes(int64_t digits)
{
    return digits <= 1 ? 32 : sizeof(struct int_object) + (size_t)digits * sizeof(uint32_t);
}

/* Two digits or three. */
static struct object *int_new_long(struct runtime *runtime, int64_t value)
{
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    int64_t digits = rest >> (2 * INT_DIGIT_BITS) != 0 ? 3 : 2;
    struct int_object *self = heap_alloc(&runtime->heap[HEAP_OBJ], int_bytes(digits));
    if (self == NULL) {
        return NULL;
    }
    object_init(&self->base.object, &int_type);
    self->base.size = value < 0 ? -digits : digits;
    for (int64_t i = 0; i < digits; i++, rest >>= INT_DIGIT_BITS) {
        self->digits[i] = (uint32_t)(rest & (uint64_t)INT_DIGIT_MASK);
    }
    return &self->base.object;
}

struct object *int_new(struct runtime *runtime, int64_t value)
{
    if (SMALL_INT_MIN <= value && value <= SMALL_INT_MAX) {
        return newref(small_int_of(runtime, value));
    }
    if (unlikely(value > INT_DIGIT_MASK || value < -INT_DIGIT_MASK)) {
        return int_new_long(runtime, value);
    }
    struct int_object *self = heap_alloc(&runtime->heap[HEAP_OBJ], int_bytes(1));
    if (unlikely(self == NULL)) {
        return NULL;
    }
    object_init(&self->base.object, &int_type);
    self->base.size = value < 0 ? -1 : 1;
    self->digits[0] = (uint32_t)(value < 0 ? -value : value);
    return &self->base.object;
}

int64_t int_value(const struct object *object)
{
    const struct int_object *self = (const struct int_object *)object;
    int64_t size = self->base.size;
    uint64_t value = 0;
    for (int64_t i = size < 0 ? -size : size; --i >= 0;) {
        value = value << INT_DIGIT_BITS | self->digits[i];
    }
    return (int64_t)(size < 0 ? 0 - value : value);
}

static void int_dealloc(struct runtime *runtime, struct object *self)
{
    int64_t size = ((struct int_object *)self)->base.size;
    heap_release(&runtime->heap[HEAP_OBJ], self, int_bytes(size < 0 ? -size : size));
}

static uint64_t int_hash(struct object *self)
{
    const struct int_object *number = (const struct int_object *)self;
    if (likely(number->base.size == 1)) {
        return number->digits[0];
    }
    return (uint64_t)int_value(self);
}

static bool int_equal(struct object *a, struct object *b)
{
    return int_value(a) == int_value(b);
}

const struct type float_type = {
    .name = "float",
    .basic_bytes = sizeof(struct float_object),
    .layout = {.kind = LAYOUT_LEAF},
    .dealloc = float_dealloc,
};

const struct type int_type = {
    .name = "int",
    .basic_bytes = sizeof(struct int_object),
    .item_bytes = sizeof(uint32_t),
    .layout = {.kind = LAYOUT_LEAF},
    .dealloc = int_dealloc,
    .hash = int_hash,
    .equal = int_equal,
};

/* float: 24 bytes, a free list of 100. int: 32 bytes for one digit of 30 bits, 24 + 4n for more; -5
 * … 256 are cached. Not GC types. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_NUMBER_H
#define HEAPDYNO_COLLECTOR_OBJECTS_NUMBER_H

#include "collector/object.h"
#include "collector/refcount.h"
#include "collector/runtime.h"

struct float_object {
    struct object base;
    double value;
};

struct int_object {
    struct var_object base;
    uint32_t digits[];
};

extern const struct type float_type;
extern const struct type int_type;

static inline bool float_is(const struct object *o)
{
    return o->type == &float_type;
}
static inline bool int_is(const struct object *o)
{
    return o->type == &int_type;
}

/* The free list is empty. */
struct object *float_new_slow(struct runtime *runtime, double value);

static inline struct object *float_new(struct runtime *runtime, double value)
{
    struct float_object *self = (struct float_object *)freelist_pop(&runtime->freelists.floats);
    if (unlikely(self == NULL)) {
        return float_new_slow(runtime, value);
    }
    refcount_set(&self->base, 1);
    self->value = value;
    return &self->base;
}

static inline double float_value(const struct object *o)
{
    return ((const struct float_object *)o)->value;
}
void float_freelist_clear(struct runtime *runtime);

/* PyLong_FromLong, and what + - * of two ints of one digit give. Cached ones come with a new
 * reference too. */
struct object *int_new(struct runtime *runtime, int64_t value);
int64_t int_value(const struct object *o);

#endif

/* float: 24 bytes, a free list of 100. int: 24 + 4 × digits (30 bits each), -5 … 256 cached. Not GC
 * types. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_NUMBER_H
#define HEAPDYNO_COLLECTOR_OBJECTS_NUMBER_H

#include "collector/object.h"
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

struct object *float_new(struct runtime *runtime, double value);
static inline double float_value(const struct object *o)
{
    return ((const struct float_object *)o)->value;
}
void float_freelist_clear(struct runtime *runtime);

/* Cached ones come with a new reference too. */
struct object *int_new(struct runtime *runtime, int64_t value);
int64_t int_value(const struct object *o);

/* As the + - * of two ints allocate: a result of one digit outside the cache asks for 32 bytes (28
 * by int_new). int_result is what vm_loop uses. */
struct object *int_result(struct runtime *runtime, int64_t value);

#endif

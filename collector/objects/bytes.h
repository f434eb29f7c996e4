/* bytes: 33 + length bytes (obj domain). The empty one and the 256 of length one are cached. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_BYTES_H
#define HEAPDYNO_COLLECTOR_OBJECTS_BYTES_H

#include "collector/object.h"
#include "collector/runtime.h"

struct bytes {
    struct var_object base;
    uint64_t hash; /* 0: not computed yet */
    char data[];
};

extern const struct type bytes_type;

static inline bool bytes_is(const struct object *o)
{
    return o->type == &bytes_type;
}
static inline int64_t bytes_length(const struct object *o)
{
    return ((const struct bytes *)o)->base.size;
}

/* Make bytes of `length` out of the memory at `self`; the contents are the caller's. */
void bytes_init(struct bytes *self, int64_t length);

/* data may be NULL: contents are then zero. */
struct object *bytes_new(struct runtime *runtime, const char *data, int64_t length);
static inline char *bytes_data(struct object *o)
{
    return ((struct bytes *)o)->data;
}

#endif

/* tuple: 24 + 8n bytes (40 + 8n with the gc_head, obj domain), items inside. Free lists for the
 * lengths 1 … 20; length 20 is put in but never taken out (3.11). The empty one is a singleton. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_TUPLE_H
#define HEAPDYNO_COLLECTOR_OBJECTS_TUPLE_H

#include "collector/object.h"
#include "collector/runtime.h"

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
void tuple_init_take(struct object *tuple, int64_t index, struct object *item);
/* A tuple of items[length], each with a new reference. */
struct object *tuple_pack(struct runtime *runtime, struct object *const *items, int64_t length);
/* The collector's _PyTuple_MaybeUntrack. */
void tuple_maybe_untrack(struct object *tuple);
void tuple_freelist_clear(struct runtime *runtime);

#endif

/* Reference counts: plus one, minus one, deallocation at zero. Only this file writes counts. */
#ifndef HEAPDYNO_COLLECTOR_REFCOUNT_H
#define HEAPDYNO_COLLECTOR_REFCOUNT_H

#include "base/check.h"
#include "collector/object.h"
#include "collector/runtime.h"

static inline void refcount_set(struct object *object, int64_t refcount)
{
    object->refcount = refcount;
}

static inline void incref(struct object *object)
{
    object->refcount++;
}

/* Take a new reference and return it. */
static inline struct object *newref(struct object *object)
{
    incref(object);
    return object;
}

static inline void decref(struct runtime *runtime, struct object *object)
{
    CHECK_SLOW(object->refcount > 0);
    if (--object->refcount == 0) {
        object->type->dealloc(runtime, object);
    }
}

static inline void xincref(struct object *object)
{
    if (object != NULL) {
        incref(object);
    }
}

static inline void xdecref(struct runtime *runtime, struct object *object)
{
    if (object != NULL) {
        decref(runtime, object);
    }
}

/* Empty a place before what it held is released: the release may look at the place. */
static inline void clear_place(struct runtime *runtime, struct object **place)
{
    struct object *old = *place;
    if (old != NULL) {
        *place = NULL;
        decref(runtime, old);
    }
}

#endif

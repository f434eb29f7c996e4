/* Finalizers of objects that die by their count. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_FINALIZE_H
#define HEAPDYNO_COLLECTOR_OBJECTS_FINALIZE_H

#include "base/check.h"
#include "collector/gc_alloc.h"

/* Run the finalizer of an untracked object of count 0, tracked meanwhile and with a count of 1,
 * unless it has run before. Source: CPython 3.11 PyObject_CallFinalizerFromDealloc.
 *   true   it is dead and untracked
 *   false  the finalizer kept it: it lives on, in generation 0 */
static inline bool object_finalize(struct runtime *runtime, struct object *self)
{
    gc_track(runtime, self);
    refcount_set(self, 1);
    if (!gc_is_finalized(self)) {
        const struct event event = {.kind = EVENT_FINALIZE, .object = self};
        listeners_tell(&runtime->listeners, &event);
        self->type->finalize(runtime, self);
        gc_set_finalized(self);
    }
    CHECK(self->refcount > 0);
    refcount_set(self, self->refcount - 1);
    if (self->refcount > 0) {
        return false;
    }
    gc_untrack(self);
    return true;
}

#endif

/* One function, out of the way of objects without finalizer. Source: CPython 3.11
 * Objects/object.c, PyObject_CallFinalizerFromDealloc. */
#include "collector/objects/finalize.h"

#include "base/check.h"
#include "collector/gc_alloc.h"

bool object_finalize(struct runtime *runtime, struct object *self)
{
    gc_track(runtime, self);
    refcount_set(self, 1);
    if (!gc_is_finalized(self)) {
        const struct event event = {.kind = EVENT_FINALIZE, .object = self};
        listeners_tell(&runtime->listeners, &event);
        self->type->finalize(runtime, self);
        gc_set_finalized(self); /* only now: 3.11 sets it after the call on this way */
    }
    CHECK(self->refcount > 0);
    refcount_set(self, self->refcount - 1);
    if (self->refcount > 0) {
        return false;
    }
    gc_untrack(self);
    return true;
}

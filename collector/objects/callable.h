/* callable: a C function as an object (PyCFunction, 56 bytes, 72 with the gc_head), tracked from
 * birth, with one reference it passes on. What a weak reference calls. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_CALLABLE_H
#define HEAPDYNO_COLLECTOR_OBJECTS_CALLABLE_H

#include "collector/object.h"
#include "collector/runtime.h"

typedef void callable_f(struct runtime *runtime, void *context, struct object *self,
                        struct object *argument);

extern const struct type callable_type;

/* call(runtime, context, self, argument) on callable_call. `self` is borrowed, a reference is kept.
 */
struct object *callable_new(struct runtime *runtime, callable_f *call, void *context,
                            struct object *self);
void callable_call(struct runtime *runtime, struct object *callable, struct object *argument);

#endif

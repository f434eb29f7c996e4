/* Finalizers of objects that die by their count. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_FINALIZE_H
#define HEAPDYNO_COLLECTOR_OBJECTS_FINALIZE_H

#include "collector/object.h"
#include "collector/runtime.h"

/* Run the finalizer of an untracked object of count 0, tracked meanwhile and with a count of 1,
 * unless it has run before.
 *   true   it is dead and untracked
 *   false  the finalizer kept it: it lives on, in generation 0 */
bool object_finalize(struct runtime *runtime, struct object *self);

#endif

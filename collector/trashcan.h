/* The trashcan: when TRASHCAN_LIMIT deallocations are nested, further ones wait on a list, last in
 * first out, until the outermost has ended. Source: CPython 3.11 Objects/object.c, _PyTrash_begin.
 */
#ifndef HEAPDYNO_COLLECTOR_TRASHCAN_H
#define HEAPDYNO_COLLECTOR_TRASHCAN_H

#include "collector/runtime.h"

void trashcan_deposit(struct runtime *runtime, struct object *object);
void trashcan_drain(struct runtime *runtime);

/* In a container's dealloc, after untracking. False: `object` waits, return at once; its dealloc
 * runs again later. True: go on, and end with trashcan_end. */
static inline bool trashcan_begin(struct runtime *runtime, struct object *object)
{
    if (unlikely(runtime->trashcan.nesting >= TRASHCAN_LIMIT)) {
        trashcan_deposit(runtime, object);
        return false;
    }
    runtime->trashcan.nesting++;
    return true;
}

static inline void trashcan_end(struct runtime *runtime)
{
    runtime->trashcan.nesting--;
    if (unlikely(runtime->trashcan.later != NULL) && runtime->trashcan.nesting <= 0) {
        trashcan_drain(runtime);
    }
}

#endif

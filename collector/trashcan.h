/* The trashcan: when TRASHCAN_LIMIT deallocations are nested, further ones wait on a list, last in
 * first out, until the outermost has ended. Source: CPython 3.11 Objects/object.c, _PyTrash_begin.
 */
#ifndef HEAPDYNO_COLLECTOR_TRASHCAN_H
#define HEAPDYNO_COLLECTOR_TRASHCAN_H

#include "collector/runtime.h"

void trashcan_deposit(struct runtime *runtime, struct object *object);
void trashcan_refuse(struct runtime *runtime, struct object *object); /* and gives the level back */
void trashcan_drain(struct runtime *runtime); /* if this was the outermost deallocation */

/* In a container's dealloc, after untracking. False: `object` waits, return at once; its dealloc
 * runs again later. True: go on, and end with trashcan_end. */
static inline bool trashcan_begin(struct runtime *runtime, struct object *object)
{
    if (unlikely(--runtime->trashcan.levels < 0)) {
        trashcan_refuse(runtime, object);
        return false;
    }
    return true;
}

static inline void trashcan_end(struct runtime *runtime)
{
    runtime->trashcan.levels++;
    if (unlikely(runtime->trashcan.later != NULL)) {
        trashcan_drain(runtime);
    }
}

/* For a container that holds nothing: it may have to wait like the others, but nothing nests in its
 * deallocation, so that there is no trashcan_end. */
static inline bool trashcan_admits(struct runtime *runtime, struct object *object)
{
    if (unlikely(runtime->trashcan.levels <= 0)) {
        trashcan_deposit(runtime, object);
        return false;
    }
    return true;
}

#endif

/* The protocol: what happens to trash, whatever found it. Weak references are cleared and called
 * back, finalizers run, what they resurrect is let go, the rest is cleared.
 *
 * Works over a ring that tolerates members dying while it is walked: only its head is ever looked
 * at. Source: CPython 3.11 Modules/gcmodule.c, handle_weakrefs to delete_garbage. */
#ifndef HEAPDYNO_COLLECTOR_PROTOCOL_H
#define HEAPDYNO_COLLECTOR_PROTOCOL_H

#include "collector/gc_head.h"
#include "collector/runtime.h"

/* Dispose of `trash`, which mechanism_deduce found; it must not be used afterwards.
 *   count    members of trash
 *   old      ring for what lives on: resurrected objects, called weak references, what its clear
 *            did not free
 *   returns  objects collected, as gc.collect counts them: those that stayed trash after the
 *            finalizers, and weak references that their own callback freed
 * Needs no memory of its own; finalizers, callbacks and DEBUG_SAVEALL may ask for some. */
uint64_t protocol_dispose(struct runtime *runtime, struct gc_head *trash, uint64_t count,
                          struct gc_head *old);

#endif

/* The mechanism: which objects of a ring are unreachable from outside it.
 *
 * Reference counts less the references from inside leave the references from outside; what has
 * none, and is not reachable from what has some, is trash. Nothing is allocated. Source: CPython
 * 3.11 Modules/gcmodule.c, whose list order is kept to the last object. */
#ifndef HEAPDYNO_COLLECTOR_MECHANISM_H
#define HEAPDYNO_COLLECTOR_MECHANISM_H

#include "collector/gc_head.h"

/* Split `base`: what cannot be reached from outside moves to `unreachable`, which is initialized
 * here.
 *   before   no flags but FINALIZED in base; every object's count is at least its references
 *   after    base: reachable, no flags; order kept but for objects that were found late, which
 *            follow in the order in which they were found
 *            unreachable: COLLECTING set, UNREACHABLE clear
 *   returns  objects examined, the length of base before */
uint64_t mechanism_deduce(struct gc_head *base, struct gc_head *unreachable);

/* Clear COLLECTING of every member, so that the ring can be deduced again. */
void mechanism_clear_collecting(struct gc_head *ring);

/* Untrack exact tuples that hold nothing that may be tracked, in ring order. */
void mechanism_untrack_tuples(struct gc_head *ring);

/* The same for dicts. */
void mechanism_untrack_dicts(struct gc_head *ring);

#endif

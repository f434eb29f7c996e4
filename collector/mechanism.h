/* The mechanism: which objects of a ring are unreachable from outside it.
 *
 * Reference counts less the references from inside leave the references from outside; what has
 * none, and is not reachable from what has some, is trash. Nothing is allocated. Source: CPython
 * 3.11 Modules/gcmodule.c, whose list order is kept to the last object. */
#ifndef HEAPDYNO_COLLECTOR_MECHANISM_H
#define HEAPDYNO_COLLECTOR_MECHANISM_H

#include "collector/gc_head.h"

/* What a deduction is told, and what it found. */
struct deduction {
    bool whole;         /* in: every tracked object is in base; saves a pass */
    bool untrack;       /* in: untrack exact tuples in base that hold nothing that may be tracked */
    bool dicts;         /* whether there is an exact dict among the survivors */
    uint64_t examined;  /* objects in base before */
    uint64_t survivors; /* objects in base after */
    uint64_t untracked; /* tuples that left base */
    uint64_t unreached; /* in: 0; objects in unreachable */
    struct gc_head *base; /* set while it runs */
};

/* Split `base`: what cannot be reached from outside moves to `unreachable`, which is initialized
 * here.
 *   before   base has no flags but FINALIZED (COLLECTING does no harm unless `whole`); every
 *            object's count is at least its references
 *   after    base: reachable, no flags; order kept but for objects that were found late, which
 *            follow in the order in which they were found
 *            unreachable: COLLECTING in prev, UNREACHABLE in every member's next, so that only
 *            gc_next_masked walks it */
void mechanism_deduce(struct gc_head *base, struct gc_head *unreachable, struct deduction *self);

/* After this, the result of a deduction is a plain ring but for COLLECTING. */
void mechanism_clear_unreachable(struct gc_head *unreachable);

/* Untrack exact dicts that hold nothing that may be tracked, in ring order; returns how many. */
uint64_t mechanism_untrack_dicts(struct gc_head *ring);

#endif

/* Lockstep: one process runs each operation of a scenario on our core and on CPython 3.11, and
 * compares after every one of them all that can be observed without a show:
 *   result, counts, thresholds, statistics, long-lived figures, every free list's length, blocks,
 *   garbage; events in order; kind, reference count and tracked flag of every named object, and of
 *   a weak reference whether its target lives; the sequence of allocation requests, blocks named by
 *   ordinal
 * and every LOCKSTEP_WALK operations what takes a walk: each generation's members in order, and
 * which block each name stands for.
 *
 * An error of the heap is no difference when both sides give the same one: the operation then did
 * nothing. That lets a minimiser leave operations out at will. */
#ifndef HEAPDYNO_CPYTHON_LOCKSTEP_H
#define HEAPDYNO_CPYTHON_LOCKSTEP_H

#include "cpython/oracle.h"
#include "workloads/scenario/core.h"
#include "workloads/scenario/machine.h"

enum { LOCKSTEP_WALK = 64 };

enum lockstep_verdict {
    LOCKSTEP_SAME,
    LOCKSTEP_REFUSED,   /* the same error of the heap on both sides */
    LOCKSTEP_UNDEFINED, /* CPython 3.11 would crash here; it did not run the operation */
    LOCKSTEP_DIFFERENT,
};

struct lockstep_totals {
    uint64_t operations, refused, undefined, runs;
    uint64_t requests, events, walks;
    uint64_t collections[SCENARIO_GENERATIONS]; /* as CPython counts them */
    uint64_t collected;
};

struct lockstep {
    struct oracle *oracle;
    struct heap heap;
    struct options collector_options;
    struct core *core;           /* of this run */
    struct request_log requests; /* ours; the oracle keeps its own */
    struct scenario_machine ours, theirs;
    const struct scenario_program *program;
    bool undefined; /* the core said so during this operation */
    uint64_t step;
    size_t events; /* compared so far in this run */
    struct lockstep_totals totals;
    struct error difference;
};

/* Start the interpreter; false with the reason. */
bool lockstep_start(struct lockstep *self, struct error *error);

/* Begin and end a run of a program (borrowed) that may grow on the way. lockstep_end compares what
 * is left when all names are released; false: a difference. */
void lockstep_begin(struct lockstep *self, const struct scenario_program *program);
bool lockstep_end(struct lockstep *self);

/* One operation on both sides; of LOCKSTEP_DIFFERENT, self.difference tells. */
enum lockstep_verdict lockstep_step(struct lockstep *self, const struct scenario_op *op);

/* lockstep_compare.c: false with the difference. */
bool lockstep_compare(struct lockstep *self);
bool lockstep_compare_walk(struct lockstep *self);

#endif

/* The collector's counts, followed from a trace alone: CPython 3.11's rules for when to collect
 * what (field of _PyObject_GC_Link, PyObject_GC_Del and gc_collect_generations in
 * Modules/gcmodule.c) over the marks of the recorder. Says for each automatic collection whether
 * it was expected there; so the marks, and this policy, are held against the interpreter. */
#ifndef HEAPDYNO_WORKLOADS_TRACE_COUNTS_H
#define HEAPDYNO_WORKLOADS_TRACE_COUNTS_H

#include "workloads/trace.h"

enum { TRACE_NOT_DUE = -1 };

struct trace_counts {
    struct trace_gc_state gc;
    bool safe_points; /* CPython 3.12 on: what is due runs later, and only then chooses what */
    bool collecting;
    bool held; /* the next allocation cannot collect */
    int due;   /* generation that the last allocation must collect, or TRACE_NOT_DUE */
    /* Automatic collections by generation: as the counts demand, and as recorded. */
    uint64_t expected[TRACE_GENERATIONS];
    uint64_t recorded[TRACE_GENERATIONS];
    uint64_t requested[TRACE_GENERATIONS]; /* gc.collect(): recorded only */
    uint64_t collected[TRACE_GENERATIONS]; /* objects, all collections */
    uint64_t uncollectable[TRACE_GENERATIONS];
    uint64_t misses;                  /* expected there, none recorded */
    uint64_t surprises;               /* recorded, none or another expected there */
    uint64_t frees_inside;            /* frees in the course of a collection */
    uint64_t longest_ns, duration_ns; /* of the collections whose time is known */
};

void trace_counts_init(struct trace_counts *self, const struct trace_gc_state *gc);

/* Whether this Python ("3.12.1") runs collections at safe points: one that is due stays due until it
 * is recorded, so that none is ever missed. */
bool trace_counts_safe_points(const char *python);

/* Follow one event; `freed_gc`: a TRACE_FREE whose block is one of a GC object. */
void trace_counts_hear(struct trace_counts *self, const struct trace_event *event, bool freed_gc);

/* Nothing follows: what is due now will not come. */
void trace_counts_finish(struct trace_counts *self);

#endif

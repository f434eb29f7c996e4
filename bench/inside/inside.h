/* Looking inside a heap: what tracemalloc and objgraph do for Python, on any workload, replay or
 * scenario. A run is listened to by taps; at one or two moments of it a snapshot is taken; what was
 * asked for is printed when it has ended.
 *
 * A moment is the end of a phase ("setup", "run", "drop", "free"; "start" is before the first
 * operation), or a number: so many operations of a workload, or a line of a scenario after it has
 * run (the first time). "end" is the end of a scenario, its names still bound, and of the phase run
 * elsewhere.
 *
 * Not good at: in a workload, blocks that come from a free list keep the site that first asked for
 * them, since no request is made when they are reused. */
#ifndef HEAPDYNO_BENCH_INSIDE_INSIDE_H
#define HEAPDYNO_BENCH_INSIDE_INSIDE_H

#include "bench/cell/child.h"
#include "bench/inside/callers.h"
#include "bench/inside/graph.h"
#include "bench/inside/snapshot.h"
#include "workloads/scenario/core.h"
#include "workloads/scenario/run.h"

/* What is asked for. */
struct inside_request {
    bool sites, types, growth; /* tables */
    bool leaks;                /* collect before each snapshot; growth */
    size_t top;                /* rows of a table */
    const char *at, *since;    /* moments; NULL: the defaults. since: only for what grew */
    const char *dot;           /* file for the graph at `at`, "-": standard output; NULL: none */
    struct graph_request graph;
};

struct inside {
    const struct inside_request *request;
    struct live live;
    struct names sites, types;
    struct snapshot since, at;
    struct runtime *runtime;
    uint64_t collected[2]; /* with leaks: objects that the collections before `since`, `at` found */
    struct error error;    /* of the graph, which is drawn at its moment; "": none */
    struct graph_summary drawn;
    /* of a workload */
    struct meter meter;         /* the child's own */
    struct collector collector; /* the runtime's, with ears for roots */
    size_t roots, root_capacity;
    struct object **root; /* that the workload holds for long */
    struct callers callers;
    uint64_t operations;
    char phase[PHASE_NAME_LENGTH]; /* that ended last; "" in the first */
    char phases[256];              /* all that ended, for messages */
    struct child_watch watch;
    /* of a scenario */
    uint32_t site;                          /* of the line that runs; 0: the start */
    const struct scenario_machine *machine; /* its names; NULL elsewhere */
    const struct type *class_type[CORE_CLASSES];
};

void inside_open(struct inside *self, const struct inside_request *request);
void inside_close(struct inside *self);

/* A moment has come, in words and as a number (0: none): take the snapshots that were wanted. */
void inside_moment(struct inside *self, const char *name, uint64_t number);

/* The workload's long-lived objects are announced to collectors that mark: listen as one of them. */
void inside_hear_roots(struct inside *self, struct runtime *runtime);

/* workload.c: listen to a child before child_run (which must count). */
void inside_watch(struct inside *self, struct child *child);

/* scenario.c: run a scenario from its file on these heaps and collector; an exit status, and has
 * said on standard error what is wrong. */
int inside_scenario(struct inside *self, const char *path, const struct cell *cell);

/* tables.c: print what was asked for. False: a moment never came, or the graph could not be drawn.
 */
bool inside_print(const struct inside *self, const char *what, FILE *out, struct error *error);

#endif

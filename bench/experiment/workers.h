/* The rows `workers` of a run: what forked workers own at the end of each step, for the answers
 * about forking. */
#ifndef HEAPDYNO_BENCH_EXPERIMENT_WORKERS_H
#define HEAPDYNO_BENCH_EXPERIMENT_WORKERS_H

#include "bench/report/plots.h"
#include "bench/report/report_data.h"

/* Steps of the workload fork, in the order of its rows. */
enum worker_step {
    STEP_START,
    STEP_TOUCH,
    STEP_SERVE,
    STEP_COLLECT,
    STEP_EXIT_COLLECT,
    STEP_EXIT_HALF,
    STEP_EXIT_DROP,
    WORKER_STEPS
};

enum worker_figure {
    WORKER_PRIVATE, /* private-dirty bytes */
    WORKER_BY_COLLECTOR,
    WORKER_BY_COUNTS,
    WORKER_BY_ALLOCATION,
    WORKER_PSS, /* of all workers and their parent together */
    WORKER_FIGURES
};

/* One cell of the workload fork. */
struct fork_cell {
    const struct report_group *group;
    char gc[24], when[12], spread[16];
    double touch;
    size_t workers;
};

/* False when the group is of another workload. */
bool fork_cell_of(const struct report_group *group, struct fork_cell *out);

/* A figure at the end of a step, one value from each process: the mean over its workers, or the sum
 * for WORKER_PSS. value[n] is the caller's to free; n = 0 when no record has it. */
struct sample worker_sample(const struct report *report, const struct fork_cell *cell,
                            enum worker_step step, enum worker_figure what);

/* Its median with the interval; NAN when there is none. */
struct interval worker_interval(const struct report *report, const struct fork_cell *cell,
                                enum worker_step step, enum worker_figure what);

/* The same figure of `a` over that of `b`. */
struct interval worker_ratio(const struct report *report, const struct fork_cell *a,
                             const struct fork_cell *b, enum worker_step step,
                             enum worker_figure what);

/* RSS of the heap that workers share: of a worker at its start, less what the process had before its
 * heaps were opened. */
double fork_heap_bytes(const struct report *report, const struct fork_cell *cell);

/* The cells of a run, on the reference allocator and collector, in the order in which they are
 * shown. */
struct fork_run {
    const struct report *report;
    struct fork_cell *cell; /* owned: free it */
    size_t count;
};

struct fork_run fork_run_open(const struct report *report);

/* The cell of these settings; NULL: not measured. `when` NULL: whenever. While nothing is read the
 * spread does not matter. */
const struct fork_cell *fork_find(const struct fork_run *self, double touch, const char *spread,
                                  const char *gc, const char *when);

/* worker_interval, and its middle alone; NAN for no cell. */
struct interval fork_figure(const struct fork_run *self, const struct fork_cell *cell,
                            enum worker_step step, enum worker_figure what);
double fork_middle(const struct fork_run *self, const struct fork_cell *cell, enum worker_step step,
                   enum worker_figure what);

/* "on", "freeze before", …: a string that stays. */
const char *fork_setting(const struct fork_cell *cell);

/* Private-dirty bytes of a worker at the end of the step collect: written first by the collector,
 * by counts, by allocation, and the rest: memory that was not there at the fork. */
enum { FORK_PARTS = 4 };
void fork_parts(const struct fork_run *self, const struct fork_cell *cell, double part[FORK_PARTS]);

enum { FORK_PLOTS = 3 };
extern const struct plot fork_plots[FORK_PLOTS];

#endif

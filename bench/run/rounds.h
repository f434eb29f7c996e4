/* How many processes a cell needs for the precision wanted, and a run that adds repetitions, in
 * rounds, until each cell has it.
 *
 * The precision of a cell is half the width of the 95 % interval of the ratio of two runs of it
 * (stats_half_width): what compare and gate will show. Within a round the cells that still need
 * processes are interleaved in shuffled order; a round at most doubles what a cell has, because the
 * first guess at its spread is poor. Cells that fail or cannot run get no more. Stopping when an
 * interval is narrow prefers intervals that are narrow by luck: of n ≥ 5 that is little. */
#ifndef HEAPDYNO_BENCH_ROUNDS_H
#define HEAPDYNO_BENCH_ROUNDS_H

#include "bench/record/journal.h"
#include "bench/record/store.h"
#include "bench/run/plan.h"
#include "bench/run/run.h"

enum { ROUNDS_PILOT = 5, ROUNDS_REPS_MAX = 100 };

struct precision_goal {
    const char *field; /* of the record, "run_ns" */
    double half_width; /* 0.03: ±3 %; 0: nothing is added */
    uint64_t max_reps; /* of one cell */
};

/* What is known of one cell of a plan. */
struct precision {
    const char *line, *label; /* borrowed from the plan */
    uint64_t reps;            /* timed measurements that the plan has of it */
    double *value;            /* owned: the figure in trusted processes */
    size_t n;
    double half_width; /* now; NAN: not known */
    size_t needed;     /* processes for the goal; 0: not known */
    double elapsed_ns; /* mean of one timed process, 0: not known */
};

struct precisions {
    struct precision *cell;
    size_t count;
};

/* The timed cells of a plan, each once, and what the records of a store say of them: those of this
 * machine, or all when `machine` is NULL. Closed by the caller. */
void precisions_read(const struct plan *plan, struct store *store, const char *machine,
                     const struct precision_goal *goal, struct precisions *out);
void precisions_close(struct precisions *self);

/* The half-width is not reached, is within reach, and more processes are allowed. */
bool precision_wants_more(const struct precision *self, const struct precision_goal *goal);

/* Make the plan's measurements, then rounds until the goal is reached or each cell has max_reps. The
 * plan and cells.tsv grow with each round, so that --resume goes on. Where half_width is 0, this is
 * run_plan. *summary is of everything. */
bool rounds_run(struct plan *plan, struct journal *journal, const struct precision_goal *goal,
                bool quiet, struct run_summary *summary, struct error *error);

#endif

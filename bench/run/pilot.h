/* A pilot: a few interleaved processes of the cells of which earlier runs on this machine say too
 * little, kept as a run of its own; and from both, how many processes each cell needs. */
#ifndef HEAPDYNO_BENCH_PILOT_H
#define HEAPDYNO_BENCH_PILOT_H

#include "bench/run/rounds.h"

struct pilot {
    const char *results; /* folder of earlier runs; the pilot's own is made there */
    uint64_t reps;       /* of a cell that has fewer; 0: no pilot */
    bool quiet;
};

/* *out holds the cells of the plan, closed by the caller. False with the reason: the pilot could not
 * be kept. */
bool pilot_precisions(const struct pilot *self, const struct plan *plan,
                      const struct precision_goal *goal, struct precisions *out,
                      struct error *error);

/* Print a row for each cell, and what all of it takes. */
void pilot_print(const struct precisions *precisions, const struct precision_goal *goal);

#endif

/* What a watch says that a proposed setting will do, figure by figure, and whether it did. Both are
 * ratios, proposed over present, so that a watch of another day can be held against it.
 *   model          collections: CPython's own rule (bench/tune/watched.h)
 *   extrapolated   the rest, between two bounds: docs/verifying.md says how
 *   none           what a watch knows nothing of: latencies, errors */
#ifndef HEAPDYNO_BENCH_VERIFY_PREDICTION_H
#define HEAPDYNO_BENCH_VERIFY_PREDICTION_H

#include "bench/report/stats.h"
#include "bench/tune/watched.h"
#include "bench/verify/trial.h"

enum prediction_basis { PREDICTION_NONE, PREDICTION_MODEL, PREDICTION_EXTRAPOLATED };

struct prediction {
    enum prediction_basis basis;
    struct bounds ratio;
    struct bounds allowed; /* with its tolerance: what is still as predicted */
};

struct predictions {
    struct prediction of[TRIAL_FIGURES];
    char nothing[160]; /* why nothing at all is predicted; "": something is */
    unsigned minor;    /* of Python 3 */
};

enum prediction_verdict {
    PREDICTION_UNKNOWN, /* none was made, or nothing was measured */
    PREDICTION_HELD,    /* the measured interval lies within what was predicted */
    PREDICTION_MISSED,  /* it lies outside */
    PREDICTION_OPEN,    /* it reaches beyond an edge: too wide to say */
};

/* From the cells of a watch under the present setting. */
void predict(const struct watched *cell, size_t count, const struct proposal *proposal,
             struct predictions *out);

/* Hold a prediction against a measured ratio.
 *   *missed_by  0.12: 12 % more than the nearest bound; NAN where nothing is to be divided by */
enum prediction_verdict prediction_judge(const struct prediction *self, struct interval measured,
                                         double *missed_by);

/* Cells of a watch as they would be of a start that does as much as those of trials: rates, pauses
 * and memory are the watch's, how often it collected in all, and in how many processes, the
 * trials'. Each is in the watch (prediction_fits).
 *   out  out[trial_count] */
void prediction_scale(const struct watched *watch, size_t watch_count, const struct watched *trial,
                      size_t trial_count, struct watched *out);

/* Whether a watch is of the program that was tried: the same processes, version of Python and
 * thresholds. False with what differs. */
bool prediction_fits(const struct watched *watch, size_t watch_count, const struct watched *trial,
                     size_t trial_count, struct error *error);

/* Whether a proposal reached the program, by the cells of the proposed trials. False with what was
 * in its way: the program sets thresholds itself, forks nothing, or is not told of its forks. */
bool prediction_reached(const struct watched *trial, size_t count, const struct proposal *proposal,
                        struct error *error);

#endif

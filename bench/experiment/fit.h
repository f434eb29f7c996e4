/* Laws through a few points: y = a·x + b and y = c·x^p. Both minimise relative errors, since the
 * points span decades: the line by weights 1/y², the power in logarithms.
 *
 * Not good at: points that lie on neither; the residual says so. */
#ifndef HEAPDYNO_BENCH_EXPERIMENT_FIT_H
#define HEAPDYNO_BENCH_EXPERIMENT_FIT_H

#include <stddef.h>

#include "bench/report/stats.h"

struct fit_point {
    double x;
    struct sample y; /* one value per process, all positive */
};

struct fit {
    struct interval slope; /* a, or p */
    double rest;           /* b, or c */
    double residual;       /* root mean square of measured over fitted − 1, of the medians */
    double residual_worst; /* the largest of them */
};

/* Through point[count], count ≥ 2 of different x; slope.mid is NAN otherwise. Intervals are known
 * when every point has STATS_MIN values: processes are resampled within each point, seeded. */
struct fit fit_line(const struct fit_point *point, size_t count);
struct fit fit_power(const struct fit_point *point, size_t count);

/* The fitted y. */
double fit_line_at(const struct fit *fit, double x);
double fit_power_at(const struct fit *fit, double x);

#endif

/* Statistics over a handful of processes: medians, quantiles, spread, intervals by bootstrap,
 * slope.
 *
 * A sample is one process. Intervals are 95 %, seeded, and the same on every machine. They are the
 * expanded percentile bootstrap (Hesterberg, 2015: the percentile levels are widened by Student's t
 * and sqrt(n / (n - 1))), because the plain one is far too narrow for three to ten processes; and
 * for so few that they may lie wholly apart by chance, it reaches as far as Student's. Below
 * STATS_MIN samples there is no interval: nothing is claimed. Measured error: docs/statistics.md.
 */
#ifndef HEAPDYNO_BENCH_STATS_H
#define HEAPDYNO_BENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    STATS_MIN = 3,              /* fewest processes that give an interval */
    STATS_NEEDED_MAX = 1000000, /* stats_needed says no more */
    STATS_RESAMPLES = 2000,     /* end points wobble by about 1 % of the interval's length */
};

/* Values of one figure, one from each process. */
struct sample {
    const double *value; /* borrowed, value[n] */
    size_t n;
};

/* A figure with its 95 % interval. */
struct interval {
    double mid;    /* NAN: not known */
    double lo, hi; /* NAN unless `known` */
    bool known;
};

/* One comparison: `a` over `b`, of the same unit. */
struct sample_pair {
    struct sample a, b;
};

/* In place, ascending. */
void stats_sort(double *value, size_t n);

/* Each is NAN for n = 0. The order of the values does not matter, they are not changed. */
double stats_median(struct sample sample);
double stats_quantile(struct sample sample, double q); /* linear between neighbours; 0 ≤ q ≤ 1 */
double stats_mad(struct sample sample);                /* median distance from the median */

/* Median with its interval. */
struct interval stats_median_interval(struct sample sample, uint64_t seed);

/* Geometric mean over pair[count] of median(a) / median(b), processes resampled within each sample.
 * Pairs in which a median is missing or not positive are left out; none left: mid is NAN. The
 * interval is known when every sample that counts has 2 values, and one pair alone STATS_MIN each
 * (in degrees of freedom, the sum of n − 1 over samples: 4). */
struct interval stats_ratio(const struct sample_pair *pair, size_t count, uint64_t seed);

/* The same at another confidence, 0.5 ≤ confidence < 1: 1 - 0.05 / m where m intervals are to hold
 * together. */
struct interval stats_ratio_at(const struct sample_pair *pair, size_t count, double confidence,
                               uint64_t seed);

/* What a model makes of a figure: base, measured, moved by how much `a` differs from `b` in the
 * model; beside what was measured, `over`. */
struct stats_shift {
    struct sample base, a, b, over;
};

/* (median(base) + median(a) − median(b)) / median(over), each resampled; `base` and `over` that are
 * the same sample are resampled as one. NAN unless both sides are positive; the interval is known when
 * each sample has STATS_MIN values. */
struct interval stats_shifted_ratio(const struct stats_shift *shift, uint64_t seed);

/* How well such samples tell a ratio: half the width of the 95 % interval of the ratio of two samples
 * that spread like this one, in logarithms (0.03: ±3 %). NAN below STATS_MIN, or unless all values
 * are positive. */
double stats_half_width(struct sample sample, uint64_t seed);

/* How many processes each sample needs for that half-width, by the spread of these few; 0 where it
 * is not known. A guess: the spread of five processes is known to a factor of two. */
size_t stats_needed(struct sample sample, double half_width, uint64_t seed);

/* Geometric mean of a[i] / b[i], pairs measured side by side, with Student's interval of the logs:
 * what disturbs both of a pair alike drops out. NAN when a value is missing or not positive. */
struct interval stats_paired_ratio(const double *a, const double *b, size_t pairs,
                                   double confidence);

/* Both ends are on the same side of 1: the two differ. */
static inline bool stats_differs(struct interval ratio)
{
    return ratio.known && (ratio.lo > 1.0 || ratio.hi < 1.0);
}

/* Median of the slopes between all pairs of points (Theil, Sen); NAN without two different x. */
double stats_slope(const double *x, const double *y, size_t n);

/* The same with its 95 % interval (Sen, 1968, by Kendall's variance); not known below five points. */
struct interval stats_slope_interval(const double *x, const double *y, size_t n);

/* Two-sided p of Mann and Whitney's U by the normal approximation with ties and continuity
 * correction; NAN when a sample is empty or all values are equal. */
double stats_mann_whitney(struct sample a, struct sample b);

#endif

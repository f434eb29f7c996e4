/* What the intervals of stats.h are made of: resampling, and the expansion of percentile levels for
 * few processes. For the files of statistics; others ask stats.h. */
#ifndef HEAPDYNO_BENCH_STATS_BOOTSTRAP_H
#define HEAPDYNO_BENCH_STATS_BOOTSTRAP_H

#include "base/rng.h"
#include "bench/report/stats.h"

/* values[n], zero; the caller frees. */
double *bootstrap_alloc(size_t n);

double bootstrap_quantile(const double *sorted, size_t n, double q);

/* The t of Student's that leaves `tail` above it. */
double bootstrap_critical(double tail, double degrees);

/* How far the percentile levels are moved out: by degrees of freedom, and by the mean of
 * n / (n - 1), since resampling n values has that much less variance than drawing new ones. */
struct bootstrap_expansion {
    double degrees, inflation;
    double chance; /* that the samples lie wholly apart, one way, when nothing differs */
    double confidence;
};

/* Sorts draws[STATS_RESAMPLES]. Percentiles cannot lie outside the samples: three processes and
 * three lie wholly apart once in twenty times by chance, and would differ. Where chance does that
 * more often than the interval may err, it reaches at least as far as Student's. */
struct interval bootstrap_interval(double mid, double *draws, struct bootstrap_expansion by);

/* The median of a sample resampled; scratch[sample.n] is left sorted. */
double bootstrap_median(struct sample sample, double *scratch, struct rng *rng);

/* That n values all lie above m others drawn alike: one over n + m choose n. */
double bootstrap_chance_apart(size_t n, size_t m);

#endif

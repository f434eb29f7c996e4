/* Intervals from draws; see stats_bootstrap.h. */
#include "bench/report/stats_bootstrap.h"

#include <math.h>
#include <stdlib.h>

#include "base/check.h"

double *bootstrap_alloc(size_t n)
{
    double *values = calloc(n > 0 ? n : 1, sizeof *values);
    CHECK(values != NULL);
    return values;
}

double bootstrap_quantile(const double *sorted, size_t n, double q)
{
    if (n == 0) {
        return NAN;
    }
    double at = q * (double)(n - 1);
    size_t below = (size_t)at;
    size_t above = below + 1 < n ? below + 1 : below;
    return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

/* Upper tail of Student's t for `degrees`, by Simpson's rule on the density of x = tan(angle). */
static double student_tail(double t, double degrees)
{
    enum { STEPS = 512 };
    double scale = exp(lgamma((degrees + 1.0) / 2.0) - lgamma(degrees / 2.0)) / sqrt(M_PI);
    double limit = atan(t / sqrt(degrees)), step = limit / STEPS, sum = 0.0;
    for (int i = 0; i <= STEPS; i++) {
        double weight = i == 0 || i == STEPS ? 1.0 : i % 2 == 1 ? 4.0 : 2.0;
        sum += weight * pow(cos(step * i), degrees - 1.0);
    }
    return 0.5 - scale * sum * step / 3.0;
}

double bootstrap_critical(double tail, double degrees)
{
    double lo = 0.0, hi = 1000.0;
    for (int i = 0; i < 60; i++) {
        double mid = (lo + hi) / 2.0;
        *(student_tail(mid, degrees) > tail ? &lo : &hi) = mid;
    }
    return lo;
}

/* How far Student's interval reaches from the middle, by the spread of the draws: half the width of
 * their middle 95 %, so that a stray one does not count. */
static double student_reach(const double *sorted, double t)
{
    double width = bootstrap_quantile(sorted, STATS_RESAMPLES, 0.975) -
                   bootstrap_quantile(sorted, STATS_RESAMPLES, 0.025);
    return t * width / (2.0 * 1.959964);
}

struct interval bootstrap_interval(double mid, double *draws, struct bootstrap_expansion by)
{
    double tail = (1.0 - by.confidence) / 2.0;
    double t = bootstrap_critical(tail, by.degrees) * sqrt(by.inflation);
    double level = erfc(t / sqrt(2.0)) / 2.0;
    stats_sort(draws, STATS_RESAMPLES);
    double reach = by.chance > tail ? student_reach(draws, t) : 0.0;
    return (struct interval){
        .mid = mid,
        .lo = fmin(bootstrap_quantile(draws, STATS_RESAMPLES, level), mid - reach),
        .hi = fmax(bootstrap_quantile(draws, STATS_RESAMPLES, 1.0 - level), mid + reach),
        .known = true};
}

double bootstrap_median(struct sample sample, double *scratch, struct rng *rng)
{
    for (size_t i = 0; i < sample.n; i++) {
        scratch[i] = sample.value[rng_below(rng, sample.n)];
    }
    stats_sort(scratch, sample.n);
    return bootstrap_quantile(scratch, sample.n, 0.5);
}

double bootstrap_chance_apart(size_t n, size_t m)
{
    double chance = 1.0;
    for (size_t i = 1; i <= n; i++) {
        chance *= (double)i / (double)(m + i);
    }
    return chance;
}

/* A prediction beside what it predicts; see stats.h. */
#include <math.h>
#include <stdlib.h>

#include "base/check.h"
#include "bench/report/stats_bootstrap.h"

enum { SHIFT_SAMPLES = 4 };

/* Of the four medians: base, a, b, over. */
static double shifted(const double median[SHIFT_SAMPLES])
{
    double predicted = median[0] + median[1] - median[2];
    return predicted > 0.0 && median[3] > 0.0 ? log(predicted / median[3]) : NAN;
}

struct interval stats_shifted_ratio(const struct stats_shift *shift, uint64_t seed)
{
    const struct sample sample[SHIFT_SAMPLES] = {shift->base, shift->a, shift->b, shift->over};
    double median[SHIFT_SAMPLES];
    size_t fewest = SIZE_MAX, most = 0;
    for (size_t k = 0; k < SHIFT_SAMPLES; k++) {
        median[k] = stats_median(sample[k]);
        fewest = sample[k].n < fewest ? sample[k].n : fewest;
        most = sample[k].n > most ? sample[k].n : most;
    }
    double mid = shifted(median), n = (double)fewest;
    struct interval result = {.mid = exp(mid), .lo = NAN, .hi = NAN};
    if (!isfinite(mid) || fewest < STATS_MIN) {
        return result;
    }
    struct rng rng;
    rng_seed(&rng, seed);
    double *scratch = bootstrap_alloc(most), *draws = bootstrap_alloc(STATS_RESAMPLES);
    for (size_t draw = 0; draw < STATS_RESAMPLES; draw++) {
        for (size_t k = 0; k < SHIFT_SAMPLES; k++) {
            bool again = k == 3 && shift->over.value == shift->base.value;
            median[k] = again ? median[0] : bootstrap_median(sample[k], scratch, &rng);
        }
        double value = shifted(median);
        draws[draw] = isfinite(value) ? value : mid;
    }
    struct bootstrap_expansion by = {2.0 * (n - 1.0), n / (n - 1.0),
                                     bootstrap_chance_apart(fewest, fewest), 0.95};
    struct interval found = bootstrap_interval(mid, draws, by);
    free(draws);
    free(scratch);
    return (struct interval){exp(found.mid), exp(found.lo), exp(found.hi), true};
}

/* Statistics over a handful of processes; see stats.h. Not for millions of values: everything sorts
 * copies, and the slope looks at all pairs. */
#include "bench/report/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/rng.h"
#include "bench/report/stats_bootstrap.h"

static int compare_values(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

void stats_sort(double *value, size_t n)
{
    if (n > 0) {
        qsort(value, n, sizeof *value, compare_values);
    }
}

/* New, sorted; caller frees. */
static double *sorted_copy(struct sample sample)
{
    double *values = bootstrap_alloc(sample.n);
    if (sample.n > 0) {
        memcpy(values, sample.value, sample.n * sizeof *values);
        stats_sort(values, sample.n);
    }
    return values;
}

double stats_quantile(struct sample sample, double q)
{
    CHECK(q >= 0.0 && q <= 1.0);
    double *sorted = sorted_copy(sample);
    double result = bootstrap_quantile(sorted, sample.n, q);
    free(sorted);
    return result;
}

double stats_median(struct sample sample)
{
    return stats_quantile(sample, 0.5);
}

double stats_mad(struct sample sample)
{
    double median = stats_median(sample);
    double *distance = bootstrap_alloc(sample.n);
    for (size_t i = 0; i < sample.n; i++) {
        distance[i] = fabs(sample.value[i] - median);
    }
    double result = stats_median((struct sample){distance, sample.n});
    free(distance);
    return result;
}

/* Of positive values the interval is that of their logarithms: it stays positive. */
static bool all_positive(struct sample sample)
{
    bool positive = true;
    for (size_t i = 0; i < sample.n; i++) {
        positive = positive && sample.value[i] > 0.0;
    }
    return positive;
}

struct interval stats_median_interval(struct sample sample, uint64_t seed)
{
    struct interval result = {.mid = stats_median(sample), .lo = NAN, .hi = NAN};
    if (sample.n < STATS_MIN) {
        return result;
    }
    struct rng rng;
    rng_seed(&rng, seed);
    bool log_scale = all_positive(sample);
    double *scratch = bootstrap_alloc(sample.n), *draws = bootstrap_alloc(STATS_RESAMPLES);
    for (size_t i = 0; i < STATS_RESAMPLES; i++) {
        draws[i] = bootstrap_median(sample, scratch, &rng);
        draws[i] = log_scale ? log(draws[i]) : draws[i];
    }
    double n = (double)sample.n;
    struct bootstrap_expansion by = {n - 1.0, n / (n - 1.0), exp2(-n), 0.95};
    struct interval found = bootstrap_interval(log_scale ? log(result.mid) : result.mid, draws, by);
    free(draws);
    free(scratch);
    result.known = true;
    result.lo = log_scale ? exp(found.lo) : found.lo;
    result.hi = log_scale ? exp(found.hi) : found.hi;
    return result;
}

static bool pair_counts(const struct sample_pair *pair)
{
    return pair->a.n > 0 && pair->b.n > 0 && stats_median(pair->a) > 0.0 &&
           stats_median(pair->b) > 0.0;
}

/* Logarithm of one pair's ratio after resampling both sides. */
static double resampled_log_ratio(const struct sample_pair *pair, double *scratch, struct rng *rng)
{
    double a = bootstrap_median(pair->a, scratch, rng);
    double b = bootstrap_median(pair->b, scratch, rng);
    return a > 0.0 && b > 0.0 ? log(a / b) : 0.0;
}

/* The pairs that count, and what their interval needs to know. */
struct usable {
    struct sample_pair *pair;
    size_t count, fewest, most; /* fewest, most: processes of a sample */
    double log_mean;
    struct bootstrap_expansion by;
};

static struct usable usable_pairs(const struct sample_pair *pair, size_t count)
{
    struct usable self = {
        .pair = calloc(count + 1, sizeof *self.pair), .fewest = SIZE_MAX, .by.chance = 1.0};
    CHECK(self.pair != NULL);
    double sum = 0.0;
    for (size_t i = 0; i < count; i++) {
        if (!pair_counts(&pair[i])) {
            continue;
        }
        self.pair[self.count++] = pair[i];
        sum += log(stats_median(pair[i].a) / stats_median(pair[i].b));
        size_t few = pair[i].a.n < pair[i].b.n ? pair[i].a.n : pair[i].b.n;
        size_t many = pair[i].a.n + pair[i].b.n - few;
        self.fewest = few < self.fewest ? few : self.fewest;
        self.most = many > self.most ? many : self.most;
        double a = (double)few, b = (double)many;
        self.by.degrees += a + b - 2.0;
        self.by.chance *= bootstrap_chance_apart(few, many);
        self.by.inflation += few > 1 ? (a / (a - 1.0) + b / (b - 1.0)) / 2.0 : 0.0;
    }
    self.by.inflation /= (double)self.count;
    self.log_mean = sum / (double)self.count;
    return self;
}

struct interval stats_ratio(const struct sample_pair *pair, size_t count, uint64_t seed)
{
    return stats_ratio_at(pair, count, 0.95, seed);
}

struct interval stats_ratio_at(const struct sample_pair *pair, size_t count, double confidence,
                               uint64_t seed)
{
    CHECK(confidence >= 0.5 && confidence < 1.0);
    struct usable use = usable_pairs(pair, count);
    struct interval result = {.mid = use.count > 0 ? exp(use.log_mean) : NAN, .lo = NAN, .hi = NAN};
    if (use.count > 0 && use.fewest >= 2 && use.by.degrees >= 2.0 * (STATS_MIN - 1)) {
        struct rng rng;
        rng_seed(&rng, seed);
        double *scratch = bootstrap_alloc(use.most), *draws = bootstrap_alloc(STATS_RESAMPLES);
        for (size_t draw = 0; draw < STATS_RESAMPLES; draw++) {
            for (size_t i = 0; i < use.count; i++) {
                draws[draw] += resampled_log_ratio(&use.pair[i], scratch, &rng);
            }
            draws[draw] /= (double)use.count;
        }
        use.by.confidence = confidence;
        result = bootstrap_interval(use.log_mean, draws, use.by);
        result = (struct interval){exp(result.mid), exp(result.lo), exp(result.hi), true};
        free(draws);
        free(scratch);
    }
    free(use.pair);
    return result;
}

double stats_half_width(struct sample sample, uint64_t seed)
{
    struct sample_pair pair = {sample, sample};
    struct interval ratio = stats_ratio(&pair, 1, seed);
    return ratio.known && all_positive(sample) ? log(ratio.hi / ratio.lo) / 2.0 : NAN;
}

/* The half-width that two samples of m such processes would have, by drawing m of these: scaling by
 * the root of m would be wrong where the spread is not normal. */
static double half_width_of(struct sample sample, size_t m, uint64_t seed)
{
    enum { DRAWS = 400 };
    struct rng rng;
    rng_seed(&rng, seed);
    double *scratch = bootstrap_alloc(m), *draws = bootstrap_alloc(DRAWS), n = (double)m;
    for (size_t i = 0; i < DRAWS; i++) {
        double median[2];
        for (int side = 0; side < 2; side++) {
            for (size_t k = 0; k < m; k++) {
                scratch[k] = sample.value[rng_below(&rng, sample.n)];
            }
            stats_sort(scratch, m);
            median[side] = log(bootstrap_quantile(scratch, m, 0.5));
        }
        draws[i] = median[1] - median[0];
    }
    stats_sort(draws, DRAWS);
    double width =
        bootstrap_quantile(draws, DRAWS, 0.975) - bootstrap_quantile(draws, DRAWS, 0.025);
    free(scratch);
    free(draws);
    double t = bootstrap_critical(0.025, 2.0 * (n - 1.0)) * sqrt(n / (n - 1.0));
    return t * width / (2.0 * 1.959964);
}

/* What remains of the spread of single processes in the half-width from n of them. */
static double half_width_factor(size_t n)
{
    double degrees = (double)n - 1.0;
    return bootstrap_critical(0.025, 2.0 * degrees) / sqrt(degrees);
}

/* More than there are: by the root, since drawing more than there are finds no spread of medians. */
static size_t needed_beyond(size_t n, double now, double half_width)
{
    double wanted = half_width * half_width_factor(n) / now;
    size_t least = n, most = n;
    while (half_width_factor(most) > wanted && most < STATS_NEEDED_MAX) {
        most *= 2;
    }
    while (least < most) {
        size_t m = least + (most - least) / 2;
        if (half_width_factor(m) > wanted) {
            least = m + 1;
        } else {
            most = m;
        }
    }
    return least;
}

size_t stats_needed(struct sample sample, double half_width, uint64_t seed)
{
    double now = stats_half_width(sample, seed);
    if (!isfinite(now) || half_width <= 0.0) {
        return 0;
    }
    if (now > half_width) {
        return needed_beyond(sample.n, now, half_width);
    }
    size_t least = STATS_MIN, most = sample.n;
    while (least < most) {
        size_t m = least + (most - least) / 2;
        if (half_width_of(sample, m, seed) > half_width) {
            least = m + 1;
        } else {
            most = m;
        }
    }
    return least;
}

struct interval stats_paired_ratio(const double *a, const double *b, size_t pairs,
                                   double confidence)
{
    double sum = 0, squares = 0, n = (double)pairs;
    for (size_t i = 0; i < pairs; i++) {
        sum += log(a[i] / b[i]);
    }
    double mean = sum / n;
    if (pairs == 0 || !isfinite(mean)) {
        return (struct interval){NAN, NAN, NAN, false};
    }
    for (size_t i = 0; i < pairs; i++) {
        double distance = log(a[i] / b[i]) - mean;
        squares += distance * distance;
    }
    if (pairs < STATS_MIN) {
        return (struct interval){exp(mean), NAN, NAN, false};
    }
    double half = bootstrap_critical((1.0 - confidence) / 2.0, n - 1) * sqrt(squares / (n - 1) / n);
    return (struct interval){exp(mean), exp(mean - half), exp(mean + half), true};
}

/* Statistics against answers worked out by hand or taken from published tables. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/rng.h"
#include "bench/report/stats.h"

#define SAMPLE(...)                                                                                \
    ((struct sample){(const double[]){__VA_ARGS__},                                                \
                     sizeof((double[]){__VA_ARGS__}) / sizeof(double)})

static const struct sample empty = {NULL, 0};

static void assert_near(double got, double wanted, double tolerance)
{
    if (!(fabs(got - wanted) <= tolerance)) {
        fail_msg("%.9g is not %.9g", got, wanted);
    }
}

static uint64_t seed_of_run(void)
{
    const char *text = getenv("SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 1;
    printf("SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

static void test_median_and_quantiles(void **state)
{
    (void)state;
    assert_near(stats_median(SAMPLE(3, 1, 2)), 2, 0);
    assert_near(stats_median(SAMPLE(4, 1, 3, 2)), 2.5, 0);
    assert_near(stats_median(SAMPLE(7)), 7, 0);
    assert_near(stats_quantile(SAMPLE(10, 20, 30, 40, 50), 0.9), 46, 1e-12);
    assert_near(stats_quantile(SAMPLE(10, 20), 0.0), 10, 0);
    assert_near(stats_quantile(SAMPLE(10, 20), 1.0), 20, 0);
    assert_near(stats_mad(SAMPLE(1, 1, 2, 2, 4, 6, 9)), 1, 0);
    assert_true(isnan(stats_median(empty)));
    assert_true(isnan(stats_mad(empty)));
}

static void test_slope(void **state)
{
    (void)state;
    const double x[] = {0, 1, 2, 3, 4}, line[] = {1, 3, 5, 7, 9}, outlier[] = {1, 3, 5, 7, 900};
    assert_near(stats_slope(x, line, 5), 2, 1e-12);
    assert_near(stats_slope(x, outlier, 5), 2, 1e-12); /* least squares says 180 */
    struct interval slope = stats_slope_interval(x, outlier, 5);
    assert_true(slope.known && slope.lo == 2.0 && slope.hi > 800.0);
    assert_false(stats_slope_interval(x, line, 4).known);
    /* Hollander and Wolfe's way for ten points: 45 slopes, reach 21.9, so the 12th and the 34th. */
    double ten[10], ends[10];
    for (int i = 0; i < 10; i++) {
        ten[i] = i;
        ends[i] = i * i; /* the slope between i and j is i + j */
    }
    slope = stats_slope_interval(ten, ends, 10);
    assert_near(slope.mid, 9, 0);
    assert_near(slope.lo, 6, 0);
    assert_near(slope.hi, 12, 0);
    const double same[] = {1, 1, 1};
    assert_true(isnan(stats_slope(same, line, 3)));
    assert_true(isnan(stats_slope(x, line, 1)));
    assert_true(isnan(stats_slope(x, line, 0)));
}

/* 5 against 5 without overlap: U = 0, mean 12.5, variance 275/12, p = erfc(12 / sd / sqrt 2). */
static void test_mann_whitney(void **state)
{
    (void)state;
    assert_near(stats_mann_whitney(SAMPLE(1, 2, 3, 4, 5), SAMPLE(6, 7, 8, 9, 10)), 0.012186, 1e-5);
    assert_near(stats_mann_whitney(SAMPLE(1, 4), SAMPLE(2, 3)), 1, 1e-12);
    /* Ties 2 2 and 3 3 3: variance 16/12 (9 - 30/56), U = 1. */
    assert_near(stats_mann_whitney(SAMPLE(1, 2, 2, 3), SAMPLE(3, 3, 4, 5)),
                erfc((8.0 - 1.0 - 0.5) / sqrt(16.0 / 12.0 * (9.0 - 30.0 / 56.0)) / sqrt(2.0)),
                1e-9);
    assert_true(isnan(stats_mann_whitney(SAMPLE(1, 1), SAMPLE(1, 1))));
    assert_true(isnan(stats_mann_whitney(empty, SAMPLE(1))));
}

static void test_ratio_of_equal_samples_is_one(void **state)
{
    (void)state;
    struct sample_pair pair = {SAMPLE(2, 2, 2), SAMPLE(2, 2, 2)};
    struct interval ratio = stats_ratio(&pair, 1, 1);
    assert_true(ratio.known && ratio.mid == 1.0 && ratio.lo == 1.0 && ratio.hi == 1.0);
    assert_false(stats_differs(ratio));
}

static void test_ratio_is_geometric_over_pairs(void **state)
{
    (void)state;
    struct sample_pair pairs[] = {{SAMPLE(4, 4, 4), SAMPLE(1, 1, 1)},
                                  {SAMPLE(9, 9, 9), SAMPLE(9, 9, 9)},
                                  {SAMPLE(0, 0, 0), SAMPLE(1, 1, 1)}, /* no logarithm: left out */
                                  {empty, SAMPLE(1, 1, 1)}};          /* never ran: left out */
    struct interval ratio = stats_ratio(pairs, 4, 1);
    assert_near(ratio.mid, 2, 1e-12);
    assert_true(stats_differs(ratio));
    assert_true(isnan(stats_ratio(&pairs[2], 2, 1).mid));
    assert_true(isnan(stats_ratio(pairs, 0, 1).mid));
}

/* Below three processes nothing is claimed. Three and three lie wholly apart once in twenty times, so
 * that their interval reaches beyond all ratios; six and six once in 924, so that it does not. */
static void test_few_processes_give_a_wide_interval_or_none(void **state)
{
    (void)state;
    struct sample_pair two = {SAMPLE(1, 2), SAMPLE(1, 2, 3)};
    assert_false(stats_ratio(&two, 1, 1).known);
    assert_near(stats_ratio(&two, 1, 1).mid, 0.75, 1e-12);
    assert_false(stats_median_interval(SAMPLE(1, 2), 1).known);
    struct sample_pair three = {SAMPLE(9, 10, 12), SAMPLE(4, 5, 6)};
    struct interval ratio = stats_ratio(&three, 1, 1);
    assert_near(ratio.mid, 2, 1e-12);
    assert_true(ratio.lo < 9.0 / 6.0 && ratio.hi > 12.0 / 4.0);
    struct sample_pair six = {SAMPLE(9, 10, 10, 11, 12, 10), SAMPLE(4, 5, 5, 5, 5, 6)};
    ratio = stats_ratio(&six, 1, 1);
    assert_true(ratio.lo >= 9.0 / 6.0 && ratio.hi <= 12.0 / 4.0);
    struct interval median = stats_median_interval(SAMPLE(5, 4, 6), 1);
    assert_true(median.known && median.mid == 5.0 && median.lo < 4.0 && median.hi > 6.0);
    assert_true(median.lo > 0.0);
    median = stats_median_interval(SAMPLE(5, -4, 6), 1);
    assert_true(median.known && median.mid == 5.0 && median.lo < -4.0);
}

/* More confidence, wider; a confidence at which chance alone may set ten apart, wider than they are. */
static void test_confidence_widens(void **state)
{
    (void)state;
    struct sample_pair pair = {SAMPLE(10, 11, 12, 14, 19), SAMPLE(7, 9, 8, 8, 8.5)};
    double before = 0.0;
    static const double confidence[] = {0.5, 0.8, 0.95, 0.999, 0.99999};
    for (size_t i = 0; i < COUNT_OF(confidence); i++) {
        struct interval ratio = stats_ratio_at(&pair, 1, confidence[i], 1);
        assert_true(ratio.known && ratio.hi - ratio.lo > before);
        before = ratio.hi - ratio.lo;
    }
    assert_true(before > 19.0 / 7.0 - 10.0 / 9.0);
    assert_near(stats_ratio_at(&pair, 1, 0.95, 1).lo, stats_ratio(&pair, 1, 1).lo, 0);
}

static void test_shifted_ratio(void **state)
{
    (void)state;
    double base[] = {100, 102, 98, 101, 99};
    struct sample real = {base, 5};
    /* The model says 10 more: 110 of 100, and of 200. */
    struct stats_shift own = {real, SAMPLE(30, 31, 29, 30, 30), SAMPLE(20, 20, 21, 19, 20), real};
    struct interval ratio = stats_shifted_ratio(&own, 1);
    assert_near(ratio.mid, 1.1, 1e-12);
    assert_true(ratio.known && ratio.lo > 1.05 && ratio.hi < 1.15 && ratio.lo < 1.1);
    struct stats_shift other = own;
    other.over = SAMPLE(200, 190, 210, 200, 205);
    assert_near(stats_shifted_ratio(&other, 1).mid, 0.55, 1e-12);
    assert_true(stats_shifted_ratio(&other, 1).hi - stats_shifted_ratio(&other, 1).lo > 0.01);
    /* Over itself, the base's own spread cancels: nothing is left where the model sees no change. */
    other = (struct stats_shift){real, SAMPLE(5, 5, 5), SAMPLE(5, 5, 5), real};
    ratio = stats_shifted_ratio(&other, 1);
    assert_true(ratio.known && ratio.mid == 1.0 && ratio.lo == 1.0 && ratio.hi == 1.0);
    other.a = SAMPLE(5, 6);
    assert_false(stats_shifted_ratio(&other, 1).known);
    other.a = empty;
    assert_true(isnan(stats_shifted_ratio(&other, 1).mid));
    other.a = SAMPLE(0, 0, 0);
    other.b = SAMPLE(200, 200, 200);
    assert_true(isnan(stats_shifted_ratio(&other, 1).mid));
}

static void test_same_seed_same_interval(void **state)
{
    (void)state;
    struct sample_pair pair = {SAMPLE(10, 11, 12, 14, 19), SAMPLE(7, 9, 8, 8, 8.5)};
    struct interval a = stats_ratio(&pair, 1, 5), b = stats_ratio(&pair, 1, 5);
    assert_true(a.lo == b.lo && a.hi == b.hi);
    assert_true(a.lo <= a.mid && a.mid <= a.hi);
}

/* How often 95 % intervals miss: A/A pairs of n skewed samples each. The counts are those of the
 * seed, and the bounds are what a seed in a hundred exceeds at a true rate of 8 %. */
static void test_coverage_of_the_ratio(void **state)
{
    (void)state;
    enum { TRIALS = 200 };
    static const size_t sizes[] = {3, 5, 10, 20};
    struct rng rng;
    rng_seed(&rng, seed_of_run());
    for (size_t k = 0; k < COUNT_OF(sizes); k++) {
        int alarms = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            double value[2][20];
            for (size_t i = 0; i < 2 * sizes[k]; i++) {
                value[i % 2][i / 2] = exp(0.1 * -log(1.0 - rng_unit(&rng)));
            }
            struct sample_pair pair = {{value[0], sizes[k]}, {value[1], sizes[k]}};
            alarms += stats_differs(stats_ratio(&pair, 1, rng_next(&rng)));
        }
        printf("A/A alarms of %d, n = %zu: %d\n", TRIALS, sizes[k], alarms);
        assert_in_range(alarms, 0, 26);
    }
}

/* And how often they find a true difference of 20 % under noise of 5 %: wide, but not blind. */
static void test_power_of_the_ratio(void **state)
{
    (void)state;
    enum { TRIALS = 100, N = 5 };
    struct rng rng;
    rng_seed(&rng, seed_of_run());
    int found = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double value[2][N];
        for (size_t i = 0; i < 2 * N; i++) {
            value[i % 2][i / 2] = (i % 2 == 0 ? 1.2 : 1.0) * exp(0.05 * -log(1.0 - rng_unit(&rng)));
        }
        struct sample_pair pair = {{value[0], N}, {value[1], N}};
        struct interval ratio = stats_ratio(&pair, 1, rng_next(&rng));
        found += ratio.known && ratio.lo > 1.0;
    }
    printf("differences of 20 %% found of %d, n = %d: %d\n", TRIALS, N, found);
    assert_in_range(found, 70, TRIALS);
}

/* Half the spread, a quarter of the processes; of no spread the fewest; of nothing known nothing. */
static void test_how_many_are_needed(void **state)
{
    (void)state;
    struct sample ten = SAMPLE(97, 98, 99, 99.5, 100, 100, 100.5, 101, 102, 103);
    struct sample wide = SAMPLE(94, 96, 98, 99, 100, 100, 101, 102, 104, 106);
    double now = stats_half_width(ten, 1);
    assert_true(now > 0.005 && now < 0.05);
    assert_in_range(stats_needed(ten, now, 1), 7, 10);
    size_t half = stats_needed(ten, now / 2.0, 1), twice = stats_needed(wide, now, 1);
    assert_in_range(half, 25, 45);
    assert_in_range(twice, 24, 50);
    assert_int_equal(stats_needed(SAMPLE(5, 5, 5, 5), 0.01, 1), STATS_MIN);
    assert_int_equal(stats_needed(SAMPLE(5, 6), 0.01, 1), 0);
    assert_int_equal(stats_needed(empty, 0.01, 1), 0);
    assert_int_equal(stats_needed(SAMPLE(0, 1, 2), 0.01, 1), 0);
    assert_in_range(stats_needed(wide, 1e-9, 1), 100000, 2 * STATS_NEEDED_MAX);
    assert_true(isnan(stats_half_width(SAMPLE(1, 2), 1)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_median_and_quantiles),
        cmocka_unit_test(test_slope),
        cmocka_unit_test(test_mann_whitney),
        cmocka_unit_test(test_ratio_of_equal_samples_is_one),
        cmocka_unit_test(test_ratio_is_geometric_over_pairs),
        cmocka_unit_test(test_few_processes_give_a_wide_interval_or_none),
        cmocka_unit_test(test_confidence_widens),
        cmocka_unit_test(test_how_many_are_needed),
        cmocka_unit_test(test_shifted_ratio),
        cmocka_unit_test(test_same_seed_same_interval),
        cmocka_unit_test(test_coverage_of_the_ratio),
        cmocka_unit_test(test_power_of_the_ratio),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Minimum mutator utilisation against every window of a small timeline, and its cost on a long one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/rng.h"
#include "bench/cell/mmu.h"

enum { TIMELINE = 60, PAUSES = 20, LONG_LOG = 1000 * 1000 };

static void assert_near(double got, double wanted)
{
    if (!(fabs(got - wanted) < 1e-12)) {
        fail_msg("%.15g is not %.15g", got, wanted);
    }
}

/* Every edge is whole, so the fullest window begins at a whole moment: try all of them. */
static double by_trying(const struct mmu_log *log, uint64_t window)
{
    uint64_t paused[TIMELINE] = {0};
    uint64_t length = log->to_ns - log->from_ns, most = 0;
    for (size_t i = 0; i < log->count; i++) {
        for (uint64_t t = 0; t < log->pause[i].length_ns; t++) {
            paused[log->pause[i].at_ns + t] = 1;
        }
    }
    window = window < length ? window : length;
    for (uint64_t t = log->from_ns; t + window <= log->to_ns; t++) {
        uint64_t sum = 0;
        for (uint64_t k = 0; k < window; k++) {
            sum += paused[t + k];
        }
        most = sum > most ? sum : most;
    }
    return 1.0 - (double)most / (double)window;
}

/* Pauses of 0 to 5 with gaps of 0 to 6, some before and behind the stretch that is looked at. */
static void random_log(struct rng *rng, struct pause *pause, struct mmu_log *log)
{
    uint64_t at = rng_below(rng, 7);
    *log = (struct mmu_log){.pause = pause};
    while (log->count < PAUSES) {
        uint64_t length = rng_below(rng, 6);
        if (at + length > TIMELINE) {
            break;
        }
        pause[log->count++] = (struct pause){.at_ns = at, .length_ns = length};
        at += length + rng_below(rng, 7);
    }
    log->from_ns = rng_below(rng, TIMELINE - 1);
    log->to_ns = log->from_ns + 1 + rng_below(rng, TIMELINE - log->from_ns);
}

static void test_every_window_of_random_logs(void **state)
{
    (void)state;
    const char *given = getenv("SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 1;
    print_message("SEED=%llu\n", (unsigned long long)seed);
    struct rng rng;
    rng_seed(&rng, seed);
    size_t partly = 0;
    for (int round = 0; round < 3000; round++) {
        struct pause pause[PAUSES];
        struct mmu_log log;
        random_log(&rng, pause, &log);
        for (uint64_t window = 1; window <= TIMELINE; window++) {
            double mmu = mmu_of(&log, window, NULL);
            assert_near(mmu, by_trying(&log, window));
            partly += mmu > 0.0 && mmu < 1.0;
        }
    }
    assert_true(partly > 10000); /* the logs are neither empty nor full */
}

static void test_by_hand(void **state)
{
    (void)state;
    /* 3 ms, then 1 ms of work, then 2 ms: five of any six milliseconds at worst. */
    const struct pause pause[] = {{.at_ns = 4000000, .length_ns = 3000000},
                                  {.at_ns = 8000000, .length_ns = 2000000}};
    struct mmu_log log = {pause, COUNT_OF(pause), 0, 20000000};
    assert_near(mmu_of(&log, 3000000, NULL), 0.0);
    assert_near(mmu_of(&log, 4000000, NULL), 0.25);
    assert_near(mmu_of(&log, 6000000, NULL), 1.0 / 6.0);
    assert_near(mmu_of(&log, 10000000, NULL), 0.5);
    assert_near(mmu_of(&log, 20000000, NULL), 0.75);
    assert_near(mmu_of(&log, 99000000, NULL), 0.75); /* no longer than the run */
    log.from_ns = 9000000;                           /* the first is before, the second partly */
    assert_near(mmu_of(&log, 1000000, NULL), 0.0);
    assert_near(mmu_of(&log, 11000000, NULL), 10.0 / 11.0);
    log.count = 0;
    assert_near(mmu_of(&log, 1000000, NULL), 1.0);
    log.to_ns = log.from_ns;
    assert_near(mmu_of(&log, 1000000, NULL), 1.0);
}

static void test_curve_ends_with_the_run_and_its_envelope_never_falls(void **state)
{
    (void)state;
    /* A pause of 1 ms every 4 ms: a window of 4 ms has 3/4, one of 5 ms holds two of them. */
    struct pause pause[100];
    for (size_t i = 0; i < COUNT_OF(pause); i++) {
        pause[i] = (struct pause){.at_ns = i * 4000000, .length_ns = 1000000};
    }
    struct mmu_log log = {pause, COUNT_OF(pause), 0, 400000000};
    struct mmu_point point[MMU_POINTS_MAX];
    size_t count = mmu_curve(&log, point, NULL);
    assert_int_equal(count, 38); /* 10 us to 400 ms: 4.6 decades, and the run itself */
    assert_int_equal(point[0].window_ns, 10000);
    assert_near(point[0].mmu, 0.0);
    assert_int_equal(point[count - 1].window_ns, 400000000);
    assert_near(point[count - 1].mmu, 0.75);
    bool falls = false;
    for (size_t i = 1; i < count; i++) {
        falls = falls || point[i].mmu < point[i - 1].mmu;
        assert_true(point[i].bmu >= point[i - 1].bmu && point[i].bmu <= point[i].mmu);
    }
    for (size_t i = 0; i < count; i++) {
        assert_near(point[i].mmu, mmu_of(&log, point[i].window_ns, NULL));
    }
    assert_true(falls); /* else the envelope shows nothing */
    log.to_ns = 9999;
    assert_int_equal(mmu_curve(&log, point, NULL), 0);
    log.to_ns = 10000;
    assert_int_equal(mmu_curve(&log, point, NULL), 1);
    log.to_ns = UINT64_MAX;
    assert_true(mmu_curve(&log, point, NULL) < MMU_POINTS_MAX);
}

/* A million pauses over a thousand seconds: each window costs a few moves for each pause. */
static void test_cost_is_linear(void **state)
{
    (void)state;
    struct pause *pause = calloc(LONG_LOG, sizeof *pause);
    assert_non_null(pause);
    for (size_t i = 0; i < LONG_LOG; i++) {
        pause[i] = (struct pause){.at_ns = i * 1000000, .length_ns = 1000 + i % 977 * 1000};
    }
    struct mmu_log log = {pause, LONG_LOG, 0, UINT64_C(1000000) * LONG_LOG};
    struct mmu_point point[MMU_POINTS_MAX];
    uint64_t steps = 0;
    size_t count = mmu_curve(&log, point, &steps);
    print_message("%zu windows over %d pauses: %.2f moves for each\n", count, LONG_LOG,
                  (double)steps / (double)count / LONG_LOG);
    assert_int_equal(count, 65);
    assert_true(steps > LONG_LOG && steps <= 2 * count * LONG_LOG);
    free(pause);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_window_of_random_logs),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_curve_ends_with_the_run_and_its_envelope_never_falls),
        cmocka_unit_test(test_cost_is_linear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Forecasts from a watch: how often each generation is collected is CPython's rule, held here
 * against the counts of a collector that follows it step by step. */
#include "bench/tune/watched.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"

/* Count collections as CPython does, births only; the quarter rule holds full ones back when
 * `growing` is false. */
static void follow(uint64_t births, const uint32_t threshold[3], bool growing, double out[3])
{
    uint64_t count[3] = {0};
    out[0] = out[1] = out[2] = 0;
    for (uint64_t i = 0; i < births; i++) {
        if (++count[0] <= threshold[0]) {
            continue;
        }
        int g = growing && count[2] > threshold[2] ? 2 : count[1] > threshold[1] ? 1 : 0;
        out[g]++;
        memset(count, 0, (size_t)(g + 1) * sizeof count[0]);
        if (g < 2) {
            count[g + 1]++;
        }
    }
}

static struct watched watch_of(uint64_t births, const uint32_t threshold[3], bool growing)
{
    struct watched self = {
        .minor = 11, .processes = 1, .seconds = 100, .tracked = 1e5, .rss_bytes = 1e8};
    follow(births, threshold, growing, self.collections);
    for (int g = 0; g < 3; g++) {
        self.threshold[g] = threshold[g];
        self.pause_ns[g] = self.collections[g] * 1e5;
        self.longest_ns[g] = 3e5;
        self.collected[g] = self.collections[g] * 50;
    }
    return self;
}

static void near(double got, double wanted)
{
    assert_true(fabs(got - wanted) <= 1 + 0.01 * wanted);
}

static void test_collections_are_cpythons(void **state)
{
    (void)state;
    static const uint32_t thresholds[][3] = {{700, 10, 10},   {2000, 10, 10}, {100, 3, 5},
                                             {10000, 10, 10}, {5000, 0, 0},   {50000, 20, 100}};
    enum { BIRTHS = 60000000 };
    for (int growing = 0; growing < 2; growing++) {
        struct watched self = watch_of(BIRTHS, thresholds[0], growing == 1);
        for (size_t i = 0; i < COUNT_OF(thresholds); i++) {
            struct watched_forecast forecast;
            double wanted[3];
            follow(BIRTHS, thresholds[i], growing == 1, wanted);
            assert_true(watched_forecast(&self, thresholds[i], &forecast));
            for (int g = 0; g < 3; g++) {
                near(forecast.collections_per_s[g] * 100, wanted[g]);
            }
        }
    }
}

static void test_bounds(void **state)
{
    (void)state;
    const uint32_t present[] = {700, 10, 10}, ten[] = {7009, 10, 10}, off[] = {0, 0, 0};
    struct watched self = watch_of(60000000, present, true);
    struct watched_forecast now, later, never;
    assert_true(watched_forecast(&self, present, &now));
    assert_true(now.share.lo <= now.share.hi * 1.0001 && now.share.hi > 0);
    assert_true(watched_forecast(&self, ten, &later));
    assert_true(later.share.lo < now.share.lo / 5); /* young pauses stay */
    assert_true(later.share.hi > now.share.hi / 2); /* they grow tenfold */
    assert_true(later.longest_ns.hi > later.longest_ns.lo);
    near(later.trash_bytes / now.trash_bytes, 10);
    assert_true(watched_forecast(&self, off, &never));
    assert_true(never.share.hi == 0 && isnan(never.trash_bytes));
}

static void test_too_little_was_seen(void **state)
{
    (void)state;
    const uint32_t present[] = {700, 10, 10}, off[] = {0, 0, 0};
    struct watched_forecast forecast;
    struct watched few = watch_of(7000, present, true), none = watch_of(700000, present, true);
    assert_false(watched_forecast(&few, present, &forecast));
    none.threshold[0] = 0;
    assert_false(watched_forecast(&none, off, &forecast));
    assert_true(isnan(watched_births(&none)));
    struct watched *cell = calloc(WATCHED_CELLS_MAX, sizeof *cell);
    struct error error;
    assert_non_null(cell);
    assert_int_equal(watched_read("results/reference", cell, &error), 0);
    assert_non_null(strstr(error.text, "no record of a watched program"));
    assert_int_equal(watched_read("no/such/run", cell, &error), 0);
    free(cell);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collections_are_cpythons),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_too_little_was_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

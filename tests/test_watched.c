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

/* What a program is to the collector. */
struct program {
    uint64_t births;
    bool growing;      /* otherwise the quarter rule holds all full collections back */
    uint64_t recycled; /* by a collection, through free lists: so many births are not counted */
};

/* Count collections as CPython does. */
static void follow(const struct program *program, const uint32_t threshold[3], double out[3])
{
    uint64_t count[3] = {0}, recycled = 0;
    bool growing = program->growing;
    out[0] = out[1] = out[2] = 0;
    for (uint64_t i = 0; i < program->births; i++) {
        if (recycled > 0) {
            recycled--;
            continue;
        }
        if (++count[0] <= threshold[0]) {
            continue;
        }
        recycled = program->recycled;
        int g = growing && count[2] > threshold[2] ? 2 : count[1] > threshold[1] ? 1 : 0;
        out[g]++;
        memset(count, 0, (size_t)(g + 1) * sizeof count[0]);
        if (g < 2) {
            count[g + 1]++;
        }
    }
}

static struct watched watch_of(struct program program, const uint32_t threshold[3])
{
    struct watched self = {.minor = 11,
                           .processes = 1,
                           .seconds = 100,
                           .tracked = 1e5,
                           .rss_bytes = 1e8,
                           .object_bytes = 1e3};
    follow(&program, threshold, self.collections);
    for (int g = 0; g < 3; g++) {
        self.threshold[g] = threshold[g];
        self.pause_ns[g] = self.collections[g] * 1e5;
        self.longest_ns[g] = 3e5;
        self.collected[g] = self.collections[g] * (double)program.recycled;
    }
    return self;
}

static void near(double got, double wanted)
{
    assert_true(fabs(got - wanted) <= 1 + 0.01 * wanted);
}

static struct watched_forecast forecast_of(const struct watched *self, const uint32_t threshold[3])
{
    struct watched_forecast forecast;
    struct watched_setting setting = {{threshold[0], threshold[1], threshold[2]}, false};
    watched_forecast(self, &setting, &forecast);
    return forecast;
}

static void test_collections_are_cpythons(void **state)
{
    (void)state;
    static const uint32_t thresholds[][3] = {{700, 10, 10},   {2000, 10, 10}, {100, 3, 5},
                                             {10000, 10, 10}, {5000, 0, 0},   {50000, 20, 100}};
    for (int growing = 0; growing < 2; growing++) {
        struct program program = {60000000, growing == 1, 0};
        struct watched self = watch_of(program, thresholds[0]);
        for (size_t i = 0; i < COUNT_OF(thresholds); i++) {
            struct watched_forecast forecast = forecast_of(&self, thresholds[i]);
            double wanted[3];
            follow(&program, thresholds[i], wanted);
            for (int g = 0; g < 3; g++) {
                near(forecast.collections[g].lo, wanted[g]);
                near(forecast.collections[g].hi, wanted[g]);
            }
        }
    }
}

/* What the free lists hand out is known between two bounds: the truth lies in them. */
static void test_free_lists(void **state)
{
    (void)state;
    static const uint32_t present[] = {700, 10, 10}, proposed[] = {5000, 10, 10};
    for (uint64_t recycled = 0; recycled <= 160; recycled += 40) {
        struct program program = {6000000, true, recycled};
        struct watched self = watch_of(program, present);
        struct watched_forecast forecast = forecast_of(&self, proposed);
        double wanted[3];
        follow(&program, proposed, wanted);
        for (int g = 0; g < 3; g++) {
            assert_true(wanted[g] >= 0.99 * forecast.collections[g].lo - 1);
            assert_true(wanted[g] <= 1.01 * forecast.collections[g].hi + 1);
        }
        near(wanted[0], forecast.collections[0].hi);
    }
}

/* Those beyond what the counts allow were asked for, and will be again. */
static void test_asked_for(void **state)
{
    (void)state;
    static const uint32_t present[] = {700, 10, 10}, proposed[] = {7009, 10, 10};
    struct watched self = watch_of((struct program){6000000, true, 0}, present);
    double young = self.collections[0];
    self.collections[2] += 1000;
    struct watched_forecast forecast = forecast_of(&self, proposed);
    near(forecast.collections[0].lo, young / 10);
    assert_true(forecast.collections[2].lo > 999 && forecast.collections[2].hi < 1010);
}

static void test_freeze(void **state)
{
    (void)state;
    static const uint32_t present[] = {700, 10, 10};
    struct watched self = watch_of((struct program){6000000, false, 0}, present);
    struct watched_setting freeze = {{700, 10, 10}, true};
    struct watched_forecast before = forecast_of(&self, present), after;
    self.collections[2] = before.collections[2].lo = 4; /* the rule held most of them back */
    watched_forecast(&self, &freeze, &after);
    assert_true(after.collections[2].hi < 5); /* no fork: nothing is frozen */
    self.forked = true;
    self.tracked = 100;
    self.loaded = 60;
    watched_forecast(&self, &freeze, &after);
    assert_true(after.collections[2].lo < 5 && after.collections[2].hi > 60);
    self.pause_ns[0] = self.pause_ns[1] = 0;
    self.pause_ns[2] = 4e6;
    watched_forecast(&self, &freeze, &after);
    assert_true(after.pause_ns.lo < 0.21 * 4e6 && after.pause_ns.lo > 0.19 * 4e6);
}

static void test_bounds(void **state)
{
    (void)state;
    const uint32_t present[] = {700, 10, 10}, ten[] = {7009, 10, 10}, off[] = {0, 0, 0};
    struct watched self = watch_of((struct program){60000000, true, 50}, present);
    struct watched_forecast now = forecast_of(&self, present);
    struct watched_forecast later = forecast_of(&self, ten), never = forecast_of(&self, off);
    assert_true(now.pause_ns.lo <= now.pause_ns.hi * 1.0001 && now.pause_ns.hi > 0);
    assert_true(later.pause_ns.lo < now.pause_ns.lo / 5); /* young pauses stay */
    assert_true(later.pause_ns.hi > now.pause_ns.hi / 2); /* they grow tenfold */
    assert_true(later.longest_ns.hi > later.longest_ns.lo);
    near(later.trash_bytes / now.trash_bytes, 10);
    assert_true(never.pause_ns.hi == 0 && isnan(never.trash_bytes));
}

static void test_too_little_was_seen(void **state)
{
    (void)state;
    const uint32_t present[] = {700, 10, 10};
    struct watched self = watch_of((struct program){700000, true, 0}, present);
    assert_null(watched_unknown(&self));
    self.threshold[0] = 0;
    assert_string_equal(watched_unknown(&self), "the collector was off");
    assert_true(isnan(watched_births(&self)));
    self = watch_of((struct program){700000, true, 0}, present);
    self.free_threaded = true;
    assert_non_null(strstr(watched_unknown(&self), "free-threaded"));
    self.free_threaded = false;
    self.minor = 14;
    self.patch = 4;
    assert_non_null(strstr(watched_unknown(&self), "incremental"));
    self.patch = 5;
    assert_null(watched_unknown(&self));
    struct watched *cell = calloc(WATCHED_CELLS_MAX, sizeof *cell);
    struct error error;
    assert_non_null(cell);
    assert_int_equal(watched_read("results/reference", WATCHED_ALL, cell, &error), 0);
    assert_non_null(strstr(error.text, "no record of a watched program"));
    assert_int_equal(watched_read("no/such/run", WATCHED_ALL, cell, &error), 0);
    free(cell);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collections_are_cpythons),
        cmocka_unit_test(test_free_lists),
        cmocka_unit_test(test_asked_for),
        cmocka_unit_test(test_freeze),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_too_little_was_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

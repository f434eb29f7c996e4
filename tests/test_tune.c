/* The search for a setting, without time: a measurer whose costs are known and whose noise is
 * seeded. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/rng.h"
#include "bench/tune/search.h"

/* A measurer whose settings have known costs, and whose noise is seeded: each sample is its cost
 * times a normal factor, now and then a disturbed one. */
struct fake {
    struct rng rng;
    const double (*truth)[TUNE_METRICS]; /* [settings] */
    double noise;                        /* standard deviation, as a share */
    size_t gone;                         /* this setting fails; 0: none */
    size_t samples;
};

static double normal(struct rng *rng)
{
    double u = rng_unit(rng), v = rng_unit(rng);
    return sqrt(-2.0 * log(1.0 - u)) * cos(2.0 * M_PI * v);
}

static bool fake_measure(void *self_, const size_t *setting, size_t count, size_t times,
                         struct tune_samples *samples, struct error *error)
{
    struct fake *self = self_;
    (void)error;
    for (size_t t = 0; t < times; t++) {
        for (size_t i = 0; i < count; i++) {
            struct tune_sample sample = {.disturbed = rng_below(&self->rng, 20) == 0};
            double slower = sample.disturbed ? 1.3 : 1.0;
            for (int m = 0; m < TUNE_METRICS; m++) {
                double noise = m == TUNE_RSS || m == TUNE_TRASH ? self->noise / 20 : self->noise;
                sample.value[m] = self->truth[setting[i]][m] * exp(noise * normal(&self->rng));
                sample.value[m] *= m == TUNE_RSS || m == TUNE_TRASH ? 1.0 : slower;
            }
            if (setting[i] == self->gone && self->gone != 0) {
                snprintf(samples->of[setting[i]].gone, 32, "failed: on purpose");
            } else {
                samples_add(&samples->of[setting[i]], &sample);
            }
            self->samples++;
        }
    }
    return true;
}

static double fake_cost(void *self)
{
    (void)self;
    return 0.1;
}

enum { FAKES = 60 };

struct trial {
    double truth[FAKES][TUNE_METRICS];
    bool endless[FAKES];
    unsigned distance[FAKES];
    size_t gone;
    double noise, budget_s;
    const char *goals;
    bool batch;
};

static void trial_start(struct trial *self)
{
    *self = (struct trial){.noise = 0.04, .budget_s = 240, .goals = ""};
    for (size_t i = 0; i < FAKES; i++) {
        const double base[TUNE_METRICS] = {1e8, 3e7, 3e6, 8e6, 1e4, 1e5};
        memcpy(self->truth[i], base, sizeof base);
        self->distance[i] = i == 0 ? 0 : 1 + (unsigned)(i % 3);
    }
}

static bool trial_run(const struct trial *self, uint64_t seed, struct search_result *result,
                      struct error *error)
{
    struct fake fake = {.truth = self->truth, .noise = self->noise, .gone = self->gone};
    struct goals goals;
    struct tune_samples samples;
    rng_seed(&fake.rng, seed);
    assert_true(goals_parse(self->goals, &goals, error));
    struct search search = {
        .measurer = {&fake, fake_measure, fake_cost},
        .goals = &goals,
        .minimise = TUNE_TIME,
        .batch = self->batch,
        .endless = self->endless,
        .distance = self->distance,
        .level = {14, 30, FAKES},
        .levels = 3,
        .budget_s = self->budget_s,
        .confirm = 12,
    };
    samples_open(&samples, FAKES);
    bool ok = search_run(&search, &samples, result, error);
    assert_true(!ok || (double)fake.samples * 0.1 <= self->budget_s);
    samples_close(&samples);
    return ok;
}

static uint64_t first_seed(void)
{
    const char *text = getenv("SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 1;
    printf("SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

enum { TRIALS = 100, WANTED = 95 };

/* Costs spread over ±20 %, the best is 5 % below the next. */
static void test_search_finds_the_best(void **state)
{
    (void)state;
    uint64_t seed = first_seed();
    size_t found = 0, named = 0;
    for (size_t t = 0; t < TRIALS; t++) {
        struct trial trial;
        struct search_result result;
        struct error error;
        struct rng rng;
        rng_seed(&rng, seed + t + 1000);
        trial_start(&trial);
        for (size_t i = 1; i < FAKES; i++) {
            trial.truth[i][TUNE_TIME] *= 0.85 + 0.35 * rng_unit(&rng);
        }
        size_t best = 1 + (size_t)rng_below(&rng, FAKES - 1);
        trial.truth[best][TUNE_TIME] = 1e8 * 0.85 * 0.95;
        assert_true(trial_run(&trial, seed + t, &result, &error));
        assert_int_equal(result.searched, FAKES);
        found += result.chosen == best;
        named += result.verdict == SEARCH_NAMED;
    }
    printf("found %zu, named a change %zu of %d\n", found, named, TRIALS);
    assert_true(found >= WANTED && named >= WANTED);
}

static void test_equal_settings_change_nothing(void **state)
{
    (void)state;
    uint64_t seed = first_seed();
    size_t nothing = 0;
    for (size_t t = 0; t < TRIALS; t++) {
        struct trial trial;
        struct search_result result;
        struct error error;
        trial_start(&trial);
        assert_true(trial_run(&trial, seed + t, &result, &error));
        nothing += result.verdict == SEARCH_NOTHING;
    }
    printf("change nothing: %zu of %d\n", nothing, TRIALS);
    assert_true(nothing >= WANTED);
}

static struct search_result run_trial(const struct trial *trial)
{
    struct search_result result;
    struct error error;
    if (!trial_run(trial, 7, &result, &error)) {
        fail_msg("the search gave up: %s", error.text);
    }
    return result;
}

static void test_goals_decide(void **state)
{
    (void)state;
    struct trial trial;
    trial_start(&trial);
    trial.truth[5][TUNE_TIME] *= 0.7; /* fastest, but large */
    trial.truth[5][TUNE_RSS] *= 1.3;
    trial.truth[9][TUNE_TIME] *= 0.85;
    trial.goals = "rss<+5%";
    struct search_result result = run_trial(&trial);
    assert_int_equal(result.verdict, SEARCH_NAMED);
    assert_int_equal(result.chosen, 9);
    assert_true(result.runner_up != 9);

    trial.truth[9][TUNE_RSS] *= 1.2; /* now both are too large */
    result = run_trial(&trial);
    assert_int_equal(result.verdict, SEARCH_NOTHING);
}

static void test_default_misses_a_goal(void **state)
{
    (void)state;
    struct trial trial;
    trial_start(&trial);
    trial.goals = "p99_pause<2ms"; /* it has 3 ms */
    trial.truth[7][TUNE_P99_PAUSE] = 1e6;
    trial.truth[7][TUNE_TIME] *= 1.2; /* slower, and still the one to take */
    struct search_result result = run_trial(&trial);
    assert_int_equal(result.verdict, SEARCH_NAMED);
    assert_int_equal(result.chosen, 7);
    assert_int_equal(result.runner_up, 0);

    trial.goals = "p99_pause<2ms, time<+10%";
    result = run_trial(&trial);
    assert_int_equal(result.verdict, SEARCH_NONE_MEETS);
    trial.goals = "p99_pause<100us";
    result = run_trial(&trial);
    assert_int_equal(result.verdict, SEARCH_NONE_MEETS);
    assert_int_equal(result.chosen, 7); /* the nearest */
}

/* The default is at the very bound: what is below it by chance is not surely apart. */
static void test_cannot_tell(void **state)
{
    (void)state;
    struct trial trial;
    size_t told = 0, apart = 0;
    uint64_t seed = first_seed();
    trial_start(&trial);
    trial.goals = "p99_pause<3ms";
    for (uint64_t t = 0; t < 20; t++) {
        struct search_result result;
        struct error error;
        assert_true(trial_run(&trial, seed + t, &result, &error));
        told += result.verdict == SEARCH_CANNOT_TELL || result.verdict == SEARCH_NOTHING;
        apart += result.verdict == SEARCH_NAMED;
    }
    printf("cannot tell or change nothing %zu, named %zu of 20\n", told, apart);
    assert_true(told >= 17);
}

static void test_endless_settings(void **state)
{
    (void)state;
    struct trial trial;
    trial_start(&trial);
    trial.truth[4][TUNE_TIME] *= 0.5;
    trial.endless[4] = true;
    assert_int_equal(run_trial(&trial).verdict, SEARCH_NOTHING);
    trial.batch = true;
    struct search_result result = run_trial(&trial);
    assert_true(result.verdict == SEARCH_NAMED && result.chosen == 4);
    trial.batch = false;
    trial.truth[4][TUNE_TRASH] = 0.0; /* it makes none: nothing grows */
    result = run_trial(&trial);
    assert_true(result.verdict == SEARCH_NAMED && result.chosen == 4);
}

static void test_nearer_to_the_default_wins_a_tie(void **state)
{
    (void)state;
    struct trial trial;
    trial_start(&trial);
    trial.truth[10][TUNE_TIME] *= 0.8;
    trial.truth[11][TUNE_TIME] *= 0.8;
    trial.distance[10] = 4;
    trial.distance[11] = 1;
    trial.noise = 0.005;
    struct search_result result = run_trial(&trial);
    assert_int_equal(result.chosen, 11);
    assert_int_equal(result.runner_up, 10);
}

static void test_settings_that_fail(void **state)
{
    (void)state;
    struct trial trial;
    struct search_result result;
    struct error error;
    trial_start(&trial);
    trial.truth[6][TUNE_TIME] *= 0.5;
    trial.gone = 6;
    assert_int_equal(run_trial(&trial).verdict, SEARCH_NOTHING);
    trial.budget_s = 20; /* a process takes 0.1 s: no grid fits */
    assert_false(trial_run(&trial, 1, &result, &error));
    assert_non_null(strstr(error.text, "give more time"));
    trial.budget_s = 60;
    assert_true(trial_run(&trial, 1, &result, &error));
    assert_true(result.searched < FAKES && result.measured <= 600);
}

/* No pause at all: ratios of nothing. */
static void test_without_pauses(void **state)
{
    (void)state;
    struct trial trial;
    trial_start(&trial);
    for (size_t i = 0; i < FAKES; i++) {
        trial.truth[i][TUNE_P99_PAUSE] = trial.truth[i][TUNE_TRASH] = 0.0;
    }
    trial.goals = "p99_pause<1ms, p99_pause<+0%, trash<10";
    assert_int_equal(run_trial(&trial).verdict, SEARCH_NOTHING);
}

static void test_front(void **state)
{
    (void)state;
    const double values[][3] = {{3, 3, 3}, {1, 5, 5}, {5, 1, 5}, {5, 5, 1}, {4, 4, 4}, {3, 3, 3}};
    enum { COUNT = COUNT_OF(values) };
    struct tune_samples samples;
    size_t setting[COUNT];
    bool front[COUNT];
    samples_open(&samples, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        struct tune_sample sample = {0};
        for (size_t k = 0; k < SEARCH_FIGURES; k++) {
            sample.value[search_figures[k]] = values[i][k];
        }
        samples_add(&samples.of[i], &sample);
        setting[i] = i;
    }
    search_front(&samples, 0, setting, COUNT, front);
    assert_true(front[0] && front[1] && front[2] && front[3] && front[5]);
    assert_false(front[4]);
    samples_close(&samples);
}

/* A time is taken of undisturbed samples where there are three, memory of all. */
static void test_disturbed_samples(void **state)
{
    (void)state;
    struct tune_samples samples;
    samples_open(&samples, 1);
    for (int i = 0; i < 6; i++) {
        struct tune_sample sample = {.value = {[TUNE_TIME] = i < 3 ? 1 : 9, [TUNE_RSS] = i},
                                     .disturbed = i >= 3};
        if (i == 3) {
            assert_int_equal(samples_quiet(&samples, 0, 0), 3);
        }
        samples_add(&samples.of[0], &sample);
    }
    struct figure_of time = {&samples, TUNE_TIME, 0}, rss = {&samples, TUNE_RSS, 0};
    assert_true(figure_median(&time, 0) == 1.0);
    assert_true(figure_median(&rss, 0) == 2.5);
    samples.of[0].sample[0].disturbed = true; /* two are left: all are taken */
    assert_true(figure_median(&time, 0) == 5.0);
    samples_close(&samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search_finds_the_best),
        cmocka_unit_test(test_equal_settings_change_nothing),
        cmocka_unit_test(test_goals_decide),
        cmocka_unit_test(test_default_misses_a_goal),
        cmocka_unit_test(test_cannot_tell),
        cmocka_unit_test(test_endless_settings),
        cmocka_unit_test(test_nearer_to_the_default_wins_a_tie),
        cmocka_unit_test(test_settings_that_fail),
        cmocka_unit_test(test_without_pauses),
        cmocka_unit_test(test_front),
        cmocka_unit_test(test_disturbed_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The search for a setting, without time: a measurer whose costs are known and whose noise is
 * seeded. */
#include "tests/tune_trial.h"

enum { FAKES = 60 };

static void trial_start(struct trial *self)
{
    *self = (struct trial){.count = FAKES, .noise = 0.04, .budget_s = 240, .goals = ""};
    for (size_t i = 0; i < FAKES; i++) {
        const double base[TUNE_METRICS] = {1e8, 3e7, 3e6, 8e6, 1e4, 1e5};
        memcpy(self->truth[i], base, sizeof base);
        self->distance[i] = i == 0 ? 0 : 1 + (unsigned)(i % 3);
    }
}

enum { TRIALS = 100, WANTED = 95 };

/* Costs spread over ±20 %, the best is 5 % below the next. */
static void test_search_finds_the_best(void **state)
{
    (void)state;
    uint64_t seed = trial_seed();
    size_t found = 0, named = 0;
    for (size_t t = 0; t < TRIALS; t++) {
        struct trial trial;
        struct trial_end end;
        struct rng rng;
        rng_seed(&rng, seed + t + 1000);
        trial_start(&trial);
        for (size_t i = 1; i < FAKES; i++) {
            trial.truth[i][TUNE_TIME] *= 0.85 + 0.35 * rng_unit(&rng);
        }
        size_t best = 1 + (size_t)rng_below(&rng, FAKES - 1);
        trial.truth[best][TUNE_TIME] = 1e8 * 0.85 * 0.95;
        assert_true(trial_run(&trial, seed + t, &end));
        assert_int_equal(end.result.searched, FAKES);
        found += end.result.chosen == best;
        named += end.result.verdict == SEARCH_NAMED;
    }
    printf("found %zu, named a change %zu of %d\n", found, named, TRIALS);
    assert_true(found >= WANTED && named >= WANTED);
}

static void test_equal_settings_change_nothing(void **state)
{
    (void)state;
    uint64_t seed = trial_seed();
    size_t nothing = 0;
    for (size_t t = 0; t < TRIALS; t++) {
        struct trial trial;
        struct trial_end end;
        trial_start(&trial);
        assert_true(trial_run(&trial, seed + t, &end));
        nothing += end.result.verdict == SEARCH_NOTHING;
    }
    printf("change nothing: %zu of %d\n", nothing, TRIALS);
    assert_true(nothing >= WANTED);
}

static struct search_result run_trial(const struct trial *trial)
{
    struct trial_end end;
    if (!trial_run(trial, 7, &end)) {
        fail_msg("the search gave up: %s", end.error.text);
    }
    return end.result;
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
    uint64_t seed = trial_seed();
    trial_start(&trial);
    trial.goals = "p99_pause<3ms";
    for (uint64_t t = 0; t < 20; t++) {
        struct trial_end end;
        assert_true(trial_run(&trial, seed + t, &end));
        told += end.result.verdict != SEARCH_NAMED;
        apart += end.result.verdict == SEARCH_NAMED;
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
    struct trial_end end;
    trial_start(&trial);
    trial.truth[6][TUNE_TIME] *= 0.5;
    trial.gone = 6;
    assert_int_equal(run_trial(&trial).verdict, SEARCH_NOTHING);
    trial.budget_s = 10; /* a process takes 0.1 s: no grid fits */
    assert_false(trial_run(&trial, 1, &end));
    assert_non_null(strstr(end.error.text, "give more time"));
    trial.budget_s = 60;
    assert_true(trial_run(&trial, 1, &end));
    assert_true(end.result.searched < FAKES && end.result.measured <= 600);
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

/* The machine is half as slow again in each round: what was dropped early must not look fast. */
static void test_drift(void **state)
{
    (void)state;
    struct tune_samples samples;
    samples_open(&samples, 2);
    for (unsigned round = 0; round < 4; round++) {
        double slower = pow(1.5, round);
        struct tune_sample sample = {
            .value =
                {[TUNE_TIME] = 100 * slower, [TUNE_RSS] = 7, [TUNE_THROUGHPUT] = 1000 / slower},
            .round = round};
        if (round != 2) { /* round 2: a setting alone, measured again */
            samples_add(&samples.of[0], &sample);
        }
        sample.value[TUNE_TIME] *= 0.9;
        samples_add(&samples.of[1], &sample);
    }
    samples_settle(&samples, 3);
    struct figure_of time = {&samples, TUNE_TIME, 0}, fresh = {&samples, TUNE_TIME, 3};
    struct figure_of rss = {&samples, TUNE_RSS, 0}, rate = {&samples, TUNE_THROUGHPUT, 0};
    assert_true(fabs(figure_median(&fresh, 1) - 90 * 3.375) < 1e-9);
    assert_true(fabs(figure_median(&time, 0) - 337.5) < 1e-9);
    assert_true(fabs(samples.of[1].sample[0].drift - 3.375) < 1e-9);
    assert_true(samples.of[1].sample[2].drift == samples.of[1].sample[1].drift);
    assert_true(figure_median(&rss, 0) == 7.0);
    assert_true(fabs(figure_median(&rate, 0) - 1000 / 3.375) < 1e-9);
    samples_close(&samples);

    struct trial trial;
    trial_start(&trial);
    trial.drift = 0.4; /* and the time is kept all the same */
    trial.truth[8][TUNE_TIME] *= 0.8;
    struct search_result result = run_trial(&trial);
    assert_true(result.verdict == SEARCH_NAMED && result.chosen == 8);
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
        cmocka_unit_test(test_drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

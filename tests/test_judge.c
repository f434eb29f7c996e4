/* The judge's rules case by case, and its error rates on made-up runs: of 100 comparisons of a run
 * with itself at most 5 alarm and at most 20 stay undecided, and an increase of 10 % is found in at
 * least 95 of 100. Real times: tests/long_gate.sh. */
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
#include "bench/report/judge.h"

enum { CELLS_MAX = 8, TRIALS = 100 };

static uint64_t seed_of_run(void)
{
    const char *text = getenv("SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 1;
    printf("SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

/* A run of cells named by number; their labels are static, their values owned. */
static struct report made_up(size_t cells)
{
    static char names[CELLS_MAX][3] = {"w0", "w1", "w2", "w3", "w4", "w5", "w6", "w7"};
    static char part[] = "x";
    struct report run = {.group = calloc(CELLS_MAX, sizeof *run.group), .groups = cells};
    assert_non_null(run.group);
    for (size_t i = 0; i < cells; i++) {
        run.group[i] =
            (struct report_group){.workload = names[i], .collector = part, .allocator = part};
    }
    return run;
}

static void free_values(struct report *run)
{
    for (size_t i = 0; i < run->groups; i++) {
        for (size_t k = 0; k < METRIC_COUNT; k++) {
            free(run->group[i].value[k]);
        }
    }
    free(run->group);
}

static void put(struct report *run, size_t cell, enum metric metric, double value)
{
    struct report_group *group = &run->group[cell];
    group->value[metric] = reallocarray(group->value[metric], group->n[metric] + 1, sizeof(double));
    assert_non_null(group->value[metric]);
    group->value[metric][group->n[metric]++] = value;
}

static enum judge_verdict verdict_of(const struct report *a, const struct report *b,
                                     const struct judge_rules *rules)
{
    struct judging judging;
    judge_runs(a, b, rules, &judging);
    enum judge_verdict verdict = judging.verdict;
    judging_close(&judging);
    return verdict;
}

static struct judge_rules rules_for(const char *figures)
{
    struct judge_rules rules = judge_rules_usual(0.03);
    struct error error;
    assert_true(judge_rules_figures(&rules, figures, &error));
    return rules;
}

static void test_counts_are_exact(void **state)
{
    (void)state;
    struct judge_rules rules = rules_for("counts");
    struct report a = made_up(2), b = made_up(2);
    put(&a, 0, METRIC_REQUESTS, 1000);
    put(&b, 0, METRIC_REQUESTS, 1030);
    assert_int_equal(verdict_of(&a, &b, &rules), JUDGE_SAME); /* 3 % is not more than 3 % */
    put(&a, 1, METRIC_REQUESTS, 1000);
    put(&b, 1, METRIC_REQUESTS, 1031);
    assert_int_equal(verdict_of(&a, &b, &rules), JUDGE_REGRESSION); /* one cell is enough */
    assert_int_equal(verdict_of(&b, &a, &rules), JUDGE_SAME);
    put(&a, 0, METRIC_COLLECTIONS + 2, 0);
    put(&b, 0, METRIC_COLLECTIONS + 2, 1);
    rules.tolerance = 0.5;
    assert_int_equal(verdict_of(&a, &b, &rules), JUDGE_REGRESSION); /* something from nothing */
    free_values(&a);
    free_values(&b);
}

/* Two seeds, one of which grew: the median of three values does not see it, the seeds do. */
static void test_counts_of_each_seed(void **state)
{
    (void)state;
    struct judge_rules rules = rules_for("requests");
    struct report a = made_up(1), b = made_up(1);
    static const double before[] = {100, 100, 200, 100, 200}, after[] = {100, 100, 240, 100, 240};
    for (size_t i = 0; i < COUNT_OF(before); i++) {
        put(&a, 0, METRIC_REQUESTS, before[i]);
        put(&b, 0, METRIC_REQUESTS, after[i]);
    }
    assert_int_equal(verdict_of(&a, &b, &rules), JUDGE_REGRESSION);
    assert_int_equal(verdict_of(&a, &a, &rules), JUDGE_SAME);
    free_values(&a);
    free_values(&b);
}

static void test_nothing_to_judge_is_undecided(void **state)
{
    (void)state;
    struct judge_rules rules = judge_rules_usual(0.03);
    struct report none = made_up(0), a = made_up(1), b = made_up(1);
    assert_int_equal(verdict_of(&none, &none, &rules), JUDGE_UNDECIDED);
    assert_int_equal(verdict_of(&a, &b, &rules), JUDGE_UNDECIDED);
    put(&a, 0, METRIC_REQUESTS, 7);
    put(&b, 0, METRIC_REQUESTS, 7);
    assert_int_equal(verdict_of(&a, &b, &rules), JUDGE_UNDECIDED); /* no times, but asked for */
    rules = rules_for("counts");
    assert_int_equal(verdict_of(&a, &b, &rules), JUDGE_SAME);
    rules = rules_for("times");
    put(&a, 0, METRIC_RUN_NS, 1e6);
    put(&b, 0, METRIC_RUN_NS, 1e6);
    assert_int_equal(verdict_of(&a, &b, &rules), JUDGE_UNDECIDED); /* one sample */
    free_values(&none);
    free_values(&a);
    free_values(&b);
}

/* Three quiet cells and a noisy one: together they are decided, the noisy one is not. */
static void test_every_cell(void **state)
{
    (void)state;
    struct judge_rules rules = rules_for("times");
    struct report a = made_up(4), b = made_up(4);
    static const double noisy[] = {0.8, 0.9, 1, 1, 1.1, 1.2, 0.85, 1.15};
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < COUNT_OF(noisy); k++) {
            double value = 1e9 * (i == 0 ? noisy[k] : 1.0 + noisy[k] / 1000.0);
            put(&a, i, METRIC_RUN_NS, value);
            put(&b, i, METRIC_RUN_NS, value * 0.9);
        }
    }
    struct judging judging;
    judge_runs(&a, &b, &rules, &judging);
    assert_int_equal(judging.verdict, JUDGE_SAME);
    assert_int_equal(judging.undecided_cells, 1);
    assert_int_equal(judging.rows, 5);
    assert_true(judging.row[0].cell == NULL && judging.row[0].decisive && !judging.row[1].decisive);
    judging_close(&judging);
    rules.every_cell = true;
    assert_int_equal(verdict_of(&a, &b, &rules), JUDGE_UNDECIDED);
    free_values(&a);
    free_values(&b);
}

static void test_figures_are_named(void **state)
{
    (void)state;
    struct judge_rules rules = judge_rules_usual(0.03);
    struct error error;
    assert_false(judge_rules_figures(&rules, "run_ns,nope", &error));
    assert_non_null(strstr(error.text, "'nope'"));
    assert_non_null(strstr(error.text, "pause_ns_p99"));
    assert_false(judge_rules_figures(&rules, "", &error));
    assert_false(judge_rules_figures(&rules, "run_ns,", &error));
    assert_true(judge_rules_figures(&rules, "pause_ns_max,counts", &error));
}

/* Multiples of the truth: none; a narrow one; a tail to the right; two states of the machine. */
enum noise { NOISE_NONE, NOISE_NARROW, NOISE_SKEWED, NOISE_STATES, NOISES };

static double noise(enum noise kind, struct rng *rng)
{
    double sum = 0.0;
    for (int i = 0; i < 12; i++) { /* nearly normal */
        sum += rng_unit(rng) - 0.5;
    }
    switch (kind) {
    case NOISE_NONE:
        return 1.0;
    case NOISE_SKEWED:
        return 1.0 - 0.02 * log(1.0 - rng_unit(rng));
    case NOISE_STATES:
        return (1.0 + 0.01 * sum) * (rng_unit(rng) < 0.1 ? 1.3 : 1.0);
    case NOISE_NARROW:
    case NOISES:
        break;
    }
    return 1.0 + 0.02 * sum;
}

struct setting {
    const char *name;
    enum noise noise;
    enum metric metric;
    size_t cells, processes;
};

/* `slower` multiplies one cell of B, or all of them. */
static struct report measured(const struct setting *setting, double slower, bool all,
                              struct rng *rng)
{
    struct report run = made_up(setting->cells);
    for (size_t i = 0; i < setting->cells; i++) {
        double truth = 1e7 * (double)(i + 1) * (all || i == 0 ? slower : 1.0);
        for (size_t k = 0; k < setting->processes; k++) {
            put(&run, i, setting->metric, floor(truth * noise(setting->noise, rng)));
        }
    }
    return run;
}

static void count_verdicts(const struct setting *setting, double slower, bool all, struct rng *rng,
                           int verdicts[3])
{
    struct judge_rules rules =
        rules_for(setting->metric == METRIC_REQUESTS ? "requests" : "run_ns");
    memset(verdicts, 0, 3 * sizeof *verdicts);
    for (int trial = 0; trial < TRIALS; trial++) {
        struct report a = measured(setting, 1.0, all, rng), b = measured(setting, slower, all, rng);
        verdicts[verdict_of(&a, &b, &rules)]++;
        free_values(&a);
        free_values(&b);
    }
}

static const struct setting settings[] = {
    {"counts, 1 cell", NOISE_NONE, METRIC_REQUESTS, 1, 1},
    {"counts, 8 cells", NOISE_NONE, METRIC_REQUESTS, CELLS_MAX, 3},
    {"narrow, 1 cell, n = 20", NOISE_NARROW, METRIC_RUN_NS, 1, 20},
    {"narrow, 8 cells, n = 10", NOISE_NARROW, METRIC_RUN_NS, CELLS_MAX, 10},
    {"skewed, 1 cell, n = 20", NOISE_SKEWED, METRIC_RUN_NS, 1, 20},
    {"skewed, 8 cells, n = 10", NOISE_SKEWED, METRIC_RUN_NS, CELLS_MAX, 10},
    {"two states, 1 cell, n = 20", NOISE_STATES, METRIC_RUN_NS, 1, 20},
};

static void test_calibration(void **state)
{
    (void)state;
    struct rng rng;
    rng_seed(&rng, seed_of_run());
    printf("of %d           A/A: alarm undecided   +10 %% everywhere: found   in one cell: found\n",
           TRIALS);
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        int same[3], slower[3], one[3];
        count_verdicts(&settings[i], 1.0, true, &rng, same);
        count_verdicts(&settings[i], 1.1, true, &rng, slower);
        count_verdicts(&settings[i], 1.1, false, &rng, one);
        printf("%-28s %3d %8d %20d %18d\n", settings[i].name, same[JUDGE_REGRESSION],
               same[JUDGE_UNDECIDED], slower[JUDGE_REGRESSION], one[JUDGE_REGRESSION]);
        assert_in_range(same[JUDGE_REGRESSION], 0, 5);
        assert_in_range(same[JUDGE_UNDECIDED], 0, 20);
        assert_in_range(slower[JUDGE_REGRESSION], 95, TRIALS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_are_exact),
        cmocka_unit_test(test_counts_of_each_seed),
        cmocka_unit_test(test_nothing_to_judge_is_undecided),
        cmocka_unit_test(test_every_cell),
        cmocka_unit_test(test_figures_are_named),
        cmocka_unit_test(test_calibration),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What verify decides: settings are read or refused, outputs of load commands understood, a setting
 * that changes nothing is called so, and one that does is found. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/rng.h"
#include "bench/verify/load.h"
#include "bench/verify/verify.h"

static void test_proposals(void **state)
{
    (void)state;
    struct proposal proposal;
    struct error error;
    assert_true(
        proposal_parse("threshold=50000/20/100,freeze=fork,gc=on", "jemalloc", &proposal, &error));
    assert_true(proposal.thresholds && !proposal.gc_off);
    assert_int_equal(proposal.threshold[2], 100);
    assert_int_equal(proposal.freeze, PROPOSAL_FREEZE);
    assert_string_equal(proposal.library, "libjemalloc.so.2");
    assert_true(proposal_parse("threshold=5000", NULL, &proposal, &error));
    assert_int_equal(proposal.threshold[1], 10);
    static const struct {
        const char *set, *allocator, *why;
    } refused[] = {
        {NULL, NULL, "what is proposed?"},
        {"threshold=x", NULL, "one number or three"},
        {"threshold=1/2", NULL, "one number or three"},
        {"threshold=1/2/3/4", NULL, "one number or three"},
        {"threshold=-1", NULL, "one number or three"},
        {"threshold=99999999999", NULL, "one number or three"},
        {"freeze=now", NULL, "off, fork or collect-fork"},
        {"gc=maybe", NULL, "on or off"},
        {"gc", NULL, "NAME=VALUE"},
        {"", NULL, "NAME=VALUE"},
        {"speed=9", NULL, "there are threshold, freeze and gc"},
        {NULL, "bump", "pymalloc, malloc, jemalloc"},
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        assert_false(proposal_parse(refused[i].set, refused[i].allocator, &proposal, &error));
        assert_non_null(strstr(error.text, refused[i].why));
    }
}

static void test_load_outputs(void **state)
{
    (void)state;
    double figure[LOAD_FIGURES];
    load_read("Running 5s test @ http://127.0.0.1/\n  Latency Distribution\n     50%    1.23ms\n"
              "     75%    2.00ms\n     99%  310.00us\n  2000 requests in 5.00s, 1MB read\n"
              "  Non-2xx or 3xx responses: 7\nRequests/sec:    812.50\n",
              figure);
    assert_int_equal(lround(figure[LOAD_P50]), 1230000);
    assert_int_equal(lround(figure[LOAD_P99]), 310000);
    assert_true(isnan(figure[LOAD_P999]));
    assert_int_equal(lround(figure[LOAD_ERRORS]), 7);
    assert_int_equal(lround(figure[LOAD_THROUGHPUT] * 10), 8125);
    load_read("Summary:\n  Slowest:\t0.0500 secs\n  Requests/sec:\t99.0\nLatency distribution:\n"
              "  50% in 0.0010 secs\n  99% in 0.0200 secs\n",
              figure);
    assert_int_equal(lround(figure[LOAD_P50]), 1000000);
    assert_int_equal(lround(figure[LOAD_P99]), 20000000);
    assert_int_equal(lround(figure[LOAD_MAX]), 50000000);
    load_read("throughput 80.5/s\np50 3ms\np99 4.5ms\np99.9 1s\nmax 2 s\nerrors 0", figure);
    assert_int_equal(lround(figure[LOAD_P999]), 1000000000);
    assert_int_equal(lround(figure[LOAD_MAX]), 2000000000);
    assert_int_equal(lround(figure[LOAD_ERRORS]), 0);
    load_read("p50\np99 fast\np99.9 -3ms\nmax 3 parsecs\nthroughput inf\nerrors nan\n\xff\n",
              figure);
    for (size_t i = 0; i < LOAD_FIGURES; i++) {
        assert_true(isnan(figure[i]));
    }
}

/* Normal, near enough: twelve uniform ones. */
static double noise(struct rng *rng)
{
    double sum = -6;
    for (int i = 0; i < 12; i++) {
        sum += rng_unit(rng);
    }
    return sum;
}

/* Pairs whose figures differ by noise of 20 % within a pair, and drift of 50 % between pairs; the
 * proposed setting's PSS times `effect`. */
static void make_pairs(struct rng *rng, double effect, double spread, struct verify_outcome *out)
{
    out->pairs = 8;
    for (size_t i = 0; i < out->pairs; i++) {
        for (size_t f = 0; f < TRIAL_GEN0; f++) {
            double drift = exp(0.5 * noise(rng));
            out->present[i].figure[f] = 1e6 * drift * exp(spread * noise(rng));
            out->proposed[i].figure[f] =
                1e6 * drift * exp(spread * noise(rng)) * (f == TRIAL_PSS ? effect : 1);
        }
        out->present[i].figure[TRIAL_ERRORS] = out->proposed[i].figure[TRIAL_ERRORS] = 0;
    }
    verify_judge(out);
}

static void test_placebo_and_effect(void **state)
{
    struct verify_outcome *out = *state;
    const char *given = getenv("SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 1;
    struct rng rng;
    rng_seed(&rng, seed);
    printf("SEED=%llu\n", (unsigned long long)seed);
    size_t alarms = 0, found = 0;
    for (int run = 0; run < 100; run++) {
        make_pairs(&rng, 0.8, 0.02, out); /* memory is steadier than time */
        found += out->row[TRIAL_PSS].verdict == VERIFY_BETTER;
    }
    for (int run = 0; run < 400; run++) {
        bool any = false;
        make_pairs(&rng, 1, 0.2, out);
        assert_int_equal(out->judged, TRIAL_FIGURES - 4); /* not errors, not collections */
        for (size_t f = 0; f < TRIAL_FIGURES; f++) {
            any =
                any || out->row[f].verdict == VERIFY_BETTER || out->row[f].verdict == VERIFY_WORSE;
        }
        alarms += any;
    }
    printf("%zu of 400 placebos changed something, %zu of 100 savings of 20 %% found\n", alarms,
           found);
    assert_in_range(alarms, 1, 30); /* 5 % are 20, give or take 4.4 */
    assert_in_range(found, 98, 100);
}

static struct interval between(double lo, double mid, double hi)
{
    return (struct interval){mid, lo, hi, true};
}

static void test_prediction_verdicts(void **state)
{
    (void)state;
    struct prediction prediction = {PREDICTION_MODEL, {0.2, 0.4}, {0.15, 0.45}};
    static const struct {
        double lo, mid, hi;
        enum prediction_verdict verdict;
        double missed_by;
    } rows[] = {
        {0.25, 0.3, 0.35, PREDICTION_HELD, NAN},     {0.15, 0.3, 0.45, PREDICTION_HELD, NAN},
        {0.3, 0.3, 0.3, PREDICTION_HELD, NAN},       {0.1, 0.3, 0.4, PREDICTION_OPEN, NAN},
        {0.01, 0.3, 9, PREDICTION_OPEN, NAN},        {0.44, 0.5, 0.6, PREDICTION_OPEN, NAN},
        {0.5, 0.6, 0.7, PREDICTION_MISSED, 0.5},     {0.6, 0.6, 0.6, PREDICTION_MISSED, 0.5},
        {0.05, 0.1, 0.149, PREDICTION_MISSED, -0.5}, {0, 0, 0, PREDICTION_MISSED, -1},
    };
    double by;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct interval measured = between(rows[i].lo, rows[i].mid, rows[i].hi);
        assert_int_equal(prediction_judge(&prediction, measured, &by), rows[i].verdict);
        assert_true(isnan(rows[i].missed_by) ? isnan(by) : fabs(by - rows[i].missed_by) < 1e-9);
    }
    struct interval unknown = {0.3, NAN, NAN, false};
    assert_int_equal(prediction_judge(&prediction, unknown, &by), PREDICTION_UNKNOWN);
    prediction = (struct prediction){PREDICTION_MODEL, {0, 0}, {0, 0}}; /* the collector is off */
    assert_int_equal(prediction_judge(&prediction, between(0, 0, 0), &by), PREDICTION_HELD);
    assert_int_equal(prediction_judge(&prediction, between(0.1, 0.2, 0.3), &by), PREDICTION_MISSED);
    assert_true(isnan(by));                              /* of nothing there is no per cent */
    prediction.allowed = (struct bounds){NAN, INFINITY}; /* of a watch that makes no sense */
    assert_int_equal(prediction_judge(&prediction, between(1, 1, 1), &by), PREDICTION_UNKNOWN);
    prediction.basis = PREDICTION_NONE;
    assert_int_equal(prediction_judge(&prediction, between(1, 1, 1), &by), PREDICTION_UNKNOWN);
}

/* A parent that loaded 100 MB and two workers of it, as gunicorn with --preload has them. */
static void make_watch(struct watched cell[2])
{
    cell[0] = (struct watched){.workload = "program:name=app,process=main",
                               .minor = 11,
                               .processes = 1,
                               .seconds = 10,
                               .cpu_ns = 2e9,
                               .collections = {1000, 90, 5},
                               .pause_ns = {1e8, 1e8, 2e8},
                               .longest_ns = {1e6, 5e6, 6e7},
                               .threshold = {700, 10, 10},
                               .tracked = 1e6,
                               .rss_bytes = 1e8,
                               .rss_bytes_base = 1e7,
                               .rss_bytes_empty = 1e7,
                               .pss_bytes = 9e7,
                               .private_dirty_bytes = 8e7,
                               .object_bytes = 90};
    cell[1] = cell[0];
    snprintf(cell[1].workload, sizeof cell[1].workload, "program:name=app,process=fork");
    cell[1].forked = true;
    cell[1].processes = 2;
    cell[1].rss_bytes = 1.2e8;
    cell[1].rss_bytes_base = 1e8;
    cell[1].tracked = 1.2e6;
    cell[1].loaded = 1e6;
}

static struct predictions predictions_of(const char *set, const char *allocator)
{
    struct watched cell[2];
    struct proposal proposal;
    struct predictions out;
    struct error error;
    make_watch(cell);
    assert_true(proposal_parse(set, allocator, &proposal, &error));
    predict(cell, 2, &proposal, &out);
    return out;
}

static void test_predictions(void **state)
{
    (void)state;
    struct predictions same = predictions_of("threshold=700/10/10", NULL);
    for (size_t f = TRIAL_THROUGHPUT; f < TRIAL_FIGURES; f++) {
        struct bounds ratio = same.of[f].ratio;
        assert_true(f == TRIAL_ERRORS || (fabs(ratio.lo - 1) < 1e-9 && fabs(ratio.hi - 1) < 1e-9));
    }
    assert_int_equal(same.of[TRIAL_P99].basis, PREDICTION_NONE);
    assert_int_equal(same.of[TRIAL_GEN0].basis, PREDICTION_MODEL);

    struct predictions freeze = predictions_of("freeze=fork", NULL);
    assert_true(fabs(freeze.of[TRIAL_GEN0].ratio.hi - 1) < 1e-9);
    /* each of two workers has 80 MB of its own, of which it added 20; the parent's 80 are shared */
    assert_true(fabs(freeze.of[TRIAL_PSS].ratio.lo - 150.0 / 270) < 1e-9);
    assert_true(fabs(freeze.of[TRIAL_PRIVATE_DIRTY].ratio.lo - 40.0 / 240) < 1e-9);
    assert_true(fabs(freeze.of[TRIAL_PSS].ratio.hi - 1) < 1e-9);
    assert_true(freeze.of[TRIAL_PAUSE_MAX].ratio.hi <= 1 && freeze.of[TRIAL_GC].ratio.lo < 0.8);

    struct predictions higher = predictions_of("threshold=7009/10/10", NULL);
    assert_true(fabs(higher.of[TRIAL_GEN0].ratio.lo - 0.1) < 0.01);
    assert_true(higher.of[TRIAL_CPU].ratio.lo < 1 && higher.of[TRIAL_CPU].ratio.hi >= 1);
    assert_true(higher.of[TRIAL_THROUGHPUT].ratio.hi > 1);

    struct predictions off = predictions_of("gc=off", NULL);
    assert_true(off.of[TRIAL_GEN2].ratio.hi == 0 && off.of[TRIAL_GC].ratio.hi == 0);
    assert_int_equal(off.of[TRIAL_RSS].basis, PREDICTION_NONE); /* trash without end */

    struct predictions other = predictions_of("freeze=fork", "jemalloc");
    assert_int_equal(other.of[TRIAL_PSS].basis, PREDICTION_NONE);
    assert_int_equal(other.of[TRIAL_GEN0].basis, PREDICTION_MODEL);
}

static void test_nothing_predicted(void **state)
{
    (void)state;
    struct watched cell[2];
    struct proposal proposal;
    struct predictions out;
    struct error error;
    assert_true(proposal_parse("threshold=5000", NULL, &proposal, &error));
    make_watch(cell);
    cell[1].threshold[0] = 0;
    predict(cell, 2, &proposal, &out);
    assert_non_null(strstr(out.nothing, "process=fork: the collector was off"));
    make_watch(cell);
    cell[0].collections[0] = 5;
    cell[1].collections[0] = 6;
    predict(cell, 2, &proposal, &out);
    assert_non_null(strstr(out.nothing, "11 young collections are too few"));
    for (size_t f = 0; f < TRIAL_FIGURES; f++) {
        assert_int_equal(out.of[f].basis, PREDICTION_NONE);
    }
    make_watch(cell);
    cell[1].threshold_changes = 1;
    predict(cell, 2, &proposal, &out);
    assert_int_equal(out.of[TRIAL_GEN0].basis, PREDICTION_EXTRAPOLATED);
}

static void test_whose_watch(void **state)
{
    (void)state;
    struct watched watch[2], trial[2];
    struct proposal proposal;
    struct error error;
    make_watch(watch);
    make_watch(trial);
    assert_true(prediction_fits(watch, 2, trial, 2, &error));
    assert_false(prediction_fits(watch, 1, trial, 2, &error)); /* no worker was watched */
    assert_non_null(strstr(error.text, "no program:name=app,process=fork"));
    trial[1].minor = 12;
    assert_false(prediction_fits(watch, 2, trial, 2, &error));
    assert_non_null(strstr(error.text, "of Python 3.11, this runs on 3.12"));
    make_watch(trial);
    trial[0].threshold[2] = 20;
    assert_false(prediction_fits(watch, 2, trial, 2, &error));
    assert_non_null(strstr(error.text, "700/10/10, this has 700/10/20"));
    assert_true(proposal_parse("threshold=5000/10/10", NULL, &proposal, &error));
    assert_false(prediction_reached(trial, 2, &proposal, &error));
    assert_non_null(strstr(error.text, "sets its collector itself, to 700/10/20"));
    trial[1].threshold[0] = 5000;
    assert_true(prediction_reached(trial, 2, &proposal, &error));
    trial[0].threshold[0] = trial[1].threshold[0] = 0;
    assert_false(prediction_reached(trial, 2, &proposal, &error));
    assert_non_null(strstr(error.text, "switches its collector off"));
    assert_true(proposal_parse("freeze=fork", NULL, &proposal, &error));
    assert_false(prediction_reached(trial, 1, &proposal, &error));
    assert_non_null(strstr(error.text, "nothing was forked"));
    assert_false(prediction_reached(trial, 2, &proposal, &error));
    assert_non_null(strstr(error.text, "forks without Python's hooks"));
    trial[1].frozen = true;
    assert_true(prediction_reached(trial, 2, &proposal, &error));
}

/* A watch that was ten times as long, of twice as many workers, predicts the same. */
static void test_scale(void **state)
{
    (void)state;
    struct watched watch[2], trial[2], scaled[2];
    struct proposal proposal;
    struct predictions of_trial, of_watch;
    struct error error;
    make_watch(trial);
    make_watch(watch);
    watch[1].processes *= 2;
    watch[1].seconds *= 10;
    watch[1].cpu_ns *= 10;
    for (int g = 0; g < 3; g++) {
        watch[1].collections[g] *= 10;
        watch[1].pause_ns[g] *= 10;
        watch[1].collected[g] *= 10;
    }
    prediction_scale(watch, 2, trial, 2, scaled);
    assert_true(proposal_parse("threshold=5000/20/10,freeze=fork", NULL, &proposal, &error));
    predict(trial, 2, &proposal, &of_trial);
    predict(scaled, 2, &proposal, &of_watch);
    for (size_t f = 0; f < TRIAL_FIGURES; f++) {
        assert_true(fabs(of_trial.of[f].ratio.lo - of_watch.of[f].ratio.lo) < 1e-9);
        assert_true(fabs(of_trial.of[f].ratio.hi - of_watch.of[f].ratio.hi) < 1e-9);
    }
}

static char *conclusion(const struct verify_outcome *outcome, uint64_t machines)
{
    struct verify_plan plan = {.machines = machines};
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    verify_conclude(&plan, outcome, out);
    fclose(out);
    return text;
}

static void expect_words(const struct verify_outcome *outcome, const char *const *words, size_t n)
{
    char *text = conclusion(outcome, 40);
    for (size_t i = 0; i < n; i++) {
        if (strstr(text, words[i]) == NULL) {
            fail_msg("'%s' lacks '%s'", text, words[i]);
        }
    }
    free(text);
}

static void test_conclusions(void **state)
{
    struct verify_outcome *out = *state;
    static const char *const none[] = {"No difference: keep the present setting.\nNo diff"};
    static const char *const helps[] = {
        "It helps: nothing is worse.\nBetter: PSS, all processes.\n",
        "It saves 25 MiB [20 MiB, 30 MiB] of memory (PSS) with 3 processes; on 40 machines that "
        "run "
        "as many, 0.98 GiB [800 MiB, 1.17 GiB].\n"};
    static const char *const trade[] = {"A trade:", "Worse: throughput.",
                                        "40 machines do the work of 36 [32, 38]."};
    static const char *const harms[] = {"It harms:", "It costs 25 MiB [20 MiB, 30 MiB]",
                                        "More errors of the load in a start: 0 as it is, 2 with"};
    memset(out, 0, sizeof *out);
    out->present[0].processes = 3;
    out->row[TRIAL_P50].verdict = VERIFY_SAME;
    expect_words(out, none, COUNT_OF(none));
    out->row[TRIAL_PSS] = (struct verify_row){
        .present = 100 << 20, .ratio = between(0.7, 0.75, 0.8), .verdict = VERIFY_BETTER};
    expect_words(out, helps, COUNT_OF(helps));
    out->row[TRIAL_THROUGHPUT] =
        (struct verify_row){.ratio = between(0.8, 0.9, 0.95), .verdict = VERIFY_WORSE};
    expect_words(out, trade, COUNT_OF(trade));
    out->row[TRIAL_PSS].ratio = between(1.2, 1.25, 1.3);
    out->row[TRIAL_PSS].verdict = VERIFY_WORSE;
    out->row[TRIAL_ERRORS].proposed = 2;
    expect_words(out, harms, COUNT_OF(harms));
}

/* Counts are judged also where some of them are 0. */
static void test_counts(void **state)
{
    struct verify_outcome *out = *state;
    memset(out, 0, sizeof *out);
    out->pairs = 5;
    for (size_t i = 0; i < out->pairs; i++) {
        out->present[i].figure[TRIAL_GEN2] = 10;
        out->proposed[i].figure[TRIAL_GEN2] = (double)(i % 2);
        out->present[i].figure[TRIAL_GEN0] = 100;
        out->proposed[i].figure[TRIAL_GEN0] = 50;
    }
    for (size_t g = 0; g < 3; g++) {
        out->predictions.of[TRIAL_GEN0 + g] =
            (struct prediction){PREDICTION_MODEL, {0.05, 0.05}, {0, 0.1}};
    }
    verify_judge(out);
    assert_int_equal(out->row[TRIAL_GEN2].prediction, PREDICTION_HELD);
    assert_int_equal(out->row[TRIAL_GEN2].verdict, VERIFY_UNKNOWN); /* neither better nor worse */
    assert_int_equal(out->row[TRIAL_GEN0].prediction, PREDICTION_MISSED);
    assert_true(fabs(out->row[TRIAL_GEN0].missed_by - 9) < 1e-9);
    assert_int_equal(out->row[TRIAL_GEN1].prediction, PREDICTION_UNKNOWN); /* 0 of 0 */
    out->proposed[0].figure[TRIAL_GEN2] = 9;
    verify_judge(out);
    assert_int_equal(out->row[TRIAL_GEN2].prediction, PREDICTION_OPEN);
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct verify_outcome));
    CHECK(*state != NULL);
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proposals),
        cmocka_unit_test(test_load_outputs),
        cmocka_unit_test(test_prediction_verdicts),
        cmocka_unit_test(test_predictions),
        cmocka_unit_test(test_nothing_predicted),
        cmocka_unit_test(test_whose_watch),
        cmocka_unit_test(test_scale),
        cmocka_unit_test_setup_teardown(test_conclusions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_placebo_and_effect, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

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
        for (size_t f = 0; f < TRIAL_FIGURES; f++) {
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
    for (int run = 0; run < 400; run++) {
        bool any = false;
        make_pairs(&rng, 1, 0.2, out);
        assert_int_equal(out->judged, TRIAL_FIGURES - 4); /* not errors, not collections */
        for (size_t f = 0; f < TRIAL_FIGURES; f++) {
            any =
                any || out->row[f].verdict == VERIFY_BETTER || out->row[f].verdict == VERIFY_WORSE;
        }
        alarms += any;
        make_pairs(&rng, 0.8, 0.02, out); /* memory is steadier than time */
        found += out->row[TRIAL_PSS].verdict == VERIFY_BETTER;
    }
    printf("%zu of 400 placebos changed something, %zu of 400 savings of 20 %% found\n", alarms,
           found);
    assert_in_range(alarms, 1, 30); /* 5 % are 20, give or take 4.4 */
    assert_in_range(found, 395, 400);
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
        cmocka_unit_test_setup_teardown(test_placebo_and_effect, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

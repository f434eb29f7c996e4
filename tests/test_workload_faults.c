/* Every allocation request of every workload at size=tiny fails once: no crash, an error or the
 * right result, a sound runtime, nothing left. One heap of malloc serves all domains, so that the
 * sanitizers see each block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/check.h"
#include "tests/workload_stand.h"

/* What is swept: the defaults, and what takes other paths. */
struct sweep {
    const char *workload; /* NULL: all */
    const char *options;
    const char *collector;
    uint64_t step; /* of N: 1 fails each request */
};

static const struct sweep sweeps[] = {
    {NULL, "size=tiny", "cp311", 1},
    {NULL, "size=tiny,age=aged", "cp311", 1},
    {NULL, "size=tiny,cyclic=0.5", "none", 1},
    {NULL, "size=tiny", "every", 11},
    {"binary_trees", "size=tiny,node=lists", "cp311", 1},
    {"binary_trees", "size=tiny,node=slots", "cp311", 1},
    {"churn", "size=tiny,cyclic=1", "cp311", 1},
    {"deep_chain", "size=tiny,node=lists", "cp311", 1},
    {"deep_chain", "size=tiny,node=slots", "cp311", 1},
    {"deep_chain", "size=tiny,node=dicts", "cp311", 1},
    {"points", "size=tiny,node=tuples", "cp311", 1},
    {"points", "size=tiny,node=dicts", "cp311", 1},
    {"points", "size=tiny,node=instances", "cp311", 1},
    {"strings", "size=tiny,intern=off", "cp311", 1},
    {"lazy", "size=tiny,mode=list", "cp311", 1},
    {"rss_growth", "size=tiny,survivor=7", "cp311", 1},
    {"sawtooth", "size=tiny,rounds=2", "cp311", 1},
    {"weak_cache", "size=tiny,callbacks=1,cyclic=1", "every", 5},
};

static struct stand_result run(const struct sweep *sweep, const struct workload *workload,
                               uint64_t at)
{
    char allocator[64];
    struct stand_result result;
    snprintf(allocator, sizeof allocator, "malloc+fault:at=%llu", (unsigned long long)at);
    struct stand_cell cell = {allocator, true, sweep->collector, workload, sweep->options, 1, {0},
                              NULL,      NULL};
    if (!stand_run(&cell, &result)) {
        fail_msg("%s: %s", workload->name, result.error.text);
    }
    return result;
}

/* One request failed: what has to hold anyway. */
static void assert_survived(const char *name, uint64_t at, const struct stand_result *result,
                            uint64_t checksum)
{
    unsigned long long n = (unsigned long long)at;
    if (result->check != NULL) {
        fail_msg("%s, request %llu: %s", name, n, result->check);
    }
    if (result->live_blocks != 0 || result->alive != 0) {
        fail_msg("%s, request %llu: %llu blocks left, %llu objects alive", name, n,
                 (unsigned long long)result->live_blocks, (unsigned long long)result->alive);
    }
    if (!result->opened) {
        assert_true(result->error.text[0] != '\0');
    } else if (result->outcome.ok) {
        /* Something optional failed, such as the shrinking of a list. */
        assert_int_equal(result->outcome.checksum, checksum);
    } else {
        assert_string_equal(result->outcome.error.text, "out of memory");
    }
}

/* Returns the number of runs that ended in an error. */
static uint64_t sweep_workload(const struct sweep *sweep, const struct workload *workload)
{
    struct stand_result whole = run(sweep, workload, UINT64_C(1) << 40);
    uint64_t errors = 0;
    assert_true(whole.outcome.ok);
    for (uint64_t at = 1; at <= whole.counts.requests; at += sweep->step) {
        struct stand_result result = run(sweep, workload, at);
        assert_survived(workload->name, at, &result, whole.outcome.checksum);
        errors += !result.outcome.ok;
    }
    if (whole.counts.requests > 0) {
        assert_true(errors > 0); /* the faults were real */
    }
    return errors;
}

static void test_every_request_fails_once(void **state)
{
    (void)state;
    for (size_t s = 0; s < COUNT_OF(sweeps); s++) {
        uint64_t errors = 0;
        for (size_t i = 0; i < workload_count(); i++) {
            const struct workload *workload = workload_at(i);
            bool wanted = sweeps[s].workload == NULL
                              ? strcmp(workload->name, "replay") != 0 /* needs a file */
                              : strcmp(workload->name, sweeps[s].workload) == 0;
            if (wanted) {
                errors += sweep_workload(&sweeps[s], workload);
            }
        }
        printf("%-14s %-28s %-6s %6llu faults\n",
               sweeps[s].workload != NULL ? sweeps[s].workload : "all", sweeps[s].options,
               sweeps[s].collector, (unsigned long long)errors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_request_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

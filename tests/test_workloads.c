/* Every workload at size=tiny on allocators and collectors: equal checksums, sound runtimes,
 * nothing left. The checksums of seed 1 are also compared with a table, so that a change of what a
 * workload does is a deliberate edit (HEAPDYNO_GOLDEN=print prints the table). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/check.h"
#include "tests/workload_stand.h"

enum { TINY_REQUESTS_MAX = 2000 };

static const char *const allocators[] = {"pymalloc", "malloc", "bump"};
static const char *const collectors[] = {"cp311", "cp313", "none", "every"};

static struct stand_result run(struct stand_cell cell)
{
    struct stand_result result;
    if (!stand_run(&cell, &result) || !result.opened) {
        fail_msg("%s: %s", cell.workload->name, result.error.text);
    }
    if (!result.outcome.ok) {
        fail_msg("%s: %s", cell.workload->name, result.outcome.error.text);
    }
    return result;
}

static struct stand_result run_tiny(const struct workload *workload, const char *options,
                                    uint64_t seed)
{
    return run((struct stand_cell){"pymalloc", false, "cp311", workload, options, seed, {0}, 0, 0});
}

/* What a run must have left behind, whatever it did. */
static void assert_clean(const char *name, const struct stand_result *result)
{
    if (result->check != NULL) {
        fail_msg("%s: %s", name, result->check);
    }
    assert_int_equal(result->alive, 0);
    assert_int_equal(result->live_blocks, 0);
}

/* Regular shapes that draw no number. */
static bool regular(const struct workload *workload)
{
    static const char *const names[] = {"binary_trees", "cycles", "gcbench"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(workload->name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool replayed(const struct workload *workload)
{
    return strcmp(workload->name, "replay") == 0; /* needs a file: its own tests */
}

static void check_everywhere(const struct workload *workload, const char *options)
{
    struct stand_result first = run_tiny(workload, options, 1);
    for (size_t a = 0; a < COUNT_OF(allocators); a++) {
        for (size_t c = 0; c < COUNT_OF(collectors); c++) {
            struct stand_result result = run((struct stand_cell){
                allocators[a], false, collectors[c], workload, options, 1, {0}, NULL, NULL});
            assert_clean(workload->name, &result);
            if (result.outcome.checksum != first.outcome.checksum ||
                result.outcome.operations != first.outcome.operations) {
                fail_msg("%s:%s differs on %s, %s", workload->name, options, allocators[a],
                         collectors[c]);
            }
        }
    }
}

static void test_checksum_is_the_same_everywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < workload_count(); i++) {
        const struct workload *workload = workload_at(i);
        if (!replayed(workload)) {
            check_everywhere(workload, "size=tiny");
            check_everywhere(workload, "size=tiny,age=aged");
            check_everywhere(workload, "size=tiny,cyclic=0.5,live=0.5");
        }
    }
}

static void test_tiny_is_at_most_2000_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < workload_count(); i++) {
        if (replayed(workload_at(i))) {
            continue;
        }
        struct stand_result fresh = run_tiny(workload_at(i), "size=tiny", 1);
        struct stand_result aged = run_tiny(workload_at(i), "size=tiny,age=aged", 1);
        printf("%-16s %5llu requests, aged %5llu\n", workload_at(i)->name,
               (unsigned long long)fresh.counts.requests, (unsigned long long)aged.counts.requests);
        assert_in_range(fresh.counts.requests, 0, TINY_REQUESTS_MAX);
        assert_in_range(aged.counts.requests, fresh.counts.requests, TINY_REQUESTS_MAX);
        assert_int_equal(aged.outcome.checksum, fresh.outcome.checksum);
    }
}

static void test_seed_decides_the_checksum(void **state)
{
    (void)state;
    const char *text = getenv("SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 1;
    printf("SEED=%llu\n", (unsigned long long)seed);
    for (size_t i = 0; i < workload_count(); i++) {
        const struct workload *workload = workload_at(i);
        if (replayed(workload)) {
            continue;
        }
        uint64_t one = run_tiny(workload, "size=tiny", seed).outcome.checksum;
        assert_int_equal(one, run_tiny(workload, "size=tiny", seed).outcome.checksum);
        if (regular(workload)) {
            assert_int_equal(one, run_tiny(workload, "size=tiny", seed + 1).outcome.checksum);
        } else {
            assert_int_not_equal(one, run_tiny(workload, "size=tiny", seed + 1).outcome.checksum);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksum_is_the_same_everywhere),
        cmocka_unit_test(test_tiny_is_at_most_2000_requests),
        cmocka_unit_test(test_seed_decides_the_checksum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

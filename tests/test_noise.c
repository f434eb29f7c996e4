/* When a timed process is not to be trusted: each kind of disturbance at its limit and above it; and
 * that the probe for gaps counts what it should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "bench/run/noise.h"

enum { MS = 1000000 };

static char reason[256];

static bool spoils(struct disturbance disturbance)
{
    reason[0] = '\0';
    return disturbance_spoils(&disturbance, reason, sizeof reason);
}

static struct gaps gaps_of(uint64_t sum_ns)
{
    return (struct gaps){.count = 1, .longest_ns = sum_ns, .sum_ns = sum_ns, .read_ns = 3 * MS};
}

static void test_quiet(void **state)
{
    (void)state;
    assert_false(spoils((struct disturbance){.wall_ns = 100 * MS, .cores = 2}));
    assert_false(spoils((struct disturbance){0}));
    assert_string_equal(reason, "");
}

static void test_waiting(void **state)
{
    (void)state;
    assert_false(spoils((struct disturbance){.wall_ns = 100 * MS, .wait_ns = 5 * MS}));
    assert_true(spoils((struct disturbance){.wall_ns = 100 * MS, .wait_ns = 6 * MS}));
    assert_non_null(strstr(reason, "waited 6 %"));
    assert_false(spoils((struct disturbance){.wall_ns = MS, .wait_ns = MS / 5})); /* woken late */
    assert_true(spoils((struct disturbance){.wall_ns = 3 * MS, .wait_ns = 2 * MS}));
}

static void test_steal(void **state)
{
    (void)state;
    struct disturbance quiet = {.wall_ns = 1000 * MS, .cores = 2};
    struct disturbance stolen = quiet;
    stolen.before.steal_ticks = 100;
    stolen.after.steal_ticks = 104;
    assert_false(spoils(stolen)); /* 40 ms of 2 s */
    stolen.after.steal_ticks = 105;
    assert_true(spoils(stolen));
    stolen.wall_ns = MS;
    stolen.after.steal_ticks = 101;
    assert_false(spoils(stolen)); /* one tick says nothing */
}

static void test_gaps_on_both_sides(void **state)
{
    (void)state;
    struct disturbance one = {.wall_ns = 100 * MS, .before.gaps = gaps_of(MS)};
    assert_false(spoils(one));
    one.after.gaps = gaps_of(3 * MS / 10);
    assert_false(spoils(one));
    one.after.gaps = gaps_of(3 * MS / 10 + MS / 10);
    assert_true(spoils(one));
    assert_non_null(strstr(reason, "stood still 33 %"));
}

static void test_probe(void **state)
{
    (void)state;
    struct gaps none = gaps_read(0), some = gaps_read(2 * MS);
    assert_int_equal(none.count, 0);
    assert_true(some.read_ns >= 2 * MS && some.sum_ns <= some.read_ns);
    assert_true((some.count == 0) == (some.longest_ns == 0));
    assert_true(some.longest_ns <= some.sum_ns && some.sum_ns >= some.count * GAP_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quiet), cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_steal), cmocka_unit_test(test_gaps_on_both_sides),
        cmocka_unit_test(test_probe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tuning without time: reading goals, the grid of settings, and the search over a measurer whose
 * costs are known and whose noise is seeded. */
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
#include "bench/tune/goal.h"

static void refused(const char *text, const char *because)
{
    struct goals goals;
    struct error error = {""};
    if (goals_parse(text, &goals, &error)) {
        fail_msg("accepted: %s", text);
    }
    if (strstr(error.text, because) == NULL) {
        fail_msg("%s: the message lacks \"%s\": %s", text, because, error.text);
    }
}

static void test_goals_read(void **state)
{
    (void)state;
    struct goals goals;
    struct error error;
    assert_true(goals_parse(" p99_pause < 10ms , rss<+5%,throughput>-2%,rss<512M", &goals, &error));
    assert_int_equal(goals.count, 4);
    assert_int_equal(goals.goal[0].metric, TUNE_P99_PAUSE);
    assert_false(goals.goal[0].relative || goals.goal[0].above);
    assert_true(goals.goal[0].bound == 1e7);
    assert_string_equal(goals.goal[0].text, "p99_pause<10ms");
    assert_true(goals.goal[1].relative && fabs(goals.goal[1].bound - 1.05) < 1e-12);
    assert_true(goals.goal[2].above && fabs(goals.goal[2].bound - 0.98) < 1e-12);
    assert_true(goals.goal[3].bound == 512.0 * 1048576.0);
    assert_true(goals_parse("  ", &goals, &error) && goals.count == 0);
}

static void test_goals_refused(void **state)
{
    (void)state;
    refused("speed<3s", "time, rss, p99_pause, max_pause, trash, throughput");
    refused("rss", "neither < nor >");
    refused("rss<", "no value");
    refused("rss<10ms", "rss<512M");
    refused("p99_pause<10", "p99_pause<10ms");
    refused("p99_pause<10M", "unit");
    refused("time<5%", "needs its sign");
    refused("rss<-100%", "shrink");
    refused("p99_pause<0ms", "nothing is below 0");
    refused("rss<-10%, rss>+5%", "exclude each other");
    refused("time>2s, rss<1G, time<2s", "exclude each other");
    refused("rss<1G,,time<2s", "empty goal");
    refused("rss<+5%%", "percent");
    refused("trash<-1", "trash<10k");
}

static double excess(const char *text, double figure, double reference)
{
    struct goals goals;
    struct error error;
    assert_true(goals_parse(text, &goals, &error));
    return goal_excess(&goals.goal[0], figure, reference);
}

static void test_goals_judge(void **state)
{
    (void)state;
    assert_true(excess("p99_pause<10ms", 9.9e6, 1.0) == 0.0);
    assert_true(excess("p99_pause<10ms", 0.0, 1.0) == 0.0);
    assert_true(fabs(excess("p99_pause<10ms", 2e7, 1.0) - log(2.0)) < 1e-12);
    assert_true(excess("rss<+5%", 104.0, 100.0) == 0.0);
    assert_true(excess("rss<+5%", 106.0, 100.0) > 0.0);
    assert_true(excess("p99_pause<+5%", 0.0, 0.0) == 0.0);
    assert_true(excess("p99_pause<-10%", 1.0, 0.0) > 0.0);
    assert_true(excess("throughput>+5%", 106.0, 100.0) == 0.0);
    assert_true(fabs(excess("throughput>+100%", 100.0, 100.0) - log(2.0)) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goals_read),
        cmocka_unit_test(test_goals_refused),
        cmocka_unit_test(test_goals_judge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

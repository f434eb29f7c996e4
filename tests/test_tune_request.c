/* What tuning is asked and what it says: goals, settings of each Python, requests in a file, lines to
 * paste. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/check.h"
#include "bench/tune/advice.h"
#include "bench/tune/tune.h"

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

static struct settings make(const char *python, const char *allocators, bool collection)
{
    struct settings settings;
    struct error error;
    struct settings_wanted wanted = {python_find(python, &error), allocators, collection};
    if (wanted.python == NULL || !settings_make(&wanted, &settings, &error)) {
        fail_msg("%s", error.text);
    }
    return settings;
}

static void default_is(const char *python, const char *collector)
{
    struct settings settings = make(python, "pymalloc", true);
    char line[CELL_LINE_MAX], wanted[256];
    setting_cell(&settings, &settings.setting[0], "null", line, sizeof line);
    snprintf(wanted, sizeof wanted,
             "allocator=pymalloc raw=malloc collector=%s,freeze=never workload=null", collector);
    assert_string_equal(line, wanted);
    settings_free(&settings);
}

/* Advice compares with that version's default, under that version's collector. */
static void test_defaults_of_versions(void **state)
{
    (void)state;
    default_is("3.8", "cp311:threshold=700/10/10");
    default_is("3.11", "cp311:threshold=700/10/10");
    default_is("3.12", "cp313:version=3.12,threshold=700/10/10");
    default_is("3.13", "cp313:version=3.13,threshold=2000/10/10");
    default_is("3.14", "cp313:version=3.13,threshold=2000/10/10");
    struct error error;
    assert_null(python_find("3.14.3", &error));
    assert_non_null(strstr(error.text, "incremental"));
    assert_null(python_find("3.13t", &error));
    assert_non_null(strstr(error.text, "free-threaded"));
    assert_null(python_find("", &error));
    assert_null(python_find("2.7", &error));
    assert_non_null(strstr(error.text, "3.8, 3.9"));
}

/* Every setting is a cell that reads, none is there twice, near ones come first. */
static void test_grid(void **state)
{
    (void)state;
    struct settings settings = make("3.13", NULL, true);
    struct cell *cell = malloc(sizeof *cell);
    char line[CELL_LINE_MAX];
    struct error error;
    assert_true(settings.count > 20 && settings_within(&settings, DISTANCE_MAX) == settings.count);
    for (size_t i = 0; i < settings.count; i++) {
        setting_cell(&settings, &settings.setting[i], "null", line, sizeof line);
        if (!cell_parse(line, NULL, cell, &error)) {
            fail_msg("%s: %s", line, error.text);
        }
        assert_true(i < 2 || settings.setting[i - 1].distance <= settings.setting[i].distance);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(settings.setting[i].label, settings.setting[k].label);
        }
    }
    free(cell);
    settings_free(&settings);
    settings = make("3.11", "malloc,malloc:hugetlb=1,malloc", false);
    assert_int_equal(settings.count, 3); /* a trace: allocators only, each once */
    settings_free(&settings);
}

static void test_allocators_refused(void **state)
{
    (void)state;
    static const char *const lists[] = {
        "pool", "bump", "malloc+debug", "pymalloc:arena=2m", "nope", "malloc:nope=1", ","};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct settings settings;
        struct error error = {""};
        struct settings_wanted wanted = {python_find("3.11", &error), lists[i], true};
        if (settings_make(&wanted, &settings, &error) || error.text[0] == '\0') {
            fail_msg("accepted, or refused without a word: %s", lists[i]);
        }
    }
}

/* What is printed for a setting. */
static void advises(const struct setting *setting, const char *version, const char *wanted)
{
    struct settings settings = make("3.11", "pymalloc", true);
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    assert_non_null(out);
    advice_print(out, &settings, setting, version);
    fclose(out);
    assert_string_equal(text, wanted);
    free(text);
    settings_free(&settings);
}

static void test_advice(void **state)
{
    (void)state;
    advises(&(struct setting){.threshold = {50000, 20, 100}, .allocator = "pymalloc"}, "",
            "in the program:\n    import gc\n    gc.set_threshold(50000, 20, 100)\n");
    advises(&(struct setting){.off = true, .allocator = "malloc"}, "2.36",
            "in the program:\n    import gc\n"
            "    gc.disable()  # a library may enable it again: then gc.set_threshold(0)\n"
            "in its environment:\n    PYTHONMALLOC=malloc\n");
    advises(&(struct setting){.threshold = {700, 10, 10},
                              .freeze = FREEZE_COLLECTED,
                              .allocator = "jemalloc:dirty_decay=0s"},
            "5.3.0 (/lib/libjemalloc.so.2)",
            "in the program:\n    import gc\n    gc.collect()  # when set-up is over\n"
            "    gc.freeze()\n"
            "in its environment:\n    PYTHONMALLOC=malloc LD_PRELOAD=/lib/libjemalloc.so.2"
            " MALLOC_CONF=dirty_decay_ms:0\n");
    advises(&(struct setting){.threshold = {700, 10, 10}, .allocator = "malloc:hugetlb=1"}, "2.36",
            "in its environment:\n    PYTHONMALLOC=malloc GLIBC_TUNABLES=glibc.malloc.hugetlb=1\n");
    advises(&(struct setting){.threshold = {700, 10, 10}, .allocator = "tcmalloc"},
            "gperftools 2.10 (/lib/libtcmalloc.so)",
            "in its environment:\n    PYTHONMALLOC=malloc LD_PRELOAD=/lib/libtcmalloc.so"
            " TCMALLOC_SKIP_SBRK=1\n");
}

/* The command that tries a setting on the program: what heapdyno verify reads. */
static void test_verify_line(void **state)
{
    (void)state;
    static const struct {
        struct setting setting;
        const char *wanted;
    } rows[] = {
        {{.threshold = {50000, 10, 10}, .freeze = FREEZE_SETUP, .allocator = "pymalloc"},
         " --set threshold=50000/10/10,freeze=fork"},
        {{.off = true, .allocator = "jemalloc:dirty_decay=0s"},
         " --set gc=off --allocator jemalloc"},
        {{.threshold = {700, 10, 10}, .freeze = FREEZE_COLLECTED, .allocator = "pymalloc"},
         " --set freeze=collect-fork"},
        {{.threshold = {700, 10, 10}, .allocator = "malloc"}, " --allocator malloc"},
    };
    struct settings settings = make("3.11", "pymalloc", true);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = NULL, wanted[256];
        size_t length;
        FILE *out = open_memstream(&text, &length);
        assert_non_null(out);
        advice_verify(out, &settings, &rows[i].setting);
        fclose(out);
        snprintf(wanted, sizeof wanted, "    heapdyno verify%s --load YOUR-LOAD -- YOUR-PROGRAM\n",
                 rows[i].wanted);
        assert_string_equal(text, wanted);
        free(text);
    }
    settings_free(&settings);
}

/* Write `text` to a file, read it as a request. */
static bool load(const char *text, struct tune_request *out)
{
    char path[] = "/tmp/heapdyno-request-XXXXXX";
    struct error error = {""};
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    bool ok = tune_request_load(out, path, &error);
    unlink(path);
    assert_true(ok == (error.text[0] == '\0'));
    return ok;
}

static void test_requests(void **state)
{
    (void)state;
    static struct tune_request asked = {.workload = "web:requests=3",
                                        .goal = "rss<+5%, time<2s",
                                        .allocators = "malloc",
                                        .python = "3.12",
                                        .minimise = TUNE_RSS,
                                        .batch = true,
                                        .quick = true,
                                        .time_ns = 77,
                                        .seed = 5};
    static struct tune_request got;
    char path[] = "/tmp/heapdyno-request-XXXXXX";
    struct error error;
    close(mkstemp(path));
    assert_true(tune_request_store(&asked, path, &error));
    assert_true(tune_request_load(&got, path, &error));
    unlink(path);
    assert_memory_equal(&asked, &got, sizeof got);
    assert_false(tune_request_load(&got, path, &error));

    const char *good = "heapdyno-tune\t1\nworkload\tweb\npython\t3.11\ntime\t5\n";
    char text[512];
    assert_true(load(good, &got));
    static const char *const bad[] = {
        "",           "x\n",           "heapdyno-tune\t2\n",
        "quick\t2\n", "minimise\tx\n", "colour\tred\n",
        "time\t-\n",  "junk\n",        "seed\t99999999999999999999\n"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        snprintf(text, sizeof text, "%s%s", i < 3 ? "" : good, bad[i]);
        if (load(text, &got)) {
            fail_msg("accepted: %s", text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goals_read),  cmocka_unit_test(test_goals_refused),
        cmocka_unit_test(test_goals_judge), cmocka_unit_test(test_defaults_of_versions),
        cmocka_unit_test(test_grid),        cmocka_unit_test(test_allocators_refused),
        cmocka_unit_test(test_advice),      cmocka_unit_test(test_requests),
        cmocka_unit_test(test_verify_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

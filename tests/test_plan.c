/* Plans: matrices multiplied out without doubles, the order shuffled within repetitions, INI files
 * with their refusals, and the list that a run keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/run/plan.h"

static char path[64];

static int make_path(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/heapdyno-plan-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_path(const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static struct plan matrix_plan(struct matrix matrix)
{
    struct plan plan;
    struct error error;
    plan_init(&plan);
    if (!plan_add_matrix(&plan, &matrix, &error)) {
        fail_msg("%s", error.text);
    }
    return plan;
}

/* Programs stand beside workloads; thresholds and seeds multiply both. */
static void test_plan_has_programs_beside_workloads(void **state)
{
    (void)state;
    struct plan plan =
        matrix_plan((struct matrix){.allocator = "malloc,pool",
                                    .threshold = "700/10/10,off",
                                    .workload = "null,web:size=tiny",
                                    .program = "json_work,./a%2Cb.py:args=x,env=HOME",
                                    .seed = "1,2",
                                    .reps = 3,
                                    .counts = true});
    size_t programs = 0;
    for (size_t i = 0; i < plan.count; i++) {
        programs += strstr(plan.item[i].line, " program=") != NULL;
    }
    assert_int_equal(plan.count, 2 * 2 * (2 + 2) * 2 * (3 + 1));
    assert_int_equal(programs, plan.count / 2);
    plan_free(&plan);
    struct error error;
    plan_init(&plan);
    struct matrix none = {.allocator = "malloc", .reps = 1};
    assert_false(plan_add_matrix(&plan, &none, &error));
    assert_non_null(strstr(error.text, "program="));
    struct matrix bad = {.program = "json_work,nothing", .reps = 1};
    assert_false(plan_add_matrix(&plan, &bad, &error));
    assert_non_null(strstr(error.text, "unknown program nothing"));
    plan_free(&plan);
}

static void test_plan_multiplies(void **state)
{
    (void)state;
    /* The issue's own example: 5 allocators, 4 thresholds, 3 workloads, 3 repetitions. */
    struct plan plan =
        matrix_plan((struct matrix){.allocator = "malloc,jemalloc,mimalloc,tcmalloc,pymalloc",
                                    .threshold = "700/10/10,10000/10/10,50000/20/100,off",
                                    .workload = "web,cycles,replay",
                                    .reps = 3,
                                    .counts = true});
    assert_int_equal(plan_count(&plan, RECORD_TIMED), 180);
    assert_int_equal(plan_count(&plan, RECORD_COUNTED), 60);
    plan_free(&plan);
}

static void test_plan_leaves_doubles_out(void **state)
{
    (void)state;
    /* none has no threshold: one cell of it, whatever thresholds there are. */
    struct plan plan = matrix_plan((struct matrix){.allocator = "malloc,malloc",
                                                   .collector = "cp311,none,cp311:gc=on",
                                                   .threshold = "700/10/10,off",
                                                   .workload = "null,null:size=small",
                                                   .seed = "1,2",
                                                   .reps = 2});
    assert_int_equal(plan_count(&plan, RECORD_TIMED), 3 * 2 * 2);
    assert_int_equal(plan_count(&plan, RECORD_COUNTED), 0);
    for (size_t i = 0; i < plan.count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_true(plan.item[i].rep != plan.item[j].rep ||
                        strcmp(plan.item[i].line, plan.item[j].line) != 0);
        }
    }
    plan_free(&plan);
}

static void test_plan_shuffles_within_repetitions(void **state)
{
    (void)state;
    struct matrix matrix = {.allocator = "malloc,bump,pymalloc",
                            .seed = "1,2,3,4,5",
                            .workload = "null",
                            .reps = 3,
                            .counts = true};
    struct plan plain = matrix_plan(matrix), one = matrix_plan(matrix), two = matrix_plan(matrix);
    one.seed = two.seed = 9;
    plan_shuffle(&one);
    plan_shuffle(&two);
    size_t moved = 0;
    for (size_t i = 0; i < one.count; i++) {
        assert_string_equal(one.item[i].line, two.item[i].line); /* the seed decides */
        assert_true(i == 0 || one.item[i - 1].rep <= one.item[i].rep);
        moved += strcmp(one.item[i].line, plain.item[i].line) != 0;
        size_t copies = 0;
        for (size_t j = 0; j < plain.count; j++) {
            copies += plain.item[j].rep == one.item[i].rep &&
                      plain.item[j].kind == one.item[i].kind &&
                      strcmp(plain.item[j].line, one.item[i].line) == 0;
        }
        assert_int_equal(copies, 1);
    }
    assert_true(moved > one.count / 2);
    plan_free(&plain);
    plan_free(&one);
    plan_free(&two);
}

static void test_plan_reads_ini(void **state)
{
    (void)state;
    write_path("# a comment\n[plan]\nreps = 2\ntime-limit = 5s\nmemory-limit = 64m\n"
               "order-seed = 4\n"
               "[matrix allocators]\n"
               "allocator = malloc, pymalloc:arena=1m,align=page,\n"
               "    jemalloc\n"
               "workload = null:size=tiny, cycles ; a comment\n"
               "counts = off\n"
               "[matrix thresholds]\nthreshold = 700/10/10,off\nworkload = null\nreps = 1\n"
               "[cells single]\ncell = allocator=bump workload=null\n"
               "cell = collector=none workload=null seed=5\n");
    struct plan plan;
    struct error error;
    plan_init(&plan);
    if (!plan_read(&plan, path, &error)) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(plan_count(&plan, RECORD_TIMED), 3 * 2 * 2 + 2 + 2 * 2);
    assert_int_equal(plan_count(&plan, RECORD_COUNTED), 2 + 2);
    assert_int_equal(plan.limits.time_ns, UINT64_C(5000000000));
    assert_int_equal(plan.limits.rss_bytes, 64 << 20);
    assert_int_equal(plan.seed, 4);
    plan_free(&plan);
}

static void test_plan_refuses_malformed_ini(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } bad[] = {
        {"", "no cells"},
        {"[plan]\nreps = 3\n", "no cells"},
        {"[plan]\nreps = 0\n", ":2: option reps: 0 is not"},
        {"[plan]\nreps = many\n", "reps: many"},
        {"[plan]\nnope = 3\n", "unknown option nope"},
        {"[plan]\nworkload = null\n", "unknown option workload"},
        {"[grid]\nworkload = null\n", "[grid] is not"},
        {"workload = null\n", "is not [plan]"},
        {"[matrix a]\nworkload = nope\n", "unknown workload nope"},
        {"[matrix a]\nworkload = null:size=giant\n", "tiny|small|large"},
        {"[matrix a]\ncolour = red\n", ":2: 'colour' is no key"},
        {"[matrix a]\ntime-limit = 3s\n", "is no key"},
        {"[matrix a]\nallocator = malloc\n", "workload= is missing"},
        {"[matrix a]\nworkload = null,,cycles\n", "empty"},
        {"[cells]\ncell = nonsense\n", "not KEY=VALUE"},
        {"[cells]\nworkload = null\n", "no key"},
        {"[matrix a\nworkload = null\n", ":1: "},
        {"[matrix a]\njust words\n", ":2: not NAME = VALUE"},
        {"[matrix a]\nworkload = null\n[plan]\nreps = 1\n", "must be the first"},
        {"[matrix a]\nworkload = null # "
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
         "xxxxxxxxxxxxxxxxxxxxxxxxxx\n",
         "longer than"},
        {"[matrix `rm -rf`]\nworkload = \"null\"\n", "name"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct plan plan;
        struct error error = {""};
        plan_init(&plan);
        write_path(bad[i].text);
        bool ok = plan_read(&plan, path, &error);
        plan_free(&plan);
        if (ok || strstr(error.text, bad[i].says) == NULL) {
            fail_msg("%s: '%s' was to say '%s'", bad[i].text, error.text, bad[i].says);
        }
    }
    struct plan plan;
    struct error error;
    plan_init(&plan);
    assert_false(plan_read(&plan, "/nonexistent/plan.ini", &error));
    plan_free(&plan);
}

static void test_plan_survives_storing(void **state)
{
    (void)state;
    struct plan plan = matrix_plan((struct matrix){.allocator = "malloc,bump",
                                                   .workload = "null,replay:file=a%20b%25%2C",
                                                   .reps = 2,
                                                   .counts = true});
    struct plan read;
    struct error error;
    plan.seed = 77;
    plan.reruns = 1;
    plan_shuffle(&plan);
    assert_true(plan_store(&plan, path, &error));
    plan_init(&read);
    if (!plan_load(&read, path, &error)) {
        fail_msg("%s", error.text);
    }
    assert_int_equal(read.count, plan.count);
    assert_int_equal(read.seed, 77);
    assert_int_equal(read.reruns, 1);
    assert_int_equal(read.limits.time_ns, plan.limits.time_ns);
    for (size_t i = 0; i < plan.count; i++) {
        assert_string_equal(read.item[i].line, plan.item[i].line);
        assert_int_equal(read.item[i].kind, plan.item[i].kind);
        assert_int_equal(read.item[i].rep, plan.item[i].rep);
    }
    plan_free(&read);
    plan_free(&plan);
    static const char *const bad[] = {
        "",
        "nonsense\n",
        "heapdyno-cells 1 2 1 1 1 1\n0\ttimed\t0\tworkload=null\n",
        "heapdyno-cells 1 1 1 1 1 1\n1\ttimed\t0\tworkload=null\n",
        "heapdyno-cells 1 1 1 1 1 1\n0\ttimed\t0\tworkload=nope\n",
        "heapdyno-cells 1 2 1 1 1 1\n0\ttimed\t0\tworkload=null\n1\ttimed\t0\tworkload=null\n"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        plan_init(&read);
        write_path(bad[i]);
        assert_false(plan_load(&read, path, &error));
        plan_free(&read);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_has_programs_beside_workloads),
        cmocka_unit_test(test_plan_multiplies),
        cmocka_unit_test(test_plan_leaves_doubles_out),
        cmocka_unit_test(test_plan_shuffles_within_repetitions),
        cmocka_unit_test(test_plan_reads_ini),
        cmocka_unit_test(test_plan_refuses_malformed_ini),
        cmocka_unit_test(test_plan_survives_storing),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}

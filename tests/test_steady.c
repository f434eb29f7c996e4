/* Steady or not: made-up blocks that grow, stay, saw or begin high, and what cannot be told. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/rng.h"
#include "bench/report/steady.h"

enum { BLOCKS = 32, PROCESSES = 3 };

struct fixture {
    char folder[64];
    struct report report;
    struct report_group group;
    char *raw[PROCESSES];
};

static int set_up(void **state)
{
    struct fixture *self = calloc(1, sizeof *self);
    char path[96];
    assert_non_null(self);
    snprintf(self->folder, sizeof self->folder, "/tmp/heapdyno-steady-XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    snprintf(path, sizeof path, "%s/raw", self->folder);
    assert_int_equal(mkdir(path, 0777), 0);
    static char names[PROCESSES][2] = {"0", "1", "2"};
    for (int i = 0; i < PROCESSES; i++) {
        self->raw[i] = names[i];
    }
    self->report.folder = self->folder;
    self->group.raw = self->raw;
    *state = self;
    return 0;
}

static void raw_path(const struct fixture *self, int process, char path[96])
{
    snprintf(path, 96, "%s/raw/%d.blocks.tsv", self->folder, process);
}

static int tear_down(void **state)
{
    struct fixture *self = *state;
    char path[96];
    for (int i = 0; i < PROCESSES; i++) {
        raw_path(self, i, path);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/raw", self->folder);
    rmdir(path);
    rmdir(self->folder);
    free(self);
    return 0;
}

/* What a process does in block i of 0 to 31: resident memory, time and trash per operation. */
struct shape {
    double (*rss)(int i);
    double (*time)(int i);
    double (*found)(int i);
};

static double flat(int i)
{
    (void)i;
    return 1000.0;
}

static double grows(int i)
{
    return 1000.0 + 20.0 * i;
}

static double saws(int i)
{
    return 1000.0 + 100.0 * (i % 4);
}

/* Settles in the first quarter. */
static double warms_up(int i)
{
    return i < 8 ? 3000.0 - 250.0 * i : 1000.0;
}

static void write_process(struct fixture *self, int process, struct shape shape, uint64_t seed)
{
    char path[96];
    struct rng rng;
    double time = 0.0, found = 0.0;
    raw_path(self, process, path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    rng_seed(&rng, seed);
    fputs("operations\tt_ns\trss_bytes\tfound\n", file);
    for (int i = 0; i < BLOCKS; i++) {
        time += 100.0 * shape.time(i) * (0.98 + 0.04 * rng_unit(&rng));
        found += 100.0 * shape.found(i);
        fprintf(file, "%d\t%.0f\t%.0f\t%.0f\n", 100 * (i + 1), time, shape.rss(i), found);
    }
    assert_int_equal(fclose(file), 0);
}

static void look(struct fixture *self, struct shape shape, size_t processes, struct steady *out)
{
    self->group.raws = self->group.raws_trusted = processes;
    for (size_t i = 0; i < processes; i++) {
        write_process(self, (int)i, shape, i + 1);
    }
    steady_of(&self->report, &self->group, out);
    assert_int_equal(out->processes, processes);
}

static void assert_says(const struct steady *steady, const char *words)
{
    char text[STEADY_TEXT];
    assert_string_equal(steady_text(steady, text), words);
    assert_int_equal(steady_fails(steady), strncmp(words, "not", 3) == 0);
}

static void test_steady(void **state)
{
    struct steady steady;
    for (size_t n = 1; n <= PROCESSES; n += 2) {
        look(*state, (struct shape){flat, flat, flat}, n, &steady);
        assert_says(&steady, "steady");
        look(*state, (struct shape){saws, saws, saws}, n, &steady);
        assert_says(&steady, "steady");
        look(*state, (struct shape){warms_up, warms_up, warms_up}, n, &steady);
        assert_says(&steady, "steady");
    }
}

/* From block 7 to block 31, of a median at 19: 480 / 1380. */
static void test_not_steady(void **state)
{
    struct steady steady;
    for (size_t n = 1; n <= PROCESSES; n += 2) {
        look(*state, (struct shape){grows, flat, flat}, n, &steady);
        assert_says(&steady, "not steady: RSS");
        assert_true(fabs(steady.change[STEADY_RSS].mid - 1.0 - 480.0 / 1380.0) < 1e-9);
        look(*state, (struct shape){flat, grows, flat}, n, &steady);
        assert_says(&steady, "not steady: time");
        look(*state, (struct shape){grows, grows, grows}, n, &steady);
        assert_says(&steady, "not steady: RSS, time, trash");
    }
}

static void test_cannot_be_told(void **state)
{
    struct fixture *self = *state;
    struct steady steady;
    char path[96];
    steady_of(&self->report, &self->group, &steady); /* no process */
    assert_says(&steady, "–");
    self->group.raws = 1;
    steady_of(&self->report, &self->group, &steady); /* no file */
    assert_says(&steady, "–");
    raw_path(self, 0, path);
    static const char *const texts[] = {
        "", "nonsense\n", "operations\tt_ns\trss_bytes\tfound\n",
        "operations\tt_ns\trss_bytes\tfound\n1\t2\t3\t4\n",
        "operations\tt_ns\trss_bytes\tfound\n1\t2\t3\t4\n2\t3\t4\t5\n3\t5\t9\t9\n4\t6"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(texts[i], file);
        fclose(file);
        steady_of(&self->report, &self->group, &steady);
        assert_says(&steady, "–");
    }
}

/* A machine that grows slower while it is measured. */
static void test_order_of_repetitions(void **state)
{
    struct fixture *self = *state;
    struct steady steady;
    double drifting[12], quiet[12];
    for (int i = 0; i < 12; i++) {
        quiet[i] = 100.0 + i * 7 % 5;
        drifting[i] = quiet[i] + 2.0 * i;
    }
    self->group.value[METRIC_RUN_NS] = quiet;
    self->group.n[METRIC_RUN_NS] = 12;
    steady_of(&self->report, &self->group, &steady);
    assert_false(steady_fails(&steady));
    self->group.value[METRIC_RUN_NS] = drifting;
    steady_of(&self->report, &self->group, &steady);
    assert_says(&steady, "not steady: repetitions");
    self->group.n[METRIC_RUN_NS] = STEADY_REPS_MIN - 1;
    steady_of(&self->report, &self->group, &steady);
    assert_false(steady_fails(&steady));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_steady, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_steady, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cannot_be_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_order_of_repetitions, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Processes in a group of their own: output, exit status, signals, limits, stragglers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/run/process.h"

static struct process_result result;
static char output[4096];

static void run_shell(const char *script, struct process_limits limits)
{
    char shell[] = "/bin/sh", flag[] = "-c", path[] = "PATH=/usr/bin:/bin", only[] = "ONLY=this";
    char *text = strdup(script);
    char *argv[] = {shell, flag, text, NULL}, *environment[] = {path, only, NULL};
    struct process process = {argv, environment, limits, output, sizeof output};
    struct error error;
    assert_true(process_run(&process, &result, &error));
    free(text);
}

static const struct process_limits none = {0, 0};

static void test_process_gives_output_errors_and_status(void **state)
{
    (void)state;
    run_shell("echo out; echo err >&2; cat; exit 3", none); /* stdin is empty */
    assert_int_equal(result.end, PROCESS_EXITED);
    assert_int_equal(result.status, 3);
    assert_string_equal(output, "out\n");
    assert_string_equal(result.errors, "err\n");
    assert_false(result.output_cut);
}

static void test_process_has_its_own_environment(void **state)
{
    (void)state;
    setenv("HEAPDYNO_LEAKS", "x", 1);
    run_shell("echo \"$ONLY$HEAPDYNO_LEAKS\"", none);
    assert_string_equal(output, "this\n");
}

static void test_process_names_signals(void **state)
{
    (void)state;
    run_shell("kill -ABRT $$", none);
    assert_int_equal(result.end, PROCESS_SIGNALED);
    assert_int_equal(result.status, SIGABRT);
}

static void test_process_keeps_the_end_of_errors_and_the_start_of_output(void **state)
{
    (void)state;
    run_shell("i=0; while [ $i -lt 2000 ]; do echo line $i; echo word $i >&2; i=$((i+1)); done",
              none);
    assert_true(result.output_cut);
    assert_int_equal(result.output_length, sizeof output - 1);
    assert_memory_equal(output, "line 0\n", 7);
    assert_int_equal(strlen(result.errors), PROCESS_ERROR_TAIL - 1);
    assert_non_null(strstr(result.errors, "word 1999\n"));
}

/* A process that outlives its parent in the group is killed with it: its pid tells. */
static void assert_gone(const char *text)
{
    pid_t pid = (pid_t)atoi(text);
    assert_true(pid > 1);
    for (int i = 0; i < 200 && kill(pid, 0) == 0; i++) {
        usleep(10000); /* init may take a moment to reap it */
    }
    char stat[64];
    FILE *file;
    snprintf(stat, sizeof stat, "/proc/%d/stat", pid);
    if ((file = fopen(stat, "r")) != NULL) { /* a zombie nobody reaps is dead as well */
        char status = 0;
        assert_int_equal(fscanf(file, "%*d (%*[^)]) %c", &status), 1);
        fclose(file);
        assert_int_equal(status, 'Z');
    }
}

static void test_process_time_limit_kills_the_group(void **state)
{
    (void)state;
    run_shell("sleep 1000 & echo $!; wait", (struct process_limits){.time_ns = 300000000});
    assert_int_equal(result.end, PROCESS_TIMEOUT);
    assert_gone(output);
}

static void test_process_leaves_no_stragglers(void **state)
{
    (void)state;
    run_shell("sleep 1000 >/dev/null 2>&1 & echo $!", none);
    assert_int_equal(result.end, PROCESS_EXITED);
    assert_int_equal(result.status, 0);
    assert_gone(output);
}

static void test_process_memory_limit_is_of_the_group(void **state)
{
    (void)state;
    /* awk doubles a string until something stops it; it is a child of the shell. */
    run_shell("awk 'BEGIN { s = \"x\"; while (1) s = s s }'; true",
              (struct process_limits){.time_ns = UINT64_C(60000000000), .rss_bytes = 64 << 20});
    assert_int_equal(result.end, PROCESS_MEMORY);
    assert_true(result.rss_peak > 64 << 20);
    assert_true(result.sample_count > 0);
}

static void test_process_that_is_not_there(void **state)
{
    (void)state;
    char program[] = "/nonexistent/program";
    char *argv[] = {program, NULL}, *environment[] = {NULL};
    struct process process = {argv, environment, none, output, sizeof output};
    struct error error;
    assert_true(process_run(&process, &result, &error));
    assert_int_equal(result.status, 127);
    assert_non_null(strstr(result.errors, strerror(ENOENT)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_process_gives_output_errors_and_status),
        cmocka_unit_test(test_process_has_its_own_environment),
        cmocka_unit_test(test_process_names_signals),
        cmocka_unit_test(test_process_keeps_the_end_of_errors_and_the_start_of_output),
        cmocka_unit_test(test_process_time_limit_kills_the_group),
        cmocka_unit_test(test_process_leaves_no_stragglers),
        cmocka_unit_test(test_process_memory_limit_is_of_the_group),
        cmocka_unit_test(test_process_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

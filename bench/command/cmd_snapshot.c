/* heapdyno snapshot: run a Python program and have the live object graph of each of its processes
 * written: at its exit, after a time or at a signal. The program is not changed, as with record:
 * cpython/python_start/heapdyno_snapshot.py decides when, cpython/recorder_snapshot.c walks.
 * --show prints what a snapshot holds. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/units.h"
#include "base/whole_file.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/python_output.h"
#include "bench/command/python_program.h"
#include "bench/watch/watch_request.h"
#include "workloads/snapshot.h"

static const struct option snapshot_options[] = {
    {.name = "after",
     .type = OPTION_DURATION,
     .min = 1,
     .max = UINT64_MAX,
     .help = "take it this long after the program's start, or at its exit if that is sooner"},
    {.name = "signal",
     .type = OPTION_CHOICE,
     .choices = PYTHON_SIGNALS,
     .help = "take one each time this signal comes, and none at exit"},
    {.name = "collect",
     .type = OPTION_BOOL,
     .fallback = "on",
     .help =
         "then time gc.collect(), three times; --no-collect leaves the program's heap as it was"},
    {.name = "pid",
     .type = OPTION_COUNT,
     .min = 1,
     .max = INT_MAX,
     .help = "run nothing: take it from this process, which `heapdyno watch` watches"},
    {.name = "for",
     .type = OPTION_DURATION,
     .fallback = "10s",
     .min = 1,
     .max = UINT64_MAX,
     .help = "with --pid: wait this long for it to collect (or to see its signal)"},
    {.name = "show",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "print what the snapshot OUT holds, and run nothing"},
    {.name = "predict",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "load OUT, and compare CPython's full collection there with what it takes here"},
};

static const struct usage usage = {
    .command = "snapshot",
    .operands = "OUT [-- COMMAND…]",
    .about =
        "Writes which objects of a Python program (CPython 3.9 to 3.13) are alive and which refer\n"
        "to which, at its exit or when you say, for\n"
        "    heapdyno run --workload heap:file=OUT\n"
        "Types and sizes, no values. A second process writes OUT.PID. The exit status is the\n"
        "program's. --pid takes it from a process that runs under `heapdyno watch`:\n"
        "    heapdyno snapshot OUT --pid 1234\n",
    .options = snapshot_options,
    .option_count = COUNT_OF(snapshot_options),
    .operand_min = 1,
    .operand_max = 4096,
};

static void set_environment(const struct python_output *self, const struct options *options)
{
    setenv("HEAPDYNO_SNAPSHOT", self->out, 1);
    const struct option_value *after = options_get(options, "after");
    python_set_number("HEAPDYNO_SNAPSHOT_AFTER_NS", after->set ? after->number : 0);
    python_set_number("HEAPDYNO_SNAPSHOT_SIGNAL", python_signal(options_get(options, "signal")));
    python_set_number("HEAPDYNO_SNAPSHOT_COLLECT", options_on(options, "collect"));
}

static int refuse(const struct error *error)
{
    fprintf(stderr, "heapdyno snapshot: %s\n", error->text);
    return EXIT_USAGE;
}

static int show(const char *path)
{
    struct error error;
    return snapshot_describe(path, stdout, &error) ? EXIT_OK : refuse(&error);
}

static int predict(const char *path)
{
    struct error error;
    struct snapshot_prediction got;
    char text[3][32];
    if (!snapshot_predict(path, &got, &error)) {
        return refuse(&error);
    }
    printf("CPU time of a full collection\npredicted  %s: CPython's passes over the loaded heap\n",
           units_format_duration(got.passes_ns, text[0], sizeof text[0]));
    if (got.measured_ns != 0) {
        printf("measured   %s in the process itself; predicted / measured = %.2f\n",
               units_format_duration(got.measured_ns, text[1], sizeof text[1]),
               (double)got.passes_ns / (double)got.measured_ns);
    }
    printf("here       %s by our own collector cp311\n",
           units_format_duration(got.own_ns, text[2], sizeof text[2]));
    return EXIT_OK;
}

/* Verified, and then from where the process wrote it to OUT. False with the reason. */
static bool keep(const struct watch_reply *reply, const char *out, uint64_t *objects,
                 struct error *error)
{
    char from[32], block[1 << 16];
    struct snapshot_file file;
    struct whole_file to;
    snprintf(from, sizeof from, "/proc/self/fd/%d", reply->fd);
    if (!snapshot_file_open(&file, from, error)) {
        return false;
    }
    *objects = file.head.objects;
    snapshot_file_close(&file);
    if (!whole_file_open(&to, out, error)) {
        return false;
    }
    ssize_t got = 0;
    for (off_t at = 0; (got = pread(reply->fd, block, sizeof block, at)) > 0; at += got) {
        fwrite(block, 1, (size_t)got, to.out);
    }
    return whole_file_close(&to, got == 0, error) || (got < 0 && error_set(error, "it was lost"));
}

/* From a process that is watched. */
static int take(const struct arguments *arguments, struct python_output *self)
{
    const struct watch_request request = {
        .pid = options_number(&arguments->options, "pid"),
        .collect = options_on(&arguments->options, "collect"),
        .for_ns = options_number(&arguments->options, "for"),
    };
    struct watch_reply reply = {.fd = -1};
    struct error error;
    uint64_t objects;
    char held[32];
    if (!python_output_prepare(self, arguments->operand[0], &error)) {
        return refuse(&error);
    }
    enum watch_outcome outcome = watch_request(&request, &reply, &error);
    if (outcome != WATCH_REPLIED || !keep(&reply, self->out, &objects, &error)) {
        int status = refuse(&error);
        return outcome == WATCH_NOT_ASKED ? status : EXIT_BAD_RUN;
    }
    close(reply.fd);
    fprintf(stderr,
            "heapdyno snapshot: %s: %llu objects of process %llu (%s), which stood still for %s\n",
            self->out, (unsigned long long)objects, (unsigned long long)request.pid, reply.name,
            units_format_duration(reply.held_ns, held, sizeof held));
    return EXIT_OK;
}

int cmd_snapshot(int argc, char **argv)
{
    struct arguments arguments;
    struct python_output self = {
        .command = "snapshot", .magic = SNAPSHOT_MAGIC, .noun = "snapshot"};
    struct error error;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    const struct options *options = &arguments.options;
    bool shown = options_on(options, "show"), predicted = options_on(options, "predict");
    if (shown || predicted) {
        if (arguments.operand_count != 1) {
            return usage_error(&usage, "--show and --predict take one snapshot");
        }
        status = shown ? show(arguments.operand[0]) : EXIT_OK;
        return status == EXIT_OK && predicted ? predict(arguments.operand[0]) : status;
    }
    if (options_get(options, "after")->set && options_get(options, "signal")->set) {
        return usage_error(&usage, "--after or --signal, not both");
    }
    if (options_get(options, "pid")->set) {
        bool alone = arguments.operand_count == 1 && !options_get(options, "after")->set &&
                     !options_get(options, "signal")->set;
        return alone ? take(&arguments, &self)
                     : usage_error(&usage, "--pid takes OUT, --for and --no-collect, nothing else");
    }
    if (arguments.operand_count < 2) {
        return usage_error(&usage, "which command? heapdyno snapshot OUT -- python3 script.py");
    }
    if (!python_path_prepend("heapdyno_snapshot.py")) {
        return usage_error(&usage, "the recorder is not there: `make recorder` builds it where "
                                   "headers of CPython 3.9 to 3.13 are");
    }
    if (!python_output_prepare(&self, arguments.operand[0], &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    set_environment(&self, options);
    arguments.operand[arguments.operand_count] = NULL; /* operands moved to the front of argv */
    return python_output_run(&self, arguments.operand + 1,
                             "no snapshot was taken. The program must be run by a CPython without "
                             "-I, -E or -S, and end by itself or be given the signal.");
}

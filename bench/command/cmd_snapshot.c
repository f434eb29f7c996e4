/* heapdyno snapshot: run a Python program and have the live object graph of each of its processes
 * written: at its exit, after a time or at a signal. The program is not changed, as with record:
 * cpython/python_start/heapdyno_snapshot.py decides when, cpython/recorder_snapshot.c walks.
 * --show prints what a snapshot holds. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/python_output.h"
#include "bench/command/python_program.h"
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
    {.name = "show",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "print what the snapshot OUT holds, and run nothing"},
};

static const struct usage usage = {
    .command = "snapshot",
    .operands = "OUT -- COMMAND…",
    .about =
        "Writes which objects of a Python program (CPython 3.9 to 3.13) are alive and which refer\n"
        "to which, at its exit or when you say, for\n"
        "    heapdyno run --workload heap:file=OUT\n"
        "Types and sizes, no values. A second process writes OUT.PID. The exit status is the\n"
        "program's.\n",
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

static int show(const char *path)
{
    struct error error;
    if (snapshot_describe(path, stdout, &error)) {
        return EXIT_OK;
    }
    fprintf(stderr, "heapdyno snapshot: %s\n", error.text);
    return EXIT_USAGE;
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
    if (options_on(options, "show")) {
        return arguments.operand_count == 1 ? show(arguments.operand[0])
                                            : usage_error(&usage, "--show takes one snapshot");
    }
    if (options_get(options, "after")->set && options_get(options, "signal")->set) {
        return usage_error(&usage, "--after or --signal, not both");
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

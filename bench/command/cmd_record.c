/* heapdyno record: run a Python program with the recorder in it. The program is not changed: a
 * folder in front of PYTHONPATH holds a sitecustomize.py that starts the extension and then the
 * real sitecustomize (cpython/python_start); programs that the program starts are recorded too,
 * each process into a file of its own. --show prints what a trace holds. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/python_output.h"
#include "bench/command/python_program.h"
#include "workloads/replay.h"

static const struct option record_options[] = {
    {.name = "for",
     .type = OPTION_DURATION,
     .help = "stop recording after this long, with the next request; the program goes on"},
    {.name = "max-size",
     .type = OPTION_SIZE,
     .min = 1 << 18,
     .max = UINT64_MAX,
     .help = "stop recording before a file exceeds this"},
    {.name = "signal",
     .type = OPTION_CHOICE,
     .choices = PYTHON_SIGNALS,
     .help = "wait for this signal to start, stop at the next one"},
    {.name = "show",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "print what the trace OUT holds, and run nothing"},
};

static const struct usage usage = {
    .command = "record",
    .operands = "OUT -- COMMAND…",
    .about = "Writes what a Python program (CPython 3.9 to 3.13) asks of its allocators, as a "
             "trace for\n"
             "    heapdyno run --workload replay:file=OUT\n"
             "A second process writes OUT.PID. The exit status is the program's.\n",
    .options = record_options,
    .option_count = COUNT_OF(record_options),
    .operand_min = 1,
    .operand_max = 4096,
};

static void set_environment(const struct python_output *self, const struct options *options)
{
    setenv("HEAPDYNO_RECORD", self->out, 1);
    const struct option_value *value = options_get(options, "for");
    python_set_number("HEAPDYNO_RECORD_FOR_NS", value->set ? value->number : 0);
    value = options_get(options, "max-size");
    python_set_number("HEAPDYNO_RECORD_MAX_BYTES", value->set ? value->number : 0);
    value = options_get(options, "signal");
    python_set_number("HEAPDYNO_RECORD_SIGNAL", python_signal(value));
}

static int show(const char *path)
{
    struct error error;
    if (replay_describe(path, stdout, &error)) {
        return EXIT_OK;
    }
    fprintf(stderr, "heapdyno record: %s\n", error.text);
    return EXIT_BAD_RUN;
}

int cmd_record(int argc, char **argv)
{
    struct arguments arguments;
    struct python_output self = {.command = "record", .magic = "hdtrace\n", .noun = "trace"};
    struct error error;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    if (options_on(&arguments.options, "show")) {
        return arguments.operand_count == 1 ? show(arguments.operand[0])
                                            : usage_error(&usage, "--show takes one trace");
    }
    if (arguments.operand_count < 2) {
        return usage_error(&usage, "which command? heapdyno record OUT -- python3 script.py");
    }
    if (!python_path_prepend("sitecustomize.py")) {
        return usage_error(&usage, "the recorder is not there: `make recorder` builds it where "
                                   "headers of CPython 3.9 to 3.13 are");
    }
    if (!python_output_prepare(&self, arguments.operand[0], &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    set_environment(&self, &arguments.options);
    arguments.operand[arguments.operand_count] = NULL; /* operands moved to the front of argv */
    return python_output_run(&self, arguments.operand + 1,
                             "nothing was recorded. The program must be run by a CPython without "
                             "-I, -E or -S, and start before the recording ends.");
}

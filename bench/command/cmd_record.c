/* heapdyno record: run a Python program with the recorder in it. The program is not changed: a
 * folder in front of PYTHONPATH holds a sitecustomize.py that starts the extension and then the
 * real sitecustomize (cpython/python_start); programs that the program starts are recorded too,
 * each process into a file of its own. --show prints what a trace holds. */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
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
     .choices = "USR1|USR2|WINCH|URG",
     .help = "wait for this signal to start, stop at the next one"},
    {.name = "show",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "print what the trace OUT holds, and run nothing"},
};

static const struct usage usage = {
    .command = "record",
    .operands = "OUT -- COMMAND…",
    .about = "Writes what a Python program (CPython 3.9 to 3.13) asks of its allocators, as a trace for\n"
             "    heapdyno run --workload replay:file=OUT\n"
             "A second process writes OUT.PID. The exit status is the program's.\n",
    .options = record_options,
    .option_count = COUNT_OF(record_options),
    .operand_min = 1,
    .operand_max = 4096,
};

struct recording {
    char out[PATH_MAX]; /* absolute */
};

/* Make OUT absolute and its place free: an old trace is removed, anything else stays. */
static bool out_prepare(const char *given, struct recording *self, struct error *error)
{
    char here[PATH_MAX] = "";
    if (given[0] != '/' && getcwd(here, sizeof here) == NULL) {
        return error_set(error, "%s", strerror(errno));
    }
    int wrote =
        snprintf(self->out, sizeof self->out, "%s%s%s", here, given[0] == '/' ? "" : "/", given);
    if (wrote < 0 || (size_t)wrote + 32 >= sizeof self->out) {
        return error_set(error, "%.200s…: the name is too long", given);
    }
    struct stat stat_of;
    if (lstat(self->out, &stat_of) == 0) {
        char magic[9] = "";
        FILE *file = S_ISREG(stat_of.st_mode) ? fopen(self->out, "rbe") : NULL;
        if (file != NULL) {
            fgets(magic, sizeof magic, file);
            fclose(file);
        }
        if (strcmp(magic, "hdtrace\n") != 0) {
            return error_set(error, "%s exists and is no trace: it stays as it is", given);
        }
        unlink(self->out);
    }
    FILE *file = fopen(self->out, "wbxe");
    if (file == NULL) {
        return error_set(error, "%s: %s", given, strerror(errno));
    }
    fclose(file);
    unlink(self->out);
    return true;
}

static void set_number(const char *name, uint64_t number)
{
    char text[32];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    setenv(name, text, 1);
}

static void set_environment(const struct recording *self, const struct options *options)
{
    static const int signals[] = {SIGUSR1, SIGUSR2, SIGWINCH, SIGURG};
    setenv("HEAPDYNO_RECORD", self->out, 1);
    const struct option_value *value = options_get(options, "for");
    set_number("HEAPDYNO_RECORD_FOR_NS", value->set ? value->number : 0);
    value = options_get(options, "max-size");
    set_number("HEAPDYNO_RECORD_MAX_BYTES", value->set ? value->number : 0);
    value = options_get(options, "signal");
    set_number("HEAPDYNO_RECORD_SIGNAL", value->set ? (uint64_t)signals[value->number] : 0);
}

/* Run the program to its end; its exit status as a shell gives it. */
static int run_program(char **argv)
{
    struct python_program program;
    struct error error;
    if (!python_program_start(&program, argv, &error)) {
        fprintf(stderr, "heapdyno record: %s\n", error.text);
    }
    while (!program.ended) {
        python_program_wait(&program, -1, 0);
    }
    python_program_close(&program);
    return program.status;
}

static bool file_report(const char *path)
{
    struct stat stat_of;
    if (stat(path, &stat_of) != 0) {
        return false;
    }
    fprintf(stderr, "heapdyno record: %s, %lld bytes\n", path, (long long)stat_of.st_size);
    return true;
}

/* Say which files there are, those of other processes included. */
static bool report(const struct recording *self)
{
    bool any = file_report(self->out);
    char pattern[PATH_MAX + 8];
    snprintf(pattern, sizeof pattern, "%s.[0-9]*", self->out);
    glob_t found;
    if (glob(pattern, 0, NULL, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) {
            any = file_report(found.gl_pathv[i]) || any;
        }
        globfree(&found);
    }
    if (!any) {
        fputs("heapdyno record: nothing was recorded. The program must be run by a CPython "
              "without -I, -E or -S, and start before the recording ends.\n",
              stderr);
    }
    return any;
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
    struct recording self;
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
    if (!out_prepare(arguments.operand[0], &self, &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    set_environment(&self, &arguments.options);
    arguments.operand[arguments.operand_count] = NULL; /* operands moved to the front of argv */
    status = run_program(arguments.operand + 1);
    bool any = report(&self);
    return status == 0 && !any ? EXIT_BAD_RUN : status;
}

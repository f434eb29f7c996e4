/* heapdyno record: run a Python program with the recorder in it. The program is not changed: a
 * folder in front of PYTHONPATH holds a sitecustomize.py that starts the extension and then the
 * real sitecustomize (cpython/recorder_start); programs that the program starts are recorded too,
 * each process into a file of its own. --show prints what a trace holds. */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/beside.h"
#include "base/check.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "workloads/replay.h"

enum { STATUS_NOT_FOUND = 127, STATUS_SIGNAL = 128 };

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
    .about = "Writes what a Python 3.11 program asks of its allocators, as a trace for\n"
             "    heapdyno run --workload replay:file=OUT\n"
             "A second process writes OUT.PID. The exit status is the program's.\n",
    .options = record_options,
    .option_count = COUNT_OF(record_options),
    .operand_min = 1,
    .operand_max = 4096,
};

struct recording {
    char out[PATH_MAX];    /* absolute */
    char folder[PATH_MAX]; /* of the recorder */
};

/* The folder of the recorder: $HEAPDYNO_RECORDER, or beside the program and above it. */
static bool folder_find(char found[PATH_MAX])
{
    static const char *const places[] = {"recorder", "lib/heapdyno/recorder", NULL};
    if (!beside_find("HEAPDYNO_RECORDER", places, "sitecustomize.py", found, PATH_MAX)) {
        return false;
    }
    *strrchr(found, '/') = '\0';
    return true;
}

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
    const char *path = getenv("PYTHONPATH");
    char *joined = NULL;
    if (path != NULL && path[0] != '\0' && asprintf(&joined, "%s:%s", self->folder, path) < 0) {
        joined = NULL;
    }
    setenv("PYTHONPATH", joined != NULL ? joined : self->folder, 1);
    free(joined);
    setenv("HEAPDYNO_RECORD", self->out, 1);
    const struct option_value *value = options_get(options, "for");
    set_number("HEAPDYNO_RECORD_FOR_NS", value->set ? value->number : 0);
    value = options_get(options, "max-size");
    set_number("HEAPDYNO_RECORD_MAX_BYTES", value->set ? value->number : 0);
    value = options_get(options, "signal");
    set_number("HEAPDYNO_RECORD_SIGNAL", value->set ? (uint64_t)signals[value->number] : 0);
}

/* Wait for the program's end and pass signals on to it. The terminal sends INT and QUIT to both. */
static int wait_program(pid_t pid, const sigset_t *signals)
{
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) != pid) {
        int number = sigwaitinfo(signals, NULL);
        if (number > 0 && number != SIGCHLD && number != SIGINT && number != SIGQUIT) {
            kill(pid, number);
        }
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SIGNAL + WTERMSIG(status);
}

/* Run the program to its end; its exit status as a shell gives it. */
static int run_program(char **argv)
{
    static const int passed[] = {SIGCHLD, SIGINT,  SIGQUIT, SIGTERM,
                                 SIGHUP,  SIGUSR1, SIGUSR2, SIGWINCH};
    extern char **environ;
    sigset_t signals, before;
    sigemptyset(&signals);
    for (size_t i = 0; i < COUNT_OF(passed); i++) {
        sigaddset(&signals, passed[i]);
    }
    sigprocmask(SIG_BLOCK, &signals, &before);
    signal(SIGCHLD, SIG_DFL); /* an ignored one, inherited, would never come */
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &before);
    pid_t pid;
    int status = STATUS_NOT_FOUND;
    int failed = posix_spawnp(&pid, argv[0], NULL, &attributes, argv, environ);
    if (failed == 0) {
        status = wait_program(pid, &signals);
    } else {
        fprintf(stderr, "heapdyno record: %s: %s\n", argv[0], strerror(failed));
    }
    posix_spawnattr_destroy(&attributes);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return status;
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
        fputs("heapdyno record: nothing was recorded. The program must be run by a CPython 3.11 "
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
    if (!folder_find(self.folder)) {
        return usage_error(&usage, "the recorder is not there: `make recorder` builds it where "
                                   "libpython3.11-dev is installed");
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

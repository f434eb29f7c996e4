/* heapdyno watch: run a real Python program and watch its collector and its memory, every process
 * of it, without a compiler and without changing the program (cpython/python_start). */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/command/python_output.h"
#include "bench/command/python_program.h"
#include "bench/watch/watch_load.h"
#include "bench/watch/watch_run.h"

#define SECOND UINT64_C(1000000000)

enum { STEP_MS = 200, GRACE_SECONDS = 15 };

static const struct option watch_options[] = {
    {.name = "for",
     .type = OPTION_DURATION,
     .min = 1,
     .max = UINT64_MAX,
     .help = "watch for this long, then leave the program running"},
    {.name = "load",
     .type = OPTION_TEXT,
     .help = "shell command that makes the load; when it ends, so does the program"},
    {.name = "ready",
     .type = OPTION_TEXT,
     .help = "shell command repeated until it succeeds: the load can begin"},
    {.name = "warm",
     .type = OPTION_DURATION,
     .fallback = "2s",
     .max = 600 * SECOND,
     .help = "let the load begin after so long instead"},
    {.name = "snapshot-signal",
     .type = OPTION_CHOICE,
     .choices = PYTHON_SIGNALS,
     .help = "processes also answer `heapdyno snapshot --pid` at this signal, which the program "
             "must not need"},
    {.name = "out",
     .type = OPTION_PATH,
     .help = "folder of this run; its last part is the run's name [results/watch-TIME]"},
    {.name = "read",
     .type = OPTION_PATH,
     .help = "run nothing: read the folder that `import heapdyno_watch` wrote into"},
};

static const struct usage usage = {
    .command = "watch",
    .operands = "-- COMMAND…",
    .about =
        "Runs a Python program (CPython 3.9 or later, any virtual environment) and watches the\n"
        "pauses of its collector and the memory of every process of it. SIGUSR1 ends the\n"
        "watch and leaves the program running; other signals are the program's, and so is\n"
        "the exit status, with --load the load's. The records are a run: report, compare.\n"
        "    heapdyno watch --for 60s -- gunicorn -w 4 app:app\n"
        "    heapdyno watch --load 'wrk -d10 http://127.0.0.1:8000/' -- gunicorn -w 4 app:app\n",
    .options = watch_options,
    .option_count = COUNT_OF(watch_options),
    .operand_max = 4096,
};

struct watch {
    struct journal journal;
    char files[JOURNAL_PATH_MAX + 32]; /* folder of the files, absolute */
    uint64_t signal;                   /* at which snapshots are taken; 0: none */
    uint64_t for_ns;                   /* 0: to the end */
    struct watch_load load;
    bool asked; /* to end, the load being over */
};

static bool prepare(struct watch *self, const struct arguments *arguments, struct error *error)
{
    char folder[JOURNAL_DEFAULT_MAX];
    journal_default_folder("watch", folder);
    const char *out = arguments_text(arguments, "out");
    if (!journal_create(&self->journal, out != NULL ? out : folder, error)) {
        return false;
    }
    return watch_folder_make(self->journal.folder, "watch", self->files, sizeof self->files, error);
}

/* The load is over: the program is to end, as an operator would end it. */
static void ask_to_end(struct watch *self, struct python_program *program, struct watch_live *live,
                       uint64_t *end_ns)
{
    struct watch_memory memory;
    watch_live_memory(live, &memory); /* as the load left it, in everybody's last sample */
    self->asked = true;
    *end_ns = clock_now_ns() + GRACE_SECONDS * SECOND;
    kill(program->pid, SIGTERM);
}

static void say_leftover(const struct watch_live *live)
{
    fprintf(stderr,
            "heapdyno watch: the program has ended, %zu of its processes go on; "
            "USR1 to %ld ends the watch\n",
            watch_live_running(live), (long)getpid());
}

/* Until the program and all its processes have ended, the time is over, or a signal ends it. */
static void follow(struct watch *self, struct python_program *program, struct watch_live *live)
{
    uint64_t end_ns = self->for_ns > 0 ? clock_now_ns() + self->for_ns : UINT64_MAX;
    bool said = false;
    for (;;) {
        watch_live_step(live);
        if (program->ended && watch_live_running(live) == 0) {
            return;
        }
        if (program->ended && !said) {
            said = true;
            say_leftover(live);
        }
        if (!program->ended && !self->asked && watch_load_step(&self->load)) {
            ask_to_end(self, program, live, &end_ns);
        }
        if (clock_now_ns() >= end_ns || python_program_wait(program, STEP_MS, SIGUSR1) != 0) {
            watch_live_stop(live);
            return;
        }
    }
}

/* What became of the load, and of the program that was asked to end. An exit status. */
static int judge_load(const struct watch *self, const struct python_program *program)
{
    const char *trouble = self->load.reason;
    if (self->load.stage != WATCH_LOAD_ENDED && program->ended) {
        trouble = "the program ended before the load did";
    }
    if (trouble != NULL) {
        fprintf(stderr, "heapdyno watch: %s\n", trouble);
    }
    if (self->asked && !program->ended) {
        fprintf(stderr,
                "heapdyno watch: the program does not end on SIGTERM (uwsgi: --die-on-term); "
                "process %ld is left running\n",
                (long)program->pid);
    }
    return trouble == NULL ? EXIT_OK : EXIT_BAD_RUN;
}

static int gather(struct watch *self, const struct watch_facts *facts, int status)
{
    struct error error;
    struct watch_totals totals = {0};
    if (!watch_gather(facts, &self->journal, stderr, &totals, &error)) {
        fprintf(stderr, "heapdyno watch: %s\n", error.text);
        return EXIT_BAD_RUN;
    }
    if (totals.processes == 0) {
        fputs("heapdyno watch: nothing was watched. The program must be run by a CPython 3.9 or "
              "later without -I, -E or -S, as a user who may read heapdyno's folder; elsewhere "
              "`import heapdyno_watch` is the way\n",
              stderr);
        return status == 0 ? EXIT_BAD_RUN : status;
    }
    fprintf(stderr, "records of %zu processes in %s\n", totals.processes, self->journal.folder);
    return status;
}

static int watch_program(struct watch *self, char **argv)
{
    struct python_program program;
    struct error error;
    setenv("HEAPDYNO_WATCH", self->files, 1);
    setenv("HEAPDYNO_WATCH_SAMPLED", "1", 1);
    if (self->load.command != NULL) {
        setenv("HEAPDYNO_WATCH_COUNT", "1", 1); /* an experiment: what tune and verify ask for */
    }
    python_set_number("HEAPDYNO_WATCH_SIGNAL", self->signal);
    if (!python_program_start(&program, argv, &error)) {
        fprintf(stderr, "heapdyno watch: %s\n", error.text);
        python_program_close(&program);
        return program.status;
    }
    unsetenv("HEAPDYNO_WATCH"); /* the load may be Python too */
    struct watch_live *live = watch_live_open(self->files);
    follow(self, &program, live);
    watch_load_close(&self->load);
    python_program_close(&program);
    int status = program.ended ? program.status : EXIT_OK;
    int signal = status > 128 && !(self->asked && status == 128 + SIGTERM) ? status - 128 : 0;
    struct watch_facts facts = {self->files, live, program.pid, signal, 0};
    status = gather(self, &facts, self->load.command == NULL ? status : judge_load(self, &program));
    watch_live_close(live);
    return status;
}

int cmd_watch(int argc, char **argv)
{
    struct arguments arguments;
    struct watch *self = calloc(1, sizeof *self);
    struct error error;
    int status;
    CHECK(self != NULL);
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        free(self);
        return status;
    }
    const char *read = arguments_text(&arguments, "read");
    self->for_ns = options_number(&arguments.options, "for");
    self->load = (struct watch_load){.command = arguments_text(&arguments, "load"),
                                     .ready = arguments_text(&arguments, "ready"),
                                     .warm_ns = options_number(&arguments.options, "warm")};
    self->signal = python_signal(options_get(&arguments.options, "snapshot-signal"));
    if ((read == NULL) == (arguments.operand_count == 0)) {
        status =
            usage_error(&usage, read == NULL ? "which command? heapdyno watch -- python3 app.py"
                                             : "--read takes no command");
    } else if (self->load.command != NULL && self->for_ns > 0) {
        status = usage_error(&usage, "--load ends the watch, and so does --for: one of them");
    } else if (read == NULL && !python_path_prepend("heapdyno_watch.py")) {
        status = usage_error(&usage, "heapdyno_watch.py is not beside this program: `make` puts it "
                                     "there, `make install` too");
    } else if (!prepare(self, &arguments, &error)) {
        status = usage_error(&usage, "%s", error.text);
    } else if (read != NULL) {
        struct watch_facts facts = {.folder = read};
        status = gather(self, &facts, EXIT_OK);
    } else {
        arguments.operand[arguments.operand_count] = NULL; /* moved to the front of argv */
        status = watch_program(self, arguments.operand);
    }
    free(self);
    return status;
}

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
#include "bench/command/python_program.h"
#include "bench/watch/watch_run.h"

enum { STEP_MS = 200 };

static const struct option watch_options[] = {
    {.name = "for",
     .type = OPTION_DURATION,
     .min = 1,
     .max = UINT64_MAX,
     .help = "watch for this long, then leave the program running"},
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
        "the exit status. The records are a run: heapdyno report, compare.\n"
        "    heapdyno watch --for 60s -- gunicorn -w 4 app:app\n",
    .options = watch_options,
    .option_count = COUNT_OF(watch_options),
    .operand_max = 4096,
};

struct watch {
    struct journal journal;
    char files[JOURNAL_PATH_MAX + 32]; /* folder of the files, absolute */
    uint64_t for_ns;                   /* 0: to the end */
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

/* Until the program and all its processes have ended, the time is over, or a signal ends it. */
static void follow(struct python_program *program, struct watch_live *live, uint64_t for_ns)
{
    uint64_t end_ns = for_ns > 0 ? clock_now_ns() + for_ns : UINT64_MAX;
    bool said = false;
    for (;;) {
        watch_live_step(live);
        if (program->ended && watch_live_running(live) == 0) {
            return;
        }
        if (program->ended && !said) {
            said = true;
            fprintf(stderr,
                    "heapdyno watch: the program has ended, %zu of its processes go on; "
                    "USR1 to %ld ends the watch\n",
                    watch_live_running(live), (long)getpid());
        }
        if (clock_now_ns() >= end_ns || python_program_wait(program, STEP_MS, SIGUSR1) != 0) {
            watch_live_stop(live);
            return;
        }
    }
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
              "later without -I, -E or -S; elsewhere `import heapdyno_watch` is the way\n",
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
    if (!python_program_start(&program, argv, &error)) {
        fprintf(stderr, "heapdyno watch: %s\n", error.text);
        python_program_close(&program);
        return program.status;
    }
    struct watch_live *live = watch_live_open(self->files);
    follow(&program, live, self->for_ns);
    python_program_close(&program);
    int signal = program.ended && program.status > 128 ? program.status - 128 : 0;
    struct watch_facts facts = {self->files, live, program.pid, signal, 0};
    int status = gather(self, &facts, program.ended ? program.status : EXIT_OK);
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
    if ((read == NULL) == (arguments.operand_count == 0)) {
        status =
            usage_error(&usage, read == NULL ? "which command? heapdyno watch -- python3 app.py"
                                             : "--read takes no command");
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

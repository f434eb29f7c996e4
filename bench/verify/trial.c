/* One start of the program under one setting; see trial.h. */
#include "bench/verify/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "bench/run/process.h"
#include "bench/verify/load.h"
#include "bench/watch/watch_run.h"

enum {
    OUTPUT_MAX = 1 << 16,
    STEP_MS = 50,
    END_STEP_MS = 5,
    GRACE_MS = 15000,
    PROCESSES_EACH = 1000
};

/* A trial under way. */
struct run {
    const struct trial_plan *plan;
    pid_t pid;
    bool ended;
    int status;                         /* as waitpid gives it */
    char folder[JOURNAL_PATH_MAX + 64]; /* of the watched processes' files */
    struct watch_live *live;
};

static void sleep_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&time, NULL);
}

static bool has_ended(struct run *self)
{
    if (!self->ended && waitpid(self->pid, &self->status, WNOHANG) == self->pid) {
        self->ended = true;
    }
    return self->ended;
}

/* In the child: a group of its own, output into a file, gone when we are. */
static void become(const struct trial_plan *plan, const char *log)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666), in = open("/dev/null", O_RDONLY);
    dup2(in, 0);
    dup2(out, 1);
    dup2(out, 2);
    execvp(plan->argv[0], plan->argv);
    dprintf(2, "heapdyno verify: %s: %s\n", plan->argv[0], strerror(errno));
    _exit(127);
}

static bool start(struct run *self, const struct proposal *proposal, struct error *error)
{
    char log[JOURNAL_PATH_MAX + 32];
    journal_path(self->plan->journal, "program.log", log);
    setenv("HEAPDYNO_WATCH", self->folder, 1);
    setenv("HEAPDYNO_WATCH_SAMPLED", "1", 1); /* we look from outside, when it matters */
    setenv("HEAPDYNO_WATCH_COUNT", "1", 1);   /* what is predicted needs it */
    proposal_apply(proposal);
    self->pid = fork();
    if (self->pid == 0) {
        become(self->plan, log);
    }
    unsetenv("HEAPDYNO_WATCH");
    unsetenv("HEAPDYNO_WATCH_SAMPLED");
    unsetenv("HEAPDYNO_WATCH_COUNT");
    proposal_undo(proposal);
    if (self->pid > 0) {
        setpgid(self->pid, self->pid); /* whoever is first */
    }
    return self->pid > 0 || error_set(error, "fork: %s", strerror(errno));
}

static bool ended_early(const struct run *self, const char *when, struct error *error)
{
    return error_set(error, "the program ended %s, %s %d; its words are in %s/program.log", when,
                     WIFSIGNALED(self->status) ? "by signal" : "with exit status",
                     WIFSIGNALED(self->status) ? WTERMSIG(self->status) : WEXITSTATUS(self->status),
                     self->plan->journal->folder);
}

/* A command of the user's, by the shell. False: it could not be run, or not in time. */
static bool run_shell(const char *command, uint64_t limit_ns, char output[OUTPUT_MAX],
                      struct process_result *result, struct error *error)
{
    extern char **environ;
    char shell[] = "/bin/sh", c[] = "-c", *line = strdup(command);
    CHECK(line != NULL);
    char *argv[] = {shell, c, line, NULL};
    struct process process = {argv, environ, {.time_ns = limit_ns}, output, OUTPUT_MAX};
    bool ran = process_run(&process, result, error);
    free(line);
    return ran && ((result->end == PROCESS_EXITED) ||
                   error_set(error, "'%.80s' was ended: %s", command,
                             result->end == PROCESS_TIMEOUT ? "it took too long" : "by a signal"));
}

/* Until the program takes requests, as far as we are told how to see that. */
static bool wait_ready(struct run *self, char output[OUTPUT_MAX], struct process_result *result,
                       struct error *error)
{
    const struct trial_plan *plan = self->plan;
    uint64_t start_ns = clock_now_ns(), end_ns = start_ns + plan->ready_limit_ns;
    while (plan->ready == NULL && clock_now_ns() - start_ns < plan->warm_ns) {
        if (has_ended(self)) {
            return ended_early(self, "before the load", error);
        }
        sleep_ms(STEP_MS);
    }
    while (plan->ready != NULL) {
        struct error ignored;
        if (run_shell(plan->ready, plan->ready_limit_ns, output, result, &ignored) &&
            result->status == 0) {
            return true;
        }
        if (has_ended(self)) {
            return ended_early(self, "before the load", error);
        }
        if (clock_now_ns() > end_ns) {
            return error_set(error, "not ready in time: '%.80s' still fails", plan->ready);
        }
        sleep_ms(STEP_MS);
    }
    return true;
}

static bool make_load(struct run *self, char output[OUTPUT_MAX], struct process_result *result,
                      struct trial *out, struct error *error)
{
    double figure[LOAD_FIGURES];
    if (!run_shell(self->plan->load, self->plan->load_limit_ns, output, result, error)) {
        return false;
    }
    if (result->status != 0) {
        return error_set(error, "the load ended with exit status %d: %.300s", result->status,
                         result->errors);
    }
    if (has_ended(self)) {
        return ended_early(self, "under load", error);
    }
    load_read(output, figure);
    for (size_t i = 0; i < LOAD_FIGURES; i++) {
        out->figure[i] = figure[i]; /* the first of both enumerations are the same */
    }
    out->load_ns = result->elapsed_ns;
    return true;
}

static void look(struct run *self, struct trial *out)
{
    struct watch_memory memory;
    watch_live_memory(self->live, &memory);
    if (memory.processes > 0) {
        out->figure[TRIAL_PSS] = (double)memory.pss_bytes;
        out->figure[TRIAL_PRIVATE_DIRTY] = (double)memory.private_dirty_bytes;
        out->figure[TRIAL_RSS] = (double)memory.rss_bytes;
    }
}

/* As an operator would: asked, then made to. Nothing of its group stays. */
static void stop(struct run *self)
{
    if (!has_ended(self)) {
        kill(self->pid, SIGTERM);
    }
    for (int ms = 0; !has_ended(self) && ms < GRACE_MS; ms += END_STEP_MS) {
        sleep_ms(END_STEP_MS);
    }
    kill(-self->pid, SIGKILL);
    while (!has_ended(self)) {
        sleep_ms(END_STEP_MS);
    }
}

static bool gather(struct run *self, size_t index, struct trial *out, struct error *error)
{
    char path[JOURNAL_PATH_MAX + 32];
    struct watch_totals totals;
    FILE *log = fopen(journal_path(self->plan->journal, "processes.txt", path), "ae");
    if (log == NULL) {
        return error_set(error, "%s: %s", path, strerror(errno));
    }
    fprintf(log, "trial %zu\n", index);
    struct watch_facts facts = {self->folder, self->live, 0, 0, index * PROCESSES_EACH};
    bool ok = watch_gather(&facts, self->plan->journal, log, &totals, error);
    fclose(log);
    out->processes = totals.processes;
    out->workers = totals.forks;
    out->figure[TRIAL_CPU] = (double)totals.cpu_ns;
    out->figure[TRIAL_GC] = (double)totals.gc_ns;
    out->figure[TRIAL_PAUSE_MAX] = (double)totals.longest_ns;
    for (size_t g = 0; g < WATCH_GENERATIONS; g++) {
        out->figure[TRIAL_GEN0 + g] = (double)totals.collections[g];
    }
    return ok && (totals.processes > 0 ||
                  error_set(error, "nothing was watched: the program must be run by a CPython 3.9 "
                                   "or later without -I, -E or -S"));
}

static bool drive(struct run *self, const struct proposal *proposal, size_t index,
                  struct trial *out, struct error *error)
{
    struct error ignored;
    char *output = malloc(OUTPUT_MAX);
    struct process_result *result = malloc(sizeof *result);
    CHECK(output != NULL && result != NULL);
    bool ok = start(self, proposal, error);
    if (ok) {
        ok = wait_ready(self, output, result, error);
        watch_live_step(self->live); /* what each holds before the load */
        ok = ok && make_load(self, output, result, out, error);
        look(self, out);
        stop(self);
        ok = gather(self, index, out, ok ? error : &ignored) && ok;
    }
    free(output);
    free(result);
    return ok;
}

bool trial_run(const struct trial_plan *plan, const struct proposal *proposal, size_t index,
               struct trial *out, struct error *error)
{
    struct run self = {.plan = plan};
    char name[32];
    *out = (struct trial){0};
    for (size_t i = 0; i < TRIAL_FIGURES; i++) {
        out->figure[i] = NAN;
    }
    snprintf(name, sizeof name, "watch-%03zu", index);
    if (!watch_folder_make(plan->journal->folder, name, self.folder, sizeof self.folder, error)) {
        return false;
    }
    self.live = watch_live_open(self.folder);
    bool ok = drive(&self, proposal, index, out, error);
    watch_live_close(self.live);
    return ok;
}

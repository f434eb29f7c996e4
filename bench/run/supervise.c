/* One cell, supervised; see supervise.h. The record says what happened, whatever it was: crashes,
 * hangs and nonsense of the child become verdicts. */
#include "bench/run/supervise.h"

#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/rng.h"
#include "base/units.h"
#include "bench/cell/child.h"
#include "bench/cell/environ.h"

struct supervisor {
    struct rng rng;
    struct machine machine;
    struct record_joiner *joiner;
    struct cell cell;
    struct identity identity;
    struct environ_block environ;
    struct supervision supervision;
    struct process_result result;
    struct child_half half;
    char output[CHILD_JSON_MAX];
    char record[RECORD_MAX];
};

struct supervisor *supervisor_open(uint64_t seed)
{
    struct supervisor *self = calloc(1, sizeof *self);
    if (self == NULL || (self->joiner = record_joiner_open()) == NULL) {
        free(self);
        return NULL;
    }
    rng_seed(&self->rng, seed);
    machine_read(&self->machine);
    return self;
}

void supervisor_close(struct supervisor *self)
{
    if (self != NULL) {
        record_joiner_close(self->joiner);
        free(self);
    }
}

__attribute__((format(printf, 3, 4))) static void
set_verdict(struct supervisor *self, enum verdict verdict, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsnprintf(self->supervision.reason, sizeof self->supervision.reason, format, list);
    va_end(list);
    self->supervision.verdict = verdict;
}

/* The last words on stderr on one line, or nothing. */
static const char *last_words(struct supervisor *self)
{
    char *text = self->result.errors;
    size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        text[i] = text[i] == '\n' && i + 1 < length ? ' ' : text[i];
    }
    if (length > 0 && text[length - 1] == '\n') {
        text[length - 1] = '\0';
    }
    return length > 300 ? text + length - 300 : text;
}

static void judge_signal(struct supervisor *self)
{
    const char *words = last_words(self);
    bool oom = self->result.status == SIGKILL &&
               self->supervision.after.oom_kills > self->supervision.before.oom_kills;
    if (oom) {
        set_verdict(self, VERDICT_MEMORY, "the kernel killed the process for lack of memory");
    } else {
        set_verdict(self, VERDICT_FAILED, "killed by signal %d (%s)%s%s", self->result.status,
                    strsignal(self->result.status), words[0] ? ": " : "", words);
    }
}

static void judge_limit(struct supervisor *self, const struct process_limits *limits)
{
    char text[32], limit[32];
    if (self->result.end == PROCESS_TIMEOUT) {
        set_verdict(self, VERDICT_TIMEOUT, "still running after the limit of %s",
                    units_format_duration(limits->time_ns, limit, sizeof limit));
    } else {
        set_verdict(self, VERDICT_MEMORY, "the process group held %s, the limit is %s",
                    units_format_size(self->result.rss_peak, text, sizeof text),
                    units_format_size(limits->rss_bytes, limit, sizeof limit));
    }
}

/* It ended by itself and gave its half. */
static void judge_half(struct supervisor *self)
{
    char reason[RECORD_REASON_MAX];
    struct disturbance disturbance = {
        .wall_ns = self->half.wall_ns,
        .wait_ns = self->half.wait_ns,
        .cores = self->machine.cores,
        .before = self->supervision.before,
        .after = self->supervision.after,
    };
    const char *words = last_words(self);
    if (self->half.verdict != VERDICT_OK) {
        bool said = self->cell.real && self->half.verdict == VERDICT_FAILED && words[0] != '\0';
        set_verdict(self, self->half.verdict, "%s%s%s", self->half.reason, said ? ": " : "",
                    said ? words : "");
    } else if (self->result.status != 0) {
        set_verdict(self, VERDICT_FAILED, "exit status %d after the workload: %s",
                    self->result.status, words);
    } else if (self->identity.kind == RECORD_INSTRUCTIONS && self->supervision.instructions == 0) {
        set_verdict(self, VERDICT_FAILED, "callgrind counted nothing: is this program stripped?");
    } else if (self->identity.kind == RECORD_TIMED &&
               disturbance_spoils(&disturbance, reason, sizeof reason)) {
        set_verdict(self, VERDICT_UNTRUSTED, "%s", reason);
    } else {
        set_verdict(self, VERDICT_OK, "%s", "");
    }
}

/* What happened, as a verdict. Returns the child's half if it is worth keeping. */
static const char *judge(struct supervisor *self, const struct process_limits *limits)
{
    if (self->result.end == PROCESS_TIMEOUT || self->result.end == PROCESS_MEMORY) {
        judge_limit(self, limits);
    } else if (self->result.end == PROCESS_SIGNALED) {
        judge_signal(self);
    } else if (self->result.output_cut ||
               !record_read_child(self->joiner, self->output, &self->half)) {
        set_verdict(self, VERDICT_FAILED, "exit status %d and no figures%s: %s",
                    self->result.status,
                    self->cell.real && self->result.status == 0
                        ? " (did the program leave by os._exit or exec?)"
                        : "",
                    last_words(self));
    } else {
        judge_half(self);
        return self->output;
    }
    return NULL;
}

static void write_series(const struct supervisor *self, const char *path)
{
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return; /* a plot less; the record has the peak */
    }
    fputs("t_ns\trss_bytes\n", file);
    for (size_t i = 0; i < self->result.sample_count; i++) {
        fprintf(file, "%llu\t%llu\n", (unsigned long long)self->result.sample[i].at_ns,
                (unsigned long long)self->result.sample[i].rss_bytes);
    }
    fclose(file);
}

/* Names of raw files are made of numbers only. */
static void name_raw(struct supervisor *self, const struct assignment *assignment)
{
    self->supervision.raw[0] = '\0';
    if (assignment->raw_folder != NULL && assignment->kind == RECORD_TIMED) {
        snprintf(self->supervision.raw, sizeof self->supervision.raw, "%05llu-r%llu-a%llu",
                 (unsigned long long)assignment->order, (unsigned long long)assignment->rep,
                 (unsigned long long)assignment->attempt);
    }
}

enum { INSTRUCTIONS_SLOWER = 60, ARGV_MAX = 12 };

/* A program on the PATH; false: it is not there. */
static bool find_program(const char *name, char path[PATH_MAX])
{
    const char *folders = getenv("PATH");
    for (const char *at = folders != NULL ? folders : "/usr/bin:/bin"; *at != '\0';) {
        int length = (int)strcspn(at, ":");
        if (snprintf(path, PATH_MAX, "%.*s/%s", length, at, name) < PATH_MAX &&
            access(path, X_OK) == 0) {
            return true;
        }
        at += length + (at[length] == ':');
    }
    return false;
}

/* The arguments in front of `child`: this program, under callgrind where instructions are counted
 * (then only those below child_run, not the loading of libraries). Returns how many. */
static size_t front_of(enum record_kind kind, char *argv[ARGV_MAX], char valgrind[PATH_MAX],
                       char program[PATH_MAX])
{
    size_t n = 0;
    if (kind == RECORD_INSTRUCTIONS) {
        ssize_t length = readlink("/proc/self/exe", program, PATH_MAX - 1);
        program[length > 0 ? length : 0] = '\0';
        argv[n++] = valgrind;
        argv[n++] = (char *)"--tool=callgrind";
        argv[n++] = (char *)"--callgrind-out-file=/dev/null";
        argv[n++] = (char *)"--toggle-collect=child_run";
    } else {
        snprintf(program, PATH_MAX, "/proc/self/exe");
    }
    argv[n++] = program;
    return n;
}

/* The last count on stderr: a process that forked ends after its children. */
static uint64_t read_instructions(const char *errors)
{
    static const char label[] = "Collected : ";
    uint64_t count = 0;
    for (const char *at = strstr(errors, label); at != NULL; at = strstr(at + 1, label)) {
        count = strtoull(at + strlen(label), NULL, 10);
    }
    return count;
}

static bool run_child(struct supervisor *self, const struct assignment *assignment,
                      struct error *error)
{
    char child[] = "child", counts[] = "--counts", raw[] = "--raw";
    char path[4096], program[PATH_MAX], valgrind[PATH_MAX];
    char *argv[ARGV_MAX] = {0};
    struct process_limits limits = assignment->limits;
    if (assignment->kind == RECORD_INSTRUCTIONS) {
        if (self->cell.real) {
            return error_set(error, "instructions are counted of workloads only");
        }
        limits.time_ns *= INSTRUCTIONS_SLOWER;
        if (!find_program("valgrind", valgrind)) {
            return error_set(error, "valgrind is not installed: nothing counts instructions");
        }
    }
    size_t n = front_of(assignment->kind, argv, valgrind, program);
    argv[n++] = child;
    if (assignment->kind == RECORD_COUNTED) {
        argv[n++] = counts;
    }
    if (self->supervision.raw[0] != '\0') {
        snprintf(path, sizeof path, "%s/%s", assignment->raw_folder, self->supervision.raw);
        argv[n++] = raw;
        argv[n++] = path;
    }
    argv[n] = self->identity.cell;
    struct process process = {argv, self->environ.entry, limits, self->output, sizeof self->output};
    uint64_t probe_ns = assignment->kind == RECORD_TIMED ? GAP_PROBE_NS : 0;
    noise_read(probe_ns, &self->supervision.before);
    bool started = process_run(&process, &self->result, error);
    noise_read(probe_ns, &self->supervision.after);
    if (started && assignment->kind == RECORD_INSTRUCTIONS) {
        self->supervision.instructions = read_instructions(self->result.errors);
    }
    if (started && self->supervision.raw[0] != '\0') {
        snprintf(path, sizeof path, "%s/%s.rss.tsv", assignment->raw_folder, self->supervision.raw);
        write_series(self, path);
    }
    return started;
}

static bool prepare(struct supervisor *self, const struct assignment *assignment,
                    struct error *error)
{
    struct environment wanted;
    if (!cell_parse(assignment->line, NULL, &self->cell, error)) {
        return false;
    }
    if (!identity_of_cell(&self->cell, &self->identity)) {
        return error_set(error, "the cell's canonical line is longer than %d bytes",
                         CELL_LINE_MAX - 1);
    }
    snprintf(self->identity.run, sizeof self->identity.run, "%s", assignment->run);
    self->identity.rep = assignment->rep;
    self->identity.order = assignment->order;
    self->identity.attempt = assignment->attempt;
    self->identity.kind = assignment->kind;
    memset(&self->supervision, 0, sizeof self->supervision);
    name_raw(self, assignment);
    environ_of_cell(&self->cell, NULL, &wanted);
    size_t pad = (size_t)rng_below(&self->rng, ENVIRON_PAD_MAX);
    pad = assignment->kind == RECORD_INSTRUCTIONS ? 0 : pad; /* counts are to be the same again */
    self->supervision.env_pad_bytes = pad;
    return (environ_build(&wanted, pad, &self->environ) &&
            environ_inherit(&self->cell, &self->environ)) ||
           error_set(error, "the environment of the cell does not fit");
}

const char *supervise(struct supervisor *self, const struct assignment *assignment,
                      enum verdict *verdict, struct error *error)
{
    struct error inner;
    if (!prepare(self, assignment, error)) {
        return NULL;
    }
    const char *half = NULL;
    if (run_child(self, assignment, &inner)) {
        half = judge(self, &assignment->limits);
    } else if (assignment->kind == RECORD_INSTRUCTIONS) {
        set_verdict(self, VERDICT_SKIPPED, "%s", inner.text);
    } else {
        set_verdict(self, VERDICT_FAILED, "the child could not be started: %s", inner.text);
    }
    self->supervision.started_unix_ms = self->result.started_unix_ms;
    self->supervision.elapsed_ns = self->result.elapsed_ns;
    self->supervision.rss_group_peak = self->result.rss_peak;
    if (record_write(self->joiner, &self->identity, &self->machine, &self->supervision, half,
                     self->record) == 0) {
        set_verdict(self, VERDICT_FAILED, "the child's half of the record is too long");
        record_write(self->joiner, &self->identity, &self->machine, &self->supervision, NULL,
                     self->record);
    }
    *verdict = self->supervision.verdict;
    return self->record;
}

const char *supervisor_reason(const struct supervisor *self)
{
    return self->supervision.reason;
}

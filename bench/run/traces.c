/* Recording the programs that a plan replays; see traces.h. */
#include "bench/run/traces.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beside.h"
#include "base/check.h"
#include "bench/cell/environ.h"
#include "bench/cell/interpreter.h"
#include "bench/run/process.h"

struct traces {
    const struct plan *plan;
    bool quiet;
    char folder[PATH_MAX]; /* absolute */
    struct cell cell, other;
    struct program_command command;
    struct environ_block environ;
    struct process_result result;
    char output[4096]; /* of a program that is recorded: not wanted */
};

/* The file of a replay; NULL: the line has none. */
static const char *replayed(const char *line, struct cell *cell)
{
    struct error ignored;
    if (strstr(line, "workload=replay:") == NULL || !cell_parse(line, NULL, cell, &ignored)) {
        return NULL;
    }
    const struct spec_part *part = &cell->workload.part[0];
    for (size_t i = 0; i < part->pair_count; i++) {
        if (strcmp(part->pair[i].name, "file") == 0) {
            return part->pair[i].value;
        }
    }
    return NULL;
}

/* Whether the line has a program of that name; then `cell` is it. */
static bool is_program(const char *line, const char *name, struct cell *cell)
{
    struct error ignored;
    if (strstr(line, " program=") == NULL || !cell_parse(line, NULL, cell, &ignored)) {
        return false;
    }
    const char *own = program_name(&cell->program);
    size_t length = strlen(name);
    return strncmp(own, name, length) == 0 &&
           (own[length] == '\0' || strcmp(own + length, ".py") == 0);
}

/* The program of that name in self->other. False: there is none, or (with `error`) several. */
static bool find_program(struct traces *self, const char *name, struct error *error)
{
    char first[SPEC_TEXT_MAX] = "", text[SPEC_TEXT_MAX];
    for (size_t i = 0; i < self->plan->count; i++) {
        if (!is_program(self->plan->item[i].line, name, &self->other)) {
            continue;
        }
        CHECK(program_print(&self->other.program, SPEC_CANONICAL, text, sizeof text));
        if (first[0] != '\0' && strcmp(first, text) != 0) {
            return error_set(error, "replay:file=%.60s is of which program, %.150s or %.150s?",
                             name, first, text);
        }
        memcpy(first, text, sizeof first);
    }
    return first[0] != '\0' && program_parse(first, strlen(first), &self->other.program, error);
}

static bool set_environment(struct traces *self, const char *trace, struct error *error)
{
    static const char *const places[] = {"recorder", "lib/heapdyno/recorder", NULL};
    struct environment wanted;
    char folder[PATH_MAX];
    if (!beside_find("HEAPDYNO_RECORDER", places, "sitecustomize.py", folder, sizeof folder)) {
        return error_set(error, "the recorder is not there: `make recorder` builds it");
    }
    *strrchr(folder, '/') = '\0';
    environ_of_cell(&self->other, NULL, &wanted);
    return (environ_build(&wanted, 0, &self->environ) &&
            environ_inherit(&self->other, &self->environ) &&
            environ_add(&self->environ, "PYTHONPATH", folder) &&
            environ_add(&self->environ, "HEAPDYNO_RECORD", trace)) ||
           error_set(error, "its environment does not fit");
}

/* Run the program of self->other under the recorder. */
static bool record(struct traces *self, const char *trace, struct error *error)
{
    char python[PATH_MAX], *argv[PROGRAM_ARGUMENTS_MAX + 2] = {python};
    if (!interpreter_find(python, sizeof python, error) ||
        !program_command(&self->other.program, &self->command, error) ||
        !set_environment(self, trace, error)) {
        return false;
    }
    memcpy(&argv[1], self->command.argument, (self->command.count + 1) * sizeof *argv);
    struct process process = {argv, self->environ.entry, self->plan->limits, self->output,
                              sizeof self->output};
    if (!process_run(&process, &self->result, error)) {
        return false;
    }
    bool ended = self->result.end == PROCESS_EXITED && self->result.status == 0;
    return (ended && access(trace, R_OK) == 0) ||
           error_set(error, "%s%.400s", ended ? "" : "the program failed: ", self->result.errors);
}

/* What the replay of one line needs. */
static bool provide(struct traces *self, const char *line, struct error *error)
{
    char trace[PATH_MAX + 300], partial[PATH_MAX + 320];
    struct error why = {""};
    const char *name = replayed(line, &self->cell);
    if (name == NULL || strpbrk(name, "/.") != NULL || !find_program(self, name, &why)) {
        return why.text[0] == '\0' || error_set(error, "%s", why.text);
    }
    snprintf(trace, sizeof trace, "%s/%s.trace", self->folder, name);
    snprintf(partial, sizeof partial, "%s.partial", trace);
    if (access(trace, R_OK) == 0) {
        return true;
    }
    if (mkdir(self->folder, 0777) != 0 && errno != EEXIST) {
        return error_set(error, "%s: %s", self->folder, strerror(errno));
    }
    if (!self->quiet) {
        fprintf(stderr, "recording %s\n", name);
    }
    unlink(partial);
    if (!record(self, partial, &why)) {
        return error_set(error, "%.60s cannot be recorded: %.400s", name, why.text);
    }
    return rename(partial, trace) == 0 || error_set(error, "%s: %s", trace, strerror(errno));
}

bool traces_record(const struct plan *plan, const struct journal *journal, bool quiet,
                   struct error *error)
{
    struct traces *self = calloc(1, sizeof *self);
    char folder[PATH_MAX];
    CHECK(self != NULL);
    self->plan = plan;
    self->quiet = quiet;
    bool ok = realpath(journal->folder, folder) != NULL ||
              error_set(error, "%s: %s", journal->folder, strerror(errno));
    if (ok && snprintf(self->folder, sizeof self->folder, "%s/traces", folder) >= PATH_MAX) {
        ok = error_set(error, "%s: the path is too long", folder);
    }
    for (size_t i = 0; ok && i < plan->count; i++) {
        ok = provide(self, plan->item[i].line, error);
    }
    if (ok && access(self->folder, X_OK) == 0) {
        setenv("HEAPDYNO_TRACES", self->folder, 1);
    }
    free(self);
    return ok;
}

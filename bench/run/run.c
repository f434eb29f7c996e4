/* A run; see run.h. The state of every measurement comes from the records, so that a run that was
 * killed goes on where it stopped. */
#include "bench/run/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/run/progress.h"
#include "bench/record/store.h"
#include "bench/run/supervise.h"

/* What is known of one measurement. */
struct state {
    bool made;
    enum verdict verdict;
    uint64_t attempt;
};

struct run {
    const struct plan *plan;
    struct journal *journal;
    struct supervisor *supervisor;
    struct state *state; /* [plan->count] */
    struct progress progress;
    struct run_summary *summary;
    struct error *error;
};

/* One earlier record: it must be of the measurement that its number says. */
static bool take_row(struct run *self, sqlite3_stmt *row)
{
    sqlite3_int64 order = sqlite3_column_int64(row, 0);
    const char *cell = (const char *)sqlite3_column_text(row, 1);
    const char *kind = (const char *)sqlite3_column_text(row, 2);
    enum verdict verdict;
    if (order < 0 || (uint64_t)order >= self->plan->count ||
        !verdict_parse((const char *)sqlite3_column_text(row, 5), &verdict)) {
        return error_set(self->error, "%s: a record of no measurement in cells.tsv",
                         self->journal->folder);
    }
    const struct plan_item *item = &self->plan->item[order];
    if (strcmp(item->line, cell) != 0 || strcmp(record_kind_name(item->kind), kind) != 0 ||
        item->rep != (uint64_t)sqlite3_column_int64(row, 3)) {
        return error_set(self->error,
                         "%s: measurement %lld of cells.tsv is another than its record",
                         self->journal->folder, (long long)order);
    }
    struct state *state = &self->state[order];
    uint64_t attempt = (uint64_t)sqlite3_column_int64(row, 4);
    if (!state->made || attempt > state->attempt) {
        *state = (struct state){true, verdict, attempt};
    }
    return true;
}

/* The records so far, in an index of their own. */
static bool load_records(const struct journal *journal, struct store *store, struct error *error)
{
    char path[JOURNAL_PATH_MAX + 32];
    struct store_added added = {0};
    if (!store_open(store, ":memory:", error)) {
        return false;
    }
    bool ok = store_add_file(store, journal_path(journal, "cells.jsonl", path), &added, error);
    if (ok && added.foreign > 0) {
        ok = error_set(error,
                       "%s: %zu records of another schema version; this program writes version %d",
                       path, added.foreign, RECORD_SCHEMA);
    }
    if (!ok) {
        store_close(store);
    }
    return ok;
}

bool run_can_resume(const struct journal *journal, struct error *error)
{
    struct store store;
    if (!load_records(journal, &store, error)) {
        return false;
    }
    store_close(&store);
    return true;
}

static bool load_state(struct run *self)
{
    struct store store;
    if (!load_records(self->journal, &store, self->error)) {
        return false;
    }
    sqlite3_stmt *row = NULL;
    CHECK(
        sqlite3_prepare_v2(store.database,
                           "SELECT json_extract(json,'$.order'), cell, kind, rep, attempt, verdict"
                           " FROM record",
                           -1, &row, NULL) == SQLITE_OK);
    bool ok = true;
    while (ok && sqlite3_step(row) == SQLITE_ROW) {
        ok = take_row(self, row);
    }
    sqlite3_finalize(row);
    store_close(&store);
    return ok;
}

static bool measure(struct run *self, size_t index)
{
    const struct plan_item *item = &self->plan->item[index];
    struct state *state = &self->state[index];
    struct assignment assignment = {
        .line = item->line,
        .run = self->journal->run,
        .raw_folder = self->plan->no_raw ? NULL : self->journal->raw,
        .kind = item->kind,
        .rep = item->rep,
        .order = index,
        .attempt = state->made ? state->attempt + 1 : 0,
        .limits = self->plan->limits,
    };
    progress_begin(&self->progress, item->label);
    const char *record = supervise(self->supervisor, &assignment, &state->verdict, self->error);
    if (record == NULL || !journal_append(self->journal, record, self->error)) {
        return false;
    }
    if (state->verdict == VERDICT_SKIPPED && self->summary->why_skipped[0] == '\0') {
        snprintf(self->summary->why_skipped, sizeof self->summary->why_skipped, "%s",
                 supervisor_reason(self->supervisor));
    }
    state->made = true;
    state->attempt = assignment.attempt;
    progress_end(&self->progress, item->label, state->verdict, supervisor_reason(self->supervisor));
    return true;
}

static bool measure_missing(struct run *self)
{
    size_t made = 0;
    for (size_t i = 0; i < self->plan->count; i++) {
        made += self->state[i].made;
    }
    progress_start(&self->progress, made, self->plan->count, self->progress.quiet);
    for (size_t i = 0; i < self->plan->count; i++) {
        if (!self->state[i].made && !measure(self, i)) {
            return false;
        }
    }
    return true;
}

static bool wants_rerun(const struct run *self, size_t index)
{
    const struct state *state = &self->state[index];
    return state->verdict == VERDICT_UNTRUSTED && state->attempt < self->plan->reruns;
}

/* At the end, when the machine may have become quiet. */
static bool measure_untrusted(struct run *self)
{
    for (uint64_t pass = 0; pass < self->plan->reruns; pass++) {
        size_t wanted = 0;
        for (size_t i = 0; i < self->plan->count; i++) {
            wanted += wants_rerun(self, i);
        }
        if (wanted == 0) {
            return true;
        }
        if (!self->progress.quiet) {
            progress_note(&self->progress, "%zu untrusted measurements are made again", wanted);
        }
        progress_start(&self->progress, 0, wanted, self->progress.quiet);
        for (size_t i = 0; i < self->plan->count; i++) {
            if (!wants_rerun(self, i)) {
                continue;
            }
            self->summary->reruns++;
            if (!measure(self, i)) {
                return false;
            }
        }
    }
    return true;
}

static bool append_differing(void *self_, const char *text)
{
    struct run *self = self_;
    return journal_append(self->journal, text, self->error);
}

/* All records of one workload and seed must have the same checksum; one that differs failed. */
static bool compare_checksums(struct run *self)
{
    struct store store;
    if (!load_records(self->journal, &store, self->error)) {
        return false;
    }
    self->error->text[0] = '\0';
    self->summary->differing =
        store_each_differing(&store, self->journal->run, append_differing, self);
    store_close(&store);
    return self->error->text[0] == '\0' && (self->summary->differing == 0 || load_state(self));
}

static void summarize(struct run *self)
{
    for (size_t i = 0; i < self->plan->count; i++) {
        bool counted = self->plan->item[i].kind != RECORD_TIMED;
        size_t *by_verdict = counted ? self->summary->counted : self->summary->timed;
        by_verdict[self->state[i].verdict]++;
    }
}

bool run_plan(const struct plan *plan, struct journal *journal, bool quiet,
              struct run_summary *summary, struct error *error)
{
    struct run run = {
        .plan = plan,
        .journal = journal,
        .supervisor = supervisor_open(plan->seed ^ (uint64_t)getpid()),
        .state = calloc(plan->count, sizeof *run.state),
        .progress = {.quiet = quiet},
        .summary = summary,
        .error = error,
    };
    *summary = (struct run_summary){0};
    bool ok = (run.supervisor != NULL && run.state != NULL) || error_set(error, "no memory");
    ok = ok && load_state(&run) && measure_missing(&run) && measure_untrusted(&run) &&
         compare_checksums(&run);
    if (ok) {
        summarize(&run);
    }
    supervisor_close(run.supervisor);
    free(run.state);
    return ok;
}

/* Measuring settings in fresh processes; see processes.h. */
#include "bench/tune/processes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/cell/cell.h"
#include "bench/record/store.h"
#include "bench/run/run.h"

bool processes_open(struct processes *self, bool resume, struct error *error)
{
    char path[JOURNAL_PATH_MAX + 32];
    plan_init(&self->plan);
    if (resume && !plan_load(&self->plan, journal_path(self->journal, "cells.tsv", path), error)) {
        plan_free(&self->plan);
        return false;
    }
    self->plan.no_raw = true; /* hundreds of processes, of which only medians are asked */
    self->plan.reruns = 0;    /* a rung judges by medians; later rounds measure again anyway */
    return true;
}

void processes_close(struct processes *self)
{
    plan_free(&self->plan);
}

/* The measurements of one rung, in the order in which they are made. */
static bool plan_rung(struct processes *self, const struct batch *batch, struct plan *rung,
                      struct error *error)
{
    plan_init(rung);
    rung->seed = self->rep + 1;
    for (size_t t = 0; t < batch->times; t++, self->rep++) {
        for (size_t i = 0; i < batch->count; i++) {
            char cell[CELL_LINE_MAX], line[CELL_LINE_MAX + 64];
            setting_cell(self->settings, &self->settings->setting[batch->setting[i]],
                         self->workload, cell, sizeof cell);
            snprintf(line, sizeof line, "%s seed=%s", cell, self->seed);
            if (!plan_add_item(rung, line, RECORD_TIMED, self->rep, error)) {
                return false;
            }
        }
    }
    plan_shuffle(rung);
    return true;
}

/* Put the rung behind what was asked for; what a stopped search planned must be the same. */
static bool extend_plan(struct processes *self, const struct plan *rung, struct error *error)
{
    char path[JOURNAL_PATH_MAX + 32];
    size_t known = self->plan.count;
    for (size_t i = 0; i < rung->count; i++) {
        const struct plan_item *item = &rung->item[i];
        size_t at = self->done + i;
        if (at < known && (self->plan.item[at].rep != item->rep ||
                           strcmp(self->plan.item[at].line, item->line) != 0)) {
            return error_set(error, "%s: measurement %zu of cells.tsv is not of this search",
                             self->journal->folder, at);
        }
        if (at >= known &&
            !plan_add_item(&self->plan, item->line, RECORD_TIMED, item->rep, error)) {
            return false;
        }
    }
    return self->plan.count == known ||
           plan_store(&self->plan, journal_path(self->journal, "cells.tsv", path), error);
}

/* Which setting each measurement of the rung is of. */
static void find_settings(struct processes *self, const struct plan *rung,
                          const struct batch *batch, size_t *of)
{
    struct plan lines;
    struct error error;
    plan_init(&lines);
    for (size_t i = 0; i < batch->count; i++) {
        char cell[CELL_LINE_MAX], line[CELL_LINE_MAX + 64];
        setting_cell(self->settings, &self->settings->setting[batch->setting[i]], self->workload,
                     cell, sizeof cell);
        snprintf(line, sizeof line, "%s seed=%s", cell, self->seed);
        CHECK(plan_add_item(&lines, line, RECORD_TIMED, i, &error));
    }
    for (size_t i = 0; i < rung->count; i++) {
        of[i] = SIZE_MAX;
        for (size_t k = 0; k < batch->count && of[i] == SIZE_MAX; k++) {
            of[i] =
                strcmp(rung->item[i].line, lines.item[k].line) == 0 ? batch->setting[k] : SIZE_MAX;
        }
        CHECK(of[i] != SIZE_MAX);
    }
    plan_free(&lines);
}

static double column(sqlite3_stmt *row, int index)
{
    return sqlite3_column_type(row, index) == SQLITE_NULL ? NAN : sqlite3_column_double(row, index);
}

/* One record: a sample, or the reason why there will be none. */
static void take_row(sqlite3_stmt *row, struct setting_samples *out)
{
    const char *verdict = (const char *)sqlite3_column_text(row, 1);
    const char *reason = (const char *)sqlite3_column_text(row, 2);
    struct tune_sample sample = {.disturbed = strcmp(verdict, "untrusted") == 0};
    if (!sample.disturbed && strcmp(verdict, "ok") != 0) {
        snprintf(out->gone, sizeof out->gone, "%s: %s", verdict, reason != NULL ? reason : "");
        return;
    }
    for (int i = 0; i < TUNE_METRICS; i++) {
        double value = column(row, 3 + i);
        sample.value[i] = isnan(value) ? 0.0 : value; /* pauses only: there was none */
    }
    sample.full_collections = column(row, 3 + TUNE_METRICS);
    const char *version = (const char *)sqlite3_column_text(row, 4 + TUNE_METRICS);
    snprintf(out->version, sizeof out->version, "%s", version != NULL ? version : "");
    samples_add(out, &sample);
}

static sqlite3_stmt *select_samples(struct store *store, size_t from)
{
    char sql[1024];
    int at = snprintf(sql, sizeof sql, "SELECT json_extract(json,'$.order') AS o, verdict, reason");
    for (int i = 0; i < TUNE_METRICS; i++) {
        at += snprintf(sql + at, sizeof sql - (size_t)at, ", json_extract(json,'%s')",
                       tune_metrics[i].field);
    }
    snprintf(sql + at, sizeof sql - (size_t)at,
             ", json_extract(json,'$.gen[2].collections'),"
             " json_extract(json,'$.allocator_version'), json_extract(json,'$.elapsed_ns') FROM "
             "record WHERE o >= %zu ORDER BY o",
             from);
    sqlite3_stmt *row = NULL;
    CHECK(sqlite3_prepare_v2(store->database, sql, -1, &row, NULL) == SQLITE_OK);
    return row;
}

/* Seconds that the supervisor takes for each process: the least time from one start to the next in
 * the pilot, less what the process took. (The least: a search may have been stopped between two.) */
static double read_overhead(struct store *store)
{
    sqlite3_stmt *row = NULL;
    double overhead = INFINITY, before = NAN;
    CHECK(sqlite3_prepare_v2(store->database,
                             "SELECT json_extract(json,'$.started_unix_ms'),"
                             " json_extract(json,'$.elapsed_ns'), json_extract(json,'$.order') AS o"
                             " FROM record WHERE o < ?1 ORDER BY o",
                             -1, &row, NULL) == SQLITE_OK);
    sqlite3_bind_int(row, 1, SEARCH_PILOT);
    while (sqlite3_step(row) == SQLITE_ROW) {
        double start = sqlite3_column_double(row, 0) / 1e3;
        overhead = start > before ? fmin(overhead, start - before) : overhead;
        before = start + sqlite3_column_double(row, 1) / 1e9;
    }
    sqlite3_finalize(row);
    return isfinite(overhead) ? overhead : 0.0;
}

static bool read_samples(struct processes *self, const size_t *of, size_t count,
                         struct tune_samples *samples, struct error *error)
{
    char path[JOURNAL_PATH_MAX + 32];
    struct store store;
    struct store_added added = {0};
    if (!store_open(&store, ":memory:", error)) {
        return false;
    }
    if (!store_add_file(&store, journal_path(self->journal, "cells.jsonl", path), &added, error)) {
        store_close(&store);
        return false;
    }
    if (self->done == 0) {
        self->overhead_s = read_overhead(&store);
    }
    sqlite3_stmt *row = select_samples(&store, self->done);
    while (sqlite3_step(row) == SQLITE_ROW) {
        size_t at = (size_t)sqlite3_column_int64(row, 0) - self->done;
        if (at < count) {
            take_row(row, &samples->of[of[at]]);
            self->used_s += column(row, 5 + TUNE_METRICS) / 1e9 + self->overhead_s;
        }
    }
    sqlite3_finalize(row);
    store_close(&store);
    return true;
}

static bool measure(void *self_, const struct batch *batch, struct tune_samples *samples,
                    struct error *error)
{
    struct processes *self = self_;
    struct plan rung;
    struct run_summary summary;
    bool ok = plan_rung(self, batch, &rung, error) && extend_plan(self, &rung, error) &&
              run_plan(&self->plan, self->journal, self->quiet, &summary, error);
    if (ok) {
        size_t *of = calloc(rung.count, sizeof *of);
        CHECK(of != NULL);
        find_settings(self, &rung, batch, of);
        ok = read_samples(self, of, rung.count, samples, error);
        self->done += rung.count;
        free(of);
    }
    plan_free(&rung);
    return ok;
}

static double used(void *self)
{
    return ((const struct processes *)self)->used_s;
}

struct measurer processes_measurer(struct processes *self)
{
    return (struct measurer){self, measure, used};
}

/* Repetitions until precise enough; see rounds.h. */
#include "bench/run/rounds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/report/stats.h"

enum { ROUNDS_SEED = 1 };

/* The cell of this line, or NULL. Plans have few cells. */
static struct precision *find_cell(struct precisions *self, const char *line)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->cell[i].line, line) == 0) {
            return &self->cell[i];
        }
    }
    return NULL;
}

static void list_cells(const struct plan *plan, struct precisions *out)
{
    *out = (struct precisions){.cell = calloc(plan->count + 1, sizeof *out->cell)};
    CHECK(out->cell != NULL);
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_item *item = &plan->item[i];
        if (item->kind != RECORD_TIMED) {
            continue;
        }
        struct precision *cell = find_cell(out, item->line);
        if (cell == NULL) {
            cell = &out->cell[out->count++];
            *cell = (struct precision){.line = item->line, .label = item->label};
        }
        cell->reps = item->rep + 1 > cell->reps ? item->rep + 1 : cell->reps;
    }
}

static void read_cell(sqlite3_stmt *row, struct precision *cell)
{
    double elapsed = 0.0;
    sqlite3_bind_text(row, 1, cell->line, -1, SQLITE_STATIC);
    while (sqlite3_step(row) == SQLITE_ROW) {
        cell->value = reallocarray(cell->value, cell->n + 1, sizeof *cell->value);
        CHECK(cell->value != NULL);
        cell->value[cell->n++] = sqlite3_column_double(row, 0);
        elapsed += sqlite3_column_double(row, 1);
    }
    sqlite3_reset(row);
    cell->elapsed_ns = cell->n > 0 ? elapsed / (double)cell->n : 0.0;
}

void precisions_read(const struct plan *plan, struct store *store, const char *machine,
                     const struct precision_goal *goal, struct precisions *out)
{
    sqlite3_stmt *row = NULL;
    char path[80];
    CHECK(sqlite3_prepare_v2(store->database,
                             "SELECT json_extract(json,?2), json_extract(json,'$.elapsed_ns')"
                             " FROM record WHERE cell=?1 AND kind='timed' AND verdict='ok'"
                             " AND (?3 IS NULL OR machine=?3)"
                             " AND json_extract(json,?2) IS NOT NULL ORDER BY run, rep",
                             -1, &row, NULL) == SQLITE_OK);
    snprintf(path, sizeof path, "$.%s", goal->field);
    sqlite3_bind_text(row, 2, path, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 3, machine, -1, SQLITE_STATIC);
    list_cells(plan, out);
    for (size_t i = 0; i < out->count; i++) {
        struct precision *cell = &out->cell[i];
        read_cell(row, cell);
        struct sample sample = {cell->value, cell->n};
        cell->half_width = stats_half_width(sample, ROUNDS_SEED);
        cell->needed = stats_needed(sample, goal->half_width, ROUNDS_SEED);
        if (cell->needed > 0 && cell->needed < ROUNDS_PILOT) {
            cell->needed = ROUNDS_PILOT; /* fewer say nothing of their own spread */
        }
    }
    sqlite3_finalize(row);
}

void precisions_close(struct precisions *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->cell[i].value);
    }
    free(self->cell);
    *self = (struct precisions){0};
}

static bool is_reached(const struct precision *self, const struct precision_goal *goal)
{
    return self->n >= ROUNDS_PILOT && isfinite(self->half_width) &&
           self->half_width <= goal->half_width;
}

/* Of a cell without a trusted process nothing is known, and more of the same would not help. */
bool precision_wants_more(const struct precision *self, const struct precision_goal *goal)
{
    return goal->half_width > 0.0 && !is_reached(self, goal) && self->n > 0 &&
           self->reps < goal->max_reps;
}

/* As many as it seems to need, at most as many as it has. */
static uint64_t more_reps(const struct precision *self, const struct precision_goal *goal)
{
    uint64_t wanted = self->needed > self->n ? self->needed - self->n : 1;
    wanted = wanted < self->n ? wanted : self->n;
    return self->reps + wanted <= goal->max_reps ? wanted : goal->max_reps - self->reps;
}

/* Add the next round to the plan; 0: nothing more to do. False: the plan is full. */
static bool add_round(struct plan *plan, const struct precisions *precisions,
                      const struct precision_goal *goal, struct error *error)
{
    size_t from = plan->count;
    for (size_t i = 0; i < precisions->count; i++) {
        const struct precision *cell = &precisions->cell[i];
        char line[CELL_LINE_MAX];
        snprintf(line, sizeof line, "%s", cell->line);
        uint64_t more = precision_wants_more(cell, goal) ? more_reps(cell, goal) : 0;
        for (uint64_t k = 0; k < more; k++) {
            if (!plan_add_item(plan, line, RECORD_TIMED, cell->reps + k, error)) {
                return false;
            }
        }
    }
    plan_shuffle_from(plan, from);
    return true;
}

/* The records of the run so far, in an index of their own. */
static bool read_records(const struct plan *plan, const struct journal *journal,
                         const struct precision_goal *goal, struct precisions *out,
                         struct error *error)
{
    struct store store;
    struct store_added added = {0};
    char path[JOURNAL_PATH_MAX + 32];
    if (!store_open(&store, ":memory:", error)) {
        return false;
    }
    bool ok = store_add_file(&store, journal_path(journal, "cells.jsonl", path), &added, error);
    if (ok) {
        precisions_read(plan, &store, NULL, goal, out);
    }
    store_close(&store);
    return ok;
}

/* What the round before came to. */
static void report_round(const struct precisions *precisions, const struct precision_goal *goal,
                         size_t added)
{
    size_t reached = 0;
    const struct precision *widest = NULL;
    for (size_t i = 0; i < precisions->count; i++) {
        const struct precision *cell = &precisions->cell[i];
        reached += is_reached(cell, goal);
        if (isfinite(cell->half_width) &&
            (widest == NULL || cell->half_width > widest->half_width)) {
            widest = cell;
        }
    }
    fprintf(stderr, "%zu of %zu cells are within ±%.3g %%", reached, precisions->count,
            goal->half_width * 100.0);
    if (widest != NULL && reached < precisions->count) {
        fprintf(stderr, "; the widest is ±%.3g %% with %zu processes: %s",
                widest->half_width * 100.0, widest->n, widest->label);
    }
    if (added > 0) {
        fprintf(stderr, "; %zu more", added);
    }
    fputc('\n', stderr);
}

bool rounds_run(struct plan *plan, struct journal *journal, const struct precision_goal *goal,
                bool quiet, struct run_summary *summary, struct error *error)
{
    size_t reruns = 0;
    for (;;) {
        if (!run_plan(plan, journal, quiet, summary, error)) {
            return false;
        }
        reruns += summary->reruns;
        summary->reruns = reruns;
        if (goal->half_width <= 0.0) {
            return true;
        }
        struct precisions precisions;
        char path[JOURNAL_PATH_MAX + 32];
        size_t before = plan->count;
        if (!read_records(plan, journal, goal, &precisions, error)) {
            return false;
        }
        bool ok = add_round(plan, &precisions, goal, error) &&
                  (plan->count == before ||
                   plan_store(plan, journal_path(journal, "cells.tsv", path), error));
        if (ok && !quiet) {
            report_round(&precisions, goal, plan->count - before);
        }
        precisions_close(&precisions);
        if (!ok || plan->count == before) {
            return ok;
        }
    }
}

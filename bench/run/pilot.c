/* How many processes a plan needs; see pilot.h. */
#include "bench/run/pilot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/units.h"
#include "bench/report/report_table.h"
#include "bench/run/estimate.h"

/* The cells of which less is known than the pilot would tell. */
static bool choose_cells(const struct pilot *self, const struct precisions *known,
                         const struct plan *plan, struct plan *out, struct error *error)
{
    plan_init(out);
    out->limits = plan->limits;
    out->reruns = plan->reruns;
    out->no_raw = plan->no_raw;
    out->seed = plan->seed;
    for (size_t i = 0; i < known->count; i++) {
        if (known->cell[i].n < self->reps &&
            !plan_add_line(out, known->cell[i].line, self->reps, false, error)) {
            return false;
        }
    }
    plan_shuffle(out);
    return true;
}

static bool measure(const struct pilot *self, const struct plan *plan, struct store *store,
                    struct error *error)
{
    struct journal journal;
    struct run_summary summary;
    struct store_added added = {0};
    char folder[JOURNAL_PATH_MAX], path[JOURNAL_PATH_MAX + 32], stamp[32];
    struct tm local;
    time_t now = time(NULL);
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", localtime_r(&now, &local));
    snprintf(folder, sizeof folder, "%.900s/pilot-%s", self->results, stamp);
    if (!journal_create(&journal, folder, error)) {
        return false;
    }
    bool ok = plan_store(plan, journal_path(&journal, "cells.tsv", path), error) &&
              run_plan(plan, &journal, self->quiet, &summary, error) &&
              store_add_file(store, journal_path(&journal, "cells.jsonl", path), &added, error);
    if (ok && !self->quiet) {
        fprintf(stderr, "pilot: %zu processes, kept in %s\n", plan->count, journal.folder);
    }
    journal_close(&journal);
    return ok;
}

bool pilot_precisions(const struct pilot *self, const struct plan *plan,
                      const struct precision_goal *goal, struct precisions *out,
                      struct error *error)
{
    struct store store;
    struct machine machine;
    struct plan cells;
    machine_read(&machine);
    if (!store_open(&store, ":memory:", error)) {
        return false;
    }
    estimate_read_runs(&store, self->results);
    precisions_read(plan, &store, machine.id, goal, out);
    bool ok = choose_cells(self, out, plan, &cells, error);
    if (ok && cells.count > 0) {
        ok = measure(self, &cells, &store, error);
        precisions_close(out);
        precisions_read(plan, &store, machine.id, goal, out);
    }
    plan_free(&cells);
    store_close(&store);
    if (!ok) {
        precisions_close(out);
    }
    return ok;
}

static void print_total(const struct precisions *precisions, const struct precision_goal *goal)
{
    double total_ns = 0.0;
    size_t processes = 0, unknown = 0, beyond = 0;
    for (size_t i = 0; i < precisions->count; i++) {
        const struct precision *cell = &precisions->cell[i];
        size_t reps = cell->needed < goal->max_reps ? cell->needed : (size_t)goal->max_reps;
        beyond += cell->needed > goal->max_reps;
        unknown += cell->needed == 0;
        processes += reps;
        total_ns += (double)reps * cell->elapsed_ns;
    }
    char text[32];
    printf("%zu processes, about %s", processes,
           units_format_duration((uint64_t)total_ns, text, sizeof text));
    if (beyond > 0) {
        printf("; %zu cells need more than --max-reps %llu and stay wider", beyond,
               (unsigned long long)goal->max_reps);
    }
    if (unknown > 0) {
        printf("; of %zu cells nothing is known: they failed, cannot run here, or were disturbed",
               unknown);
    }
    puts("\n`heapdyno run` with the same options measures until each cell is there.");
}

void pilot_print(const struct precisions *precisions, const struct precision_goal *goal)
{
    static const char *const headings[] = {"cell",  "n so far", "median",
                                           "now ±", "n wanted", "time"};
    struct table table;
    char title[80];
    snprintf(title, sizeof title, "Processes of each cell for ±%.3g %% of a ratio",
             goal->half_width * 100.0);
    table_open(&table, "pilot", title, 1, headings, COUNT_OF(headings));
    for (size_t i = 0; i < precisions->count; i++) {
        const struct precision *cell = &precisions->cell[i];
        bool known = cell->needed > 0;
        table_text(&table, cell->label);
        table_figure(&table, (double)cell->n, FIGURE_COUNT);
        table_figure(&table, stats_median((struct sample){cell->value, cell->n}), FIGURE_NS);
        table_figure(&table, cell->half_width, FIGURE_PERCENT);
        table_figure(&table, known ? (double)cell->needed : NAN, FIGURE_COUNT);
        table_figure(&table, known ? (double)cell->needed * cell->elapsed_ns : NAN, FIGURE_NS);
    }
    table_print(&table, stdout);
    table_close(&table);
    putchar('\n');
    print_total(precisions, goal);
}

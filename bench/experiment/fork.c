/* What forked workers make their own of a preloaded heap. The collector writes a GC head for each
 * object that it examines, a reader writes a reference count: each first write to a page copies it.
 * gc.freeze takes the first away and not the second, so how much is read decides. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"
#include "bench/experiment/workers.h"

/* Tables -------------------------------------------------------------------------------------- */

static void add_settings(const struct fork_run *self, struct experiment_output *out)
{
    static const char *const headings[] = {"gc",        "when",      "requests",   "collection",
                                           "collector", "counts",    "allocation", "new memory",
                                           "all PSS",   "against on"};
    struct table table;
    table_open(&table, "settings", "Private memory of a worker that reads nothing", 2, headings,
               COUNT_OF(headings));
    const struct fork_cell *on = fork_find(self, 0.0, "", "on", NULL);
    for (size_t i = 0; i < self->count; i++) {
        const struct fork_cell *cell = &self->cell[i];
        double part[FORK_PARTS];
        char change[EXPERIMENT_TEXT];
        if (cell->touch > 0.0) {
            continue;
        }
        fork_parts(self, cell, part);
        table_text(&table, cell->gc);
        table_text(&table, cell == on ? "" : cell->when);
        table_figure(&table, fork_middle(self, cell, STEP_SERVE, WORKER_PRIVATE), FIGURE_BYTES);
        table_interval(&table, fork_figure(self, cell, STEP_COLLECT, WORKER_PRIVATE), FIGURE_BYTES);
        for (int k = 0; k < FORK_PARTS; k++) {
            table_figure(&table, part[k], FIGURE_BYTES);
        }
        table_interval(&table, fork_figure(self, cell, STEP_COLLECT, WORKER_PSS), FIGURE_BYTES);
        table_text(&table, cell == on ? "reference"
                           : on == NULL
                               ? "–"
                               : experiment_interval(
                                     worker_ratio(self->report, cell, on, STEP_COLLECT, WORKER_PSS),
                                     FIGURE_CHANGE, change));
    }
    table_note(&table, "Private-dirty bytes of one worker after its requests and after its full "
                       "collection, these by what wrote first to each page; all PSS: the workers "
                       "and their parent.");
    experiment_table(out, &table);
}

static void add_reading(const struct fork_run *self, struct experiment_output *out)
{
    static const char *const headings[] = {"spread", "read",      "gc",     "reading", "collection",
                                           "copied", "collector", "counts", "all PSS"};
    struct table table;
    table_open(&table, "reading", "Private memory of a worker that reads a share of the heap", 3,
               headings, COUNT_OF(headings));
    for (size_t i = 0; i < self->count; i++) {
        const struct fork_cell *cell = &self->cell[i];
        char share[FIGURE_LENGTH];
        if (cell->touch <= 0.0) {
            continue;
        }
        double part[FORK_PARTS];
        fork_parts(self, cell, part);
        table_text(&table, cell->spread);
        table_text(&table, figure(cell->touch, FIGURE_PERCENT, share));
        table_text(&table, fork_setting(cell));
        table_figure(&table, fork_middle(self, cell, STEP_TOUCH, WORKER_PRIVATE), FIGURE_BYTES);
        table_interval(&table, fork_figure(self, cell, STEP_COLLECT, WORKER_PRIVATE), FIGURE_BYTES);
        table_figure(&table, (part[0] + part[1] + part[2]) / fork_heap_bytes(self->report, cell),
                     FIGURE_PERCENT);
        table_figure(&table, fork_middle(self, cell, STEP_COLLECT, WORKER_BY_COLLECTOR),
                     FIGURE_BYTES);
        table_figure(&table, fork_middle(self, cell, STEP_COLLECT, WORKER_BY_COUNTS), FIGURE_BYTES);
        table_figure(&table, fork_middle(self, cell, STEP_COLLECT, WORKER_PSS), FIGURE_BYTES);
    }
    table_note(&table, "After the reading, and after requests and a full collection; copied: "
                       "share of the loaded heap whose pages the worker wrote to.");
    experiment_table(out, &table);
}

/* PSS of all processes at the highest step of their end. */
static double highest_at_exit(const struct fork_run *self, const struct fork_cell *cell)
{
    double highest = NAN;
    for (int step = STEP_EXIT_COLLECT; step <= STEP_EXIT_DROP; step++) {
        highest = fmax(highest, fork_middle(self, cell, (enum worker_step)step, WORKER_PSS));
    }
    return highest;
}

static void add_exit(const struct fork_run *self, struct experiment_output *out)
{
    static const char *const headings[] = {"gc",   "when",    "before",      "collected",
                                           "half", "dropped", "all, before", "all, highest"};
    struct table table;
    table_open(&table, "exit", "Private memory of a worker while it ends", 2, headings,
               COUNT_OF(headings));
    for (size_t i = 0; i < self->count; i++) {
        const struct fork_cell *cell = &self->cell[i];
        if (cell->touch > 0.0) {
            continue;
        }
        table_text(&table, cell->gc);
        table_text(&table, strcmp(cell->gc, "on") == 0 ? "" : cell->when);
        table_figure(&table, fork_middle(self, cell, STEP_COLLECT, WORKER_PRIVATE), FIGURE_BYTES);
        for (int step = STEP_EXIT_COLLECT; step <= STEP_EXIT_DROP; step++) {
            enum worker_step at = (enum worker_step)step;
            table_figure(&table, fork_middle(self, cell, at, WORKER_PRIVATE), FIGURE_BYTES);
        }
        table_figure(&table, fork_middle(self, cell, STEP_COLLECT, WORKER_PSS), FIGURE_BYTES);
        table_figure(&table, highest_at_exit(self, cell), FIGURE_BYTES);
    }
    table_note(&table, "After the collection that 3.11 makes at its end, gc on or off; when half "
                       "of the loaded objects are dropped; when all are (frozen ones stay). all: "
                       "PSS of all processes, which end together. os._exit leaves it at `before`.");
    experiment_table(out, &table);
}

/* Meaning ------------------------------------------------------------------------------------- */

static void say_collector(const struct fork_run *self, struct experiment_output *out)
{
    const struct fork_cell *on = fork_find(self, 0.0, "", "on", NULL);
    const struct fork_cell *frozen = fork_find(self, 0.0, "", "freeze", "before");
    double part[FORK_PARTS];
    char owned[FIGURE_LENGTH], heap[FIGURE_LENGTH], share[FIGURE_LENGTH], kept[FIGURE_LENGTH];
    char change[EXPERIMENT_TEXT], cause[FIGURE_LENGTH];
    if (on == NULL || frozen == NULL) {
        return;
    }
    double private = fork_middle(self, on, STEP_COLLECT, WORKER_PRIVATE);
    double bytes = fork_heap_bytes(self->report, on);
    fork_parts(self, on, part);
    experiment_say(
        out,
        "With collection on, a worker that reads nothing of the loaded %s owns %s after "
        "its first full collection (%s of the heap), %s of it written first by the "
        "collector. Frozen before the fork it owns %s.",
        figure(bytes, FIGURE_BYTES, heap), figure(private, FIGURE_BYTES, owned),
        figure((part[0] + part[1] + part[2]) / bytes, FIGURE_PERCENT, share),
        figure(part[0] / private, FIGURE_PERCENT, cause),
        figure(fork_middle(self, frozen, STEP_COLLECT, WORKER_PRIVATE), FIGURE_BYTES, kept));
    experiment_say(out, "All %zu workers and their parent together, against gc on: frozen %s.",
                   on->workers,
                   experiment_change(
                       worker_ratio(self->report, frozen, on, STEP_COLLECT, WORKER_PSS), change));
}

/* Instagram's first answer. */
static void say_off(const struct fork_run *self, struct experiment_output *out)
{
    const struct fork_cell *on = fork_find(self, 0.0, "", "on", NULL);
    const struct fork_cell *off = fork_find(self, 0.0, "", "off", "before");
    double part[FORK_PARTS];
    char change[EXPERIMENT_TEXT], owned[FIGURE_LENGTH], fresh[FIGURE_LENGTH];
    if (on == NULL || off == NULL) {
        return;
    }
    fork_parts(self, off, part);
    experiment_say(
        out, "With collection off instead: %s, and of the %s that a worker owns %s are new memory.",
        experiment_change(worker_ratio(self->report, off, on, STEP_COLLECT, WORKER_PSS), change),
        figure(fork_middle(self, off, STEP_COLLECT, WORKER_PRIVATE), FIGURE_BYTES, owned),
        figure(part[FORK_PARTS - 1], FIGURE_BYTES, fresh));
}

/* The setting of least PSS, and how the orders of freezing compare. */
static void say_orders(const struct fork_run *self, struct experiment_output *out)
{
    const struct fork_cell *best = NULL, *worst = NULL;
    double least = INFINITY, most = 0.0;
    char change[EXPERIMENT_TEXT];
    for (size_t i = 0; i < self->count; i++) {
        const struct fork_cell *cell = &self->cell[i];
        double pss = fork_middle(self, cell, STEP_COLLECT, WORKER_PSS);
        bool freezes = strstr(cell->gc, "freeze") != NULL && cell->touch <= 0.0;
        if (freezes && pss < least) {
            least = pss;
            best = cell;
        }
        if (freezes && pss > most) {
            most = pss;
            worst = cell;
        }
    }
    if (best == NULL || best == worst) {
        return;
    }
    experiment_say(out, "Of the orders of freezing, %s costs least; %s costs %s.",
                   fork_setting(best), fork_setting(worst),
                   experiment_change(
                       worker_ratio(self->report, worst, best, STEP_COLLECT, WORKER_PSS), change));
}

/* Whether collecting before freezing leaves holes that requests then write into. */
static void say_holes(const struct fork_run *self, struct experiment_output *out)
{
    static const char *const orders[] = {"early", "before"};
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        const struct fork_cell *plain = fork_find(self, 0.0, "", "freeze", orders[i]);
        const struct fork_cell *first = fork_find(self, 0.0, "", "collect_freeze", orders[i]);
        double more = fork_middle(self, first, STEP_COLLECT, WORKER_BY_ALLOCATION) -
                      fork_middle(self, plain, STEP_COLLECT, WORKER_BY_ALLOCATION);
        char text[FIGURE_LENGTH];
        if (isfinite(more)) {
            experiment_say(out,
                           "Collecting before freezing (%s) lets requests write into %s more of "
                           "shared pages.",
                           orders[i], figure(more > 0.0 ? more : 0.0, FIGURE_BYTES, text));
        }
    }
}

/* What freezing saves at each share read, and where half of it is gone. */
static void say_reading(const struct fork_run *self, const char *spread,
                        struct experiment_output *out)
{
    const struct fork_cell *on = fork_find(self, 0.0, "", "on", NULL);
    const struct fork_cell *frozen = fork_find(self, 0.0, "", "freeze", "before");
    double all = fork_middle(self, on, STEP_COLLECT, WORKER_PRIVATE) -
                 fork_middle(self, frozen, STEP_COLLECT, WORKER_PRIVATE);
    const struct fork_cell *half = NULL, *last = NULL;
    double left = NAN;
    char share[FIGURE_LENGTH], saved[FIGURE_LENGTH], first[FIGURE_LENGTH];
    for (size_t i = 0; i < self->count && isfinite(all); i++) {
        const struct fork_cell *cell = &self->cell[i];
        if (cell->touch <= 0.0 || strcmp(cell->gc, "freeze") != 0 ||
            strcmp(cell->spread, spread) != 0) {
            continue;
        }
        left = fork_middle(self, fork_find(self, cell->touch, spread, "on", NULL), STEP_COLLECT,
                           WORKER_PRIVATE) -
               fork_middle(self, cell, STEP_COLLECT, WORKER_PRIVATE);
        half = half == NULL && left < all / 2.0 ? cell : half;
        last = cell;
    }
    if (last == NULL) {
        return;
    }
    experiment_say(out, "Objects read %s: freezing saves %s of each worker while nothing is read,",
                   strcmp(spread, "together") == 0 ? "where they were loaded together"
                                                   : "wherever they lie",
                   figure(all, FIGURE_BYTES, first));
    if (half != NULL) {
        experiment_say(out, "less than half of that once %s are read,",
                       figure(half->touch, FIGURE_PERCENT, share));
    }
    experiment_say(out, "and %s when %s are.", figure(left > 0.0 ? left : 0.0, FIGURE_BYTES, saved),
                   figure(last->touch, FIGURE_PERCENT, share));
}

/* Shared pages first written between the last collection and the end, by one cause. */
static double written_at_exit(const struct fork_run *self, const struct fork_cell *cell,
                              enum worker_figure cause)
{
    return fork_middle(self, cell, STEP_EXIT_DROP, cause) -
           fork_middle(self, cell, STEP_COLLECT, cause);
}

static void say_exit(const struct fork_run *self, struct experiment_output *out)
{
    const struct fork_cell *worst = NULL;
    double most = 0.0;
    char from[FIGURE_LENGTH], to[FIGURE_LENGTH];
    for (size_t i = 0; i < self->count; i++) {
        const struct fork_cell *cell = &self->cell[i];
        double before = fork_middle(self, cell, STEP_COLLECT, WORKER_PSS);
        double highest = highest_at_exit(self, cell);
        if (cell->touch > 0.0 || !isfinite(highest) || !isfinite(before)) {
            continue;
        }
        if (strcmp(cell->gc, "on") == 0) {
            experiment_say(out, "With gc on, ending together takes all processes from %s to %s.",
                           figure(before, FIGURE_BYTES, from), figure(highest, FIGURE_BYTES, to));
        }
        if (highest / before > most) {
            most = highest / before;
            worst = cell;
        }
    }
    if (worst != NULL && most > 1.02) {
        char last[FIGURE_LENGTH], counts[FIGURE_LENGTH], blocks[FIGURE_LENGTH];
        experiment_say(
            out,
            "The largest spike is that of %s, from %s to %s: on the way a worker writes %s of "
            "shared pages by its last collection, %s by counts that fall and %s by freeing. "
            "os._exit leaves it at the former.",
            fork_setting(worst),
            figure(fork_middle(self, worst, STEP_COLLECT, WORKER_PSS), FIGURE_BYTES, from),
            figure(highest_at_exit(self, worst), FIGURE_BYTES, to),
            figure(written_at_exit(self, worst, WORKER_BY_COLLECTOR), FIGURE_BYTES, last),
            figure(written_at_exit(self, worst, WORKER_BY_COUNTS), FIGURE_BYTES, counts),
            figure(written_at_exit(self, worst, WORKER_BY_ALLOCATION), FIGURE_BYTES, blocks));
    }
}

static bool fork_answer(const struct experiment *self, const struct report *report,
                        struct experiment_output *out, struct error *error)
{
    struct fork_run run = fork_run_open(report);
    if (fork_find(&run, 0.0, "", "on", NULL) == NULL) {
        free(run.cell);
        return error_set(error, "%s: no cell fork:touch=0,gc=on; the plan is %s.ini", report->run,
                         self->name);
    }
    add_settings(&run, out);
    add_reading(&run, out);
    add_exit(&run, out);
    say_collector(&run, out);
    say_off(&run, out);
    say_orders(&run, out);
    say_holes(&run, out);
    say_reading(&run, "scattered", out);
    say_reading(&run, "together", out);
    say_exit(&run, out);
    free(run.cell);
    return true;
}

const struct experiment experiment_fork = {
    .name = "fork",
    .question = "Will gc.freeze before fork save memory in my workers, how much, for how long?",
    .varies = "gc on, off, frozen, before or after the fork; how much of the heap workers read",
    .plot = fork_plots,
    .plots = FORK_PLOTS,
    .answer = fork_answer,
};

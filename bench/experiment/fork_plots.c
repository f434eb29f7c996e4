/* Plots of the experiment fork: causes, the share that is read, and the steps of a worker's life. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"
#include "bench/experiment/page.h"
#include "bench/experiment/workers.h"

static const char *const part_names[FORK_PARTS] = {"collector", "reference counts", "allocation",
                                                   "new memory"};

/* A row of the plot of causes: all settings while nothing is read, and two for a hot tenth; NULL: not
 * shown. */
static const char *row_of(const struct fork_cell *cell)
{
    bool tenth = cell->touch > 0.09 && cell->touch < 0.11 && strcmp(cell->spread, "together") == 0;
    if (cell->touch <= 0.0) {
        return fork_setting(cell);
    }
    return !tenth                        ? NULL
           : strcmp(cell->gc, "on") == 0 ? "on, a hot tenth read"
                                         : "freeze, a hot tenth read";
}

/* Block k: row, from, to in MiB, of cause k. */
static void write_parts(const struct fork_run *run, struct plot_page *page)
{
    for (int k = 0; k < FORK_PARTS; k++) {
        size_t lines = 0;
        for (size_t i = 0; i < run->count; i++) {
            double part[FORK_PARTS], from = 0.0;
            const char *name = row_of(&run->cell[i]);
            if (name == NULL) {
                continue;
            }
            fork_parts(run, &run->cell[i], part);
            for (int j = 0; j < k; j++) {
                from += isfinite(part[j]) ? part[j] : 0.0;
            }
            if (isfinite(part[k])) {
                size_t row = 0;
                while (strcmp(page->rows.name[row], name) != 0) {
                    row++;
                }
                fprintf(page->tsv, "%zu\t%.6g\t%.6g\n", row, plot_mib(from),
                        plot_mib(from + part[k]));
                lines++;
            }
        }
        plot_block(page, lines);
    }
}

static bool plot_parts(const struct report *report, struct plot_page *page)
{
    struct fork_run run = fork_run_open(report);
    for (size_t i = 0; i < run.count; i++) {
        if (row_of(&run.cell[i]) != NULL) {
            report_names_add(&page->rows, row_of(&run.cell[i]));
        }
    }
    report_names_add(&page->facets, "private-dirty MiB of a worker after a full collection");
    for (int k = 0; k < FORK_PARTS; k++) {
        report_names_add(&page->series, part_names[k]);
    }
    write_parts(&run, page);
    free(run.cell);
    page->palette = "parts";
    page->height = (unsigned)(PLOT_HEAD_FOOT + page->rows.count * 26 + 60);
    page_note(report, page, "By what wrote first to each page.");
    return true;
}

/* Facet f, series s: x = share read in percent, y = private MiB. */
static bool plot_reading(const struct report *report, struct plot_page *page)
{
    static const char *const spreads[] = {"scattered", "together"};
    static const char *const facets[] = {"objects anywhere: private MiB",
                                         "objects loaded together: private MiB"};
    static const char *const gc[] = {"on", "freeze"};
    struct fork_run run = fork_run_open(report);
    for (size_t f = 0; f < COUNT_OF(spreads); f++) {
        report_names_add(&page->facets, facets[f]);
        for (size_t s = 0; s < COUNT_OF(gc); s++) {
            size_t lines = 0;
            for (size_t i = 0; i < run.count; i++) {
                const struct fork_cell *cell = &run.cell[i];
                if (cell->touch > 0.0 && strcmp(cell->gc, gc[s]) == 0 &&
                    strcmp(cell->spread, spreads[f]) == 0) {
                    lines += page_point(page, cell->touch * 100.0,
                                        fork_figure(&run, cell, STEP_COLLECT, WORKER_PRIVATE),
                                        1.0 / (1024.0 * 1024.0));
                }
            }
            plot_block(page, lines);
        }
    }
    free(run.cell);
    report_names_add(&page->rows, "");
    report_names_add(&page->series, "gc on");
    report_names_add(&page->series, "frozen before the fork");
    page->palette = "list";
    page_panels(page, &(struct page_axes){
                          .x_label = "share of the loaded objects that the worker reads (%)",
                          .log_x = true,
                          .log_y = "0 0",
                          .shared_y = true});
    page_note(report, page, "After a full collection.");
    return true;
}

static const char *const step_marks =
    "XTICS = \"set xtics ('start' 1, 'read' 2, 'serve' 3, 'collect' 4, 'exit' 5, 'half' 6, "
    "'end' 7)\"\n";

/* Settings that differ enough to be told apart, while nothing is read. */
static bool has_curve(const struct fork_cell *cell)
{
    bool before = strcmp(cell->when, "before") == 0;
    bool off = strcmp(cell->gc, "off") == 0, freeze = strcmp(cell->gc, "freeze") == 0;
    bool both = strcmp(cell->gc, "collect_freeze") == 0;
    return cell->touch <= 0.0 && (strcmp(cell->gc, "on") == 0 || (off && before) ||
                                  (freeze && strcmp(cell->when, "after") != 0) ||
                                  (both && strcmp(cell->when, "after") == 0));
}

/* Facets: of a worker, of all. A curve per setting, x = step. */
static bool plot_steps(const struct report *report, struct plot_page *page)
{
    static const enum worker_figure figures[] = {WORKER_PRIVATE, WORKER_PSS};
    static const char *const facets[] = {"private MiB of a worker", "PSS of all processes (MiB)"};
    struct fork_run run = fork_run_open(report);
    for (size_t f = 0; f < COUNT_OF(figures); f++) {
        report_names_add(&page->facets, facets[f]);
        for (size_t i = 0; i < run.count; i++) {
            size_t lines = 0;
            if (!has_curve(&run.cell[i])) {
                continue;
            }
            report_names_add(&page->series, fork_setting(&run.cell[i]));
            for (int step = 0; step < WORKER_STEPS; step++) {
                lines +=
                    page_point(page, step + 1.0,
                               fork_figure(&run, &run.cell[i], (enum worker_step)step, figures[f]),
                               1.0 / (1024.0 * 1024.0));
            }
            plot_block(page, lines);
        }
    }
    free(run.cell);
    report_names_add(&page->rows, "");
    page->palette = "list";
    page_panels(page, &(struct page_axes){.x_label = "end of a worker's step", .log_y = "0 0"});
    size_t used = strlen(page->set);
    snprintf(page->set + used, sizeof page->set - used, "%s", step_marks);
    page_note(report, page, "Nothing of the heap is read.");
    return true;
}

const struct plot fork_plots[FORK_PLOTS] = {
    {"fork_parts", "regions", "settings", "What wrote first to a worker's own pages",
     "Collector: what gc.freeze saves. Counts: what reading costs, frozen or not.", plot_parts},
    {"fork_reading", "panels", "reading", "Private memory of a worker against what it reads",
     "Where the curves meet, freezing saves nothing any more.", plot_reading},
    {"fork_steps", "panels", "exit", "Memory over a worker's life",
     "serve, collect: what the collector and new memory cost; exit, half, end: the interpreter's "
     "end.",
     plot_steps},
};

/* The same collector settings under batch jobs, which are judged by processor time, and under services,
 * whose requests arrive at a fixed rate and are judged by p99. Which setting is best for each, and
 * what the other kind's choice would cost it. */
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/grid.h"

enum { COLUMN_TIME, COLUMN_P99 };

static const struct grid_column columns[] = {
    {.title = "processor time",
     .metric = METRIC_RUN_CPU,
     .form = FIGURE_NS,
     .change = true,
     .axis = "processor time (ms)",
     .scale = 1e-6,
     .log = true},
    {.title = "p99",
     .path = "$.metered_ns_p99",
     .source = SOURCE_TIME,
     .form = FIGURE_NS,
     .change = true,
     .axis = "p99 at the rate (ms)",
     .scale = 1e-6,
     .log = true},
    {.title = "pause max",
     .metric = METRIC_PAUSE_MAX,
     .form = FIGURE_NS,
     .axis = "longest pause (ms)",
     .scale = 1e-6,
     .log = true},
    {.title = "peak RSS",
     .metric = METRIC_RSS_PEAK,
     .form = FIGURE_BYTES,
     .change = true,
     .axis = "peak RSS (MiB)",
     .scale = 1.0 / 1048576.0,
     .log = true},
};

static bool is_service(const struct grid_row *row)
{
    return strstr(row->program, " at ") != NULL;
}

static bool take(const struct report *report, struct grid_row *row)
{
    double threshold = 700.0;
    char freeze[32] = "never";
    experiment_option(row->group->collector_line, "threshold", &threshold);
    experiment_option_text(row->group->collector_line, "freeze", freeze, sizeof freeze);
    row->setting = row->group->collector;
    row->order = threshold == 0.0 ? INFINITY : threshold + (strcmp(freeze, "never") != 0 ? 0.5 : 0);
    return strcmp(row->group->allocator, report->allocator) == 0 &&
           strncmp(row->group->collector, "cp311", 5) == 0;
}

static struct grid open_grid(const struct report *report)
{
    struct grid grid = {.column = columns, .columns = COUNT_OF(columns)};
    grid_open(&grid, report, take, "cp311");
    return grid;
}

/* The figure by which a program is judged. */
static const struct grid_column *goal_of(const struct grid_row *row)
{
    return &columns[is_service(row) ? COLUMN_P99 : COLUMN_TIME];
}

static const struct grid_row *best_of(const struct grid *grid, const char *program)
{
    const struct grid_row *best = NULL;
    for (size_t i = 0; i < grid->rows; i++) {
        const struct grid_row *row = &grid->row[i];
        if (strcmp(row->program, program) == 0) {
            double value = grid_figure(grid, row, goal_of(row)).mid;
            if (isfinite(value) &&
                (best == NULL || value < grid_figure(grid, best, goal_of(best)).mid)) {
                best = row;
            }
        }
    }
    return best;
}

static void say_best(const struct grid *grid, struct experiment_output *out)
{
    const char *program = "";
    for (size_t i = 0; i < grid->rows; i++) {
        const struct grid_row *row = &grid->row[i];
        const struct grid_row *best = best_of(grid, row->program);
        if (strcmp(row->program, program) == 0 || best == NULL) {
            continue;
        }
        program = row->program;
        char goal[EXPERIMENT_TEXT], memory[EXPERIMENT_TEXT];
        experiment_change(grid_change(grid, best, goal_of(best)), goal);
        experiment_change(grid_change(grid, best, &columns[3]), memory);
        if (strcmp(best->setting, grid->reference) == 0) {
            experiment_say(out, "%s (%s by %s): the default is best.", program,
                           is_service(row) ? "a service, judged" : "a job, judged",
                           goal_of(row)->title);
        } else {
            experiment_say(out, "%s (%s by %s): best under %s, %s %s, peak RSS %s.", program,
                           is_service(row) ? "a service, judged" : "a job, judged",
                           goal_of(row)->title, best->setting, goal_of(row)->title, goal, memory);
        }
    }
}

/* Whether one setting is the best of all programs. */
static void say_agreement(const struct grid *grid, struct experiment_output *out)
{
    const struct grid_row *first = NULL;
    bool agree = true;
    for (size_t i = 0; i < grid->rows; i++) {
        const struct grid_row *best = best_of(grid, grid->row[i].program);
        if (best != NULL && first == NULL) {
            first = best;
        }
        agree = agree && (best == NULL || strcmp(best->setting, first->setting) == 0);
    }
    if (first != NULL) {
        experiment_say(out, agree ? "Jobs and services agree here."
                                  : "No setting is the best of all: choose by what the program is "
                                    "judged by.");
    }
}

static bool batch_or_service_answer(const struct experiment *self, const struct report *report,
                                    struct experiment_output *out, struct error *error)
{
    struct grid grid = open_grid(report);
    bool ok = grid.rows > 1;
    if (ok) {
        grid_table(&grid, "batch_or_service", "The same settings under jobs and services",
                   "p99: from when an operation was due to its end, for programs with a rate; "
                   "processor time for the others.",
                   out);
        say_best(&grid, out);
        say_agreement(&grid, out);
    } else {
        error_set(error, "%s: fewer than two settings of cp311; the plan is %s.ini", report->run,
                  self->name);
    }
    grid_close(&grid);
    return ok;
}

static bool plot_both(const struct report *report, struct plot_page *page)
{
    return grid_plot_of(open_grid, report, page);
}

static const struct plot plots[] = {
    {"batch_or_service", "bars", "batch_or_service", "The same settings under jobs and services",
     "A job looks at the first panel, a service at the second.", plot_both},
};

const struct experiment experiment_batch_or_service = {
    .name = "batch_or_service",
    .question = "Do settings that are good for a batch job suit a service?",
    .varies = "thresholds and freeze under jobs (run time) and services at a fixed rate (p99)",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .answer = batch_or_service_answer,
};

/* The same collector settings under batch jobs, which are judged by processor time, and under services,
 * whose requests arrive at a fixed rate and are judged by p99. Which setting is best for each, and
 * what the other kind's choice would cost it. */
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/grid.h"

static const struct grid_column spent = {.title = "processor time",
                                         .metric = METRIC_RUN_CPU,
                                         .form = FIGURE_NS,
                                         .change = true,
                                         .axis = "processor time (ms)",
                                         .scale = 1e-6,
                                         .log = true};
static const struct grid_column longest = {.title = "pause max",
                                           .metric = METRIC_PAUSE_MAX,
                                           .form = FIGURE_NS,
                                           .axis = "longest pause (ms)",
                                           .scale = 1e-6,
                                           .log = true};
static const struct grid_column peak = {.title = "peak RSS",
                                        .metric = METRIC_RSS_PEAK,
                                        .form = FIGURE_BYTES,
                                        .change = true,
                                        .axis = "peak RSS (MiB)",
                                        .scale = 1.0 / 1048576.0,
                                        .log = true};

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

/* The figure by which a program is judged. */
static const struct grid_column *goal_of(const struct grid_row *row)
{
    return is_service(row) ? &grid_p99 : &spent;
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
        experiment_change(grid_change(grid, best, &peak), memory);
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

static void say(const struct grid *grid, struct experiment_output *out)
{
    say_best(grid, out);
    say_agreement(grid, out);
}

static const struct grid_study study = {
    .title = "The same settings under jobs and services",
    .note = "p99: from when an operation was due to its end, for programs with a rate; processor "
            "time for the others.",
    .column = {&spent, &grid_p99, &longest, &peak},
    .reference = "cp311",
    .missing = "fewer than two settings of cp311",
    .take = take,
    .say = say,
};

static bool plot_both(const struct report *report, struct plot_page *page)
{
    return grid_plot(&study, report, page);
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
    .grid = &study,
    .answer = grid_answer,
};

/* What stays resident when sizes change: sawtooth (fill, drop nine in ten at random, fill with another
 * size) and phase_change (small, large, small again), step by step on every allocator. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/grid.h"

/* Live bytes belong to the workload: any allocator's counting process knows them. */
static double rss_over_live(const struct report *report, const struct report_group *group)
{
    double above = group_median(group, METRIC_RSS_PEAK) - group_median(group, METRIC_RSS_BASE);
    for (size_t i = 0; i < report->groups; i++) {
        double live = group_median(&report->group[i], METRIC_LIVE_PEAK);
        if (strcmp(report->group[i].workload, group->workload) == 0 && isfinite(live)) {
            return above / live;
        }
    }
    return NAN;
}

static const struct grid_column peak = {
    .title = "peak RSS", .metric = METRIC_RSS_PEAK, .form = FIGURE_BYTES, .change = true};
static const struct grid_column waste = {.title = "RSS / live",
                                         .derive = rss_over_live,
                                         .form = FIGURE_RATIO,
                                         .axis = "peak RSS / peak live bytes",
                                         .scale = 1.0};
static const struct grid_column at_end = {.title = "at the end",
                                          .metric = METRIC_RSS_END,
                                          .form = FIGURE_BYTES,
                                          .axis = "at the end of the run (MiB)",
                                          .scale = 1.0 / 1048576.0};
static const struct grid_column all_freed = {.title = "all freed",
                                             .metric = METRIC_RSS_AFTER_FREE,
                                             .form = FIGURE_BYTES,
                                             .axis = "all freed (MiB)",
                                             .scale = 1.0 / 1048576.0};
static const struct grid_column trimmed = {
    .title = "after trim", .metric = METRIC_RSS_AFTER_TRIM, .form = FIGURE_BYTES};
static const struct grid_column spent = {
    .title = "time", .metric = METRIC_RUN_CPU, .form = FIGURE_NS, .change = true};

static bool take(const struct report *report, struct grid_row *row)
{
    (void)report;
    row->setting = row->group->allocator;
    return !report_is_zero(row->group->allocator) &&
           (experiment_is_workload(row->group, "sawtooth") ||
            experiment_is_workload(row->group, "phase_change"));
}

/* Leanest and fattest of each program. */
static void say_programs(const struct grid *grid, struct experiment_output *out)
{
    for (size_t first = 0; first < grid->rows;) {
        const struct grid_row *lean = &grid->row[first], *fat = lean;
        size_t i = first;
        for (; i < grid->rows && strcmp(grid->row[i].program, grid->row[first].program) == 0; i++) {
            const struct report_group *group = grid->row[i].group;
            if (group_median(group, METRIC_RSS_PEAK) < group_median(lean->group, METRIC_RSS_PEAK)) {
                lean = &grid->row[i];
            }
            if (group_median(group, METRIC_RSS_PEAK) > group_median(fat->group, METRIC_RSS_PEAK)) {
                fat = &grid->row[i];
            }
        }
        char ratio[EXPERIMENT_TEXT], low[FIGURE_LENGTH], high[FIGURE_LENGTH];
        experiment_interval(experiment_ratio(fat->group, lean->group, METRIC_RSS_PEAK),
                            FIGURE_RATIO, ratio);
        figure(rss_over_live(grid->report, lean->group), FIGURE_RATIO, low);
        figure(rss_over_live(grid->report, fat->group), FIGURE_RATIO, high);
        experiment_say(out,
                       "%s: from %s bytes resident for a live one at the peak (%s) to %s (%s), "
                       "%s times the RSS.",
                       lean->program, low, lean->setting, high, fat->setting, ratio);
        first = i;
    }
}

static const struct grid_study study = {
    .title = "Sizes that change, by allocator",
    .note = "At the end: when the run is over, its last live set still held. All freed: nothing is "
            "live.",
    .column = {&peak, &waste, &at_end, &all_freed, &trimmed, &spent},
    .missing = "neither sawtooth nor phase_change on two allocators",
    .take = take,
    .say = say_programs,
};

static bool plot_programs(const struct report *report, struct plot_page *page)
{
    return grid_plot(&study, report, page);
}

/* Memory at the end of each step of a program. */
static const struct steps {
    const char *workload, *title, *ticks;
    size_t count; /* phases[0] is the set-up */
} programs[] = {
    {"sawtooth", "sawtooth: MiB after each fill and drop",
     "('fill' 1, 'drop' 2, 'fill' 3, 'drop' 4, 'fill' 5, 'drop' 6, 'fill' 7, 'drop' 8)", 8},
    {"phase_change", "phase_change: MiB after each phase", "('small' 1, 'large' 2, 'small' 3)", 3},
};

static size_t put_steps(const struct grid *grid, const struct grid_row *row,
                        const struct steps *steps, struct plot_page *page)
{
    size_t lines = 0;
    for (size_t step = 1; step <= steps->count; step++) {
        char path[48];
        snprintf(path, sizeof path, "$.phases[%zu].rss_bytes", step);
        lines += page_point(page, (double)step,
                            experiment_field(grid->report, row->group, path, SOURCE_MEMORY),
                            1.0 / 1048576.0);
    }
    return lines;
}

static bool plot_one(const struct report *report, struct plot_page *page, const struct steps *steps)
{
    struct grid grid;
    grid_open(&grid, report, &study);
    const char *program = NULL;
    for (size_t i = 0; i < grid.rows; i++) {
        bool wanted = experiment_is_workload(grid.row[i].group, steps->workload);
        program = wanted && program == NULL ? grid.row[i].program : program;
        if (wanted) {
            report_names_add(&page->series, grid.row[i].setting);
        }
    }
    if (program == NULL) {
        grid_close(&grid);
        return plot_left_out(page, "%s was not run", steps->workload);
    }
    report_names_add(&page->facets, steps->title);
    for (size_t s = 0; s < page->series.count; s++) {
        const struct grid_row *row = grid_find(&grid, program, page->series.name[s]);
        plot_block(page, row != NULL ? put_steps(&grid, row, steps, page) : 0);
    }
    grid_close(&grid);
    page_panels(page, &(struct page_axes){program, false, "0", 0, false});
    size_t used = strlen(page->set);
    snprintf(page->set + used, sizeof page->set - used, "XTICS = \"set xtics %s\"\n", steps->ticks);
    page_note(report, page, "Resident memory when the step ends.");
    return true;
}

static bool plot_sawtooth(const struct report *report, struct plot_page *page)
{
    return plot_one(report, page, &programs[0]);
}

static bool plot_phases(const struct report *report, struct plot_page *page)
{
    return plot_one(report, page, &programs[1]);
}

static const struct plot plots[] = {
    {"fragment_programs", "bars", "fragment", "Sizes that change: memory by allocator",
     "1 would be a heap without waste.", plot_programs},
    {"fragment_sawtooth", "panels", "fragment", "Fill, drop nine in ten at random, fill again",
     "A drop that does not fall is memory that the survivors pin.", plot_sawtooth},
    {"fragment_phases", "panels", "fragment", "Small objects, large ones, small ones again",
     "Whether the memory of one phase serves the next.", plot_phases},
};

const struct experiment experiment_fragment = {
    .name = "fragment",
    .question = "Why does RSS stay high although little is live?",
    .varies = "sizes that change from fill to fill, and from phase to phase, by allocator",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .grid = &study,
    .answer = grid_answer,
};

/* What free lists are worth: the same programs with lists of none, CPython's limits (80 to 2,000),
 * ten times those, and no limit at all. Hits and requests are counts; only the time is measured. */
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/grid.h"

/* Births that found a dead head, of all types. */
static double hit_rate(const struct report *report, const struct report_group *group)
{
    double hits = 0.0, births = 0.0;
    (void)report;
    for (size_t i = 0; i < REPORT_FREELISTS; i++) {
        double hit = group_median(group, METRIC_HITS + i);
        double miss = group_median(group, METRIC_MISSES + i);
        hits += isfinite(hit) ? hit : 0.0;
        births += isfinite(hit + miss) ? hit + miss : 0.0;
    }
    return births > 0.0 ? hits / births : NAN;
}

static const struct grid_column hits = {.title = "hit rate",
                                        .derive = hit_rate,
                                        .form = FIGURE_PERCENT,
                                        .axis = "hit rate (%)",
                                        .scale = 100.0};

static bool take(const struct report *report, struct grid_row *row)
{
    static const char *const names[] = {"none", "tenfold", "unlimited"};
    static const double orders[] = {0.0, 2.0, 3.0};
    char text[16];
    row->setting = "CPython's";
    row->order = 1.0;
    if (experiment_option_text(row->group->collector_line, "freelists", text, sizeof text)) {
        for (size_t i = 0; i < COUNT_OF(names); i++) {
            if (strcmp(text, names[i]) == 0) {
                row->setting = names[i];
                row->order = orders[i];
            }
        }
    }
    return strcmp(row->group->allocator, report->allocator) == 0;
}

static bool enough(const struct grid *grid)
{
    return grid->rows > 0 && grid_find(grid, grid->row[0].program, "none") != NULL;
}

static const struct grid_study study = {
    .title = "Limits of the free lists",
    .note = "Requests: allocations that reach the allocator. Hit rate: births of lists, dicts, key "
            "tables, floats and tuples that found a dead one to reuse.",
    .column = {&grid_time, &hits, &grid_requests, &grid_peak_rss},
    .reference = "CPython's",
    .wanted = {"time", "requests", "peak RSS"},
    .missing = "no workload ran without free lists",
    .take = take,
    .enough = enough,
};

static bool plot_limits(const struct report *report, struct plot_page *page)
{
    return grid_plot(&study, report, page);
}

static const struct plot plots[] = {
    {"freelists_limits", "bars", "freelists", "Free lists: time, reuse, requests, memory by limit",
     "Fewer requests for the same memory is what a free list is for.", plot_limits},
};

const struct experiment experiment_freelists = {
    .name = "freelists",
    .question = "Do free lists help, and would longer ones help more?",
    .varies = "limits of the free lists: none, CPython's, ten times those, unlimited",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .grid = &study,
    .answer = grid_answer,
};

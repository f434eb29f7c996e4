/* What a record of three floats costs as an instance with slots, a tuple, a dict, or a plain
 * instance: bytes, time of a reading pass, a full collection, and, in a worker forked after loading,
 * the pages that only reading makes its own. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/grid.h"

static double points_of(const struct report_group *group)
{
    double points = 200000.0; /* size=small */
    experiment_option(group->workload_line, "points", &points);
    return points;
}

static double bytes_each(const struct report *report, const struct report_group *group)
{
    (void)report;
    return group_median(group, METRIC_LIVE_PEAK) / points_of(group);
}

static double resident_each(const struct report *report, const struct report_group *group)
{
    (void)report;
    return (group_median(group, METRIC_RSS_PEAK) - group_median(group, METRIC_RSS_BASE)) /
           points_of(group);
}

/* The same records, read by a forked worker. */
static const struct report_group *forked_of(const struct report *report,
                                            const struct report_group *group)
{
    char node[16], other[16], reader[16];
    experiment_option_text(group->workload_line, "node", node, sizeof node);
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *candidate = &report->group[i];
        if (experiment_is_workload(candidate, "points") &&
            experiment_option_text(candidate->workload_line, "reader", reader, sizeof reader) &&
            experiment_option_text(candidate->workload_line, "node", other, sizeof other) &&
            strcmp(reader, "forked") == 0 && strcmp(node, other) == 0 &&
            points_of(candidate) == points_of(group)) {
            return candidate;
        }
    }
    return NULL;
}

/* Private dirty bytes of the worker: workers[] has parent and worker, one after the other, at the
 * ends of start, touch and collect. */
static double dirty_each(const struct report *report, const struct report_group *group)
{
    const struct report_group *forked = forked_of(report, group);
    double after =
        experiment_field(report, forked, "$.workers[3].private_dirty_bytes", SOURCE_MEMORY).mid;
    double before =
        experiment_field(report, forked, "$.workers[1].private_dirty_bytes", SOURCE_MEMORY).mid;
    return forked == NULL ? NAN : (after - before) / points_of(group);
}

static const struct grid_column bytes = {.title = "bytes each",
                                         .derive = bytes_each,
                                         .form = FIGURE_BYTES,
                                         .change = true,
                                         .axis = "bytes each",
                                         .scale = 1.0};
static const struct grid_column resident = {
    .title = "RSS each", .derive = resident_each, .form = FIGURE_BYTES};
static const struct grid_column reading = {.title = "time",
                                           .metric = METRIC_RUN_CPU,
                                           .form = FIGURE_NS,
                                           .change = true,
                                           .axis = "reading (ms of processor)",
                                           .scale = 1e-6};
static const struct grid_column full = {.title = "full pause",
                                        .metric = METRIC_GEN_PAUSE_MAX + 2,
                                        .form = FIGURE_NS,
                                        .change = true,
                                        .axis = "full pause (ms)",
                                        .scale = 1e-6};
static const struct grid_column dirtied = {.title = "dirtied each",
                                           .derive = dirty_each,
                                           .form = FIGURE_BYTES,
                                           .change = true,
                                           .axis = "dirtied by reading (bytes each)",
                                           .scale = 1.0};

static bool take(const struct report *report, struct grid_row *row)
{
    static const char *const names[] = {"instances", "slots", "dicts", "tuples"};
    char node[16], reader[16] = "self";
    (void)report;
    experiment_option_text(row->group->workload_line, "reader", reader, sizeof reader);
    if (!experiment_is_workload(row->group, "points") || strcmp(reader, "self") != 0 ||
        !experiment_option_text(row->group->workload_line, "node", node, sizeof node)) {
        return false;
    }
    row->program = "points";
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(node, names[i]) == 0) {
            row->setting = names[i];
            row->order = (double)i;
            return true;
        }
    }
    return false;
}

static const struct grid_study study = {
    .title = "A record of three floats, by what holds it",
    .note =
        "Bytes each: live bytes, the floats and the list's place included. Time: reading passes "
        "in which one in ten is new. Full pause: one gc.collect() after loading. Dirtied: pages "
        "that a forked worker owns after only reading.",
    .column = {&bytes, &resident, &reading, &full, &dirtied},
    .reference = "instances",
    .wanted = {"bytes each", "time", "full pause", "dirtied each"},
    .missing = "the workload points was not run in two shapes",
    .take = take,
};

static bool plot_shapes(const struct report *report, struct plot_page *page)
{
    return grid_plot(&study, report, page);
}

static const struct plot plots[] = {
    {"slots_shapes", "bars", "slots", "Slots, tuples, dicts, instances: what a record costs",
     "Left is cheaper.", plot_shapes},
};

const struct experiment experiment_slots = {
    .name = "slots",
    .question = "Slots, tuples, dicts or plain instances: what does a record cost?",
    .varies = "what holds a record: bytes, time, cost of a collection, pages dirtied by reading "
              "after fork",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .grid = &study,
    .answer = grid_answer,
};

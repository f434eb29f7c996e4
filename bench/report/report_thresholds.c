/* The sweep of thresholds in a run: which collectors are part of it, and its table. */
#include "bench/report/report_tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static double rank(double threshold)
{
    return threshold == 0.0 ? INFINITY : threshold; /* off comes last */
}

static int compare_thresholds(const void *left, const void *right)
{
    double a = rank(((const struct report_threshold *)left)->value);
    double b = rank(((const struct report_threshold *)right)->value);
    return (a > b) - (a < b);
}

/* Labels that differ from the reference collector in the threshold alone: its name, and nothing or
 * `:threshold=…` behind it. */
static bool is_threshold_of(const struct report *report, const char *label)
{
    size_t length = strcspn(report->collector, ":");
    static const char option[] = ":threshold=";
    return strncmp(label, report->collector, length) == 0 &&
           (label[length] == '\0' || (strncmp(label + length, option, sizeof option - 1) == 0 &&
                                      strchr(label + length, ',') == NULL));
}

/* The sweep of this run, sorted, in out[report->collectors.count + 1]. */
static size_t find_thresholds(const struct report *report, struct report_threshold *out)
{
    struct report_names seen = {0};
    size_t count = 0;
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        size_t before = seen.count;
        double value;
        if (is_threshold_of(report, group->collector) &&
            report_threshold(group->collector_line, &value)) {
            report_names_add(&seen, group->collector);
            if (seen.count > before) {
                const char *rest = strchr(group->collector, '/');
                bool plain = rest == NULL || strcmp(rest, "/10/10") == 0;
                out[count++] = (struct report_threshold){group->collector, value, plain};
            }
        }
    }
    free(seen.name);
    if (count > 0) {
        qsort(out, count, sizeof *out, compare_thresholds);
    }
    return count;
}

struct report_threshold *report_thresholds(const struct report *report, size_t *count)
{
    struct report_threshold *all = calloc(report->collectors.count + 1, sizeof *all);
    CHECK(all != NULL);
    *count = find_thresholds(report, all);
    return all;
}

static void add_point(const struct report *report, struct table *out, const char *workload,
                      const char *allocator, const struct report_threshold *threshold)
{
    static const enum metric columns[] = {METRIC_OPERATIONS_PER_S, METRIC_RSS_PEAK,
                                          METRIC_PAUSE_P99};
    const struct report_group *group =
        report_find(report, workload, threshold->collector, allocator);
    if (group == NULL || group->n[METRIC_RSS_PEAK] == 0) {
        return;
    }
    table_text(out, workload);
    table_text(out, allocator);
    table_text(out, threshold->collector);
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        table_interval(out, stats_median_interval(group_sample(group, columns[i]), REPORT_SEED),
                       report_metrics[columns[i]].form);
    }
    table_figure(out, group_median(group, METRIC_GC_SHARE), FIGURE_PERCENT);
}

void table_thresholds(const struct report *report, struct table *out)
{
    static const char *const headings[] = {"workload", "allocator", "collector", "throughput",
                                           "peak RSS", "pause p99", "GC share"};
    size_t count;
    struct report_threshold *all = report_thresholds(report, &count);
    table_open(out, "thresholds", "Thresholds", 3, headings, COUNT_OF(headings));
    for (size_t w = 0; w < report->workloads.count && count > 1; w++) {
        for (size_t a = 0; a < report->allocators.count; a++) {
            for (size_t t = 0; t < count; t++) {
                add_point(report, out, report->workloads.name[w], report->allocators.name[a],
                          &all[t]);
            }
        }
    }
    free(all);
    table_note(out, "Medians with 95 %% intervals; the plot has those whose second and "
                    "third threshold are 10.");
}

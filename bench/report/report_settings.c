/* What other settings of collection save and cost: never collecting (threshold=off), freezing what
 * set-up made, no collector at all, against the reference. Instagram's question. */
#include "bench/report/report_tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* Ratios over all groups that match; a NULL label matches any. */
struct comparison {
    enum metric metric;
    const char *workload;
    const char *collector, *other_collector; /* other: of the denominator; NULL: the same */
    const char *allocator, *other_allocator;
};

static bool matches(const char *wanted, const char *label)
{
    return wanted == NULL || strcmp(wanted, label) == 0;
}

static struct interval compare(const struct report *report, const struct comparison *what)
{
    struct sample_pair *pair = calloc(report->groups + 1, sizeof *pair);
    CHECK(pair != NULL);
    size_t count = 0;
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *a = &report->group[i];
        if (group_is_paced(a) || !matches(what->workload, a->workload) ||
            !matches(what->collector, a->collector) || !matches(what->allocator, a->allocator)) {
            continue;
        }
        const struct report_group *b =
            report_find(report, a->workload,
                        what->other_collector != NULL ? what->other_collector : a->collector,
                        what->other_allocator != NULL ? what->other_allocator : a->allocator);
        pair[count++] =
            (struct sample_pair){group_sample(a, what->metric), group_sample(b, what->metric)};
    }
    struct interval result = stats_ratio(pair, count, REPORT_SEED);
    free(pair);
    return result;
}

struct interval report_compare_allocators(const struct report *report, enum metric metric,
                                          const char *a, const char *b)
{
    return compare(report, &(struct comparison){.metric = metric,
                                                .collector = report->collector,
                                                .allocator = a,
                                                .other_allocator = b});
}

struct interval report_compare_collectors(const struct report *report, enum metric metric,
                                          const char *a, const char *b, const char *workload)
{
    return compare(
        report, &(struct comparison){
                    .metric = metric, .workload = workload, .collector = a, .other_collector = b});
}

struct report_names report_settings(const struct report *report)
{
    struct report_names found = {0};
    char wanted[3][256] = {"", "", "none"};
    snprintf(wanted[0], sizeof wanted[0], "%s:threshold=off", report->collector);
    snprintf(wanted[1], sizeof wanted[1], "%s:freeze=after_setup", report->collector);
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        for (size_t k = 0; k < report->collectors.count; k++) {
            if (strcmp(report->collectors.name[k], wanted[i]) == 0) {
                report_names_add(&found, report->collectors.name[k]);
            }
        }
    }
    return found;
}

static void add_setting(const struct report *report, struct table *out, const char *collector,
                        const char *workload)
{
    static const enum metric columns[] = {METRIC_RUN_NS, METRIC_RSS_PEAK, METRIC_PAUSE_P99,
                                          METRIC_PAUSE_MAX};
    struct interval change[COUNT_OF(columns)];
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        change[i] =
            report_compare_collectors(report, columns[i], collector, report->collector, workload);
    }
    if (!isfinite(change[0].mid) && !isfinite(change[1].mid)) {
        return;
    }
    table_text(out, collector);
    table_text(out, workload != NULL ? workload : "all together");
    for (size_t i = 0; i < COUNT_OF(columns); i++) {
        table_interval(out, change[i], FIGURE_CHANGE);
    }
}

void table_settings(const struct report *report, struct table *out)
{
    static const char *const headings[] = {"collector", "workload",  "run time",
                                           "peak RSS",  "pause p99", "longest pause"};
    table_open(out, "settings", "Other settings of collection, against the reference", 2, headings,
               COUNT_OF(headings));
    for (size_t i = 0; i < report->collectors.count; i++) {
        const char *collector = report->collectors.name[i];
        if (strcmp(collector, report->collector) == 0) {
            continue;
        }
        for (size_t k = 0; k < report->workloads.count; k++) {
            add_setting(report, out, collector, report->workloads.name[k]);
        }
        if (report->workloads.count > 1) {
            add_setting(report, out, collector, NULL);
        }
    }
    table_note(out,
               "Change against %s, over all allocators, with 95 %% intervals where every process"
               " count is %d or more; – where one of the two made no pause at all.",
               report->collector, STATS_MIN);
}

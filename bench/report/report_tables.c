/* The tables of a report, but for the settings of collection; see report_tables.h. */
#include "bench/report/report_tables.h"
#include "bench/report/report_model.h"
#include "bench/report/steady.h"

#include <math.h>
#include <string.h>

#include "base/check.h"

static const struct report_table_kind kinds[] = {
    {"summary", table_summary},
    {"memory", table_memory},
    {"release", table_release},
    {"pauses", table_pauses},
    {"thresholds", table_thresholds},
    {"settings", table_settings},
    {"generations", table_generations},
    {"freelists", table_freelists},
    {"regions", table_regions},
    {"latency", table_latency},
    {"mmu", table_mmu},
    {"trash", table_trash},
    {"overhead", table_overhead},
    {"steady", table_steady},
    {"model", table_model},
};

const struct report_table_kind *report_table_at(size_t index)
{
    return index < COUNT_OF(kinds) ? &kinds[index] : NULL;
}

const struct report_table_kind *report_table_find(const char *name)
{
    size_t i = 0;
    while (i < COUNT_OF(kinds) && strcmp(kinds[i].name, name) != 0) {
        i++;
    }
    CHECK(i < COUNT_OF(kinds));
    return &kinds[i];
}

static void open_table(struct table *out, const char *name, const char *title,
                       const char *const *headings, size_t columns)
{
    table_open(out, name, title, 3, headings, columns);
}

void table_labels(struct table *out, const struct report_group *group)
{
    table_text(out, group->workload);
    table_text(out, group->collector);
    table_text(out, group->allocator);
}

void table_median(struct table *out, const struct report_group *group, enum metric metric)
{
    table_figure(out, group_median(group, metric), report_metrics[metric].form);
}

static bool has(const struct report_group *group, enum metric metric)
{
    return group->n[metric] > 0;
}

void table_summary(const struct report *report, struct table *out)
{
    static const char *const headings[] = {
        "workload", "collector", "allocator", "throughput", "relative [95 %]", "peak RSS",
        "RSS/live", "pause p50", "pause p99", "max",        "GC share",        "n"};
    open_table(out, "summary", "Throughput, memory and pauses", headings, COUNT_OF(headings));
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        const struct report_group *reference =
            report_find(report, group->workload, group->collector, report->allocator);
        struct sample_pair pair = {group_sample(group, METRIC_OPERATIONS_PER_S),
                                   group_sample(reference, METRIC_OPERATIONS_PER_S)};
        if (pair.a.n == 0 && !has(group, METRIC_RSS_PEAK)) {
            continue;
        }
        table_labels(out, group);
        table_median(out, group, METRIC_OPERATIONS_PER_S);
        if (group == reference && pair.a.n > 0) {
            table_text(out, "1 (reference)");
        } else {
            table_interval(out, stats_ratio(&pair, 1, REPORT_SEED), FIGURE_RATIO);
        }
        table_median(out, group, METRIC_RSS_PEAK);
        table_figure(out, group_rss_over_live(group), FIGURE_RATIO);
        table_median(out, group, METRIC_PAUSE_P50);
        table_median(out, group, METRIC_PAUSE_P99);
        table_median(out, group, METRIC_PAUSE_MAX);
        table_median(out, group, METRIC_GC_SHARE);
        table_figure(out, (double)pair.a.n, FIGURE_COUNT);
    }
    table_note(out,
               "Medians over n %s processes. Relative: throughput over that of %s, same workload"
               " and collector, with a bootstrap interval where both have %d processes or more.",
               report->untrusted ? "trusted and untrusted" : "trusted", report->allocator,
               STATS_MIN);
}

void table_memory(const struct report *report, struct table *out)
{
    static const char *const headings[] = {"workload", "collector", "allocator", "live bytes",
                                           "base RSS", "peak RSS",  "RSS/live",  "faults",
                                           "major",    "n"};
    open_table(out, "memory", "Resident memory over live bytes", headings, COUNT_OF(headings));
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (!has(group, METRIC_RSS_PEAK) || !has(group, METRIC_LIVE_PEAK)) {
            continue;
        }
        table_labels(out, group);
        table_median(out, group, METRIC_LIVE_PEAK);
        table_median(out, group, METRIC_RSS_BASE);
        table_median(out, group, METRIC_RSS_PEAK);
        table_figure(out, group_rss_over_live(group), FIGURE_RATIO);
        table_median(out, group, METRIC_FAULTS_MINOR);
        table_median(out, group, METRIC_FAULTS_MAJOR);
        table_figure(out, (double)group->n[METRIC_RSS_PEAK], FIGURE_COUNT);
    }
    table_note(out,
               "RSS/live = (peak − base) over the most bytes that were live at once; base is"
               " read before the heap is opened, live bytes by a counting process; faults: pages"
               " touched for the first time, major those that were read from a disk.");
}

void table_release(const struct report *report, struct table *out)
{
    static const char *const headings[] = {"workload",   "collector",  "allocator",  "peak",
                                           "end of run", "after free", "after trim", "returned"};
    open_table(out, "release", "Memory returned to the system", headings, COUNT_OF(headings));
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (!has(group, METRIC_RSS_AFTER_FREE)) {
            continue;
        }
        table_labels(out, group);
        table_median(out, group, METRIC_RSS_PEAK);
        table_median(out, group, METRIC_RSS_END);
        table_median(out, group, METRIC_RSS_AFTER_FREE);
        table_median(out, group, METRIC_RSS_AFTER_TRIM);
        table_figure(out, group_returned(group), FIGURE_PERCENT);
    }
    table_note(
        out, "Resident bytes when everything has been freed, and after the allocator was"
             " asked to trim; returned: what the system then had back of the growth to the peak.");
}

void table_pauses(const struct report *report, struct table *out)
{
    static const char *const headings[] = {"workload", "collector", "allocator", "p50",
                                           "p99",      "p99.9",     "max",       "GC time",
                                           "GC share", "ns/object", "n"};
    open_table(out, "pauses", "Collection pauses", headings, COUNT_OF(headings));
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (!has(group, METRIC_PAUSE_MAX)) {
            continue;
        }
        static const enum metric columns[] = {
            METRIC_PAUSE_P50, METRIC_PAUSE_P99, METRIC_PAUSE_P999,        METRIC_PAUSE_MAX,
            METRIC_GC_NS,     METRIC_GC_SHARE,  METRIC_GC_NS_PER_EXAMINED};
        table_labels(out, group);
        for (size_t k = 0; k < COUNT_OF(columns); k++) {
            table_median(out, group, columns[k]);
        }
        table_figure(out, (double)group->n[METRIC_PAUSE_MAX], FIGURE_COUNT);
    }
    table_note(out,
               "Medians over processes of each process's percentile; ns/object: collection time"
               " over objects examined.");
}

void table_generations(const struct report *report, struct table *out)
{
    static const char *const headings[] = {"workload", "collector",   "gen",       "collections",
                                           "examined", "collected",   "yield",     "ns/object",
                                           "wasted",   "wasted time", "pause p99", "pause max"};
    open_table(out, "generations", "Collections and yield by generation", headings,
               COUNT_OF(headings));
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        bool reference =
            group->allocator == report->allocator ||
            report_find(report, group->workload, group->collector, report->allocator) == NULL ||
            report_find(report, group->workload, group->collector, report->allocator) == group;
        for (unsigned g = 0; g < REPORT_GENERATIONS && reference; g++) {
            char name[] = {(char)('0' + g), '\0'};
            if (!(group_median(group, METRIC_COLLECTIONS + g) > 0.0)) {
                continue;
            }
            table_text(out, group->workload);
            table_text(out, group->collector);
            table_text(out, name);
            table_median(out, group, METRIC_COLLECTIONS + g);
            table_median(out, group, METRIC_EXAMINED + g);
            table_median(out, group, METRIC_COLLECTED + g);
            table_figure(out, group_yield(group, g), FIGURE_PERCENT);
            table_figure(out, group_ns_per_examined(group, g), FIGURE_NS);
            table_median(out, group, METRIC_EMPTY + g);
            table_median(out, group, METRIC_EMPTY_NS + g);
            table_median(out, group, METRIC_GEN_PAUSE_P99 + g);
            table_median(out, group, METRIC_GEN_PAUSE_MAX + g);
        }
    }
    table_note(out,
               "Allocator %s where it ran: counts do not depend on the allocator. Yield:"
               " collected over examined; ns/object: pauses over objects examined; wasted:"
               " collections that found nothing, and their pauses.",
               report->allocator);
}

void table_freelists(const struct report *report, struct table *out)
{
    static const char *const headings[] = {"workload", "collector", "allocator", "list",
                                           "dict",     "dict keys", "float",     "tuple"};
    open_table(out, "freelists", "Free-list hit rate by type", headings, COUNT_OF(headings));
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        bool any = false;
        for (size_t k = 0; k < REPORT_FREELISTS; k++) {
            any = any || isfinite(group_hit_rate(group, k));
        }
        if (!any) {
            continue;
        }
        table_labels(out, group);
        for (size_t k = 0; k < REPORT_FREELISTS; k++) {
            table_figure(out, group_hit_rate(group, k), FIGURE_PERCENT);
        }
    }
    table_note(out, "Share of objects (dict keys: tables) that came from their free list instead of"
                    " the allocator.");
}

void table_regions(const struct report *report, struct table *out)
{
    static const char *const headings[] = {"workload", "collector", "allocator", "heap", "mmap",
                                           "stack",    "data",      "text",      "other"};
    open_table(out, "regions", "Resident memory by region", headings, COUNT_OF(headings));
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (!has(group, METRIC_REGIONS) && !has(group, METRIC_REGIONS + 1)) {
            continue;
        }
        table_labels(out, group);
        for (unsigned k = 0; k < REPORT_REGIONS; k++) {
            table_median(out, group, METRIC_REGIONS + k);
        }
    }
    table_note(out, "At the end of the run phase, from /proc/PID/smaps: heap is what brk grew, mmap"
                    " anonymous maps, data and text those of the program and its libraries.");
}

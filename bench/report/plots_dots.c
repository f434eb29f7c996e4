/* Plots with a row per workload and a dot with its interval per allocator or setting. */
#include "bench/report/plots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/report/report_tables.h"

/* Where series s of n stands within its row: spread over 0.7 of it. */
static double dodge(size_t row, size_t s, size_t n)
{
    return (double)row + 0.7 * (((double)s + 0.5) / (double)n - 0.5);
}

static void put_dot(struct plot_page *page, double y, struct interval value, const char *label)
{
    fprintf(page->tsv, "%.4f\t%.6g\t%.6g\t%.6g\t", y, value.mid, value.known ? value.lo : value.mid,
            value.known ? value.hi : value.mid);
    text_tsv(page->tsv, label);
    fputc('\n', page->tsv);
}

/* A figure of one cell of the grid; mid is NAN where there is none. */
typedef struct interval dot_of(const struct report *report, const char *workload,
                               const char *series);

/* Rows: workloads that have `fewest` dots or more. */
static void add_rows(const struct report *report, struct plot_page *page, size_t fewest,
                     dot_of *dot)
{
    for (size_t w = 0; w < report->workloads.count; w++) {
        size_t dots = 0;
        for (size_t s = 0; s < page->series.count; s++) {
            if (isfinite(dot(report, report->workloads.name[w], page->series.name[s]).mid)) {
                dots++;
            }
        }
        if (dots >= fewest) {
            report_names_add(&page->rows, report->workloads.name[w]);
        }
    }
    size_t row = page->series.count * 13 > PLOT_ROW ? page->series.count * 13 : PLOT_ROW;
    page->height = (unsigned)(PLOT_HEAD_FOOT + page->rows.count * row);
}

/* A block per series. */
static void put_blocks(const struct report *report, struct plot_page *page, dot_of *dot)
{
    for (size_t s = 0; s < page->series.count; s++) {
        size_t lines = 0;
        for (size_t w = 0; w < page->rows.count; w++) {
            const char *workload = page->rows.name[w];
            struct interval value = dot(report, workload, page->series.name[s]);
            if (isfinite(value.mid)) {
                put_dot(page, dodge(w, s, page->series.count), value, workload);
                lines++;
            }
        }
        plot_block(page, lines);
    }
}

/* False when there is nothing to show. */
static bool put_dots(const struct report *report, struct plot_page *page, size_t fewest,
                     dot_of *dot)
{
    add_rows(report, page, fewest, dot);
    put_blocks(report, page, dot);
    return page->rows.count > 0;
}

static const struct report_group *reference_group(const struct report *report, const char *workload,
                                                  const char *allocator)
{
    return report_find(report, workload, report->collector, allocator);
}

/* Allocators with that figure under the reference collector. */
static void add_allocators(const struct report *report, enum metric metric, struct plot_page *page)
{
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (strcmp(group->collector, report->collector) == 0 && group->n[metric] > 0 &&
            !report_is_zero(group->allocator)) {
            report_names_add(&page->series, group->allocator);
        }
    }
}

static struct interval throughput_dot(const struct report *report, const char *workload,
                                      const char *allocator)
{
    struct sample_pair pair = {
        group_sample(reference_group(report, workload, allocator), METRIC_OPERATIONS_PER_S),
        group_sample(reference_group(report, workload, report->allocator),
                     METRIC_OPERATIONS_PER_S)};
    if (strcmp(allocator, report->allocator) == 0 && pair.a.n > 0) {
        return (struct interval){.mid = 1.0};
    }
    return stats_ratio(&pair, 1, REPORT_SEED);
}

bool plot_throughput(const struct report *report, struct plot_page *page)
{
    add_allocators(report, METRIC_OPERATIONS_PER_S, page);
    if (page->series.count < 2) {
        return plot_left_out(page, "%s ran with fewer than two allocators", report->collector);
    }
    if (!put_dots(report, page, 2, throughput_dot)) {
        return plot_left_out(page, "no throughput to compare with %s", report->allocator);
    }
    char text[160];
    snprintf(text, sizeof text, "Collector %.40s, over %.40s. Whiskers: 95 %% bootstrap interval.",
             report->collector, report->allocator);
    plot_note_n(report, METRIC_OPERATIONS_PER_S, page, text);
    page->x_label = "throughput over the reference (operations per second, ratio)";
    return true;
}

/* The interval is that of the peak: base and live bytes hardly vary. */
static struct interval memory_dot(const struct report *report, const char *workload,
                                  const char *allocator)
{
    const struct report_group *group = reference_group(report, workload, allocator);
    struct interval result = {.mid = NAN};
    if (group == NULL || !isfinite(group_rss_over_live(group))) {
        return result;
    }
    double base = group_median(group, METRIC_RSS_BASE);
    double live = group_median(group, METRIC_LIVE_PEAK);
    result = stats_median_interval(group_sample(group, METRIC_RSS_PEAK), REPORT_SEED);
    result.mid = (result.mid - base) / live;
    result.lo = (result.lo - base) / live;
    result.hi = (result.hi - base) / live;
    return result;
}

bool plot_memory(const struct report *report, struct plot_page *page)
{
    add_allocators(report, METRIC_RSS_PEAK, page);
    if (!put_dots(report, page, 1, memory_dot)) {
        return plot_left_out(page, "no counting process told the live bytes");
    }
    char text[160];
    snprintf(text, sizeof text, "Collector %.60s. Whiskers: 95 %% bootstrap interval.",
             report->collector);
    plot_note_n(report, METRIC_RSS_PEAK, page, text);
    page->x_label = "(peak RSS − base) / peak live bytes";
    page->log = true;
    return true;
}

/* Rows as in put_dots; columns: row, peak, after free, after trim. */
bool plot_release(const struct report *report, struct plot_page *page)
{
    add_allocators(report, METRIC_RSS_AFTER_FREE, page);
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (group->n[METRIC_RSS_AFTER_FREE] > 0 &&
            strcmp(group->collector, report->collector) == 0) {
            report_names_add(&page->rows, group->workload);
        }
    }
    if (page->rows.count == 0) {
        return plot_left_out(page, "no process told its memory after free");
    }
    for (size_t s = 0; s < page->series.count; s++) {
        size_t lines = 0;
        for (size_t w = 0; w < page->rows.count; w++) {
            const struct report_group *group =
                reference_group(report, page->rows.name[w], page->series.name[s]);
            if (group == NULL || group->n[METRIC_RSS_AFTER_FREE] == 0) {
                continue;
            }
            fprintf(page->tsv, "%.4f\t%.6g\t%.6g\t%.6g\t%.6g\n", dodge(w, s, page->series.count),
                    plot_mib(group_median(group, METRIC_RSS_PEAK)),
                    plot_mib(group_median(group, METRIC_RSS_AFTER_FREE)),
                    plot_mib(group_median(group, METRIC_RSS_AFTER_TRIM)),
                    plot_mib(group_median(group, METRIC_RSS_BASE)));
            lines++;
        }
        plot_block(page, lines);
    }
    page->height = (unsigned)(PLOT_HEAD_FOOT + page->rows.count * (page->series.count * 13 + 8));
    page->x_label = "resident MiB: filled = peak, hollow = after free, cross = after trim";
    page->log = true;
    char text[160];
    snprintf(text, sizeof text, "Collector %.60s. Medians.", report->collector);
    plot_note_n(report, METRIC_RSS_AFTER_FREE, page, text);
    return true;
}

static struct interval time_dot(const struct report *report, const char *workload,
                                const char *collector)
{
    return report_compare_collectors(report, METRIC_RUN_NS, collector, report->collector, workload);
}

static struct interval peak_dot(const struct report *report, const char *workload,
                                const char *collector)
{
    return report_compare_collectors(report, METRIC_RSS_PEAK, collector, report->collector,
                                     workload);
}

/* Panels: run time, peak RSS; blocks: settings in the first, then settings in the second. */
bool plot_settings(const struct report *report, struct plot_page *page)
{
    page->series = report_settings(report);
    add_rows(report, page, 1, peak_dot); /* time too is known only where memory is */
    if (page->rows.count == 0) {
        return plot_left_out(page, "collection off, frozen or absent was not run beside %s",
                             report->collector);
    }
    put_blocks(report, page, time_dot);
    put_blocks(report, page, peak_dot);
    report_names_add(&page->facets, "run time");
    report_names_add(&page->facets, "peak RSS");
    page->palette = "list";
    page->log = true;
    char text[160];
    snprintf(text, sizeof text,
             "Over %.40s, all allocators together. Whiskers: 95 %% bootstrap interval.",
             report->collector);
    plot_note_n(report, METRIC_RUN_NS, page, text);
    return true;
}

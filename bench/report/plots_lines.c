/* Plots of curves: memory over time, and the sweep of thresholds. */
#include "bench/report/plots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/report/report_raw.h"
#include "bench/report/report_tables.h"

/* Points of one curve at most: more than a page has pixels only makes the file larger. */
enum { CURVE_POINTS = 150 };

/* Block f·|series| + s: seconds, MiB. */
bool plot_rss(const struct report *report, struct plot_page *page)
{
    for (size_t a = 0; a < report->allocators.count; a++) {
        for (size_t w = 0; w < report->workloads.count; w++) {
            const char *workload = report->workloads.name[w];
            const char *allocator = report->allocators.name[a];
            struct report_raw raw = {0};
            if (!report_is_zero(allocator) &&
                report_raw_rss(report, report_find(report, workload, report->collector, allocator),
                               &raw)) {
                report_names_add(&page->facets, workload);
                report_names_add(&page->series, allocator);
            }
            report_raw_close(&raw);
        }
    }
    if (page->facets.count == 0) {
        return plot_left_out(page, "no process of %s left a series of its memory in raw/",
                             report->collector);
    }
    for (size_t f = 0; f < page->facets.count; f++) {
        for (size_t s = 0; s < page->series.count; s++) {
            struct report_raw raw;
            report_raw_rss(
                report,
                report_find(report, page->facets.name[f], report->collector, page->series.name[s]),
                &raw);
            size_t step = 1 + raw.count / CURVE_POINTS;
            for (size_t i = 0; i < raw.count; i += step) {
                fprintf(page->tsv, "%.6g\t%.6g\n", raw.x[i] / 1e9, plot_mib(raw.y[i]));
            }
            plot_block(page, raw.count);
            report_raw_close(&raw);
        }
    }
    page->height = plot_facets_height(page->facets.count);
    page->x_label = "seconds since the process started, against resident MiB";
    snprintf(page->note, sizeof page->note, "Collector %.60s. One process per curve.",
             report->collector);
    return true;
}

/* One point: threshold (off: 0), middle, lower and upper end; 0 lines if there is none. */
static size_t put_point(struct plot_page *page, const struct report_group *group,
                        enum metric metric, double threshold)
{
    struct interval value = stats_median_interval(group_sample(group, metric), REPORT_SEED);
    double scale = metric == METRIC_RSS_PEAK    ? plot_mib(1.0)
                   : metric == METRIC_PAUSE_P99 ? 1e-6
                                                : 1.0;
    if (!isfinite(value.mid)) {
        return 0;
    }
    fprintf(page->tsv, "%.0f\t%.6g\t%.6g\t%.6g\n", threshold, value.mid * scale,
            (value.known ? value.lo : value.mid) * scale,
            (value.known ? value.hi : value.mid) * scale);
    return 1;
}

static void add_swept(const struct report *report, struct plot_page *page,
                      const struct report_threshold *all, size_t count)
{
    for (size_t w = 0; w < report->workloads.count; w++) {
        for (size_t a = 0; a < report->allocators.count; a++) {
            size_t points = 0;
            for (size_t t = 0; t < count; t++) {
                const struct report_group *group =
                    report_find(report, report->workloads.name[w], all[t].collector,
                                report->allocators.name[a]);
                points += all[t].plain && group != NULL && !group_is_paced(group) &&
                          group->n[METRIC_RSS_PEAK] > 0;
            }
            if (points >= 3) { /* fewer are no sweep */
                report_names_add(&page->facets, report->workloads.name[w]);
                report_names_add(&page->series, report->allocators.name[a]);
            }
        }
    }
}

/* Block (f·3 + metric)·|series| + s. */
bool plot_thresholds(const struct report *report, struct plot_page *page)
{
    static const enum metric metrics[] = {METRIC_OPERATIONS_PER_S, METRIC_RSS_PEAK,
                                          METRIC_PAUSE_P99};
    size_t count;
    struct report_threshold *all = report_thresholds(report, &count);
    add_swept(report, page, all, count);
    for (size_t block = 0; block < page->facets.count * COUNT_OF(metrics) * page->series.count;
         block++) {
        size_t s = block % page->series.count, row = block / page->series.count, lines = 0;
        for (size_t t = 0; t < count; t++) {
            if (!all[t].plain) {
                continue;
            }
            lines += put_point(page,
                               report_find(report, page->facets.name[row / COUNT_OF(metrics)],
                                           all[t].collector, page->series.name[s]),
                               metrics[row % COUNT_OF(metrics)], all[t].value);
        }
        plot_block(page, lines);
    }
    free(all);
    if (page->facets.count == 0) {
        return plot_left_out(page, "no workload ran with three thresholds or more");
    }
    page->height = (unsigned)(PLOT_HEAD_FOOT + page->facets.count * PLOT_FACET);
    page->x_label = "threshold0 (net allocations before a young collection)";
    plot_note_n(report, METRIC_OPERATIONS_PER_S, page, "Medians, bars: 95 % bootstrap interval.");
    return true;
}

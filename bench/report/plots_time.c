/* Plots of when the program stood still: pauses, utilisation, latency of operations. */
#include "bench/report/plots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/report/report_raw.h"
#include "bench/report/report_tables.h"

/* Points of one curve at most, about: more than a page has pixels only makes the file larger. */
enum { CURVE_POINTS = 150, LATENCY_FACETS = 6, LATENCY_SERIES = 6 };

/* What share of all is at least x: milliseconds, share; dense at the long end. x ascending, y how
 * many there are of each. */
static void put_ccdf(struct plot_page *page, const struct report_raw *raw)
{
    double all = 0.0, next = INFINITY;
    size_t lines = 0;
    for (size_t i = 0; i < raw->count; i++) {
        all += raw->y[i];
    }
    double left = all;
    for (size_t i = 0; i < raw->count; i++) {
        if (left <= next || i + 1 == raw->count) {
            fprintf(page->tsv, "%.6g\t%.6g\n", raw->x[i] / 1e6, left / all);
            next = left > CURVE_POINTS ? left * 0.98 : left - 1.0;
            lines++;
        }
        left -= raw->y[i];
    }
    plot_block(page, lines);
}

/* One pause of each length. */
static void put_pauses(struct plot_page *page, struct report_raw *raw)
{
    stats_sort(raw->y, raw->count);
    for (size_t i = 0; i < raw->count; i++) {
        raw->x[i] = raw->y[i];
        raw->y[i] = 1.0;
    }
    put_ccdf(page, raw);
}

/* Collectors that differ in their thresholds, light to dark, and the workloads that have raw
 * figures of them; `has` says whether a group has. */
static void add_sweep(const struct report *report, struct plot_page *page,
                      bool (*has)(const struct report *report, const struct report_group *group))
{
    size_t count;
    struct report_threshold *all = report_thresholds(report, &count);
    for (size_t s = 0; s < count; s++) {
        for (size_t f = 0; f < report->workloads.count; f++) {
            const char *workload = report->workloads.name[f];
            if (all[s].value > 0.0 &&
                has(report, report_find(report, workload, all[s].collector, report->allocator))) {
                report_names_add(&page->series, all[s].collector);
                report_names_add(&page->facets, workload);
            }
        }
    }
    free(all);
    page->palette = "ramp";
    page->height = plot_facets_height(page->facets.count);
}

static bool has_pauses(const struct report *report, const struct report_group *group)
{
    struct report_raw raw;
    bool has = report_raw_pauses(report, group, &raw);
    report_raw_close(&raw);
    return has;
}

/* Block f·|series| + s: milliseconds, share of pauses at least as long. */
bool plot_pauses(const struct report *report, struct plot_page *page)
{
    add_sweep(report, page, has_pauses);
    if (page->facets.count == 0) {
        return plot_left_out(page, "no process of %s left its pauses in raw/", report->allocator);
    }
    for (size_t f = 0; f < page->facets.count; f++) {
        for (size_t s = 0; s < page->series.count; s++) {
            struct report_raw raw;
            report_raw_pauses(
                report,
                report_find(report, page->facets.name[f], page->series.name[s], report->allocator),
                &raw);
            put_pauses(page, &raw);
            report_raw_close(&raw);
        }
    }
    page->x_label = "pause in milliseconds, against the share of pauses at least as long";
    char text[160];
    snprintf(text, sizeof text, "Allocator %.60s, every pause of its trusted processes.",
             report->allocator);
    plot_note_n(report, METRIC_PAUSE_MAX, page, text);
    return true;
}

static bool has_mmu(const struct report *report, const struct report_group *group)
{
    struct report_raw raw;
    size_t n;
    bool has = report_raw_mmu(report, group, &n, &raw);
    report_raw_close(&raw);
    return has;
}

/* Block f·|series| + s: window in milliseconds, per cent. */
bool plot_mmu(const struct report *report, struct plot_page *page)
{
    add_sweep(report, page, has_mmu);
    if (page->facets.count == 0) {
        return plot_left_out(page, "no process of %s left its utilisation in raw/",
                             report->allocator);
    }
    for (size_t f = 0; f < page->facets.count; f++) {
        for (size_t s = 0; s < page->series.count; s++) {
            struct report_raw raw;
            size_t n;
            report_raw_mmu(
                report,
                report_find(report, page->facets.name[f], page->series.name[s], report->allocator),
                &n, &raw);
            for (size_t i = 0; i < raw.count; i++) {
                fprintf(page->tsv, "%.6g\t%.6g\n", raw.x[i] / 1e6, 100.0 * raw.y[i]);
            }
            plot_block(page, raw.count);
            report_raw_close(&raw);
        }
    }
    page->x_label = "length of the window in milliseconds, against the least share left (%)";
    char text[160];
    snprintf(text, sizeof text, "Allocator %.60s, the worst of its trusted processes.",
             report->allocator);
    plot_note_n(report, METRIC_MMU_1MS, page, text);
    return true;
}

static bool has_metered(const struct report *report, const struct report_group *group)
{
    struct report_raw raw;
    bool has = report_raw_latency(report, group, true, &raw);
    report_raw_close(&raw);
    return has;
}

/* Facets: each workload at a rate (without one latency means little to a client); series:
 * collectors. Block f·2·|series| + s from when operations
 * were to begin, then as many from when they did. Milliseconds, share at least as long. */
bool plot_latency(const struct report *report, struct plot_page *page)
{
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (strcmp(group->allocator, report->allocator) == 0 && has_metered(report, group) &&
            page->facets.count < LATENCY_FACETS && page->series.count < LATENCY_SERIES) {
            report_names_add(&page->facets, group->workload);
            report_names_add(&page->series, group->collector);
        }
    }
    if (page->facets.count == 0) {
        return plot_left_out(page, "no operations arrived at a rate (--rate)");
    }
    for (size_t block = 0; block < 2 * page->facets.count * page->series.count; block++) {
        size_t s = block % page->series.count, row = block / page->series.count;
        const struct report_group *group = report_find(report, page->facets.name[row / 2],
                                                       page->series.name[s], report->allocator);
        struct report_raw raw;
        report_raw_latency(report, group, row % 2 == 0, &raw);
        put_ccdf(page, &raw);
        report_raw_close(&raw);
    }
    page->palette = "list";
    page->height = plot_facets_height(page->facets.count);
    page->x_label = "milliseconds, against the share of operations at least as long";
    char text[200];
    snprintf(text, sizeof text,
             "Allocator %.60s, every operation. Lines: metered; dots: from when one began.",
             report->allocator);
    plot_note_n(report, METRIC_METERED_MAX, page, text);
    return true;
}

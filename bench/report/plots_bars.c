/* Plots of counts and parts: collections by generation, hit rates, regions of memory. */
#include "bench/report/plots.h"

#include <math.h>
#include <string.h>

#include "base/check.h"

/* Groups of the reference collector and allocator, or of the first allocator where that is not. */
static const struct report_group *plain_group(const struct report *report, const char *workload)
{
    const struct report_group *group =
        report_find(report, workload, report->collector, report->allocator);
    for (size_t i = 0; group == NULL && i < report->allocators.count; i++) {
        group = report_find(report, workload, report->collector, report->allocators.name[i]);
    }
    return group;
}

/* Block g: row, collections, yield in percent. */
bool plot_generations(const struct report *report, struct plot_page *page)
{
    static const char *const names[REPORT_GENERATIONS] = {"generation 0", "generation 1",
                                                          "generation 2"};
    for (size_t w = 0; w < report->workloads.count; w++) {
        const struct report_group *group = plain_group(report, report->workloads.name[w]);
        /* A replayed trace has collections, but nobody knows what they examined: no yield. */
        if (group != NULL && group_median(group, METRIC_COLLECTIONS) > 0.0 &&
            isfinite(group_yield(group, 0))) {
            report_names_add(&page->rows, group->workload);
        }
    }
    if (page->rows.count == 0) {
        return plot_left_out(page, "no collection ran under %s", report->collector);
    }
    for (unsigned g = 0; g < REPORT_GENERATIONS; g++) {
        size_t lines = 0;
        report_names_add(&page->series, names[g]);
        for (size_t w = 0; w < page->rows.count; w++) {
            const struct report_group *group = plain_group(report, page->rows.name[w]);
            double collections = group_median(group, METRIC_COLLECTIONS + g);
            if (collections > 0.0) {
                fprintf(page->tsv, "%.4f\t%.6g\t%.6g\n", (double)w + 0.25 * ((double)g - 1.0),
                        collections, group_yield(group, g) * 100.0);
                lines++;
            }
        }
        plot_block(page, lines);
    }
    page->palette = "ramp";
    page->height = (unsigned)(PLOT_HEAD_FOOT + page->rows.count * 40);
    snprintf(page->note, sizeof page->note,
             "Collector %.60s, allocator %.40s; counts, the same in every process.",
             report->collector, report->allocator);
    return true;
}

/* One block: column (type), row, percent. */
bool plot_freelists(const struct report *report, struct plot_page *page)
{
    for (size_t w = 0; w < report->workloads.count; w++) {
        const struct report_group *group = plain_group(report, report->workloads.name[w]);
        bool any = false;
        for (size_t k = 0; group != NULL && k < REPORT_FREELISTS; k++) {
            any = any || isfinite(group_hit_rate(group, k));
        }
        if (any) {
            report_names_add(&page->rows, group->workload);
        }
    }
    if (page->rows.count == 0) {
        return plot_left_out(page, "no counting process told the hits of the free lists");
    }
    for (size_t w = 0; w < page->rows.count; w++) {
        const struct report_group *group = plain_group(report, page->rows.name[w]);
        for (size_t k = 0; k < REPORT_FREELISTS; k++) {
            fprintf(page->tsv, "%zu\t%zu\t%.6g\n", k, w, group_hit_rate(group, k) * 100.0);
        }
    }
    for (size_t k = 0; k < REPORT_FREELISTS; k++) {
        report_names_add(&page->facets, report_freelists[k]);
    }
    page->height = (unsigned)(PLOT_HEAD_FOOT + page->rows.count * PLOT_ROW);
    snprintf(page->note, sizeof page->note,
             "Collector %.60s, allocator %.40s; counts, the same in every process.",
             report->collector, report->allocator);
    return true;
}

/* Rows: workload · allocator; block k: row, from, to in MiB, of region k. */
bool plot_regions(const struct report *report, struct plot_page *page)
{
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (strcmp(group->collector, report->collector) == 0 && !report_is_zero(group->allocator) &&
            (group->n[METRIC_REGIONS] > 0 || group->n[METRIC_REGIONS + 1] > 0)) {
            report_names_add(&page->facets, group->workload);
            report_names_add(&page->rows, group->allocator);
        }
    }
    if (page->facets.count == 0) {
        return plot_left_out(page, "no process told its regions");
    }
    for (size_t f = 0; f < page->facets.count; f++) {
        for (unsigned k = 0; k < REPORT_REGIONS; k++) {
            size_t lines = 0;
            for (size_t r = 0; r < page->rows.count; r++) {
                const struct report_group *group = report_find(
                    report, page->facets.name[f], report->collector, page->rows.name[r]);
                double from = 0.0, size = 0.0;
                for (unsigned i = 0; group != NULL && i <= k; i++) {
                    double part = plot_mib(group_median(group, METRIC_REGIONS + i));
                    from += size;
                    size = isfinite(part) ? part : 0.0;
                }
                if (group != NULL) {
                    fprintf(page->tsv, "%zu\t%.6g\t%.6g\n", r, from, from + size);
                    lines++;
                }
            }
            plot_block(page, lines);
        }
    }
    for (size_t k = 0; k < REPORT_REGIONS; k++) {
        report_names_add(&page->series, report_regions[k]);
    }
    size_t columns = page->facets.count <= 1 ? 1 : 2;
    page->height = (unsigned)(PLOT_HEAD_FOOT + (page->facets.count + columns - 1) / columns *
                                                   (page->rows.count * 22 + 60));
    page->palette = "parts";
    page->x_label = "resident MiB at the end of the run";
    plot_note_n(report, METRIC_REGIONS, page, "Medians.");
    return true;
}

/* Plots of pauses: against objects, and what requests at a rate see of them. */
#include <string.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"
#include "bench/experiment/page.h"
#include "bench/experiment/pauses.h"

bool plot_pause_objects(const struct report *report, struct plot_page *page)
{
    static const char *const heaps[] = {"fresh", "aged"};
    static const char *const titles[] = {"fresh: full pause (ms)", "aged: full pause (ms)"};
    struct pauses self = pauses_read(report);
    for (size_t i = 0; i < self.count; i++) {
        if (strcmp(self.series[i].collector, pause_plain) == 0 &&
            strchr(self.series[i].heap, ',') == NULL) {
            report_names_add(&page->series, self.series[i].allocator);
        }
    }
    for (size_t h = 0; h < COUNT_OF(heaps); h++) {
        report_names_add(&page->facets, titles[h]);
        for (size_t s = 0; s < page->series.count; s++) {
            const struct pause_series *series =
                pause_series(&self, page->series.name[s], pause_plain, heaps[h]);
            size_t lines = 0;
            for (size_t k = 0; series != NULL && k < series->sizes; k++) {
                const struct pause_size *size = &series->size[k];
                lines += page_point(page, size->objects,
                                    stats_median_interval(size->pause, REPORT_SEED), 1e-6);
            }
            plot_block(page, lines);
        }
    }
    size_t series = page->series.count;
    pauses_close(&self);
    if (series == 0) {
        return plot_left_out(page, "no full collections under %s", pause_plain);
    }
    page_panels(page, &(struct page_axes){"tracked objects", true, "1 1", 0, true});
    page_note(report, page, "cp311:threshold=off, gc.collect() of a live heap.");
    return true;
}

bool plot_pause_service(const struct report *report, struct plot_page *page)
{
    static const char *const paths[] = {"$.metered_ns_p50", "$.metered_ns_p99", "$.metered_ns_p999",
                                        "$.metered_ns_max"};
    static const char *const titles[] = {"p50 (ms)", "p99 (ms)", "p99.9 (ms)", "max (ms)"};
    for (size_t i = 0; i < report->groups; i++) {
        if (pause_is_service(&report->group[i])) {
            report_names_add(&page->rows, report->group[i].collector);
            report_names_add(&page->series, report->group[i].workload);
        }
    }
    if (page->rows.count == 0) {
        return plot_left_out(page, "no requests at a fixed rate");
    }
    for (size_t k = 0; k < COUNT_OF(paths); k++) {
        report_names_add(&page->facets, titles[k]);
        for (size_t s = 0; s < page->series.count; s++) {
            size_t lines = 0;
            for (size_t r = 0; r < page->rows.count; r++) {
                const struct report_group *group = report_find(
                    report, page->series.name[s], page->rows.name[r], report->allocator);
                lines += page_dot(page, r, s,
                                  experiment_field(report, group, paths[k], SOURCE_TIME), 1e-6);
            }
            plot_block(page, lines);
        }
    }
    page->palette = "list";
    page_bars(page, "1 1 1 1");
    page_note(report, page, "From when a request was due to its answer.");
    return true;
}

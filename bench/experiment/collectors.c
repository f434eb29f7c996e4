/* What another version's collector changes, program by program, worst case first: processor time, memory,
 * trash, longest pause, of cp313 and none against cp311. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"
#include "bench/experiment/page.h"

static const char reference[] = "cp311";

/* One collector on one program against the reference. */
struct change {
    const struct report_group *group, *reference;
    double worst; /* the larger of the changes of time and memory, as a ratio */
};

struct changes {
    struct change *change;
    size_t count;
};

static double larger(double a, double b)
{
    return !isfinite(a) || b > a ? b : a;
}

static int by_worst(const void *left, const void *right)
{
    const struct change *a = left, *b = right;
    return (a->worst < b->worst) - (a->worst > b->worst);
}

static struct changes changes_read(const struct report *report)
{
    struct changes self = {.change = calloc(report->groups + 1, sizeof *self.change)};
    CHECK(self.change != NULL);
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        const struct report_group *other =
            report_find(report, group->workload, reference, group->allocator);
        if (other == NULL || other == group || strcmp(group->allocator, report->allocator) != 0) {
            continue;
        }
        double time = experiment_ratio(group, other, METRIC_RUN_CPU).mid;
        double memory = experiment_ratio(group, other, METRIC_RSS_PEAK).mid;
        if (isfinite(time) || isfinite(memory)) {
            self.change[self.count++] = (struct change){group, other, larger(time, memory)};
        }
    }
    qsort(self.change, self.count, sizeof *self.change, by_worst);
    return self;
}

static void add_table(const struct changes *self, struct experiment_output *out)
{
    static const char *const headings[] = {
        "program, collector", "time",     "peak RSS", "trash",   "of cp311",
        "pause max",          "of cp311", "GC share", "of cp311"};
    struct table table;
    char text[EXPERIMENT_TEXT];
    table_open(&table, "collectors", "Against cp311, worst case first", 1, headings,
               COUNT_OF(headings));
    for (size_t i = 0; i < self->count; i++) {
        const struct report_group *a = self->change[i].group, *b = self->change[i].reference;
        char name[256];
        snprintf(name, sizeof name, "%s, %s", a->workload, a->collector);
        table_text(&table, name);
        table_text(&table, experiment_interval(experiment_ratio(a, b, METRIC_RUN_CPU),
                                               FIGURE_CHANGE, text));
        table_text(&table, experiment_interval(experiment_ratio(a, b, METRIC_RSS_PEAK),
                                               FIGURE_CHANGE, text));
        table_figure(&table, group_median(a, METRIC_TRASH_PEAK), FIGURE_COUNT);
        table_figure(&table, group_median(b, METRIC_TRASH_PEAK), FIGURE_COUNT);
        table_figure(&table, group_median(a, METRIC_PAUSE_MAX), FIGURE_NS);
        table_figure(&table, group_median(b, METRIC_PAUSE_MAX), FIGURE_NS);
        table_figure(&table, group_median(a, METRIC_GC_SHARE), FIGURE_PERCENT);
        table_figure(&table, group_median(b, METRIC_GC_SHARE), FIGURE_PERCENT);
    }
    table_note(&table, "Sorted by the larger of the two changes. Trash: most objects that one "
                       "collection found, the one after the end included.");
    experiment_table(out, &table);
}

/* One collector over all programs: how often it is worse, and where most. */
static void say_collector(const struct changes *self, const char *collector,
                          struct experiment_output *out)
{
    static const enum metric metrics[] = {METRIC_RUN_CPU, METRIC_RSS_PEAK};
    static const char *const names[] = {"time", "peak RSS"};
    for (size_t m = 0; m < COUNT_OF(metrics); m++) {
        const struct change *most = NULL, *least = NULL;
        size_t programs = 0, worse = 0, better = 0;
        for (size_t i = 0; i < self->count; i++) {
            const struct change *change = &self->change[i];
            struct interval ratio = experiment_ratio(change->group, change->reference, metrics[m]);
            if (strcmp(change->group->collector, collector) != 0 || !isfinite(ratio.mid)) {
                continue;
            }
            programs++;
            worse += ratio.known ? ratio.lo > 1.0 : ratio.mid > 1.0;
            better += ratio.known ? ratio.hi < 1.0 : ratio.mid < 1.0;
            if (most == NULL ||
                ratio.mid > experiment_ratio(most->group, most->reference, metrics[m]).mid) {
                most = change;
            }
            if (least == NULL ||
                ratio.mid < experiment_ratio(least->group, least->reference, metrics[m]).mid) {
                least = change;
            }
        }
        char high[EXPERIMENT_TEXT], low[EXPERIMENT_TEXT];
        if (most != NULL) {
            experiment_change(experiment_ratio(most->group, most->reference, metrics[m]), high);
            experiment_change(experiment_ratio(least->group, least->reference, metrics[m]), low);
            experiment_say(out,
                           "%s, %s: worse in %zu of %zu programs, better in %zu; from %s (%s) "
                           "to %s (%s).",
                           collector, names[m], worse, programs, better, low,
                           least->group->workload, high, most->group->workload);
        }
    }
}

static bool collectors_answer(const struct experiment *self, const struct report *report,
                              struct experiment_output *out, struct error *error)
{
    struct changes changes = changes_read(report);
    bool ok = changes.count > 0;
    if (ok) {
        add_table(&changes, out);
        for (size_t i = 0; i < report->collectors.count; i++) {
            if (strcmp(report->collectors.name[i], reference) != 0) {
                say_collector(&changes, report->collectors.name[i], out);
            }
        }
    } else {
        error_set(error, "%s: no program ran under %s and another collector; the plan is %s.ini",
                  report->run, reference, self->name);
    }
    free(changes.change);
    return ok;
}

/* Rows: programs, worst first; a dot per collector. */
static bool plot_changes(const struct report *report, struct plot_page *page)
{
    static const enum metric metrics[] = {METRIC_RUN_CPU, METRIC_RSS_PEAK, METRIC_PAUSE_MAX};
    static const char *const titles[] = {"time", "peak RSS", "longest pause"};
    struct changes changes = changes_read(report);
    for (size_t i = 0; i < changes.count; i++) {
        report_names_add(&page->rows, changes.change[i].group->workload);
    }
    for (size_t i = 0; i < report->collectors.count; i++) {
        if (strcmp(report->collectors.name[i], reference) != 0) {
            report_names_add(&page->series, report->collectors.name[i]);
        }
    }
    free(changes.change);
    for (size_t m = 0; m < COUNT_OF(metrics); m++) {
        report_names_add(&page->facets, titles[m]);
        for (size_t s = 0; s < page->series.count; s++) {
            size_t lines = 0;
            for (size_t r = 0; r < page->rows.count; r++) {
                const char *program = page->rows.name[r];
                lines += page_dot(
                    page, r, s,
                    experiment_ratio(
                        report_find(report, program, page->series.name[s], report->allocator),
                        report_find(report, program, reference, report->allocator), metrics[m]),
                    1.0);
            }
            plot_block(page, lines);
        }
    }
    page->palette = "list";
    page_bars(page, "1 1 1");
    page_mark(page);
    page_note(report, page, "Over cp311 in the same program, worst case first.");
    return page->rows.count > 0 || plot_left_out(page, "no program ran under two collectors");
}

static const struct plot plots[] = {
    {"collectors", "bars", "collectors", "Other collectors against cp311, by program",
     "Right of the line is more than under 3.11.", plot_changes},
};

const struct experiment experiment_collectors = {
    .name = "collectors",
    .question = "I upgraded Python and memory or time jumped: is it the collector?",
    .varies =
        "cp311 against cp313 against none, on recorded traces and workloads, worst case first",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .answer = collectors_answer,
};

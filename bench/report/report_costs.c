/* The tables of what managing memory costs: trash that waits to be found, and overhead over a lower
 * bound of the program's own time and memory. Source of the bound: Cai, Blackburn, Bond, Maas 2022,
 * "Distilling the real cost of production garbage collectors": the cheapest cell with its explicit
 * collections taken off. What counts and free lists cost stays in it, so the overhead is at least
 * what it says. */
#include <math.h>

#include "base/check.h"
#include "bench/report/report_tables.h"

void table_trash(const struct report *report, struct table *out)
{
    static const char *const headings[] = {"workload", "collector", "allocator", "peak objects",
                                           "age p50",  "age p99",   "age max",   "n"};
    static const enum metric columns[] = {METRIC_TRASH_PEAK, METRIC_TRASH_AGE_P50,
                                          METRIC_TRASH_AGE_P99, METRIC_TRASH_AGE_MAX};
    table_open(out, "trash", "Trash that waits for a collection", 3, headings, COUNT_OF(headings));
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (!(group_median(group, METRIC_TRASH_PEAK) > 0.0)) {
            continue;
        }
        table_labels(out, group);
        for (size_t k = 0; k < COUNT_OF(columns); k++) {
            table_median(out, group, columns[k]);
        }
        table_figure(out, (double)group->n[METRIC_TRASH_AGE_MAX], FIGURE_COUNT);
    }
    table_note(out, "Peak: most objects that one collection found, the last one after the run"
                    " included. Age: how long the objects found had been trash at most, since the"
                    " collection before that looked at them; an upper bound.");
}

static struct interval over_bound(struct sample sample, double less, double bound)
{
    struct interval result = stats_median_interval(sample, REPORT_SEED);
    result.mid = (result.mid - less) / bound;
    result.lo = (result.lo - less) / bound;
    result.hi = (result.hi - less) / bound;
    return result;
}

void table_overhead(const struct report *report, struct table *out)
{
    static const char *const headings[] = {"workload", "collector",       "allocator",  "run time",
                                           "of it GC", "LBO time [95 %]", "LBO memory", "n"};
    table_open(out, "overhead", "Overhead over a lower bound", 3, headings, COUNT_OF(headings));
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        struct sample run = group_sample(group, METRIC_RUN_NS);
        double base = group_median(group, METRIC_RSS_BASE);
        double bound_ns = report_least_run_ns(report, group->workload);
        double bound_bytes = report_least_live_bytes(report, group->workload);
        if (run.n == 0 || !(bound_ns > 0.0)) {
            continue;
        }
        table_labels(out, group);
        table_median(out, group, METRIC_RUN_NS);
        table_median(out, group, METRIC_GC_RUN_NS);
        table_interval(out, over_bound(run, 0.0, bound_ns), FIGURE_RATIO);
        table_figure(out, (group_median(group, METRIC_RSS_PEAK) - base) / bound_bytes,
                     FIGURE_RATIO);
        table_figure(out, (double)run.n, FIGURE_COUNT);
    }
    table_note(out,
               "LBO: lower-bound overhead. Time: over the least run time less collections of"
               " any cell of the workload; memory: (peak RSS − base) over the fewest live"
               " bytes of any. The bound is what this run knows: counting references is in it.");
}

/* The tables of when the program ran: latency of operations, and minimum mutator utilisation. */
#include <math.h>

#include "base/check.h"
#include "bench/report/report_tables.h"

/* "10.0 k/s", and whether the process could keep up: lateness against the length of the schedule. */
static void put_rate(struct table *out, const struct report_group *group)
{
    char rate[FIGURE_LENGTH], text[FIGURE_LENGTH + 16];
    double per_s = group_median(group, METRIC_RATE);
    double schedule_ns = group_median(group, METRIC_OPERATIONS) / per_s * 1e9;
    bool overrun = group_median(group, METRIC_METERED_LATE) > 0.1 * schedule_ns;
    snprintf(text, sizeof text, "%s%s", figure(per_s, FIGURE_RATE, rate),
             overrun ? ", overrun" : "");
    table_text(out, text);
}

void table_latency(const struct report *report, struct table *out)
{
    static const char *const headings[] = {"workload",    "collector",   "allocator", "p50",
                                           "p99",         "max",         "rate",      "metered p50",
                                           "metered p99", "metered max", "n"};
    static const enum metric columns[] = {
        METRIC_LATENCY_P50, METRIC_LATENCY_P99, METRIC_LATENCY_MAX, METRIC_RATE,
        METRIC_METERED_P50, METRIC_METERED_P99, METRIC_METERED_MAX};
    table_open(out, "latency", "Latency of operations", 3, headings, COUNT_OF(headings));
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (group->n[METRIC_LATENCY_MAX] == 0) {
            continue;
        }
        table_labels(out, group);
        for (size_t k = 0; k < COUNT_OF(columns); k++) {
            if (columns[k] == METRIC_RATE) {
                put_rate(out, group);
            } else {
                table_median(out, group, columns[k]);
            }
        }
        table_figure(out, (double)group->n[METRIC_LATENCY_MAX], FIGURE_COUNT);
    }
    table_note(out,
               "Medians over processes. First the time from when an operation began to its end;"
               " metered: from when it was to begin, arrivals being at that rate, so that those"
               " that waited behind a pause count. Overrun: the last one began later than a tenth"
               " of the run; the rate is more than the process can do, and the queue is what was"
               " measured. A replay has no operations.");
}

void table_mmu(const struct report *report, struct table *out)
{
    static const char *const headings[] = {"workload", "collector", "allocator", "1 ms", "10 ms",
                                           "100 ms",   "1 s",       "GC share",  "n"};
    static const enum metric columns[] = {METRIC_MMU_1MS, METRIC_MMU_10MS, METRIC_MMU_100MS,
                                          METRIC_MMU_1S, METRIC_GC_SHARE};
    table_open(out, "mmu", "Minimum mutator utilisation", 3, headings, COUNT_OF(headings));
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (group->n[METRIC_MMU_1MS] == 0 || !(group_median(group, METRIC_GC_SHARE) > 0.0)) {
            continue;
        }
        table_labels(out, group);
        for (size_t k = 0; k < COUNT_OF(columns); k++) {
            table_median(out, group, columns[k]);
        }
        table_figure(out, (double)group->n[METRIC_MMU_1MS], FIGURE_COUNT);
    }
    table_note(out, "The least share that any window of that length left to the program; medians"
                    " over processes. – : the run was shorter than the window.");
}

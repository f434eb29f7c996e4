/* The tables of a report. Each is opened by its function and closed by the caller; a table without
 * rows means that the run holds nothing of the kind. */
#ifndef HEAPDYNO_BENCH_REPORT_TABLES_H
#define HEAPDYNO_BENCH_REPORT_TABLES_H

#include "bench/report_data.h"
#include "bench/report_table.h"

struct report_table_kind {
    const char *name; /* also the plot that shows it, if there is one */
    void (*build)(const struct report *report, struct table *out);
};

void table_summary(const struct report *report, struct table *out);
void table_memory(const struct report *report, struct table *out);
void table_release(const struct report *report, struct table *out);
void table_pauses(const struct report *report, struct table *out);
void table_generations(const struct report *report, struct table *out);
void table_freelists(const struct report *report, struct table *out);
void table_regions(const struct report *report, struct table *out);

/* What each setting of collection saves and costs against the reference collector. */
void table_settings(const struct report *report, struct table *out);

/* b against a: the median of one figure over all groups both have. */
struct interval report_compare_allocators(const struct report *report, enum metric metric,
                                          const char *a, const char *b);
/* collector `a` over collector `b`, over allocators and one workload (NULL: all). */
struct interval report_compare_collectors(const struct report *report, enum metric metric,
                                          const char *a, const char *b, const char *workload);

#endif

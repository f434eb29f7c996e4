/* The tables of a report. Each is opened by its function and closed by the caller; a table without
 * rows means that the run holds nothing of the kind. */
#ifndef HEAPDYNO_BENCH_REPORT_TABLES_H
#define HEAPDYNO_BENCH_REPORT_TABLES_H

#include "bench/report/report_data.h"
#include "bench/report/report_table.h"

struct report_table_kind {
    const char *name;
    void (*build)(const struct report *report, struct table *out);
};

/* The tables in the order in which a report shows them; NULL past the end. */
const struct report_table_kind *report_table_at(size_t index);
const struct report_table_kind *report_table_find(const char *name); /* must exist (CHECK) */

void table_summary(const struct report *report, struct table *out);
void table_memory(const struct report *report, struct table *out);
void table_release(const struct report *report, struct table *out);
void table_pauses(const struct report *report, struct table *out);
void table_generations(const struct report *report, struct table *out);
void table_freelists(const struct report *report, struct table *out);
void table_regions(const struct report *report, struct table *out);

/* When the program ran: latency with and without arrivals, utilisation. */
void table_latency(const struct report *report, struct table *out);
void table_mmu(const struct report *report, struct table *out);

/* What collection and allocation cost: trash that waits, and overhead over the least possible. */
void table_trash(const struct report *report, struct table *out);
void table_overhead(const struct report *report, struct table *out);

/* Three cells, and one: the labels of a group, the median of a figure. */
void table_labels(struct table *out, const struct report_group *group);
void table_median(struct table *out, const struct report_group *group, enum metric metric);

void table_thresholds(const struct report *report, struct table *out);

/* What each setting of collection saves and costs against the reference collector. */
void table_settings(const struct report *report, struct table *out);

/* A collector that differs from the reference in its thresholds alone. */
struct report_threshold {
    const char *collector; /* label, borrowed */
    double value;          /* threshold0; 0: off */
    bool plain;            /* thresholds 1 and 2 are the default's */
};

/* The sweep of the run, sorted, off last; *count of them, freed by the caller. */
struct report_threshold *report_thresholds(const struct report *report, size_t *count);

/* Collection off, frozen after set-up, or no collector at all: Instagram's question. */
struct report_names report_settings(const struct report *report); /* in this order */

/* a over b: the median of one figure, under the reference collector, over the workloads both ran. */
struct interval report_compare_allocators(const struct report *report, enum metric metric,
                                          const char *a, const char *b);
/* collector `a` over collector `b`, over allocators and one workload (NULL: all). */
struct interval report_compare_collectors(const struct report *report, enum metric metric,
                                          const char *a, const char *b, const char *workload);

#endif

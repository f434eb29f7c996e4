/* Raw files of a process: its pauses, curves, and the series of its resident memory. TSV with one line of
 * column names; the file may have been cut off. */
#ifndef HEAPDYNO_BENCH_REPORT_RAW_H
#define HEAPDYNO_BENCH_REPORT_RAW_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/report/report_data.h"

/* Columns as they stand in the file; count lines, both arrays freed by report_raw_close. */
struct report_raw {
    double *x, *y;
    size_t count;
};

/* When and how long pauses were (x: t_ns, y: dur_ns), of every trusted process of the group. */
bool report_raw_pauses(const struct report *report, const struct report_group *group,
                       struct report_raw *out);

/* RSS over time of the group's first process, a trusted one if there is any (x: t_ns, y: rss_bytes). */
bool report_raw_rss(const struct report *report, const struct report_group *group,
                    struct report_raw *out);

/* Utilisation by window, the least of the group's trusted processes (x: window_ns, y: mmu);
 * windows that not all of them have are left out. *n of them, also when there is no curve. */
bool report_raw_mmu(const struct report *report, const struct report_group *group, size_t *n,
                    struct report_raw *out);

/* Latencies of every operation of the group's trusted processes, ascending (x: ns, y: operations).
 *   metered  from when an operation was to begin; else from when it did */
bool report_raw_latency(const struct report *report, const struct report_group *group, bool metered,
                        struct report_raw *out);

void report_raw_close(struct report_raw *self);

#endif

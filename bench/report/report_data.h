/* A run as the report sees it: groups of processes that differ only in seed and repetition, and for
 * each figure the values of those processes. */
#ifndef HEAPDYNO_BENCH_REPORT_DATA_H
#define HEAPDYNO_BENCH_REPORT_DATA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "bench/report/facts.h"
#include "bench/report/report_text.h"
#include "bench/report/stats.h"
#include "bench/record/verdict.h"

enum { REPORT_GENERATIONS = 3, REPORT_SEED = 1 };

/* The figures of a record that the report uses; their fields are in report_metrics.c. */
enum metric {
    METRIC_OPERATIONS_PER_S,
    METRIC_OPERATIONS,
    METRIC_RUN_NS,
    METRIC_RUN_CPU, /* processor time of the same: waiting for a core is no part of it */
    METRIC_GC_NS,
    METRIC_GC_RUN_NS,
    METRIC_GC_SHARE,
    METRIC_GC_NS_PER_EXAMINED,
    METRIC_PAUSE_P50,
    METRIC_PAUSE_P99,
    METRIC_PAUSE_P999,
    METRIC_PAUSE_MAX,
    METRIC_LATENCY_P50,
    METRIC_LATENCY_P99,
    METRIC_LATENCY_P999,
    METRIC_LATENCY_MAX,
    METRIC_RATE,
    METRIC_METERED_P50,
    METRIC_METERED_P99,
    METRIC_METERED_P999,
    METRIC_METERED_MAX,
    METRIC_METERED_LATE,
    METRIC_MMU_1MS,
    METRIC_MMU_10MS,
    METRIC_MMU_100MS,
    METRIC_MMU_1S,
    METRIC_TRASH_AGE_P50,
    METRIC_TRASH_AGE_P99,
    METRIC_TRASH_AGE_MAX,
    METRIC_FAULTS_MINOR,
    METRIC_FAULTS_MAJOR,
    METRIC_RSS_BASE,
    METRIC_RSS_PEAK,
    METRIC_RSS_END,
    METRIC_RSS_AFTER_FREE,
    METRIC_RSS_AFTER_TRIM,
    METRIC_LIVE_PEAK,
    METRIC_REQUESTS,
    METRIC_INSTRUCTIONS,
    METRIC_TRASH_PEAK,
    METRIC_HITS, /* five: list, dict, keys, float, tuple */
    METRIC_MISSES = METRIC_HITS + 5,
    METRIC_REGIONS = METRIC_MISSES + 5,      /* six: heap, mmap, stack, data, text, other */
    METRIC_COLLECTIONS = METRIC_REGIONS + 6, /* from here three each, by generation */
    METRIC_COLLECTED = METRIC_COLLECTIONS + REPORT_GENERATIONS,
    METRIC_EXAMINED = METRIC_COLLECTED + REPORT_GENERATIONS,
    METRIC_EMPTY = METRIC_EXAMINED + REPORT_GENERATIONS,
    METRIC_EMPTY_NS = METRIC_EMPTY + REPORT_GENERATIONS,
    METRIC_GEN_GC_NS = METRIC_EMPTY_NS + REPORT_GENERATIONS,
    METRIC_GEN_PAUSE_P99 = METRIC_GEN_GC_NS + REPORT_GENERATIONS,
    METRIC_GEN_PAUSE_MAX = METRIC_GEN_PAUSE_P99 + REPORT_GENERATIONS,
    METRIC_COUNT = METRIC_GEN_PAUSE_MAX + REPORT_GENERATIONS,
};

enum { REPORT_FREELISTS = 5, REPORT_REGIONS = 6 };
extern const char *const report_freelists[REPORT_FREELISTS];
extern const char *const report_regions[REPORT_REGIONS];

/* Which processes a figure is taken from. */
enum metric_source {
    SOURCE_TIME,   /* timed and trusted */
    SOURCE_MEMORY, /* timed; noise voids times, not memory */
    SOURCE_COUNT,  /* either: counts are the same in both */
};

struct sqlite3;

struct metric_info {
    const char *path; /* in the record, as SQLite's JSON functions write it */
    enum metric_source source;
    enum figure_form form;
    bool more_is_better;
};

extern const struct metric_info report_metrics[METRIC_COUNT];

/* Processes of one allocator, collector and workload (labels). */
struct report_group {
    char *workload, *collector, *allocator;
    char *collector_line, *workload_line; /* canonical */
    char *unit;                           /* of its operations; "" if unknown */
    size_t records[VERDICTS];
    double *value[METRIC_COUNT];
    size_t n[METRIC_COUNT];
    char **raw; /* names of raw files, those of trusted processes first */
    size_t raws, raws_trusted;
};

/* Distinct labels, in the order of the groups. Borrowed from them. */
struct report_names {
    const char **name;
    size_t count;
};

struct report {
    char *run, *folder; /* name; path, without a slash at the end */
    char *machine, *host, *cpu, *kernel, *build, *compiler;
    size_t cores;
    struct facts facts;
    size_t runs;      /* how many runs the records come from: a merged file may hold several */
    size_t machines;  /* how many machines the records come from; the busiest is shown */
    size_t elsewhere; /* records of other machines, left out */
    size_t broken;    /* lines that were no JSON: a run cut off in the middle of one */
    size_t rerun;     /* records that a later one of the same key replaces */
    bool untrusted;   /* times of untrusted processes are used as well */
    size_t verdict[VERDICTS];
    char **reason; /* distinct reasons of what is not ok, "verdict: reason (n)" */
    size_t reasons;
    struct sqlite3 *records; /* behind report_values */
    struct report_group *group;
    size_t groups;
    struct report_names workloads, collectors, allocators;
    const char *allocator; /* the reference: pymalloc, else malloc, else the first */
    const char *collector; /* the reference: cp311 as it comes, else the first */
};

/* Read a run: a folder, the name of one under results/, a file of records, or an SQLite index of
 * them; PATH:RUN takes one run of a file or index that holds several. `untrusted`: use the times of processes
 * that the machine disturbed as well; the report then says so.
 *   false  no such run, no record in it, or records of another schema version: nothing is misread
 */
bool report_open(const char *run, bool untrusted, struct report *out, struct error *error);
void report_close(struct report *self);

/* What to type for this report: "heapdyno report NAME", or with the folder where that is not
 * results/NAME. New; the caller frees it. */
char *report_command(const struct report *self);

/* The group of these labels, or NULL. */
const struct report_group *report_find(const struct report *self, const char *workload,
                                       const char *collector, const char *allocator);

static inline struct sample group_sample(const struct report_group *group, enum metric metric)
{
    return group == NULL ? (struct sample){NULL, 0}
                         : (struct sample){group->value[metric], group->n[metric]};
}

/* Any other field of a group's records, by path as SQLite's JSON functions write it
 * ("$.latency_ns_p50"), from the processes that `source` takes. value[n] is the caller's to free. */
struct sample report_values(const struct report *self, const struct report_group *group,
                            const char *path, enum metric_source source);

/* Its operations arrived at a rate: the work is that of the cell without one, so where workloads are
 * taken together it does not count a second time. */
static inline bool group_is_paced(const struct report_group *group)
{
    return group->n[METRIC_RATE] > 0;
}

/* Append a label unless it is there; the label is borrowed, names->name is the caller's to free. */
void report_names_add(struct report_names *names, const char *name);

/* bump never frees: it is the zero of the scale, no choice, and would flatten every plot. */
bool report_is_zero(const char *allocator);

/* The median of a figure; NAN when there is none. */
double group_median(const struct report_group *group, enum metric metric);

/* (rss_bytes_peak − rss_bytes_base) / live_bytes_peak; NAN when one is missing. */
double group_rss_over_live(const struct report_group *group);

/* The least that this workload takes in any cell of the run, collections not counted: the least
 * median of run_ns − gc_run_ns. NAN when none is timed. */
double report_least_run_ns(const struct report *self, const char *workload);
/* The least live_bytes_peak of any cell of the workload; NAN when none was counted. */
double report_least_live_bytes(const struct report *self, const char *workload);

/* What of the growth to the peak the system had back in the end, after trim where that is known;
 * NAN when nothing grew. */
double group_returned(const struct report_group *group);

/* Collected over examined, hits over hits and misses; NAN when nothing was examined or asked. */
double group_yield(const struct report_group *group, size_t generation);
double group_ns_per_examined(const struct report_group *group, size_t generation);
double group_hit_rate(const struct report_group *group, size_t freelist);

/* The value of an option in a canonical SPEC, in value[length]; false when it is not there. */
bool report_option_text(const char *spec, const char *option, char *value, size_t length);

/* First threshold of a canonical collector line: 0 for off or for a collector that never collects
 * by itself; false when it has none. */
bool report_threshold(const char *collector_line, double *out);

#endif

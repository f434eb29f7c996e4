/* One cell in this process: open the heaps, run the workload, check every invariant, say what was
 * seen. Runs in a fresh process; the supervisor has made its environment. */
#ifndef HEAPDYNO_BENCH_CHILD_H
#define HEAPDYNO_BENCH_CHILD_H

#include "bench/cell/cell.h"
#include "bench/cell/count.h"
#include "bench/record/json.h"
#include "bench/cell/probes.h"

enum { CHILD_JSON_MAX = 1 << 18, CHILD_REASON_MAX = 400 };

enum child_verdict { CHILD_OK, CHILD_SKIPPED, CHILD_FAILED };

/* Somebody who looks on while a counting child runs (bench/inside). */
struct child_watch {
    void *self;
    struct request_listener requests; /* hears all heaps, above the counting taps */
    /* The runtime is open: the meter that the workload is to be given, which may call `inner`. */
    struct meter (*meter)(void *self, struct runtime *runtime, struct meter inner);
};

/* Everything the child needs besides the heaps under test: one mapping, touched at the start. */
struct child {
    bool counting;                   /* counts, and no times */
    const struct child_watch *watch; /* NULL: nobody; counting only */
    struct cell cell;
    const struct allocator *plugin; /* NULL: none */
    struct option workload_rows[OPTIONS_MAX];
    struct options workload_options, collector_options;
    const struct workload *workload;
    const struct collector *collector;

    struct heap inner[CELL_HEAPS]; /* as opened; mem and obj are the same unless apart */
    struct heap heap[CELL_HEAPS];  /* tapped when counting */
    struct runtime *runtime;

    enum child_verdict verdict;
    char reason[CHILD_REASON_MAX];
    struct outcome outcome;
    uint64_t wall_ns, user_ns, system_ns;
    uint64_t faults_minor, faults_major, switches_involuntary, migrations;
    uint64_t wait_ns; /* runnable, but not running: /proc/self/schedstat */
    uint64_t rss_base, rss_after_free, rss_after_trim;
    struct freelists freelists;
    struct heap_stats stats; /* of the obj heap when the phase `run` ended; counting only */
    char version[128];

    struct probes probes;
    struct count count;
    char json[CHILD_JSON_MAX];
};

/* Run the cell and fill everything above; verdict and reason say how it went. */
void child_run(struct child *self);

/* Print the figures as one JSON object. */
void child_print(struct child *self, struct json *json);

/* Write what plots need more of than a record holds, as TSV: STEM.pauses.tsv, STEM.mmu.tsv. False
 * with the reason when a file cannot be written. */
bool child_write_raw(const struct child *self, const char *stem, struct error *error);

#endif

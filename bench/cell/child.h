/* One cell in this process: open the heaps, run the workload, check every invariant, say what was
 * seen. Runs in a fresh process; the supervisor has made its environment. */
#ifndef HEAPDYNO_BENCH_CHILD_H
#define HEAPDYNO_BENCH_CHILD_H

#include <sys/resource.h>

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

/* The state of the process when its load started. */
struct child_usage {
    struct rusage own, children;
    uint64_t start_ns, wait_ns, migrations;
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
    const char *operation_unit; /* NULL: operations are not known */

    struct heap inner[CELL_HEAPS]; /* as opened; mem and obj are the same unless apart */
    struct heap heap[CELL_HEAPS];  /* tapped when counting */
    struct heap_methods tapped[CELL_HEAPS];
    struct runtime *runtime;

    enum child_verdict verdict;
    char reason[CHILD_REASON_MAX];
    struct outcome outcome;
    struct child_usage usage;
    uint64_t wall_ns, user_ns, system_ns;
    uint64_t children_cpu_ns; /* of processes that were waited for */
    uint64_t faults_minor, faults_major, switches_involuntary, migrations;
    uint64_t wait_ns; /* runnable, but not running: /proc/self/schedstat */
    uint64_t rss_base, rss_after_free, rss_after_trim;
    struct freelists freelists;
    struct heap_stats stats; /* of the obj heap when the phase `run` ended; counting only */
    char version[128];
    char python[32];             /* version of the interpreter that ran a program; "": none did */
    uint64_t collections_missed; /* of a program: gc.callbacks did not tell of them */

    struct probes probes;
    struct count count;
    char json[CHILD_JSON_MAX];
};

/* Load the shared object that a line names and read the line. A library that cannot be had is a
 * verdict; false: the line is malformed, with the reason. */
bool child_read(struct child *self, const char *line, struct error *error);

/* Run a cell with a workload and fill everything above; verdict and reason say how it went. */
void child_run(struct child *self);

/* For those that run a cell with a program (cpython/host_cell.c) --------------------------------- */

/* Open the heaps of the cell, with taps when counting; false with the verdict. */
bool child_open_heaps(struct child *self);
/* Trim and check them; those of a workload are closed. */
void child_close_heaps(struct child *self);

/* The load starts; the load has ended. */
void child_usage_begin(struct child *self);
void child_usage_end(struct child *self);

/* Set a verdict that is not ok, unless there is one. Returns false. */
__attribute__((format(printf, 3, 4))) bool child_end(struct child *self, enum child_verdict verdict,
                                                     const char *format, ...);

/* Print the record to `fd` and, of those that are ok, raw files whose names begin with `raw` (NULL:
 * none). False, with a message on stderr, when the record cannot be written. */
bool child_write(struct child *self, int fd, const char *raw);

/* The parts of that ----------------------------------------------------------------------------- */

/* Print the figures as one JSON object. */
void child_print(struct child *self, struct json *json);

/* Write what plots need more of than a record holds, as TSV: STEM.pauses.tsv, STEM.mmu.tsv. False
 * with the reason when a file cannot be written. */
bool child_write_raw(const struct child *self, const char *stem, struct error *error);

#endif

/* From the files of a watch to records and a table. */
#ifndef HEAPDYNO_BENCH_WATCH_RUN_H
#define HEAPDYNO_BENCH_WATCH_RUN_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "bench/record/journal.h"
#include "bench/watch/watch_live.h"

/* What is known of the watch beside its files. */
struct watch_facts {
    const char *folder;            /* of the files */
    const struct watch_live *live; /* NULL: nobody looked from outside */
    pid_t main_pid;                /* the process that was started, 0: not known */
    int main_signal;               /* that ended it; 0: none */
    uint64_t first;                /* number of its first record in the run */
};

/* What all processes of a watch add up to. */
struct watch_totals {
    size_t processes, forks;
    size_t no_memory, no_pages;         /* processes without RSS; with it, without PSS */
    uint64_t cpu_ns, gc_ns, longest_ns; /* the longest pause of any */
    uint64_t collections[WATCH_GENERATIONS];
};

/* One record for each file, in the order of their start, and a table of them on `out`. A file that
 * makes no sense is named on `out` and stays.
 * False with the reason when a record could not be kept. */
bool watch_gather(const struct watch_facts *facts, struct journal *journal, FILE *out,
                  struct watch_totals *totals, struct error *error);

#endif

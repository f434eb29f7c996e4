/* Records of watched processes: a program that runs under a real Python is a cell like any other.
 *   allocator=…  what PYTHONMALLOC and LD_PRELOAD say
 *   collector=pythonX.Y:threshold=…[,frozen=on]
 *   workload=program:name=…,process=main|fork
 * Forked workers of one program are repetitions of one cell. Fields: docs/record.md. */
#ifndef HEAPDYNO_BENCH_WATCH_RECORD_H
#define HEAPDYNO_BENCH_WATCH_RECORD_H

#include <stddef.h>

#include "bench/record/journal.h"
#include "bench/watch/watch_file.h"

/* One process among those of a watch. */
struct watch_process {
    const struct watch_file *file;
    bool fork;      /* its parent is watched and runs the same program */
    bool running;   /* it was left running */
    uint64_t rep;   /* among the processes of its cell */
    uint64_t order; /* among all */
    int signal;     /* that ended it, as far as its parent was us; 0: none, or not known */
};

/* Write the cell of a process, its canonical line, into out[length]. */
void watch_cell(const struct watch_process *process, char *out, size_t length);

/* What the process saw, one JSON object, as the child of a cell would have printed it. */
enum { WATCH_HALF_MAX = 1 << 16 };
void watch_half(const struct watch_process *process, char *out, size_t length);

/* Append its record to the run, and its raw series. False with the reason. */
bool watch_record(const struct watch_process *process, struct journal *journal,
                  struct error *error);

#endif

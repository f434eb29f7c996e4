/* A watched process as a cell and in JSON: a program that runs under a real Python is a cell like any
 * other.
 *   allocator=…  what PYTHONMALLOC and LD_PRELOAD say
 *   collector=pythonX.Y:threshold=…[,frozen=on][,incremental=on]
 *   workload=program:name=…,process=main|fork
 * Forked workers of one program are repetitions of one cell. Fields: docs/record.md. */
#ifndef HEAPDYNO_BENCH_WATCH_PRINT_H
#define HEAPDYNO_BENCH_WATCH_PRINT_H

#include <stddef.h>

#include "bench/record/record.h"
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

/* What its record is of, in the run of that name. */
void watch_identify(const struct watch_process *process, const char *run, struct identity *out);

/* Write the cell of a process, its canonical line, into out[length]. */
void watch_cell(const struct watch_process *process, char *out, size_t length);

/* What the process saw, one JSON object, as the child of a cell would have printed it. */
enum { WATCH_HALF_MAX = 1 << 16 };
void watch_half(const struct watch_process *process, char *out, size_t length);

#endif

/* One side of a comparison: a process that reads a count on a line, runs so many operations, and
 * answers with the nanoseconds of CPU time that they took. Its first line says "ready ITEMS BATCH"
 * (what one operation handles, and what counts must be a multiple of) or "skip REASON". */
#ifndef HEAPDYNO_BENCH_PEERS_WORKER_H
#define HEAPDYNO_BENCH_PEERS_WORKER_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

struct worker {
    void *state;
    void (*run)(void *state, uint64_t operations);
    uint64_t items, batch;
};

/* Serve until the input ends. */
static inline int worker_serve(const struct worker *self)
{
    char line[64];
    printf("ready %" PRIu64 " %" PRIu64 "\n", self->items, self->batch);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        uint64_t count = strtoull(line, NULL, 10);
        uint64_t start = clock_cpu_ns();
        self->run(self->state, count);
        printf("%" PRIu64 "\n", clock_cpu_ns() - start);
        fflush(stdout);
    }
    return 0;
}

#endif

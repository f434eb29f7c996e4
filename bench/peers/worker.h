/* One side of a comparison: a process that reads a count on a line, runs so many operations, and
 * answers with the nanoseconds of CPU time that they took. Its first line says "ready ITEMS BATCH"
 * (what one operation handles, and what counts must be a multiple of), perhaps with numbers that
 * must be about the same on the other side, or "skip REASON". Under callgrind each run is counted by itself. */
#ifndef HEAPDYNO_BENCH_PEERS_WORKER_H
#define HEAPDYNO_BENCH_PEERS_WORKER_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "bench/micro/callgrind.h"

struct worker {
    void *state;
    void (*run)(void *state, uint64_t operations);
    uint64_t (*spend)(void *state, uint64_t operations); /* instead of run: ns by its own clock */
    uint64_t items, batch;
    const char *note; /* or NULL */
};

static inline uint64_t worker_run(const struct worker *self, uint64_t count)
{
    if (self->spend != NULL) {
        return self->spend(self->state, count);
    }
    uint64_t start = clock_cpu_ns();
    self->run(self->state, count);
    return clock_cpu_ns() - start;
}

/* Serve until the input ends. */
static inline int worker_serve(const struct worker *self)
{
    char line[64];
    printf("ready %" PRIu64 " %" PRIu64 "%s%s\n", self->items, self->batch,
           self->note != NULL ? " " : "", self->note != NULL ? self->note : "");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        uint64_t count = strtoull(line, NULL, 10);
        CALLGRIND_ZERO_STATS;
        uint64_t spent = worker_run(self, count);
        CALLGRIND_DUMP_STATS_AT("run");
        printf("%" PRIu64 "\n", spent);
        fflush(stdout);
    }
    (void)have_callgrind;
    return 0;
}

#endif

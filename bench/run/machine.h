/* The machine that a record was made on, and how noisy it was meanwhile. */
#ifndef HEAPDYNO_BENCH_MACHINE_H
#define HEAPDYNO_BENCH_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/record/json.h"

struct machine {
    char id[20]; /* hash of the rest: records of one id may be compared */
    char host[65], kernel[130], cpu[128], thp[16], libc[32], compiler[64], build[16];
    uint64_t cores, memory_bytes;
};

void machine_read(struct machine *out);

/* `machine`, `host`, … as fields of an open object. */
void machine_print(const struct machine *self, struct json *json);

/* Counters of the whole machine; the difference of two readings is what happened between. */
struct noise {
    double load;          /* 1-minute load average */
    uint64_t steal_ticks; /* time taken by other guests of the host, in 10 ms ticks of all cores */
    uint64_t oom_kills;
};

void noise_read(struct noise *out);

/* What one timed process saw. */
struct disturbance {
    uint64_t wall_ns;
    uint64_t wait_ns;     /* it could have run, but had no core */
    uint64_t steal_ticks; /* of all cores, meanwhile */
    uint64_t cores;
};

/* Whether times of such a process are not to be trusted; the reason as a sentence. */
bool disturbance_spoils(const struct disturbance *self, char *reason, size_t length);

#endif

/* How noisy the machine was while a process ran: what the kernel counts, and what it does not. A clock
 * that is read without pause stands still while something else has the core: another program, an
 * interrupt, another guest of the host. So the supervisor reads it for a few ms before it starts a
 * process and after that has ended, when both have nothing else to do; the process itself is left
 * alone, and its instruction counts with it. */
#ifndef HEAPDYNO_BENCH_NOISE_H
#define HEAPDYNO_BENCH_NOISE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GAP_NS = 100000, GAP_PROBE_NS = 3000000 };

/* Times in which the clock stood still for more than GAP_NS. */
struct gaps {
    uint64_t count, longest_ns, sum_ns;
    uint64_t read_ns; /* how long the clock was read */
};

/* Read the clock for so long. */
struct gaps gaps_read(uint64_t duration_ns);

/* The state of the whole machine; the difference of the counters of two readings is what happened
 * between. */
struct noise {
    double load;          /* 1-minute load average */
    uint64_t steal_ticks; /* time taken by other guests of the host, in 10 ms ticks of all cores */
    uint64_t oom_kills;
    struct gaps gaps; /* of a probe when this was read */
};

/* `probe`: for how long to look for gaps, 0: not at all. */
void noise_read(uint64_t probe_ns, struct noise *out);

/* What one timed process saw. */
struct disturbance {
    uint64_t wall_ns;
    uint64_t wait_ns; /* it could have run, but had no core */
    uint64_t cores;
    struct noise before, after;
};

/* Whether times of such a process are not to be trusted; the reason as a sentence. */
bool disturbance_spoils(const struct disturbance *self, char *reason, size_t length);

#endif

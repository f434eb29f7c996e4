/* Operations that arrive at a fixed rate, whether the one before has ended or not: an open loop. An
 * operation is timed from when it was to begin, so that one long pause is felt by all that had to
 * wait behind it; a closed loop would leave them out (Tene's coordinated omission).
 *
 * The program waits for an arrival by sleeping, and spins at the end, since a sleeper is woken 60 us
 * late. Not good at: rates above what the process can do; the lateness then measures the run. */
#ifndef HEAPDYNO_BENCH_ARRIVALS_H
#define HEAPDYNO_BENCH_ARRIVALS_H

#include <stdint.h>

enum { ARRIVALS_RATE_MAX = 1000 * 1000 * 1000 };

struct arrivals {
    uint64_t rate;     /* operations per second; 0: each begins when the one before ends */
    uint64_t begin_ns; /* when the first was to begin, by the monotonic clock */
    uint64_t count;    /* that have ended */
};

/* When the operation that is under way, or comes next, was to begin. */
static inline uint64_t arrivals_due_ns(const struct arrivals *self)
{
    return self->begin_ns + (uint64_t)((unsigned __int128)self->count * 1000000000u / self->rate);
}

/* Wait until the monotonic clock has reached that moment; returns what it says then. */
uint64_t arrivals_wait(uint64_t until_ns);

#endif

/* Waiting for a moment; see arrivals.h. */
#include "bench/cell/arrivals.h"

#include <time.h>

#include "base/clock.h"

/* The timer slack of a process is 50 us; the rest is what waking takes. */
enum { SPIN_NS = 100 * 1000 };

uint64_t arrivals_wait(uint64_t until_ns)
{
    uint64_t now_ns = clock_now_ns();
    if (now_ns + SPIN_NS < until_ns) {
        uint64_t wake_ns = until_ns - SPIN_NS;
        struct timespec wake = {.tv_sec = (time_t)(wake_ns / 1000000000u),
                                .tv_nsec = (long)(wake_ns % 1000000000u)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, NULL); /* a signal: spins longer */
    }
    while (now_ns < until_ns) {
        now_ns = clock_now_ns();
    }
    return now_ns;
}

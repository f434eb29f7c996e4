/* One collection as a timed process keeps it. */
#ifndef HEAPDYNO_BENCH_PAUSE_H
#define HEAPDYNO_BENCH_PAUSE_H

#include <stdint.h>

struct pause {
    uint64_t at_ns; /* since the workload started */
    uint64_t length_ns;
    uint64_t examined, collected;
    int generation;
};

#endif

/* A program in a process group of its own: started, watched, limited, killed as a whole. Knows
 * nothing of cells. */
#ifndef HEAPDYNO_BENCH_PROCESS_H
#define HEAPDYNO_BENCH_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { PROCESS_SAMPLES = 4096, PROCESS_ERROR_TAIL = 1024 };

struct process_limits {
    uint64_t time_ns;   /* 0: none */
    uint64_t rss_bytes; /* of the whole group, as sampled; 0: none */
};

enum process_end { PROCESS_EXITED, PROCESS_SIGNALED, PROCESS_TIMEOUT, PROCESS_MEMORY };

/* RSS of the group over time. When all places are taken every second sample goes and the interval
 * doubles, so that a run of any length keeps 2,048 to 4,096 of them. */
struct process_sample {
    uint64_t at_ns; /* since the start */
    uint64_t rss_bytes;
};

struct process_result {
    enum process_end end;
    int status; /* exit status, or the signal */
    uint64_t started_unix_ms, elapsed_ns;
    uint64_t rss_peak; /* highest sample */
    size_t sample_count;
    struct process_sample sample[PROCESS_SAMPLES];
    size_t output_length; /* what it wrote to stdout; as much as fits */
    bool output_cut;
    char errors[PROCESS_ERROR_TAIL]; /* the end of what it wrote to stderr */
};

struct process {
    char *const *argv;
    char *const *environment;
    struct process_limits limits;
    char *output; /* receives stdout as a string */
    size_t output_size;
};

/* Run argv[0] with exactly `environment`, stdin empty; wait until it ends or must end. Whatever is
 * left of its group is killed, and all of it when this process dies.
 *   false   it could not be started, with the reason */
bool process_run(const struct process *process, struct process_result *out, struct error *error);

#endif

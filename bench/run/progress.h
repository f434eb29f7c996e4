/* Progress of a run, on stderr: one line that is rewritten on a terminal, one line a measurement
 * elsewhere. Times left are estimated from the measurements made so far. */
#ifndef HEAPDYNO_BENCH_PROGRESS_H
#define HEAPDYNO_BENCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/record/record.h"

struct progress {
    bool terminal, quiet;
    size_t done, total; /* of this run, those made before a resume included */
    size_t measured;    /* since start_ns */
    uint64_t start_ns;
};

void progress_start(struct progress *self, size_t done, size_t total, bool quiet);

/* What is measured next. */
void progress_begin(const struct progress *self, const char *line);

/* It ended; `reason` is "" for ok. */
void progress_end(struct progress *self, const char *line, enum verdict verdict,
                  const char *reason);

/* A note of one line, above the progress line. */
__attribute__((format(printf, 2, 3))) void progress_note(const struct progress *self,
                                                         const char *format, ...);

#endif

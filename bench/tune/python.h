/* The Pythons that advice can be for: which collector of ours is theirs, and their defaults.
 * Sources: CPython's own source of each version; 3.14.0 to 3.14.4 had an incremental collector,
 * 3.14.5 and 3.15 went back to generations (gh-148726). */
#ifndef HEAPDYNO_BENCH_TUNE_PYTHON_H
#define HEAPDYNO_BENCH_TUNE_PYTHON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct python {
    const char *name;      /* as people type it: "3.13" */
    const char *long_name; /* as advice names it */
    const char *collector; /* SPEC of our collector, to which thresholds are added */
    uint32_t threshold[3]; /* its default */
    bool own_mimalloc;     /* knows PYTHONMALLOC=mimalloc */
};

/* Find a version. NULL with the reason: unknown, or one whose collector we do not have. */
const struct python *python_find(const char *name, struct error *error);

#endif

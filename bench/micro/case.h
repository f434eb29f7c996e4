/* One micro-benchmark: open, run so many operations, close. The same table drives Google Benchmark
 * (times), callgrind (instructions) and, with its own functions, the real interpreter. */
#ifndef HEAPDYNO_BENCH_MICRO_CASE_H
#define HEAPDYNO_BENCH_MICRO_CASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct micro_case;

/* How cases of one kind are run. `world` is what the program measures: its heaps, its interpreter.
 */
struct micro_functions {
    /* The state, and in *items what one operation handles (1 unless set); NULL with the reason. */
    void *(*open)(void *world, const struct micro_case *self, uint64_t *items, struct error *error);
    void (*run)(void *state, uint64_t operations);
    void (*close)(void *state);
};

struct micro_case {
    char name[40];
    const struct micro_functions *functions;
    const void *shape; /* what the functions make of it */
    uint64_t batch;    /* operations between two looks at the clock: run is given multiples of it */
    uint64_t length; /* operations of the short run under callgrind; the long one has twice that */
    bool slow;       /* more than 20 million instructions: not in quick runs */
};

/* The C library's plain code paths whatever the processor, so that instructions can be compared. */
#ifdef __x86_64__
#define MICRO_TUNABLES "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-ERMS,-FSRM"
#else
#define MICRO_TUNABLES ""
#endif

enum { MICRO_CASES_MAX = 128 };

struct micro_cases {
    size_t count;
    struct micro_case at[MICRO_CASES_MAX];
};

/* The last case of a table that must have room for it (CHECK), zeroed, with this name. */
struct micro_case *micro_case_add(struct micro_cases *cases, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* `pattern` is a part of the name, or all of it when it ends in '$'. NULL: every name. */
bool micro_case_matches(const struct micro_case *self, const char *pattern);

/* Memory of the harness's own, zeroed, in no heap that is measured; ends the program without. */
void *micro_map(size_t bytes);
void micro_unmap(void *p, size_t bytes);

#endif

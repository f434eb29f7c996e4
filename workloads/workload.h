/* The workload plug-in: one file, one const table at its end, one line in list.def.
 *
 * A workload talks to the runtime as C code talks to CPython's C API. Its checksum depends on
 * options and seed only: equal checksums on every allocator and collector are a differential test.
 */
#ifndef HEAPDYNO_WORKLOADS_WORKLOAD_H
#define HEAPDYNO_WORKLOADS_WORKLOAD_H

#include "base/error.h"
#include "base/option.h"
#include "base/rng.h"
#include "collector/runtime.h"

struct crew;
struct outcome;

/* Marks operations and phases; the harness fills the functions, a NULL one is not called. */
struct meter {
    void *self;
    void (*operation)(void *self);               /* one operation ended: latency is stamped here */
    void (*phase)(void *self, const char *name); /* a phase ended: memory is read here */
    /* Since the last operation ended the program was out of service: none was due meanwhile. */
    void (*resume)(void *self);
    /* Fork crew->workers processes that run crew->work, and wait until all have ended: outcome[i]
     * has what worker i counted. False with the reason when one failed or was killed; NULL: the
     * workload does their work itself, one after the other. */
    bool (*fork)(void *self, const struct crew *crew, struct outcome *outcome, struct error *error);
};

enum { CREW_WORKERS_MAX = 64 };

/* What a workload wants forked. `work` runs in the process of worker `index`, on its copy of
 * everything: it fills operations and checksum, marks its phases on `meter` (all workers the same
 * ones: there they wait for each other, and their memory is read) and returns false when memory ran
 * out. Nothing of what it changes is seen by the parent. */
struct crew {
    void *self;
    unsigned workers; /* 1 … CREW_WORKERS_MAX */
    bool (*work)(void *self, unsigned index, const struct meter *meter, struct outcome *outcome);
};

/* One operation (request, tree, turn) has ended: also a safe point. None in the set-up: rates are
 * operations over the time of the phase run. */
static inline void meter_operation(const struct meter *meter, struct runtime *runtime)
{
    if (meter->operation != NULL) {
        meter->operation(meter->self);
    }
    runtime_safe_point(runtime);
}

/* A phase has ended: setup, run, drop, free, … a name of [a-z_]+; at most 16 in a run. "setup" also ends the part before which
 * `freeze=after_setup` of a collector acts. */
static inline void meter_phase(const struct meter *meter, const char *name)
{
    if (meter->phase != NULL) {
        meter->phase(meter->self, name);
    }
}

/* What a replayed trace says of one generation; none of these collections ran here. */
struct replayed_generation {
    uint64_t collections; /* as the replayed counts demand, and those that were requested */
    uint64_t recorded;    /* as the program that was recorded ran them */
    uint64_t collected, uncollectable;
};

struct outcome {
    bool ok;             /* false: `error` says why (out of memory under +fault, bad trace) */
    uint64_t operations; /* in the unit that `operation_unit` names */
    uint64_t checksum;
    struct error error;
    void *prepared; /* given to run: what prepare read; NULL: run reads for itself */
    bool replayed;  /* the figures below are there */
    struct replayed_generation generation[GENERATIONS];
};

struct workload {
    const char *name;
    const char *summary;    /* one line */
    const char *stands_for; /* three lines: which real program, and where its figures come from */
    const char *operation_unit;   /* what one operation is: "request", "tree", … */
    const struct option *options; /* its own; the common ones are added by workload_options */
    size_t option_count;
    /* NULL, or read input before the heaps are opened, so that its memory is the harness's own.
     * Returns what run finds in outcome->prepared; NULL with the reason. It stays mapped until the
     * process ends, as the baseline contains it. */
    void *(*prepare)(const struct options *options, struct error *error);
    void (*run)(struct runtime *runtime, const struct options *options, struct rng *rng,
                const struct meter *meter, struct outcome *outcome);
};

/* Options that every workload has: size (tiny|small|large), live, cyclic, age. Their meaning is in
 * common.h. Builds the whole table of a workload, common ones first; length in *count. */
const struct option *workload_options(const struct workload *workload,
                                      struct option storage[OPTIONS_MAX], size_t *count);

size_t workload_count(void);
const struct workload *workload_at(size_t index);
const struct workload *workload_find(const char *name); /* NULL if there is none */

#endif

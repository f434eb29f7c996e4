/* A stand for workload tests: heaps with taps, a runtime, one run of a workload, and what was left
 * behind. Everything a test asserts on is a count. */
#ifndef HEAPDYNO_TESTS_WORKLOAD_STAND_H
#define HEAPDYNO_TESTS_WORKLOAD_STAND_H

#include <string.h>

#include "allocators/tap.h"
#include "allocators/wrapper.h"
#include "collector/collector.h"
#include "workloads/workload.h"

enum { STAND_CLASSES = 33 }; /* of 16 bytes up to 512, the last one for what is larger */

/* What the taps heard, all domains, from runtime_open on. */
struct stand_counts {
    uint64_t requests; /* alloc, calloc and resize */
    uint64_t births, deaths, resizes;
    uint64_t bytes; /* asked for by births */
    uint64_t births_by_class[STAND_CLASSES];
};

/* What to run. */
struct stand_cell {
    const char *allocator; /* a SPEC with wrappers, for the domains obj and mem */
    bool one_heap;         /* raw is that heap too; otherwise it is malloc */
    const char *collector;
    const struct workload *workload;
    const char *options; /* "size=tiny,age=aged" */
    uint64_t seed;
    struct meter meter;
    void (*prepare)(struct runtime *runtime, void *argument); /* NULL: nothing */
    void *argument;
};

/* What came of it. */
struct stand_result {
    bool opened;            /* the runtime could be opened */
    struct outcome outcome; /* of the workload */
    struct stand_counts counts;
    uint64_t live_blocks; /* after runtime_close */
    uint64_t alive;       /* tracked objects after runtime_close */
    const char *check;    /* runtime_check before runtime_close */
    struct error error;
};

static inline void stand_hear(void *self, const struct request *request)
{
    struct stand_counts *counts = self;
    counts->requests += request->kind != REQUEST_RELEASE;
    if (request->kind == REQUEST_RELEASE) {
        counts->deaths += request->p != NULL;
    } else if (request->p != NULL && request->old_p == NULL) {
        uint64_t class = request->size == 0 ? 0 : (request->size - 1) / 16;
        counts->births++;
        counts->bytes += request->size;
        counts->births_by_class[class < STAND_CLASSES ? class : STAND_CLASSES - 1]++;
    } else if (request->p != NULL) {
        counts->resizes++;
    }
}

/* Open `spec` below a tap. */
static inline bool stand_heap(const char *text, struct heap raw, struct stand_counts *counts,
                              struct heap *out, struct error *error)
{
    struct spec spec;
    struct heap heap;
    if (!spec_parse(text, strlen(text), &spec, error) ||
        !heap_open(&spec, NULL, raw, &heap, error)) {
        return false;
    }
    if (heap_tap(heap, 0, (struct request_listener){counts, stand_hear}, out)) {
        return true;
    }
    heap_close(&heap);
    return error_set(error, "no memory for a tap");
}

/* The options of a workload from "k=v,k=v". */
static inline bool stand_options(const struct workload *workload, const char *text,
                                 struct option storage[OPTIONS_MAX], struct options *out,
                                 struct error *error)
{
    char line[SPEC_TEXT_MAX];
    struct spec spec;
    size_t count;
    workload_options(workload, storage, &count);
    snprintf(line, sizeof line, "w%s%s", text[0] == '\0' ? "" : ":", text);
    return spec_parse(line, strlen(line), &spec, error) &&
           spec_options(&spec.part[0], storage, count, out, error);
}

static inline void stand_work(const struct stand_cell *cell, struct runtime *runtime,
                              const struct options *options, struct stand_result *result)
{
    struct rng rng;
    rng_seed(&rng, cell->seed);
    if (cell->prepare != NULL) {
        cell->prepare(runtime, cell->argument);
    }
    cell->workload->run(runtime, options, &rng, &cell->meter, &result->outcome);
    result->check = runtime_check(runtime);
    result->alive = runtime_close(runtime);
}

/* Run one cell. False with result->error: the cell itself is not possible. */
static inline bool stand_run(const struct stand_cell *cell, struct stand_result *result)
{
    struct option storage[OPTIONS_MAX];
    struct options options, collector_options;
    struct stand_counts counts = {0};
    struct heap raw = {0}, obj;
    memset(result, 0, sizeof *result);
    const struct collector *collector = collector_find(cell->collector);
    if (collector == NULL ||
        !stand_options(cell->workload, cell->options, storage, &options, &result->error)) {
        return false;
    }
    options_default(&collector_options, collector->options, collector->option_count);
    if ((!cell->one_heap &&
         !stand_heap("malloc", (struct heap){0}, &counts, &raw, &result->error)) ||
        !stand_heap(cell->allocator, raw, &counts, &obj, &result->error)) {
        return false;
    }
    struct runtime_config config = {.heap = {obj, obj, cell->one_heap ? obj : raw},
                                    .collector = collector,
                                    .collector_options = &collector_options};
    struct runtime *runtime;
    result->opened = runtime_open(&config, &runtime, &result->error);
    if (result->opened) {
        stand_work(cell, runtime, &options, result);
    }
    heap_close(&obj);
    if (!cell->one_heap) {
        heap_close(&raw);
    }
    /* Only now: +debug holds released blocks back until it closes. */
    result->counts = counts;
    result->live_blocks = counts.births - counts.deaths;
    return true;
}

#endif

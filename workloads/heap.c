/* heap: the live objects of a real Python program, as `heapdyno snapshot` wrote them, in the core:
 * their types, sizes, references and generations (heap_load.h). The set-up loads them, an operation
 * is a full collection; or nothing is collected, and freeze, thresholds and forks are tried on what
 * lies there.
 * Not good at: what the program does next. Nothing is allocated after the set-up. */
#include <stdlib.h>

#include "collector/gc.h"
#include "workloads/heap_load.h"

enum heap_then { THEN_COLLECT, THEN_PASSES, THEN_NONE };

struct heap_job {
    struct job job; /* first: the body is given it */
    const struct snapshot_file *file;
};

/* The workload --------------------------------------------------------------------------------- */

static bool heap_measure(struct job *job, struct heap_load *load)
{
    uint64_t collections = job_count(job, "collections", (struct job_scale){2, 5, 15});
    if (!heap_load(load)) {
        return false;
    }
    heap_load_fold(load);
    heap_load_let_go(load);
    if (!job_setup_done(job)) {
        return false;
    }
    enum heap_then then = (enum heap_then)options_number(job->options, "then");
    for (uint64_t i = 0; i < collections && then != THEN_NONE; i++) {
        if (then == THEN_PASSES) {
            heap_passes(job->runtime);
        } else {
            gc_collect(job->runtime, GENERATIONS - 1);
        }
        job_operation(job);
    }
    return true;
}

static bool heap_body(struct job *job)
{
    struct heap_load load = {.job = job, .file = ((struct heap_job *)job)->file};
    bool ok = heap_measure(job, &load);
    heap_load_end(&load);
    return ok;
}

/* LeakSanitizer's, where it is linked in: what is prepared stays until the process ends, known only to
 * memory that it does not search. */
extern void __lsan_ignore_object(const void *p) __attribute__((weak));

static void *heap_prepare(const struct options *options, struct error *error)
{
    const char *path = options_text(options, "file");
    const struct job job = {.options = options,
                            .size = (enum job_size)options_number(options, "size")};
    uint64_t rows = job_count(&job, "rows", (struct job_scale){8, 20000, 200000});
    struct snapshot_file *file = malloc(sizeof *file);
    if (file == NULL) {
        error_set(error, "no memory");
    } else if (path[0] == '\0' ? !heap_small(file, rows, error)
                               : !snapshot_file_open(file, path, error)) {
        free(file);
        file = NULL;
    } else if (__lsan_ignore_object != NULL) {
        __lsan_ignore_object(file);
    }
    return file;
}

static void heap_run(struct runtime *runtime, const struct options *options, struct rng *rng,
                     const struct meter *meter, struct outcome *outcome)
{
    struct snapshot_file *prepared = outcome->prepared, *file = prepared;
    if (file == NULL) {
        *outcome = (struct outcome){0};
        file = heap_prepare(options, &outcome->error);
    }
    if (file == NULL) {
        return;
    }
    struct heap_job self = {.job = {.runtime = runtime,
                                    .options = options,
                                    .rng = rng,
                                    .meter = meter,
                                    .outcome = outcome},
                            .file = file};
    job_run(&self.job, heap_body);
    if (prepared == NULL) {
        snapshot_file_close(file);
        free(file);
    }
}

static const struct option heap_options[] = {
    {"file", OPTION_PATH, NULL, 0, 0, NULL,
     "a snapshot, made by `heapdyno snapshot`; none: built-in rows as of an ORM"},
    {"rows", OPTION_COUNT, NULL, 1, HEAP_ROWS_MAX, NULL,
     "without a file: rows, of five objects each; by size 8 | 20k | 200k"},
    {"then", OPTION_CHOICE, "collect", 0, 0, "collect|passes|none",
     "the run: full collections; CPython's passes over what is alive, to predict its time; "
     "nothing"},
    {"collections", OPTION_COUNT, NULL, 1, 1000000, NULL,
     "full collections, or passes; by size 2 | 5 | 15"},
};

const struct workload workload_heap = {
    .name = "heap",
    .summary = "the live objects of a real Python program, from a snapshot, collected in full",
    .stands_for =
        "The program in the snapshot, at the moment it was taken: `heapdyno snapshot OUT\n"
        "-- python3 …` makes one of yours. Types, sizes, references, generations and the\n"
        "order of addresses are those recorded; values are not.",
    .operation_unit = "collection",
    .options = heap_options,
    .option_count = COUNT_OF(heap_options),
    .prepare = heap_prepare,
    .run = heap_run,
};

/* What a full collection of a snapshot's heap takes: the workload heap, timed. CPU time, as other
 * processes are at work too; their use of the caches is in it all the same. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "allocators/wrapper.h"
#include "base/spec.h"
#include "collector/collector.h"
#include "workloads/heap_load.h"
#include "workloads/workload.h"

enum { TIMED = 9, WARM_UP = 1, RUNS = TIMED + WARM_UP };

struct stopwatch {
    uint64_t last_ns, ns[RUNS];
    size_t count;
};

static uint64_t cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static void note_operation(void *self_)
{
    struct stopwatch *self = self_;
    uint64_t now = cpu_ns();
    if (self->count < RUNS) {
        self->ns[self->count++] = now - self->last_ns;
    }
    self->last_ns = cpu_ns();
}

static void note_phase(void *self_, const char *name)
{
    struct stopwatch *self = self_;
    if (strcmp(name, "setup") == 0) {
        self->last_ns = cpu_ns();
    }
}

static int order_ns(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static bool open_malloc(struct heap *out, struct error *error)
{
    struct spec spec;
    return spec_parse("malloc", strlen("malloc"), &spec, error) &&
           heap_open(&spec, NULL, (struct heap){0}, out, error);
}

/* The workload heap with `then`, on a runtime of its own. */
static bool time_workload(const char *path, const char *then, struct stopwatch *watch,
                          const struct heap heap[2], struct error *error)
{
    struct option rows[OPTIONS_MAX];
    struct options options, collector_options;
    size_t count;
    const struct workload *workload = workload_find("heap");
    const struct collector *collector = collector_find("cp311");
    const struct option *table = workload_options(workload, rows, &count);
    options_default(&options, table, count);
    options_default(&collector_options, collector->options, collector->option_count);
    struct runtime_config config = {.heap = {heap[1], heap[1], heap[0]},
                                    .collector = collector,
                                    .collector_options = &collector_options};
    struct meter meter = {.self = watch, .operation = note_operation, .phase = note_phase};
    struct outcome outcome = {0};
    struct rng rng;
    struct runtime *runtime;
    rng_seed(&rng, 1);
    if (!options_set(&options, "file", path, error) ||
        !options_set(&options, "then", then, error) ||
        !options_set(&options, "collections", "10", error) ||
        !runtime_open(&config, &runtime, error)) {
        return false;
    }
    workload->run(runtime, &options, &rng, &meter, &outcome);
    runtime_close(runtime);
    return outcome.ok || error_set(error, "%s", outcome.error.text);
}

static bool time_then(const char *path, uint64_t python, const char *then, uint64_t *median_ns,
                      struct error *error)
{
    struct stopwatch watch = {0};
    struct heap heap[2];
    if (!open_malloc(&heap[0], error)) {
        return false;
    }
    bool ok = heap_pools_open(python, heap[0], &heap[1]) || error_set(error, "no memory");
    if (ok) {
        ok = time_workload(path, then, &watch, heap, error);
        heap_close(&heap[1]);
    }
    heap_close(&heap[0]);
    qsort(watch.ns + WARM_UP, TIMED, sizeof watch.ns[0], order_ns);
    *median_ns = watch.ns[WARM_UP + TIMED / 2];
    return ok;
}

bool snapshot_predict(const char *path, struct snapshot_prediction *out, struct error *error)
{
    struct snapshot_file file;
    if (!snapshot_file_open(&file, path, error)) {
        return false;
    }
    out->measured_ns = file.head.collect_ns[SNAPSHOT_TIMES / 2];
    uint64_t python = file.head.python;
    snapshot_file_close(&file);
    return time_then(path, python, "passes", &out->passes_ns, error) &&
           time_then(path, python, "collect", &out->own_ns, error);
}

/* One cell in this process; see child.h. The order matters: buffers, baseline, raw heap, obj and
 * mem heaps, taps, runtime, workload, checks, and the whole way back. */
#include "bench/cell/child.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/cell/memory.h"

bool child_end(struct child *self, enum child_verdict verdict, const char *format, ...)
{
    if (self->verdict == CHILD_OK) {
        va_list list;
        va_start(list, format);
        vsnprintf(self->reason, sizeof self->reason, format, list);
        va_end(list);
        self->verdict = verdict;
    }
    return false;
}

static const struct allocator *allocator_of(const struct child *self, enum cell_heap heap)
{
    const char *name = self->cell.heap[heap].part[0].name;
    bool own = self->plugin != NULL && strcmp(self->plugin->name, name) == 0;
    return own ? self->plugin : allocator_find(name);
}

/* A file that the spec names (library=…) and that is not there: NULL, or its path. */
static const char *missing_file(const struct child *self, enum cell_heap heap,
                                struct options *options)
{
    const struct allocator *allocator = allocator_of(self, heap);
    CHECK(spec_options(&self->cell.heap[heap].part[0], allocator->options, allocator->option_count,
                       options, NULL));
    for (size_t i = 0; i < options->count; i++) {
        const struct option_value *value = &options->value[i];
        if (options->table[i].type == OPTION_PATH && value->set &&
            strchr(value->text, '/') != NULL && access(value->text, R_OK) != 0) {
            return value->text;
        }
    }
    return NULL;
}

static bool open_heap(struct child *self, enum cell_heap heap, struct heap raw)
{
    const struct allocator *allocator = allocator_of(self, heap);
    const char *why = allocator->unavailable != NULL ? allocator->unavailable() : NULL;
    if (why != NULL) {
        return child_end(self, CHILD_SKIPPED, "%s is not available: %s", allocator->name, why);
    }
    struct options options;
    const char *missing = missing_file(self, heap, &options);
    if (missing != NULL) {
        return child_end(self, CHILD_SKIPPED, "%s is not available: %.250s cannot be read",
                         allocator->name, missing);
    }
    struct error error;
    bool sized = self->cell.real && heap != CELL_RAW; /* CPython frees by address alone */
    if (!(sized ? heap_open_sized : heap_open)(&self->cell.heap[heap], self->plugin, raw,
                                               &self->inner[heap], &error)) {
        return child_end(self, CHILD_FAILED, "%s cannot be opened: %s", allocator->name,
                         error.text);
    }
    if (heap == CELL_OBJ && allocator->version != NULL) {
        snprintf(self->version, sizeof self->version, "%s", allocator->version());
    }
    self->heap[heap] = self->inner[heap];
    return true;
}

static bool tap_heap(struct child *self, enum cell_heap heap)
{
    if (heap != CELL_MEM || self->cell.apart) {
        self->count.heap[heap] = &self->inner[heap];
    }
    bool ok = heap_tap(self->inner[heap], heap, count_listener(&self->count), &self->heap[heap]);
    if (ok && self->watch != NULL) {
        ok = heap_tap(self->heap[heap], heap, self->watch->requests, &self->heap[heap]);
    }
    return ok || child_end(self, CHILD_FAILED, "no memory for a tap");
}

/* A tap takes its heap over, but obj and mem may be one heap with two taps: only one of them may
 * close it. So each tap sits on a copy whose close does nothing; child_close closes `inner`. */
static void no_close(void *self)
{
    (void)self;
}

static bool open_taps(struct child *self)
{
    struct heap_methods *copy = self->tapped;
    for (int i = 0; self->counting && i < CELL_HEAPS; i++) {
        struct heap kept = self->inner[i];
        copy[i] = *kept.methods;
        copy[i].close = no_close;
        self->inner[i].methods = &copy[i];
        bool ok = tap_heap(self, (enum cell_heap)i);
        self->inner[i] = kept;
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool open_each(struct child *self)
{
    struct heap none = {0};
    if (!open_heap(self, CELL_RAW, none) || !open_heap(self, CELL_OBJ, self->inner[CELL_RAW])) {
        return false;
    }
    if (!self->cell.apart) {
        self->inner[CELL_MEM] = self->heap[CELL_MEM] = self->inner[CELL_OBJ];
        return true;
    }
    return open_heap(self, CELL_MEM, self->inner[CELL_RAW]);
}

bool child_open_heaps(struct child *self)
{
    bool ok = open_each(self) && open_taps(self);
    if (ok && self->counting) {
        self->probes.count = &self->count;
        self->probes.census = &self->inner[CELL_OBJ];
        self->probes.census_out = &self->stats;
    }
    return ok;
}

static bool open_runtime(struct child *self)
{
    struct runtime_config config = {
        .heap = {[HEAP_OBJ] = self->heap[CELL_OBJ],
                 [HEAP_MEM] = self->heap[CELL_MEM],
                 [HEAP_RAW] = self->heap[CELL_RAW]},
        .collector = self->collector,
        .collector_options = &self->collector_options,
    };
    struct error error;
    if (!runtime_open(&config, &self->runtime, &error)) {
        return child_end(self, CHILD_FAILED, "the runtime cannot be opened: %s", error.text);
    }
    return probes_attach(&self->probes, self->runtime) ||
           child_end(self, CHILD_FAILED, "no place for a listener");
}

static void run_workload(struct child *self)
{
    struct rng rng;
    rng_seed(&rng, self->cell.seed);
    struct meter meter = probes_meter(&self->probes);
    if (self->watch != NULL) {
        meter = self->watch->meter(self->watch->self, self->runtime, meter);
    }
    child_usage_begin(self);
    self->probes.arrivals.rate = self->counting ? 0 : self->cell.rate;
    probes_start(&self->probes);
    self->workload->run(self->runtime, &self->workload_options, &rng, &meter, &self->outcome);
    probes_stop(&self->probes);
    child_usage_end(self);
    if (!self->outcome.ok) {
        child_end(self, CHILD_FAILED, "%s: %.300s", self->workload->name, self->outcome.error.text);
    } else if (self->probes.arrivals.rate != 0 && self->probes.arrivals.count == 0) {
        child_end(self, CHILD_FAILED, "%s marks no operation that could arrive at a rate",
                  self->workload->name);
    }
}

static void check_runtime(struct child *self)
{
    const char *broken = runtime_check(self->runtime);
    if (broken != NULL) {
        child_end(self, CHILD_FAILED, "invariant broken after the workload: %.300s", broken);
    }
}

static void close_runtime(struct child *self)
{
    if (self->runtime == NULL) {
        return;
    }
    self->freelists = self->runtime->freelists;
    if (self->counting) {
        count_read_mapped(&self->count);
    }
    uint64_t alive = runtime_close(self->runtime);
    self->rss_after_free = memory_rss();
    if (alive != 0) {
        child_end(self, CHILD_FAILED, "%llu tracked objects are still alive after the end",
                  (unsigned long long)alive);
    } else if (self->counting && self->count.live_blocks != 0) {
        child_end(self, CHILD_FAILED, "%llu blocks (%llu bytes) were never released",
                  (unsigned long long)self->count.live_blocks,
                  (unsigned long long)self->count.live_bytes);
    }
}

void child_close_heaps(struct child *self)
{
    for (int i = 0; i < CELL_HEAPS; i++) {
        if (self->inner[i].methods != NULL && (i != CELL_MEM || self->cell.apart)) {
            heap_trim(&self->inner[i]);
        }
    }
    self->rss_after_trim = memory_rss();
    for (int i = 0; i < CELL_HEAPS; i++) { /* obj, mem, then raw on which they may stand */
        if (self->inner[i].methods == NULL) {
            continue;
        }
        bool tapped =
            self->heap[i].methods != NULL && self->heap[i].methods != self->inner[i].methods;
        if (tapped && !self->cell.real) {
            heap_close(&self->heap[i]);
        }
        if (i == CELL_MEM && !self->cell.apart) {
            continue;
        }
        const char *broken = heap_check(&self->inner[i]);
        if (broken != NULL) {
            child_end(self, CHILD_FAILED, "invariant of a heap broken: %.300s", broken);
        }
        if (!self->cell.real) { /* an interpreter's blocks are used until its process is gone */
            heap_close(&self->inner[i]);
        }
    }
}

/* Let the workload read its input, and forget how much memory that took. */
static bool prepare_workload(struct child *self)
{
    struct error error;
    if (self->workload->prepare == NULL) {
        return true;
    }
    self->outcome.prepared = self->workload->prepare(&self->workload_options, &error);
    if (self->outcome.prepared == NULL) {
        return child_end(self, CHILD_FAILED, "%s: %.300s", self->workload->name, error.text);
    }
    memory_forget_peak();
    return true;
}

void child_run(struct child *self)
{
    self->collector = cell_collector(&self->cell, &self->collector_options);
    self->workload = cell_workload(&self->cell, self->workload_rows, &self->workload_options);
    self->operation_unit = self->workload->operation_unit;
    self->probes.crew = crew_open();
    if (self->probes.crew != NULL) {
        self->probes.crew->counting = self->counting;
    }
    bool ready = prepare_workload(self);
    self->rss_base = memory_rss();
    if (ready && child_open_heaps(self) && open_runtime(self)) {
        run_workload(self);
        check_runtime(self);
    }
    close_runtime(self);
    child_close_heaps(self);
}

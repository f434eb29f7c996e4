/* The figures of a child as JSON. Names, units and meaning: docs/record.md. */
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "bench/cell/child.h"

static const char *const verdicts[] = {
    [CHILD_OK] = "ok", [CHILD_SKIPPED] = "skipped", [CHILD_FAILED] = "failed"};

/* Of a replayed trace: no collection ran, so there is nothing of pauses and examined objects. */
static void print_replayed(const struct outcome *outcome, struct json *json)
{
    json_open(json, "gen", '[');
    for (size_t i = 0; i < PROBE_GENERATIONS; i++) {
        json_open(json, NULL, '{');
        json_u64(json, "collections", outcome->generation[i].collections);
        json_u64(json, "collections_recorded", outcome->generation[i].recorded);
        json_u64(json, "collected", outcome->generation[i].collected);
        json_u64(json, "uncollectable", outcome->generation[i].uncollectable);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_known(struct json *json, const char *name, uint64_t value)
{
    if (value != HEAP_UNKNOWN) {
        json_u64(json, name, value);
    }
}

static void print_generations(const struct child *self, struct json *json)
{
    if (self->outcome.replayed) {
        print_replayed(&self->outcome, json);
        return;
    }
    json_open(json, "gen", '[');
    for (size_t i = 0; i < PROBE_GENERATIONS; i++) {
        const struct generation_figures *gen = &self->probes.generation[i];
        json_open(json, NULL, '{');
        json_u64(json, "collections", gen->collections);
        json_u64(json, "collected", gen->collected);
        json_u64(json, "uncollectable", gen->uncollectable);
        if (!self->cell.real) { /* CPython does not say */
            json_u64(json, "examined", gen->examined);
        }
        json_u64(json, "empty", gen->empty);
        if (!self->counting) {
            json_u64(json, "pause_ns_sum", gen->pause_ns.sum);
            json_u64(json, "empty_ns", gen->empty_ns);
            histogram_print(&gen->pause_ns, "pause_ns", json);
        }
        json_close(json, '}');
    }
    json_close(json, ']');
    if (self->cell.real) {
        json_u64(json, "collections_missed", self->collections_missed);
    }
    json_u64(json, "trash_objects_peak", self->probes.trash_peak);
}

/* Of a program only what its cell states is known. */
static void print_outcome(const struct child *self, struct json *json)
{
    char hex[20];
    if (self->operation_unit == NULL) {
        return;
    }
    json_u64(json, "operations", self->outcome.operations);
    json_text(json, "operation_unit", self->operation_unit);
    if (!self->cell.real) {
        snprintf(hex, sizeof hex, "%016llx", (unsigned long long)self->outcome.checksum);
        json_text(json, "checksum", hex);
    }
}

static uint64_t examined(const struct child *self)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < PROBE_GENERATIONS; i++) {
        sum += self->probes.generation[i].examined;
    }
    return sum;
}

/* Pauses inside the phase `run`. */
static uint64_t gc_run_ns(const struct probes *probes)
{
    const struct phase *run = probes_phase(probes, "run");
    return (run != NULL ? run->gc_ns : probes->pause_ns.sum) - probes->run_from_gc_ns;
}

/* Windows no longer than the stretch that the kept pauses cover. */
static void print_mmu(const struct probes *probes, struct json *json)
{
    static const struct {
        const char *name;
        uint64_t ns;
    } windows[] = {{"mmu_1ms", 1000000},
                   {"mmu_10ms", 10000000},
                   {"mmu_100ms", 100000000},
                   {"mmu_1s", 1000000000}};
    struct mmu_log log = probes_mmu_log(probes);
    uint64_t span_ns = log.to_ns - log.from_ns;
    json_u64(json, "mmu_span_ns", span_ns);
    for (size_t i = 0; i < COUNT_OF(windows) && windows[i].ns <= span_ns; i++) {
        json_real(json, windows[i].name, mmu_of(&log, windows[i].ns, NULL));
    }
}

static void print_times(const struct child *self, struct json *json)
{
    const struct probes *probes = &self->probes;
    uint64_t run_ns = probes_run_ns(probes);
    json_u64(json, "wall_ns", self->wall_ns);
    json_u64(json, "user_ns", self->user_ns);
    json_u64(json, "system_ns", self->system_ns);
    json_u64(json, "run_ns", run_ns);
    if (probes->arrivals.rate == 0) {
        json_u64(json, "run_cpu_ns", probes->run_cpu_ns);
    }
    json_u64(json, "workload_unix_ns", probes->start_unix_ns);
    if (run_ns > 0 && self->operation_unit != NULL) {
        json_real(json, "operations_per_s",
                  (double)self->outcome.operations * 1e9 / (double)run_ns);
    }
    if (run_ns > 0) {
        json_real(json, "gc_share", (double)gc_run_ns(probes) / (double)run_ns);
    }
    histogram_print(&probes->latency_ns, "latency_ns", json);
    if (probes->arrivals.rate != 0) {
        json_u64(json, "rate_per_s", probes->arrivals.rate);
        histogram_print(&probes->metered_ns, "metered_ns", json);
        json_u64(json, "metered_late_ns", probes->late_ns);
        json_u64(json, "idle_ns", probes->idle_ns);
    }
    json_u64(json, "gc_ns", probes->pause_ns.sum);
    json_u64(json, "gc_run_ns", gc_run_ns(probes));
    if (examined(self) > 0) {
        json_real(json, "gc_ns_per_examined",
                  (double)probes->pause_ns.sum / (double)examined(self));
    }
    histogram_print(&probes->pause_ns, "pause_ns", json);
    histogram_print(&probes->trash_age_ns, "trash_age_ns", json);
    if (!self->outcome.replayed) {
        print_mmu(probes, json);
    }
}

/* RSS of a counting process has its taps in it: not told. */
static void print_phase(const struct phase *phase, bool counting, struct json *json)
{
    json_text(json, "name", phase->name);
    if (counting) {
        print_known(json, "live_bytes", phase->heap.live);
        print_known(json, "heap_live_bytes", phase->heap.heap_live);
        print_known(json, "heap_free_bytes", phase->heap.heap_free);
        print_known(json, "mapped_bytes", phase->heap.mapped);
    } else {
        json_u64(json, "at_ns", phase->at_ns);
        json_u64(json, "rss_bytes", phase->rss);
        json_u64(json, "rss_anon_bytes", phase->rollup.anonymous);
        json_u64(json, "pss_bytes", phase->rollup.pss);
    }
}

static void print_phases(const struct child *self, struct json *json)
{
    json_open(json, "phases", '[');
    for (size_t i = 0; i < self->probes.phase_count; i++) {
        json_open(json, NULL, '{');
        print_phase(&self->probes.phase[i], self->counting, json);
        json_close(json, '}');
    }
    json_close(json, ']');
}

/* The kernel sums VmHWM up late (6.x keeps counts by core): no reading may lie above the peak. */
static uint64_t peak(const struct child *self)
{
    uint64_t highest = memory_peak();
    for (size_t i = 0; i < self->probes.phase_count; i++) {
        uint64_t rss = self->probes.phase[i].rss;
        highest = rss > highest ? rss : highest;
    }
    return highest;
}

static void print_memory(const struct child *self, struct json *json)
{
    const struct phase *run = probes_phase(&self->probes, "run");
    json_u64(json, "rss_bytes_base", self->rss_base);
    json_u64(json, "rss_bytes_peak", peak(self));
    if (run != NULL) {
        const struct memory_regions *regions = &self->probes.regions;
        json_u64(json, "rss_bytes_end", run->rss);
        json_open(json, "regions", '{');
        json_u64(json, "heap", regions->heap);
        json_u64(json, "mmap", regions->mmap);
        json_u64(json, "stack", regions->stack);
        json_u64(json, "data", regions->data);
        json_u64(json, "text", regions->text);
        json_u64(json, "other", regions->other);
        json_close(json, '}');
    }
    json_u64(json, "rss_bytes_after_free", self->rss_after_free);
    json_u64(json, "rss_bytes_after_trim", self->rss_after_trim);
    json_u64(json, "faults_minor", self->faults_minor);
    json_u64(json, "faults_major", self->faults_major);
}

static void print_requests(const struct child *self, struct json *json)
{
    const struct count *count = &self->count;
    uint64_t all = 0;
    for (size_t i = 0; i < COUNT_DOMAINS; i++) {
        all += count->requests[i];
    }
    json_u64(json, "live_bytes_peak", count->live_bytes_peak);
    json_u64(json, "live_bytes_end", count->live_bytes);
    json_u64(json, "live_blocks_end", count->live_blocks);
    if (count->mapped_bytes_peak > 0) {
        json_u64(json, "mapped_bytes_peak", count->mapped_bytes_peak);
    }
    json_u64(json, "requests", all);
    json_u64(json, "requests_obj", count->requests[CELL_OBJ]);
    json_u64(json, "requests_mem", count->requests[CELL_MEM]);
    if (!self->cell.real) { /* CPython's own stays with malloc, unheard */
        json_u64(json, "requests_raw", count->requests[CELL_RAW]);
    }
    json_u64(json, "requests_failed", count->failures);
    json_u64(json, "resizes", count->resizes);
    json_u64(json, "releases", count->releases);
    json_u64(json, "bytes_requested", count->bytes_requested);
    json_open(json, "request_classes", '[');
    for (unsigned i = 0; i < COUNT_CLASSES; i++) {
        if (count->class_allocs[i] > 0) {
            json_open(json, NULL, '{');
            json_u64(json, "size", count_class_size(i));
            json_u64(json, "allocs", count->class_allocs[i]);
            json_close(json, '}');
        }
    }
    json_close(json, ']');
}

static void print_freelist(struct json *json, const char *name, const struct freelist *list,
                           size_t count)
{
    uint64_t hits = 0, misses = 0, returns = 0, overflows = 0;
    for (size_t i = 0; i < count; i++) {
        hits += list[i].popped - list[i].dropped;
        misses += list[i].misses;
        returns += freelist_pushed(&list[i]);
        overflows += list[i].overflows;
    }
    json_open(json, name, '{');
    json_u64(json, "hits", hits);
    json_u64(json, "misses", misses);
    json_u64(json, "returns", returns);
    json_u64(json, "overflows", overflows);
    json_close(json, '}');
}

static void print_freelists(const struct child *self, struct json *json)
{
    json_open(json, "freelists", '{');
    print_freelist(json, "list", &self->freelists.list, 1);
    print_freelist(json, "dict", &self->freelists.dict, 1);
    print_freelist(json, "keys", &self->freelists.keys, 1);
    print_freelist(json, "float", &self->freelists.floats, 1);
    print_freelist(json, "tuple", self->freelists.tuple, FREELIST_TUPLE_LENGTHS);
    json_close(json, '}');
}

static void print_heap(const struct child *self, struct json *json)
{
    const struct heap_stats *stats = &self->stats;
    if (probes_phase(&self->probes, "run") == NULL) {
        return;
    }
    print_known(json, "arenas", stats->arenas);
    print_known(json, "arenas_highwater", stats->arenas_highwater);
    print_known(json, "pools", stats->pools);
    json_open(json, "classes", '[');
    for (size_t i = 0; i < stats->class_count; i++) {
        const struct heap_class *class = &stats->class[i];
        if (class->pools == 0) {
            continue;
        }
        json_open(json, NULL, '{');
        print_known(json, "size", class->size);
        print_known(json, "pools", class->pools);
        print_known(json, "blocks_used", class->blocks_used);
        print_known(json, "blocks_free", class->blocks_free);
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void print_noise(const struct child *self, struct json *json)
{
    json_u64(json, "wait_ns", self->wait_ns);
    json_u64(json, "switches_involuntary", self->switches_involuntary);
    json_u64(json, "migrations", self->migrations);
}

void child_print(struct child *self, struct json *json)
{
    json_open(json, NULL, '{');
    json_text(json, "verdict", verdicts[self->verdict]);
    json_text(json, "reason", self->verdict == CHILD_OK ? NULL : self->reason);
    json_text(json, "allocator_version", self->version[0] != '\0' ? self->version : NULL);
    json_text(json, "python", self->python[0] != '\0' ? self->python : NULL);
    if (self->verdict == CHILD_OK) {
        print_outcome(self, json);
        print_generations(self, json);
        print_phases(self, json);
        if (self->counting) {
            print_requests(self, json);
            if (!self->cell.real) {
                print_freelists(self, json);
            }
            print_heap(self, json);
        } else {
            print_times(self, json);
            print_memory(self, json);
            print_noise(self, json);
        }
        if (self->cell.real && self->children_cpu_ns > 0 && !self->counting) {
            json_u64(json, "workers_cpu_ns", self->children_cpu_ns);
        }
        if (self->probes.crew != NULL) {
            crew_print(self->probes.crew, json);
        }
    }
    json_close(json, '}');
}

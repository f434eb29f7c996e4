/* Pauses, operations and phases of a timed process; see probes.h. */
#include "bench/cell/probes.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "bench/cell/count.h"
#include "collector/gc.h"

static void keep_pause(struct probes *self, const struct event *event, uint64_t length_ns)
{
    if (self->pause_count < PAUSES_KEPT) {
        self->pause[self->pause_count++] = (struct pause){
            .at_ns = self->gc_begin_ns - self->start_ns,
            .length_ns = length_ns,
            .examined = event->examined,
            .collected = event->collected,
            .generation = event->generation,
        };
    }
}

/* A collection of generation g moves all that it and the younger ones still hold, and reach, to the
 * next one. What the next collection of g finds has been made or moved there since, and was
 * reachable then: it cannot have been trash for longer. */
static void keep_trash_age(struct probes *self, int generation, uint64_t found)
{
    uint64_t since_ns = self->generation[generation].begin_ns;
    since_ns = since_ns != 0 ? since_ns : self->start_ns;
    histogram_add_many(&self->trash_age_ns, self->gc_begin_ns - since_ns, found);
    for (int younger = 0; younger <= generation; younger++) {
        self->generation[younger].begin_ns = self->gc_begin_ns;
    }
}

static void gc_ended(struct probes *self, const struct event *event)
{
    uint64_t length_ns = clock_now_ns() - self->gc_begin_ns;
    uint64_t found = event->collected + event->uncollectable;
    self->trash_peak = found > self->trash_peak ? found : self->trash_peak;
    if (self->run_to_ns != 0) {
        return; /* the heap is being freed: a service never waits for that */
    }
    CHECK(event->generation >= 0 && event->generation < PROBE_GENERATIONS);
    struct generation_figures *figures = &self->generation[event->generation];
    figures->collections++;
    figures->collected += event->collected;
    figures->uncollectable += event->uncollectable;
    figures->examined += event->examined;
    figures->empty += found == 0;
    figures->empty_ns += found == 0 ? length_ns : 0;
    histogram_add(&figures->pause_ns, length_ns);
    histogram_add(&self->pause_ns, length_ns);
    keep_trash_age(self, event->generation, found);
    keep_pause(self, event, length_ns);
}

static void probes_hear(void *self_, const struct event *event)
{
    struct probes *self = self_;
    if (event->kind == EVENT_GC_BEGIN) {
        self->gc_begin_ns = clock_now_ns();
    } else if (event->kind == EVENT_GC_END) {
        gc_ended(self, event);
    }
}

/* An operation ended and the next one begins when it is due, or at once. */
static uint64_t next_arrival(struct probes *self, uint64_t now_ns)
{
    uint64_t due_ns = arrivals_due_ns(&self->arrivals);
    histogram_add(&self->metered_ns, now_ns - due_ns);
    self->late_ns = self->operation_ns - due_ns;
    self->arrivals.count++;
    due_ns = arrivals_due_ns(&self->arrivals);
    if (due_ns <= now_ns) {
        return now_ns;
    }
    uint64_t begin_ns = arrivals_wait(due_ns);
    self->idle_ns += begin_ns - now_ns;
    return begin_ns;
}

/* The reading is no work of the program: what it takes is left out of all times. Where operations
 * arrive at a rate there are no blocks: the reading would delay arrivals. */
static uint64_t end_block(struct probes *self, uint64_t now_ns)
{
    if (self->run_to_ns != 0) {
        return now_ns;
    }
    struct block block = {
        .operations = self->blocks.operations,
        .at_ns = now_ns - self->run_from_ns - self->read_ns - self->idle_ns,
        .rss_bytes = memory_rss(),
    };
    for (int i = 0; i < PROBE_GENERATIONS; i++) {
        block.found += self->generation[i].collected + self->generation[i].uncollectable;
    }
    blocks_add(&self->blocks, block);
    uint64_t read_ns = clock_now_ns() - now_ns;
    self->read_ns += read_ns;
    return now_ns + read_ns;
}

static void probes_operation(void *self_)
{
    struct probes *self = self_;
    uint64_t now_ns = clock_now_ns();
    histogram_add(&self->latency_ns, now_ns - self->operation_ns);
    if (self->arrivals.rate == 0 && blocks_ended(&self->blocks)) {
        now_ns = end_block(self, now_ns);
    }
    self->operation_ns = self->arrivals.rate != 0 ? next_arrival(self, now_ns) : now_ns;
}

/* The program was out of service since the last operation ended: arrivals went elsewhere. */
static void probes_resume(void *self_)
{
    struct probes *self = self_;
    uint64_t now_ns = clock_now_ns();
    self->arrivals.begin_ns += now_ns - self->operation_ns;
    self->operation_ns = now_ns;
}

static struct phase_heap heap_figures(const struct count *count, const struct heap_stats *stats)
{
    struct phase_heap out = {count->live_bytes, stats->live_bytes, HEAP_UNKNOWN,
                             stats->mapped_bytes};
    for (size_t i = 0; i < stats->class_count; i++) {
        const struct heap_class *class = &stats->class[i];
        if (class->size != HEAP_UNKNOWN && class->blocks_free != HEAP_UNKNOWN) {
            out.heap_free = (i == 0 || out.heap_free == HEAP_UNKNOWN ? 0 : out.heap_free) +
                            class->size * class->blocks_free;
        }
    }
    return out;
}

static void read_memory(struct probes *self, const char *name, uint64_t now_ns)
{
    if (self->phase_count == PHASES_MAX) {
        return;
    }
    struct phase *phase = &self->phase[self->phase_count++];
    snprintf(phase->name, sizeof phase->name, "%s", name);
    phase->at_ns = now_ns - self->start_ns;
    phase->gc_ns = self->pause_ns.sum;
    phase->rss = memory_rss();
    memory_rollup(&phase->rollup);
    if (self->census != NULL) {
        struct heap_stats stats;
        heap_stats(self->census, &stats);
        phase->heap = heap_figures(self->count, &stats);
        if (strcmp(name, "run") == 0) {
            *self->census_out = stats;
        }
    }
}

static void probes_phase_ended(void *self_, const char *name)
{
    struct probes *self = self_;
    uint64_t now_ns = clock_now_ns();
    uint64_t cpu_ns = clock_cpu_ns();
    bool setup = strcmp(name, "setup") == 0;
    read_memory(self, name, now_ns);
    if (strcmp(name, "run") == 0) {
        self->run_to_ns = now_ns;
        self->run_cpu_ns = cpu_ns - self->run_cpu_ns;
        memory_regions(&self->regions);
    }
    if (self->runtime != NULL) {
        gc_phase(self->runtime,
                 name); /* a freeze belongs to the set-up, its time is not the run's */
    }
    uint64_t ready_ns = clock_now_ns();
    if (setup) {
        self->run_from_ns = ready_ns;
        self->run_from_gc_ns = self->pause_ns.sum;
        self->read_ns = 0;
        blocks_start(&self->blocks);
        self->run_cpu_ns = clock_cpu_ns();
        self->arrivals.begin_ns = ready_ns;
    } else if (self->run_to_ns == 0) {
        self->read_ns += ready_ns - now_ns;
        self->run_cpu_ns += clock_cpu_ns() - cpu_ns;
        self->arrivals.begin_ns += ready_ns - now_ns; /* the harness is late, not the program */
    }
    self->operation_ns = ready_ns;
}

struct listener probes_listener(struct probes *self)
{
    return (struct listener){self, probes_hear};
}

bool probes_attach(struct probes *self, struct runtime *runtime)
{
    self->runtime = runtime;
    return runtime_listen(runtime, probes_listener(self));
}

static bool probes_fork(void *self_, const struct crew *crew, struct outcome *outcome,
                        struct error *error)
{
    struct probes *self = self_;
    bool ok = crew_run(self->crew, self->runtime, crew, outcome, error);
    self->read_ns += self->crew->read_ns;
    return ok;
}

struct meter probes_meter(struct probes *self)
{
    return (struct meter){
        .self = self,
        .operation = probes_operation,
        .phase = probes_phase_ended,
        .resume = probes_resume,
        .fork = self->crew != NULL ? probes_fork : NULL,
    };
}

void probes_start(struct probes *self)
{
    self->start_ns = self->run_from_ns = self->operation_ns = clock_now_ns();
    self->arrivals.begin_ns = self->start_ns;
    blocks_start(&self->blocks);
    self->start_unix_ns = clock_read_ns(CLOCK_REALTIME);
    self->run_cpu_ns = clock_cpu_ns();
}

void probes_stop(struct probes *self)
{
    if (self->run_to_ns == 0) {
        self->run_to_ns = clock_now_ns();
        self->run_cpu_ns = clock_cpu_ns() - self->run_cpu_ns;
    }
}

uint64_t probes_run_ns(const struct probes *self)
{
    return self->run_to_ns - self->run_from_ns - self->read_ns - self->idle_ns;
}

struct mmu_log probes_mmu_log(const struct probes *self)
{
    uint64_t from_ns = self->run_from_ns - self->start_ns, to_ns = self->run_to_ns - self->start_ns;
    if (self->pause_count < self->pause_ns.count) {
        const struct pause *last = &self->pause[self->pause_count - 1];
        uint64_t kept_ns = last->at_ns + last->length_ns;
        to_ns = kept_ns > from_ns ? kept_ns : from_ns;
    }
    return (struct mmu_log){self->pause, self->pause_count, from_ns, to_ns};
}

const struct phase *probes_phase(const struct probes *self, const char *name)
{
    for (size_t i = 0; i < self->phase_count; i++) {
        if (strcmp(self->phase[i].name, name) == 0) {
            return &self->phase[i];
        }
    }
    return NULL;
}

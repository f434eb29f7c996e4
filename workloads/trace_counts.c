/* Counts of a trace; see trace_counts.h. After a difference the recorded collection is followed, so
 * that one wrong mark is one miss and one surprise, not a cascade. */
#include "workloads/trace_counts.h"

#include <stdio.h>
#include <string.h>

void trace_counts_init(struct trace_counts *self, const struct trace_gc_state *gc)
{
    memset(self, 0, sizeof(*self));
    self->gc = *gc;
    self->due = TRACE_NOT_DUE;
}

/* The oldest generation whose count exceeds its threshold; a full collection also waits until a
 * quarter of the long-lived objects is new. */
static int counts_choose(const struct trace_gc_state *gc)
{
    for (int generation = TRACE_GENERATIONS - 1; generation > 0; generation--) {
        if (gc->count[generation] <= gc->threshold[generation]) {
            continue;
        }
        if (generation == TRACE_GENERATIONS - 1 &&
            gc->long_lived_pending < gc->long_lived_total / 4) {
            continue;
        }
        return generation;
    }
    return 0;
}

static void counts_alloc(struct trace_counts *self)
{
    struct trace_gc_state *gc = &self->gc;
    gc->count[0]++;
    bool free_to_collect = gc->enabled != 0 && gc->threshold[0] != 0 && !self->collecting;
    if (gc->count[0] > gc->threshold[0] && free_to_collect && !self->held) {
        self->due = counts_choose(gc);
        self->expected[self->due] += !self->safe_points;
    }
}

static void counts_free(struct trace_counts *self)
{
    if (self->gc.count[0] > 0) {
        self->gc.count[0]--;
    }
}

static void counts_begin(struct trace_counts *self, const struct trace_gc_begin *begin)
{
    unsigned generation = (unsigned)begin->generation;
    if ((begin->flags & TRACE_GC_AUTOMATIC) == 0) {
        self->requested[generation]++;
    } else {
        if (self->safe_points && self->due != TRACE_NOT_DUE) {
            self->due = counts_choose(&self->gc);
            self->expected[self->due]++;
        }
        self->recorded[generation]++;
        self->surprises += self->due != (int)generation;
    }
    self->due = TRACE_NOT_DUE;
    if (generation + 1 < TRACE_GENERATIONS) {
        self->gc.count[generation + 1]++;
    }
    memset(self->gc.count, 0, (generation + 1) * sizeof(uint64_t));
    self->collecting = true;
}

static void counts_end(struct trace_counts *self, const struct trace_gc_end *end)
{
    self->collecting = false;
    self->gc.long_lived_total = end->long_lived_total;
    self->gc.long_lived_pending = end->long_lived_pending;
    self->collected[end->generation] += end->collected;
    self->uncollectable[end->generation] += end->uncollectable;
    self->duration_ns += end->duration_ns;
    if (end->duration_ns > self->longest_ns) {
        self->longest_ns = end->duration_ns;
    }
}

bool trace_counts_safe_points(const char *python)
{
    unsigned major = 0, minor = 0;
    return sscanf(python, "%u.%u", &major, &minor) == 2 && (major > 3 || minor >= 12);
}

void trace_counts_finish(struct trace_counts *self)
{
    if (self->safe_points) {
        return;
    }
    self->misses += self->due != TRACE_NOT_DUE;
    self->due = TRACE_NOT_DUE;
}

void trace_counts_hear(struct trace_counts *self, const struct trace_event *event, bool freed_gc)
{
    if (event->kind != TRACE_GC_STARTS && event->kind != TRACE_TIME) {
        trace_counts_finish(self);
    }
    switch (event->kind) {
    case TRACE_ALLOC:
        if (event->gc) {
            counts_alloc(self);
        }
        self->held = false;
        break;
    case TRACE_FREE:
        self->frees_inside += self->collecting;
        if (freed_gc) {
            counts_free(self);
        }
        break;
    case TRACE_FREE_OLD:
        self->frees_inside += self->collecting;
        if (event->counted) {
            counts_free(self);
        }
        break;
    case TRACE_GC_STARTS:
        counts_begin(self, &event->begin);
        break;
    case TRACE_GC_STOPS:
        counts_end(self, &event->end);
        break;
    case TRACE_SETTING:
        self->gc.enabled = event->enabled;
        memcpy(self->gc.threshold, event->number, sizeof(self->gc.threshold));
        break;
    case TRACE_CORRECTION:
        memcpy(self->gc.count, event->number, sizeof(self->gc.count));
        break;
    case TRACE_HELD:
        self->held = true;
        break;
    case TRACE_RESIZE:
    case TRACE_TIME:
        break;
    }
}

/* Marks: which block belongs to a GC object, and what the collector did.
 *
 * Nothing is installed for this. CPython 3.9 to 3.13 adds 1 to count[0] just after it allocates a GC block
 * and takes 1 off (never below 0) just before it frees one, so between two requests the count says
 * what the last one was; statistics and counts say which collections ran. gc.callbacks would make
 * objects of their own and so move the very counts that are recorded. Where the count leaves two
 * readings, the block itself decides: it was filled with a pattern that the birth of a GC object
 * overwrites with two zero words. A model of the counts runs along; where it would go wrong, a
 * correction is written and counted. Source: CPython 3.11 Modules/gcmodule.c;
 * 3.12 and 3.13 differ in when a collection that is due runs (trace_counts.h). */
#define Py_BUILD_CORE_MODULE 1
#include "cpython/recorder.h"

#include <internal/pycore_gc.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>

#if PY_VERSION_HEX >> 16 < 0x0309 || PY_VERSION_HEX >> 16 > 0x030d
#error "the collector's counters are known for CPython 3.9 to 3.13"
#endif

static uint64_t marks_collections(const struct _gc_runtime_state *gc)
{
    return (uint64_t)(gc->generation_stats[0].collections + gc->generation_stats[1].collections +
                      gc->generation_stats[2].collections);
}

static uint64_t marks_count(const struct _gc_runtime_state *gc, int generation)
{
    int count = gc->generations[generation].count;
    return count < 0 ? 0 : (uint64_t)count;
}

/* Compare three numbers of the gc module with ours. */
static bool marks_agree(PyObject *module, const char *method, const uint64_t ours[])
{
    PyObject *tuple = PyObject_CallMethod(module, method, NULL);
    if (tuple == NULL) {
        return false;
    }
    bool agree = PyTuple_Check(tuple) && PyTuple_GET_SIZE(tuple) == TRACE_GENERATIONS;
    for (int i = 0; agree && i < TRACE_GENERATIONS; i++) {
        agree = PyLong_AsUnsignedLongLong(PyTuple_GET_ITEM(tuple, i)) == ours[i];
    }
    Py_DECREF(tuple);
    if (!agree && !PyErr_Occurred()) {
        PyErr_SetString(PyExc_RuntimeError,
                        "the collector's state is not where the recorder was built to find it");
    }
    return agree;
}

static void marks_see_settings(struct recorder_marks *self)
{
    self->enabled = self->gc->enabled != 0;
    for (int i = 0; i < TRACE_GENERATIONS; i++) {
        self->threshold[i] = (uint64_t)(unsigned)self->gc->generations[i].threshold;
    }
}

static void marks_see_counts(struct recorder_marks *self)
{
    for (int i = 0; i < TRACE_GENERATIONS; i++) {
        self->count[i] = marks_count(self->gc, i);
    }
}

static void marks_see_stats(struct recorder_marks *self)
{
    for (int i = 0; i < TRACE_GENERATIONS; i++) {
        const struct gc_generation_stats *stats = &self->gc->generation_stats[i];
        self->stats[i].collections = (uint64_t)stats->collections;
        self->stats[i].collected = (uint64_t)stats->collected;
        self->stats[i].uncollectable = (uint64_t)stats->uncollectable;
    }
    self->collections = marks_collections(self->gc);
}

bool recorder_marks_open(struct recorder *self)
{
    struct recorder_marks *marks = &self->marks;
    marks->gc = &PyInterpreterState_Main()->gc;
    marks_see_settings(marks);
    PyObject *module = PyImport_ImportModule("gc");
    if (module == NULL) {
        return false;
    }
    bool ok = marks_agree(module, "get_threshold", marks->threshold);
    marks_see_counts(marks);
    ok = ok && marks_agree(module, "get_count", marks->count);
    Py_DECREF(module);
    return ok;
}

bool recorder_marks_start(struct recorder *self)
{
    struct recorder_marks *marks = &self->marks;
    if (marks->gc->collecting) {
        return false;
    }
    marks_see_settings(marks);
    marks_see_counts(marks);
    marks_see_stats(marks);
    marks->in_collection = marks->begin_known = marks->ending = false;
    marks->begun_ns = 0;
    marks->sized_collections = UINT64_MAX;
    struct trace_gc_state *head = &self->file.head;
    head->enabled = marks->enabled;
    memcpy(head->threshold, marks->threshold, sizeof(head->threshold));
    memcpy(head->count, marks->count, sizeof(head->count));
    head->long_lived_total = (uint64_t)marks->gc->long_lived_total;
    head->long_lived_pending = (uint64_t)marks->gc->long_lived_pending;
    return true;
}

/* Put the pending allocation with its mark. */
static void marks_put_pending(struct recorder *self, bool gc)
{
    struct recorder_pending *pending = &self->pending;
    if (pending->p == NULL) {
        return;
    }
    const void *p = pending->p;
    pending->p = NULL;
    pending->due = false;
    if (self->state != RECORDER_ON) {
        return; /* the recording just ended */
    }
    if (!table_put(&self->table, p, table_word_of(self->encoder.next_block, gc))) {
        recorder_end(self, TRACE_STOPPED);
        return;
    }
    trace_put_alloc(&self->encoder, pending->size, pending->flags | (gc ? TRACE_CLASS_GC : 0));
    self->marks.count[0] += gc;
}

/* Whether the pending block has become a GC object's, by its first two words. A tracked one has its
 * neighbours there: it was put at the end of the youngest generation just now. */
static bool marks_looks_gc(const struct recorder *self)
{
    enum { STEPS = 8 };
    const struct recorder_pending *pending = &self->pending;
    if (!recorder_may_be_gc(pending)) {
        return false;
    }
    uint64_t word[2];
    memcpy(word, pending->p, sizeof(word));
    if (word[0] == RECORDER_PATTERN || word[1] == RECORDER_PATTERN) {
        return false;
    }
    if (word[0] == 0 && word[1] <= 1) {
        return true;
    }
    PyGC_Head *ring = self->marks.gc->generation0;
    PyGC_Head *head = ring;
    for (int i = 0; i < STEPS; i++) {
        head = _PyGCHead_PREV(head);
        /* A managed dict or weak list comes as two words before the head. */
        if ((const void *)head == pending->p || (const void *)(head - 1) == pending->p) {
            return true;
        }
        if (head == ring) {
            break;
        }
    }
    return false;
}

/* Nothing but the pending allocation and this free happened since the last event. */
static bool marks_settle_quiet(struct recorder *self, enum recorder_freed freed)
{
    uint64_t before = self->marks.count[0];
    int64_t moved = (int64_t)marks_count(self->marks.gc, 0) - (int64_t)before;
    bool possible = recorder_may_be_gc(&self->pending);
    bool mark = possible && moved > 0;
    bool counted = false;
    if (freed == FREED_GC && possible) {
        mark = before > 0 ? moved >= 0 : marks_looks_gc(self);
    } else if (moved < -1 || moved > 1) {
        mark = marks_looks_gc(self); /* the counts were reset */
    } else if (freed == FREED_UNKNOWN) {
        mark = mark || (possible && moved == 0 && marks_looks_gc(self));
        counted = moved < (int64_t)mark;
    }
    marks_put_pending(self, mark);
    return counted;
}

/* The generation of the collection that runs, from what it did to the counts. */
static uint64_t marks_running(const struct recorder_marks *self)
{
    if (marks_count(self->gc, 2) > self->count[2]) {
        return 1;
    }
    return marks_count(self->gc, 1) > self->count[1] ? 0 : 2;
}

static void marks_put_begin(struct recorder *self, uint64_t generation)
{
    struct recorder_marks *marks = &self->marks;
    struct trace_gc_begin begin = {0};
    recorder_room(self);
    if (marks->begin_known) {
        begin = marks->begin;
    }
    begin.generation = generation;
    memcpy(begin.count, marks->count, sizeof(begin.count));
    trace_put_gc_begin(&self->encoder, &begin);
    if (generation + 1 < TRACE_GENERATIONS) {
        marks->count[generation + 1]++;
    }
    memset(marks->count, 0, (generation + 1) * sizeof(uint64_t));
    marks->in_collection = true;
    marks->generation = generation;
    marks->begun_ns = (begin.flags & TRACE_GC_TIMED) != 0 ? begin.at_ns + self->start_ns : 0;
    marks->begin_known = false;
}

static void marks_put_end(struct recorder *self)
{
    struct recorder_marks *marks = &self->marks;
    const struct gc_generation_stats *stats = &marks->gc->generation_stats[marks->generation];
    struct trace_gc_end end = {
        .generation = marks->generation,
        .collected = (uint64_t)stats->collected - marks->stats[marks->generation].collected,
        .uncollectable =
            (uint64_t)stats->uncollectable - marks->stats[marks->generation].uncollectable,
        .long_lived_total = (uint64_t)marks->gc->long_lived_total,
        .long_lived_pending = (uint64_t)marks->gc->long_lived_pending,
        .duration_ns = marks->begun_ns != 0 ? recorder_now_ns() - marks->begun_ns : 0,
    };
    trace_put_gc_end(&self->encoder, &end);
    marks->in_collection = false;
    marks->ending = marks->gc->collecting != 0; /* its stop callbacks run */
    marks->stats[marks->generation].collections++;
    marks->stats[marks->generation].collected += end.collected;
    marks->stats[marks->generation].uncollectable += end.uncollectable;
    marks->collections++;
}

/* A collection runs that has not been put. With start callbacks of the program (gc.callbacks) the
 * counts are reset only after them; then corrections follow. */
static bool marks_starts(const struct recorder_marks *self)
{
    return self->gc->collecting && !self->in_collection && !self->ending;
}

/* Put what collections did since the last event. */
static void marks_put_collections(struct recorder *self)
{
    struct recorder_marks *marks = &self->marks;
    if (marks->in_collection && marks->collections != marks_collections(marks->gc)) {
        marks_put_end(self);
    }
    for (uint64_t i = 0; i < TRACE_GENERATIONS; i++) {
        uint64_t collections = (uint64_t)marks->gc->generation_stats[i].collections;
        while (!marks->in_collection && marks->stats[i].collections < collections) {
            marks_put_begin(self, i);
            marks_put_end(self);
        }
    }
    if (marks_starts(marks)) {
        marks_put_begin(self, marks->begin_known ? marks->begin.generation : marks_running(marks));
    }
}

bool recorder_marks_settle(struct recorder *self, enum recorder_freed freed)
{
    struct recorder_marks *marks = &self->marks;
    if (marks->ending && !marks->gc->collecting) {
        marks->ending = false;
    }
    if (marks->collections == marks_collections(marks->gc) && !marks_starts(marks)) {
        return marks_settle_quiet(self, freed);
    }
    marks_put_pending(self, self->pending.due || marks_looks_gc(self));
    marks_put_collections(self);
    return false;
}

void recorder_marks_correct(struct recorder *self)
{
    struct recorder_marks *marks = &self->marks;
    if (marks->count[0] == marks_count(marks->gc, 0)) {
        return;
    }
    marks_see_counts(marks);
    trace_put_counts(&self->encoder, marks->count);
}

/* Tracked objects of a generation; it walks the ring that the collection is about to walk. */
static uint64_t marks_objects(struct _gc_runtime_state *gc, int generation)
{
    PyGC_Head *ring = &gc->generations[generation].head;
    uint64_t count = 0;
    for (PyGC_Head *head = _PyGCHead_NEXT(ring); head != ring; head = _PyGCHead_NEXT(head)) {
        count++;
    }
    return count;
}

static void marks_size(struct recorder_marks *self)
{
    uint64_t count = marks_count(self->gc, 0);
    if (self->sized_collections != self->collections || self->sized_count != count) {
        self->begin.objects[0] = marks_objects(self->gc, 0);
        self->begin.objects[1] = marks_objects(self->gc, 1);
        self->sized_collections = self->collections;
        self->sized_count = count;
    }
}

/* What gc_collect_generations will choose once count[0] is one more. */
static uint64_t marks_choose(const struct _gc_runtime_state *gc)
{
    if (gc->generations[2].count > gc->generations[2].threshold &&
        gc->long_lived_pending >= gc->long_lived_total / 4) {
        return 2;
    }
    return gc->generations[1].count > gc->generations[1].threshold ? 1 : 0;
}

static void marks_put_settings(struct recorder *self)
{
    struct recorder_marks *marks = &self->marks;
    uint64_t enabled = marks->enabled;
    uint64_t threshold[TRACE_GENERATIONS];
    memcpy(threshold, marks->threshold, sizeof(threshold));
    marks_see_settings(marks);
    if (enabled != marks->enabled || memcmp(threshold, marks->threshold, sizeof(threshold)) != 0) {
        trace_put_settings(&self->encoder, marks->enabled != 0, marks->threshold);
    }
    if (marks->count[1] != marks_count(marks->gc, 1) ||
        marks->count[2] != marks_count(marks->gc, 2)) {
        marks_see_counts(marks); /* gc.freeze() sets them to 0 */
        trace_put_counts(&self->encoder, marks->count);
    }
}

bool recorder_marks_near(const struct recorder_marks *self)
{
    uint64_t count = marks_count(self->gc, 0);
    return count >= self->threshold[0] ||
           count >= (uint64_t)(unsigned)self->gc->generations[0].threshold;
}

static void marks_foresee(struct recorder *self, uint64_t generation, uint64_t flags)
{
    struct recorder_marks *marks = &self->marks;
    marks_size(marks);
    marks->begin.generation = generation;
    marks->begin.flags = flags | TRACE_GC_TIMED | TRACE_GC_SIZED;
    marks->begin.at_ns = recorder_now_ns() - self->start_ns;
    marks->begin_known = true;
}

void recorder_marks_due(struct recorder *self)
{
    struct _gc_runtime_state *gc = self->marks.gc;
    if (gc->collecting) {
        return;
    }
    marks_put_settings(self);
    self->marks.begin_known = false;
    uint64_t threshold = self->marks.threshold[0];
    if (!self->marks.enabled || threshold == 0 || marks_count(gc, 0) < threshold) {
        return;
    }
    if (PyErr_Occurred() != NULL) {
        trace_put_held(&self->encoder);
        return;
    }
    self->pending.due = true;
    marks_foresee(self, marks_choose(gc), TRACE_GC_AUTOMATIC);
}

void recorder_marks_request(struct recorder *self, uint64_t generation)
{
    marks_put_settings(self);
    if (!self->marks.gc->collecting) {
        marks_foresee(self, generation, 0);
    }
}

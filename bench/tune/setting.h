/* Settings that a Python program can choose: thresholds, freezing after set-up, collection off, and
 * an allocator by PYTHONMALLOC and LD_PRELOAD. A setting is written as the parts of a cell.
 *
 * Distance: each axis that differs from the default costs 1 (a usual value) or more (an unusual
 * one). A search over distance 1 tries single changes, over distance 2 pairs; each further step about
 * doubles the number of settings. */
#ifndef HEAPDYNO_BENCH_TUNE_SETTING_H
#define HEAPDYNO_BENCH_TUNE_SETTING_H

#include <stddef.h>

#include "base/error.h"
#include "bench/tune/python.h"

enum tune_freeze { FREEZE_NEVER, FREEZE_SETUP, FREEZE_COLLECTED };

enum { DISTANCE_QUICK = 1, DISTANCE_MAX = 4, SETTING_ALLOCATOR_MAX = 256 };

struct setting {
    bool off; /* never collects by itself; threshold is unused */
    uint32_t threshold[3];
    enum tune_freeze freeze;
    char allocator[SETTING_ALLOCATOR_MAX];  /* SPEC: "pymalloc", "jemalloc:dirty_decay=0" */
    char label[SETTING_ALLOCATOR_MAX + 64]; /* for people: "50000/10/10 freeze, jemalloc" */
    unsigned distance;
};

/* The first is the default of that Python; then by distance. */
struct settings {
    const struct python *python;
    size_t count;
    struct setting *setting;
};

/* What to search.
 *   allocators    list of SPECs besides pymalloc; NULL: those that are there, usual options
 *   collection    false: allocators only (a trace has no graph)
 *   returns       false with the reason: an allocator that is unknown, unavailable, or that a
 *                 Python program cannot have */
struct settings_wanted {
    const struct python *python;
    const char *allocators;
    bool collection;
};

bool settings_make(const struct settings_wanted *wanted, struct settings *out, struct error *error);
void settings_free(struct settings *self);

/* How many lie within a distance: they are the first. */
size_t settings_within(const struct settings *self, unsigned distance);

/* The cell: "allocator=… raw=… collector=… workload=… seed=1". */
char *setting_cell(const struct settings *self, const struct setting *setting, const char *workload,
                   char *line, size_t length);

#endif

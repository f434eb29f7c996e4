/* The grid of settings; see setting.h. */
#include "bench/tune/setting.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocators/allocator.h"
#include "base/check.h"
#include "base/spec.h"
#include "bench/cell/cell.h"

/* Thresholds; the first stands for the default of the version. 50000 is what most advice on the net
 * settles at, the long last thresholds are those of Talk Python and of inmanta. */
static const struct {
    uint32_t threshold[3];
    bool off;
    unsigned distance;
} collection_steps[] = {
    {{0, 0, 0}, false, 0},        {{50000, 10, 10}, false, 1},  {{10000, 10, 10}, false, 1},
    {{0, 0, 0}, true, 1},         {{100000, 10, 10}, false, 2}, {{5000, 10, 10}, false, 2},
    {{50000, 20, 100}, false, 2}, {{10000, 50, 100}, false, 2}, {{500000, 10, 10}, false, 3},
    {{20000, 5, 5}, false, 3},    {{200, 10, 10}, false, 3},
};

static const unsigned freeze_distance[] = {
    [FREEZE_NEVER] = 0, [FREEZE_SETUP] = 1, [FREEZE_COLLECTED] = 2};

/* What a Python program can be run on, beside its own pymalloc. */
static const struct {
    const char *spec;
    unsigned distance;
} allocator_steps[] = {
    {"malloc", 1},
    {"jemalloc", 1},
    {"mimalloc", 1},
    {"tcmalloc", 1},
    {"jemalloc:dirty_decay=0s", 2},
    {"mimalloc:decommit_delay=0s", 2},
    {"tcmalloc:aggressive_decommit=on", 2},
    {"malloc:hugetlb=1", 2},
};

static void write_label(struct setting *self)
{
    static const char *const freezes[] = {"", " freeze", " collect+freeze"};
    char thresholds[48] = "off";
    if (!self->off) {
        snprintf(thresholds, sizeof thresholds, "%u/%u/%u", self->threshold[0], self->threshold[1],
                 self->threshold[2]);
    }
    snprintf(self->label, sizeof self->label, "%s%s, %s", thresholds, freezes[self->freeze],
             self->allocator);
}

static void add(struct settings *self, const struct setting *setting)
{
    struct setting labelled = *setting;
    write_label(&labelled);
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->setting[i].label, labelled.label) == 0) {
            return; /* an allocator was named twice */
        }
    }
    struct setting *grown = realloc(self->setting, (self->count + 1) * sizeof *grown);
    CHECK(grown != NULL);
    self->setting = grown;
    grown[self->count++] = labelled;
}

/* Every way to collect, with one allocator. */
static void add_collections(struct settings *self, const char *allocator, unsigned distance)
{
    for (size_t i = 0; i < COUNT_OF(collection_steps); i++) {
        for (unsigned freeze = 0; freeze < COUNT_OF(freeze_distance); freeze++) {
            struct setting setting = {
                .off = collection_steps[i].off,
                .freeze = (enum tune_freeze)freeze,
                .distance = distance + collection_steps[i].distance + freeze_distance[freeze],
            };
            const uint32_t *from = i == 0 ? self->python->threshold : collection_steps[i].threshold;
            memcpy(setting.threshold, from, sizeof setting.threshold);
            snprintf(setting.allocator, sizeof setting.allocator, "%s", allocator);
            bool frozen_for_nothing = setting.off && freeze != FREEZE_NEVER;
            if (setting.distance <= DISTANCE_MAX && !frozen_for_nothing) {
                add(self, &setting);
            }
        }
    }
}

static void add_allocator(struct settings *self, const struct settings_wanted *wanted,
                          const char *allocator, unsigned distance)
{
    if (wanted->collection) {
        add_collections(self, allocator, distance);
        return;
    }
    struct setting setting = {.distance = distance};
    memcpy(setting.threshold, self->python->threshold, sizeof setting.threshold);
    snprintf(setting.allocator, sizeof setting.allocator, "%s", allocator);
    add(self, &setting);
}

static int by_distance(const void *a_, const void *b_)
{
    const struct setting *a = a_, *b = b_;
    return a->distance != b->distance ? (a->distance < b->distance ? -1 : 1)
                                      : strcmp(a->label, b->label);
}

static bool is_step(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(allocator_steps); i++) {
        if (strcmp(allocator_steps[i].spec, name) == 0) {
            return true;
        }
    }
    return false;
}

/* One allocator that the user named: a name that a program can have, options that are legal. */
static bool check_allocator(const char *spec_text, struct error *error)
{
    struct cell *cell = malloc(sizeof *cell);
    char line[CELL_LINE_MAX];
    CHECK(cell != NULL);
    snprintf(line, sizeof line, "allocator=%s workload=null", spec_text);
    bool ok = cell_parse(line, NULL, cell, error);
    const char *name = ok ? cell->heap[CELL_OBJ].part[0].name : "";
    if (ok && cell->heap[CELL_OBJ].part_count > 1) {
        ok = error_set(error, "allocator %.60s: a Python program has no wrappers", spec_text);
    } else if (ok && strcmp(name, "pymalloc") == 0 && strcmp(spec_text, name) != 0) {
        ok = error_set(error, "allocator %.60s: a Python program cannot set options of pymalloc",
                       spec_text);
    } else if (ok && strcmp(name, "pymalloc") != 0 && !is_step(name)) {
        ok = error_set(error,
                       "allocator %.60s: a Python program cannot be run on it; there are "
                       "pymalloc, malloc, jemalloc, mimalloc, tcmalloc",
                       spec_text);
    } else if (ok && allocator_find(name)->unavailable != NULL) {
        const char *why = allocator_find(name)->unavailable();
        ok = why == NULL || error_set(error, "allocator %.60s is not available: %s", name, why);
    }
    free(cell);
    return ok;
}

static bool add_named(struct settings *self, const struct settings_wanted *wanted,
                      struct error *error)
{
    const char *rest = wanted->allocators;
    char item[SETTING_ALLOCATOR_MAX];
    error->text[0] = '\0';
    while (cell_list_next(&rest, item, sizeof item, error)) {
        if (!check_allocator(item, error)) {
            return false;
        }
        if (strcmp(item, "pymalloc") != 0) {
            add_allocator(self, wanted, item, 1);
        }
    }
    return error->text[0] == '\0';
}

static void add_present(struct settings *self, const struct settings_wanted *wanted)
{
    for (size_t i = 0; i < COUNT_OF(allocator_steps); i++) {
        char name[SPEC_NAME_LENGTH];
        const char *spec = allocator_steps[i].spec;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(spec, ":"), spec);
        const struct allocator *allocator = allocator_find(name);
        CHECK(allocator != NULL);
        if (allocator->unavailable == NULL || allocator->unavailable() == NULL) {
            add_allocator(self, wanted, spec, allocator_steps[i].distance);
        }
    }
}

bool settings_make(const struct settings_wanted *wanted, struct settings *out, struct error *error)
{
    *out = (struct settings){.python = wanted->python};
    add_allocator(out, wanted, "pymalloc", 0);
    if (wanted->allocators == NULL) {
        add_present(out, wanted);
    } else if (!add_named(out, wanted, error)) {
        settings_free(out);
        return false;
    }
    qsort(out->setting + 1, out->count - 1, sizeof *out->setting, by_distance); /* 0: the default */
    return true;
}

void settings_free(struct settings *self)
{
    free(self->setting);
    *self = (struct settings){0};
}

size_t settings_within(const struct settings *self, unsigned distance)
{
    size_t n = 0;
    while (n < self->count && self->setting[n].distance <= distance) {
        n++;
    }
    return n;
}

char *setting_cell(const struct settings *self, const struct setting *setting, const char *workload,
                   char *line, size_t length)
{
    static const char *const freezes[] = {"never", "after_setup", "collect_after_setup"};
    const char *collector = self->python->collector;
    char thresholds[48] = "off";
    if (!setting->off) {
        snprintf(thresholds, sizeof thresholds, "%u/%u/%u", setting->threshold[0],
                 setting->threshold[1], setting->threshold[2]);
    }
    bool pymalloc = strcmp(setting->allocator, "pymalloc") == 0;
    snprintf(line, length, "allocator=%s raw=%s collector=%s%sthreshold=%s,freeze=%s workload=%s",
             setting->allocator, pymalloc ? "malloc" : setting->allocator, collector,
             strchr(collector, ':') != NULL ? "," : ":", thresholds, freezes[setting->freeze],
             workload);
    return line;
}

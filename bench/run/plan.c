/* Cells of a plan: matrices multiplied out, doubles left out, order shuffled; see plan.h. */
#include "bench/run/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/rng.h"
#include "bench/cell/cell.h"

void plan_init(struct plan *self)
{
    uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
    *self =
        (struct plan){.limits = {.time_ns = UINT64_C(120000000000), .rss_bytes = memory / 4 * 3},
                      .reruns = PLAN_RERUNS,
                      .seed = 1};
}

void plan_free(struct plan *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->item[i].line);
        free(self->item[i].label);
    }
    free(self->item);
    *self = (struct plan){0};
}

size_t plan_count(const struct plan *self, enum record_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < self->count; i++) {
        n += self->item[i].kind == kind;
    }
    return n;
}

static bool has_item(const struct plan *self, const char *line, enum record_kind kind, uint64_t rep)
{
    for (size_t i = 0; i < self->count; i++) {
        const struct plan_item *item = &self->item[i];
        if (item->kind == kind && item->rep == rep && strcmp(item->line, line) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_item(struct plan *self, const char *line, const char *label, enum record_kind kind,
                     uint64_t rep, struct error *error)
{
    if (has_item(self, line, kind, rep)) {
        return true;
    }
    if (self->count == PLAN_ITEMS_MAX) {
        return error_set(error, "the plan has more than %d measurements", PLAN_ITEMS_MAX);
    }
    if (self->count == self->capacity) {
        size_t capacity = self->capacity == 0 ? 64 : 2 * self->capacity;
        struct plan_item *item = realloc(self->item, capacity * sizeof *item);
        if (item == NULL) {
            return error_set(error, "no memory for the plan");
        }
        self->item = item;
        self->capacity = capacity;
    }
    struct plan_item item = {strdup(line), strdup(label), kind, rep};
    if (item.line == NULL || item.label == NULL) {
        free(item.line);
        free(item.label);
        return error_set(error, "no memory for the plan");
    }
    self->item[self->count++] = item;
    return true;
}

bool plan_add_item(struct plan *self, const char *line, enum record_kind kind, uint64_t rep,
                   struct error *error)
{
    char canonical[CELL_LINE_MAX], label[CELL_LINE_MAX];
    struct cell *cell = malloc(sizeof *cell);
    if (cell == NULL) {
        return error_set(error, "no memory for the plan");
    }
    bool ok = cell_parse(line, NULL, cell, error);
    if (ok && (!cell_print(cell, NULL, SPEC_CANONICAL, canonical, sizeof canonical) ||
               !cell_print(cell, NULL, SPEC_LABEL, label, sizeof label))) {
        ok = error_set(error, "the canonical line of a cell is longer than %d bytes",
                       CELL_LINE_MAX - 1);
    }
    free(cell);
    return ok && add_item(self, canonical, label, kind, rep, error);
}

bool plan_add_line(struct plan *self, const char *line, uint64_t reps, bool counts,
                   struct error *error)
{
    bool ok = true;
    for (uint64_t rep = 0; ok && rep < reps; rep++) {
        ok = plan_add_item(self, line, RECORD_TIMED, rep, error);
    }
    ok = ok && (!counts || plan_add_item(self, line, RECORD_COUNTED, 0, error));
    return ok && (!self->instructions || plan_add_item(self, line, RECORD_INSTRUCTIONS, 0, error));
}

static bool has_threshold(const char *spec_text, struct error *error, bool *out)
{
    struct spec *spec = malloc(sizeof *spec);
    if (spec == NULL) {
        return error_set(error, "no memory for the plan");
    }
    bool ok = spec_parse(spec_text, strlen(spec_text), spec, error);
    *out = false;
    if (ok) {
        const struct collector *collector = collector_find(spec->part[0].name);
        for (size_t i = 0; collector != NULL && i < collector->option_count; i++) {
            *out = *out || strcmp(collector->options[i].name, "threshold") == 0;
        }
    }
    free(spec);
    return ok;
}

enum { AXES = 7, AXIS_COLLECTOR = 2, AXIS_THRESHOLD = 3, AXIS_LOAD = 4 };

/* A line under construction: one item of each list so far. */
struct builder {
    struct plan *plan;
    const struct matrix *matrix;
    const char *key[AXES];
    const char *list[AXES];
    const char *chosen[AXES];
    struct error *error;
};

static bool add_chosen(const struct builder *self)
{
    char line[CELL_LINE_MAX] = "";
    size_t at = 0;
    for (int axis = 0; axis < AXES && at < sizeof line; axis++) {
        const char *text = self->chosen[axis];
        if (text == NULL) {
            continue;
        }
        const char *threshold = axis == AXIS_COLLECTOR ? self->chosen[AXIS_THRESHOLD] : NULL;
        if (axis == AXIS_THRESHOLD) {
            continue;
        }
        at += (size_t)snprintf(line + at, sizeof line - at, "%s%s=%s", at > 0 ? " " : "",
                               self->key[axis], text);
        if (threshold != NULL && at < sizeof line) {
            at += (size_t)snprintf(line + at, sizeof line - at, "%sthreshold=%s",
                                   strchr(text, ':') != NULL ? "," : ":", threshold);
        }
    }
    if (self->matrix->plugin != NULL && at < sizeof line) {
        at += (size_t)snprintf(line + at, sizeof line - at, " plugin=");
        if (at >= sizeof line || !spec_escape(self->matrix->plugin, line, sizeof line)) {
            at = sizeof line;
        }
    }
    if (at >= sizeof line) {
        return error_set(self->error, "a cell is longer than %d bytes", CELL_LINE_MAX - 1);
    }
    return plan_add_line(self->plan, line, self->matrix->reps, self->matrix->counts, self->error);
}

/* Choose from the lists of `axis` and those behind it, every combination. */
static bool add_axis(struct builder *self, int axis)
{
    if (axis == AXES) {
        return add_chosen(self);
    }
    bool wanted = true;
    if (axis == AXIS_THRESHOLD && self->list[axis] != NULL &&
        !has_threshold(self->chosen[AXIS_COLLECTOR], self->error, &wanted)) {
        return false;
    }
    if (self->list[axis] == NULL || !wanted) {
        self->chosen[axis] = NULL;
        return add_axis(self, axis + 1);
    }
    const char *rest = self->list[axis];
    char item[SPEC_TEXT_MAX];
    self->error->text[0] = '\0';
    size_t items = 0;
    while (cell_list_next(&rest, item, sizeof item, self->error)) {
        self->chosen[axis] = item;
        items++;
        if (!add_axis(self, axis + 1)) {
            return false;
        }
    }
    if (items == 0 && self->error->text[0] == '\0') {
        return error_set(self->error, "the list of %ss is empty", self->key[axis]);
    }
    return self->error->text[0] == '\0';
}

bool plan_add_matrix(struct plan *self, const struct matrix *matrix, struct error *error)
{
    const char *collector = matrix->collector != NULL ? matrix->collector : "cp311";
    const struct {
        const char *key, *list;
    } load[] = {{"workload", matrix->workload}, {"program", matrix->program}};
    struct builder builder = {
        .plan = self,
        .matrix = matrix,
        .key = {"allocator", "raw", "collector", "threshold", NULL, "seed", "rate"},
        .list = {matrix->allocator, matrix->raw, collector, matrix->threshold, NULL, matrix->seed,
                 matrix->rate},
        .error = error,
    };
    if (matrix->reps == 0 || matrix->reps > PLAN_REPS_MAX) {
        return error_set(error, "reps: %llu is not 1 to %d", (unsigned long long)matrix->reps,
                         PLAN_REPS_MAX);
    }
    error->text[0] = '\0';
    bool any = false, ok = true;
    for (size_t i = 0; ok && i < COUNT_OF(load); i++) {
        builder.key[AXIS_LOAD] = load[i].key;
        builder.list[AXIS_LOAD] = load[i].list;
        any = any || load[i].list != NULL;
        ok = load[i].list == NULL || add_axis(&builder, 0);
    }
    return ok && (any || error_set(error, "workload= is missing, or program="));
}

static int by_repetition(const void *a_, const void *b_)
{
    const struct plan_item *a = a_, *b = b_;
    return a->rep < b->rep ? -1 : a->rep > b->rep;
}

static void shuffle(struct plan_item *item, size_t count, struct rng *rng)
{
    for (size_t i = count; i > 1; i--) { /* Fisher and Yates */
        size_t j = (size_t)rng_below(rng, i);
        struct plan_item other = item[i - 1];
        item[i - 1] = item[j];
        item[j] = other;
    }
}

void plan_shuffle(struct plan *self)
{
    plan_shuffle_from(self, 0);
}

void plan_shuffle_from(struct plan *self, size_t from)
{
    struct rng rng;
    rng_seed(&rng, self->seed + from);
    if (from < self->count) {
        qsort(self->item + from, self->count - from, sizeof *self->item, by_repetition);
    }
    while (from < self->count) {
        size_t to = from;
        while (to < self->count && self->item[to].rep == self->item[from].rep) {
            to++;
        }
        shuffle(self->item + from, to - from, &rng);
        from = to;
    }
}

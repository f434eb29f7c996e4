/* Figures of forked workers out of records; see workers.h. Rows are ordered by step, in each the
 * parent first: their places are known. */
#include "bench/experiment/workers.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"

bool fork_cell_of(const struct report_group *group, struct fork_cell *out)
{
    double workers;
    *out = (struct fork_cell){.group = group};
    if (!experiment_is_workload(group, "fork") ||
        !experiment_option_text(group->workload_line, "gc", out->gc, sizeof out->gc) ||
        !experiment_option_text(group->workload_line, "when", out->when, sizeof out->when) ||
        !experiment_option_text(group->workload_line, "spread", out->spread, sizeof out->spread) ||
        !experiment_option(group->workload_line, "touch", &out->touch) ||
        !experiment_option(group->workload_line, "workers", &workers)) {
        return false;
    }
    out->workers = (size_t)workers;
    return true;
}

static struct sample row_values(const struct report *report, const struct fork_cell *cell,
                                enum worker_step step, size_t worker, enum worker_figure what)
{
    static const char *const fields[WORKER_FIGURES] = {"private_dirty_bytes", "bytes_by_collector",
                                                       "bytes_by_counts", "bytes_by_allocation",
                                                       "pss_bytes"};
    bool counted = what != WORKER_PRIVATE && what != WORKER_PSS;
    char path[64];
    snprintf(path, sizeof path, "$.workers[%zu].%s", (size_t)step * (cell->workers + 1) + worker,
             fields[what]);
    return report_values(report, cell->group, path, counted ? SOURCE_COUNT : SOURCE_MEMORY);
}

struct sample worker_sample(const struct report *report, const struct fork_cell *cell,
                            enum worker_step step, enum worker_figure what)
{
    size_t first = what == WORKER_PSS ? 0 : 1;
    struct sample sum = row_values(report, cell, step, first, what);
    double *value = (double *)(uintptr_t)sum.value;
    for (size_t w = first + 1; w <= cell->workers; w++) {
        struct sample more = row_values(report, cell, step, w, what);
        sum.n = more.n < sum.n ? more.n : sum.n;
        for (size_t i = 0; i < sum.n; i++) {
            value[i] += more.value[i];
        }
        free((void *)(uintptr_t)more.value);
    }
    for (size_t i = 0; i < sum.n && what != WORKER_PSS; i++) {
        value[i] /= (double)cell->workers;
    }
    return sum;
}

struct interval worker_interval(const struct report *report, const struct fork_cell *cell,
                                enum worker_step step, enum worker_figure what)
{
    struct sample sample = worker_sample(report, cell, step, what);
    struct interval result = stats_median_interval(sample, REPORT_SEED);
    free((void *)(uintptr_t)sample.value);
    return result;
}

struct interval worker_ratio(const struct report *report, const struct fork_cell *a,
                             const struct fork_cell *b, enum worker_step step,
                             enum worker_figure what)
{
    struct sample_pair pair = {worker_sample(report, a, step, what),
                               worker_sample(report, b, step, what)};
    struct interval result = stats_ratio(&pair, 1, REPORT_SEED);
    free((void *)(uintptr_t)pair.a.value);
    free((void *)(uintptr_t)pair.b.value);
    return result;
}

double fork_heap_bytes(const struct report *report, const struct fork_cell *cell)
{
    struct interval rss =
        experiment_field(report, cell->group, "$.workers[1].rss_bytes", SOURCE_MEMORY);
    return rss.mid - group_median(cell->group, METRIC_RSS_BASE);
}

static const char *const gc_words[] = {"on", "off", "freeze", "collect_freeze"};
static const char *const when_words[] = {"early", "before", "after"};

static size_t rank_of(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0) {
            return i;
        }
    }
    return count;
}

static size_t rank_of_setting(const struct fork_cell *cell)
{
    return rank_of(cell->gc, gc_words, COUNT_OF(gc_words)) * (COUNT_OF(when_words) + 1) +
           rank_of(cell->when, when_words, COUNT_OF(when_words));
}

static int by_setting(const void *left, const void *right)
{
    const struct fork_cell *a = left, *b = right;
    int order = strcmp(a->spread, b->spread);
    if (order == 0 && (a->touch < b->touch || a->touch > b->touch)) {
        order = a->touch < b->touch ? -1 : 1;
    }
    return order != 0 ? order : (int)rank_of_setting(a) - (int)rank_of_setting(b);
}

struct fork_run fork_run_open(const struct report *report)
{
    struct fork_run self = {report, calloc(report->groups + 1, sizeof(struct fork_cell)), 0};
    CHECK(self.cell != NULL);
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        self.count += strcmp(group->allocator, report->allocator) == 0 &&
                      strcmp(group->collector, report->collector) == 0 &&
                      fork_cell_of(group, &self.cell[self.count]);
    }
    qsort(self.cell, self.count, sizeof *self.cell, by_setting);
    return self;
}

const struct fork_cell *fork_find(const struct fork_run *self, double touch, const char *spread,
                                  const char *gc, const char *when)
{
    for (size_t i = 0; i < self->count; i++) {
        const struct fork_cell *cell = &self->cell[i];
        bool same = !(cell->touch < touch) && !(cell->touch > touch);
        if (same && strcmp(cell->gc, gc) == 0 && (when == NULL || strcmp(cell->when, when) == 0) &&
            (touch <= 0.0 || strcmp(cell->spread, spread) == 0)) {
            return cell;
        }
    }
    return NULL;
}

struct interval fork_figure(const struct fork_run *self, const struct fork_cell *cell,
                            enum worker_step step, enum worker_figure what)
{
    return cell == NULL ? (struct interval){.mid = NAN}
                        : worker_interval(self->report, cell, step, what);
}

double fork_middle(const struct fork_run *self, const struct fork_cell *cell, enum worker_step step,
                   enum worker_figure what)
{
    return fork_figure(self, cell, step, what).mid;
}

const char *fork_setting(const struct fork_cell *cell)
{
    static const char *const names[][4] = {
        {"on", "on", "on", "on"},
        {"off early", "off before", "off after", "off"},
        {"freeze early", "freeze before", "freeze after", "freeze"},
        {"collect, freeze early", "collect, freeze before", "collect, freeze after",
         "collect, freeze"},
        {"other", "other", "other", "other"},
    };
    return names[rank_of(cell->gc, gc_words, COUNT_OF(gc_words))]
                [rank_of(cell->when, when_words, COUNT_OF(when_words))];
}

void fork_parts(const struct fork_run *self, const struct fork_cell *cell, double part[FORK_PARTS])
{
    static const enum worker_figure causes[] = {WORKER_BY_COLLECTOR, WORKER_BY_COUNTS,
                                                WORKER_BY_ALLOCATION};
    double rest = fork_middle(self, cell, STEP_COLLECT, WORKER_PRIVATE);
    for (size_t i = 0; i < COUNT_OF(causes); i++) {
        part[i] = fork_middle(self, cell, STEP_COLLECT, causes[i]);
        rest -= part[i];
    }
    part[FORK_PARTS - 1] = rest < 0.0 ? 0.0 : rest;
}

/* Two runs side by side; see report_compare.h. Cells are paired by their labels. */
#include "bench/report/report_compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static const struct {
    enum metric metric;
    const char *name;
} rows[COMPARE_FIGURES] = {
    {METRIC_REQUESTS, "requests"},
    {METRIC_LIVE_PEAK, "live bytes"},
    {METRIC_COLLECTIONS, "young collections"},
    {METRIC_COLLECTIONS + 2, "full collections"},
    {METRIC_EXAMINED + 2, "examined in full"},
    {METRIC_RSS_PEAK, "peak RSS"},
    {METRIC_RUN_NS, "run time"},
    {METRIC_PAUSE_P99, "pause p99"},
};

const char *compare_verdict_name(enum compare_verdict verdict)
{
    static const char *const names[] = {"no regression", "regression", "cannot tell"};
    return names[verdict];
}

static const struct report_group *other(const struct report *report,
                                        const struct report_group *group)
{
    return report_find(report, group->workload, group->collector, group->allocator);
}

/* A count: exact in each cell, so that one cell is enough. From nothing to something is worse. */
static void judge_count(struct compare_figure *self, const struct report_group *a,
                        const struct report_group *b, double tolerance)
{
    double before = group_median(a, self->metric), after = group_median(b, self->metric);
    self->differ += before != after;
    if (after > before * (1.0 + tolerance)) {
        self->verdict = COMPARE_REGRESSION;
    }
}

static enum compare_verdict judge_interval(struct interval ratio, double tolerance)
{
    if (!ratio.known) {
        return COMPARE_UNDECIDED;
    }
    return ratio.lo > 1.0 + tolerance    ? COMPARE_REGRESSION
           : ratio.hi <= 1.0 + tolerance ? COMPARE_SAME
                                         : COMPARE_UNDECIDED;
}

static void judge(const struct report *a, const struct report *b, double tolerance,
                  struct compare_figure *self)
{
    struct sample_pair *pair = calloc(a->groups + 1, sizeof *pair);
    CHECK(pair != NULL);
    bool exact = report_metrics[self->metric].source == SOURCE_COUNT;
    for (size_t i = 0; i < a->groups; i++) {
        const struct report_group *here = &a->group[i], *there = other(b, here);
        struct sample before = group_sample(here, self->metric);
        struct sample after = group_sample(there, self->metric);
        if (before.n == 0 || after.n == 0) {
            continue;
        }
        pair[self->cells++] = (struct sample_pair){after, before};
        if (exact) {
            judge_count(self, here, there, tolerance);
        }
    }
    self->ratio = stats_ratio(pair, self->cells, REPORT_SEED);
    if (!exact && isfinite(self->ratio.mid)) {
        self->verdict = judge_interval(self->ratio, tolerance);
    }
    free(pair);
}

void compare_runs(const struct report *a, const struct report *b, double tolerance,
                  struct comparison *out)
{
    *out = (struct comparison){0};
    for (size_t i = 0; i < a->groups; i++) {
        out->cells += other(b, &a->group[i]) != NULL;
    }
    bool undecided = out->cells == 0, worse = false, timed = false;
    for (size_t i = 0; i < COMPARE_FIGURES; i++) {
        struct compare_figure *figure = &out->figure[i];
        *figure = (struct compare_figure){.metric = rows[i].metric, .name = rows[i].name};
        judge(a, b, tolerance, figure);
        worse = worse || figure->verdict == COMPARE_REGRESSION;
        undecided = undecided || figure->verdict == COMPARE_UNDECIDED;
        timed = timed || (figure->metric == METRIC_RUN_NS && figure->cells > 0);
    }
    out->verdict = worse                 ? COMPARE_REGRESSION
                   : undecided || !timed ? COMPARE_UNDECIDED
                                         : COMPARE_SAME;
}

void compare_table(const struct comparison *comparison, struct table *out)
{
    static const char *const headings[] = {"figure", "verdict", "B over A [95 %]", "cells",
                                           "differ"};
    table_open(out, "compare", "B against A, over all cells", 1, headings, COUNT_OF(headings));
    for (size_t i = 0; i < COMPARE_FIGURES; i++) {
        const struct compare_figure *figure = &comparison->figure[i];
        bool exact = report_metrics[figure->metric].source == SOURCE_COUNT;
        if (figure->cells == 0) {
            continue;
        }
        struct interval ratio = figure->ratio;
        ratio.known = ratio.known && !exact;
        table_text(out, figure->name);
        table_text(out, compare_verdict_name(figure->verdict));
        table_interval(out, ratio, FIGURE_CHANGE);
        table_figure(out, (double)figure->cells, FIGURE_COUNT);
        table_figure(out, exact ? (double)figure->differ : NAN, FIGURE_COUNT);
    }
}

static void add_cell(struct table *out, const struct report_group *a, const struct report_group *b,
                     size_t row)
{
    enum metric metric = rows[row].metric;
    bool exact = report_metrics[metric].source == SOURCE_COUNT;
    double before = group_median(a, metric), after = group_median(b, metric);
    struct sample_pair pair = {group_sample(b, metric), group_sample(a, metric)};
    struct interval ratio = {.mid = after / before};
    if (!exact) {
        ratio = stats_ratio(&pair, 1, REPORT_SEED);
    }
    bool shown = exact ? before != after : stats_differs(ratio);
    if (!isfinite(before) || !isfinite(after) || !shown) {
        return;
    }
    table_text(out, a->workload);
    table_text(out, a->collector);
    table_text(out, a->allocator);
    table_text(out, rows[row].name);
    table_figure(out, before, report_metrics[metric].form);
    table_figure(out, after, report_metrics[metric].form);
    table_interval(out, ratio, FIGURE_CHANGE);
}

void compare_cells(const struct report *a, const struct report *b, struct table *out)
{
    static const char *const headings[] = {"workload", "collector", "allocator",      "figure",
                                           "A",        "B",         "B over A [95 %]"};
    table_open(out, "differ", "Cells that differ", 4, headings, COUNT_OF(headings));
    for (size_t i = 0; i < a->groups; i++) {
        const struct report_group *there = other(b, &a->group[i]);
        for (size_t k = 0; there != NULL && k < COMPARE_FIGURES; k++) {
            add_cell(out, &a->group[i], there, k);
        }
    }
    table_note(out, "Of many cells some differ by chance: one in twenty, at most, by a 95 %% "
                    "interval. The verdict rests on the table above.");
}

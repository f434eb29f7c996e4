/* Verdicts over many figures and cells; see judge.h. */
#include "bench/report/judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define EQUAL 1e-4

static const struct judge_figure figures[] = {
    {"instructions", "instructions", METRIC_INSTRUCTIONS, true},
    {"requests", "requests", METRIC_REQUESTS, true},
    {"live_bytes_peak", "live bytes", METRIC_LIVE_PEAK, true},
    {"collections", "young collections", METRIC_COLLECTIONS, true},
    {"collections", "middle collections", METRIC_COLLECTIONS + 1, true},
    {"collections", "full collections", METRIC_COLLECTIONS + 2, true},
    {"examined", "examined in young", METRIC_EXAMINED, true},
    {"examined", "examined in middle", METRIC_EXAMINED + 1, true},
    {"examined", "examined in full", METRIC_EXAMINED + 2, true},
    {"trash_objects_peak", "trash at once", METRIC_TRASH_PEAK, false},
    {"rss_bytes_peak", "peak RSS", METRIC_RSS_PEAK, true},
    {"rss_bytes_after_free", "RSS after free", METRIC_RSS_AFTER_FREE, false},
    {"run_ns", "run time", METRIC_RUN_NS, true},
    {"run_cpu_ns", "processor time", METRIC_RUN_CPU, false},
    {"gc_ns", "collecting", METRIC_GC_NS, false},
    {"pause_ns_p99", "pause p99", METRIC_PAUSE_P99, false},
    {"pause_ns_max", "pause max", METRIC_PAUSE_MAX, false},
    {"latency_ns_p99", "latency p99", METRIC_LATENCY_P99, false},
};

size_t judge_figure_count(void)
{
    return COUNT_OF(figures);
}

const struct judge_figure *judge_figure_at(size_t index)
{
    CHECK(index < COUNT_OF(figures));
    return &figures[index];
}

const char *judge_verdict_name(enum judge_verdict verdict)
{
    static const char *const names[] = {"no regression", "regression", "cannot tell"};
    return names[verdict];
}

static bool is_exact(enum metric metric)
{
    return report_metrics[metric].source == SOURCE_COUNT;
}

struct judge_rules judge_rules_usual(double tolerance)
{
    struct judge_rules rules = {.tolerance = tolerance, .confidence = 0.95};
    for (size_t i = 0; i < COUNT_OF(figures); i++) {
        rules.figure[i] = figures[i].usual;
    }
    return rules;
}

/* A word of the list: a figure, or all usual ones of a kind. */
static bool choose(struct judge_rules *self, const char *word, size_t length)
{
    bool found = false;
    for (size_t i = 0; i < COUNT_OF(figures); i++) {
        const char *kind = is_exact(figures[i].metric) ? "counts" : "times";
        bool timed = report_metrics[figures[i].metric].source != SOURCE_MEMORY;
        bool named =
            strlen(figures[i].name) == length && strncmp(figures[i].name, word, length) == 0;
        bool meant =
            figures[i].usual && timed && strlen(kind) == length && strncmp(kind, word, length) == 0;
        self->figure[i] = self->figure[i] || named || meant;
        found = found || named || meant;
    }
    return found;
}

bool judge_rules_figures(struct judge_rules *self, const char *list, struct error *error)
{
    memset(self->figure, 0, sizeof self->figure);
    for (const char *word = list;; word += strcspn(word, ",") + 1) {
        size_t length = strcspn(word, ",");
        if (!choose(self, word, length)) {
            char known[400] = "counts, times";
            for (size_t i = 0; i < COUNT_OF(figures); i++) {
                size_t at = strlen(known);
                if (i == 0 || strcmp(figures[i].name, figures[i - 1].name) != 0) {
                    snprintf(known + at, sizeof known - at, ", %s", figures[i].name);
                }
            }
            return error_set(error, "'%.*s' is no figure to judge; known are %s",
                             (int)(length < 60 ? length : 60), word, known);
        }
        if (word[length] == '\0') {
            return true;
        }
    }
}

static const struct report_group *other(const struct report *report,
                                        const struct report_group *group)
{
    return report_find(report, group->workload, group->collector, group->allocator);
}

static struct judgement *add_row(struct judging *self, const struct judgement *row)
{
    self->row = reallocarray(self->row, self->rows + 1, sizeof *self->row);
    CHECK(self->row != NULL);
    self->row[self->rows] = *row;
    return &self->row[self->rows++];
}

/* Distinct values, ascending, into a new array; there is one for each seed. */
static double *distinct(struct sample sample, size_t *n)
{
    double *value = calloc(sample.n + 1, sizeof *value);
    CHECK(value != NULL);
    memcpy(value, sample.value, sample.n * sizeof *value);
    stats_sort(value, sample.n);
    *n = 0;
    for (size_t i = 0; i < sample.n; i++) {
        if (*n == 0 || value[*n - 1] != value[i]) {
            value[(*n)++] = value[i];
        }
    }
    return value;
}

/* Exact: one cell is enough, and one seed. From nothing to something is worse. */
static bool count_grew(struct sample before, struct sample after, double tolerance)
{
    size_t a_n, b_n;
    double *a = distinct(before, &a_n), *b = distinct(after, &b_n);
    bool grew = stats_median(after) > stats_median(before) * (1.0 + tolerance);
    for (size_t i = 0; a_n == b_n && i < a_n; i++) {
        grew = grew || b[i] > a[i] * (1.0 + tolerance);
    }
    free(a);
    free(b);
    return grew;
}

/* Rows of one exact figure, one for each cell. */
static void judge_count(const struct report *a, const struct report *b,
                        const struct judge_figure *figure, double tolerance, struct judging *out)
{
    for (size_t i = 0; i < a->groups; i++) {
        struct sample before = group_sample(&a->group[i], figure->metric);
        struct sample after = group_sample(other(b, &a->group[i]), figure->metric);
        if (before.n == 0 || after.n == 0) {
            continue;
        }
        double from = stats_median(before), to = stats_median(after);
        add_row(out,
                &(struct judgement){
                    .figure = figure,
                    .cell = &a->group[i],
                    .cells = 1,
                    .exact = true,
                    .decisive = true,
                    .before = from,
                    .after = to,
                    .ratio = {.mid = from == to ? 1.0 : to / from, .lo = NAN, .hi = NAN},
                    .n_before = before.n,
                    .n_after = after.n,
                    .verdict = count_grew(before, after, tolerance) ? JUDGE_REGRESSION : JUDGE_SAME,
                });
    }
}

/* Rows of one figure, still to be judged by intervals: over all cells, then each. */
static void add_measured(const struct report *a, const struct report *b,
                         const struct judge_figure *figure, struct judging *out)
{
    struct judgement all = {.figure = figure,
                            .before = NAN,
                            .after = NAN,
                            .decisive = true,
                            .n_before = SIZE_MAX,
                            .n_after = SIZE_MAX};
    size_t at = out->rows;
    add_row(out, &all);
    for (size_t i = 0; i < a->groups; i++) {
        struct sample before = group_sample(&a->group[i], figure->metric);
        struct sample after = group_sample(other(b, &a->group[i]), figure->metric);
        if (before.n == 0 || after.n == 0) {
            continue;
        }
        all.cells++;
        all.n_before = before.n < all.n_before ? before.n : all.n_before;
        all.n_after = after.n < all.n_after ? after.n : all.n_after;
        add_row(out, &(struct judgement){.figure = figure,
                                         .cell = &a->group[i],
                                         .cells = 1,
                                         .before = stats_median(before),
                                         .after = stats_median(after),
                                         .n_before = before.n,
                                         .n_after = after.n});
    }
    out->row[at] = all;
    if (all.cells <= 1) { /* the row of the only cell says it all */
        out->row[at] = out->row[at + all.cells];
        out->row[at].decisive = true;
        out->rows = at + all.cells;
    }
}

/* Half of the error for the rows over all cells, half for the single ones, in equal parts. */
static void share_error(double confidence, struct judging *out)
{
    size_t decisive = 0, single = 0;
    for (size_t i = 0; i < out->rows; i++) {
        decisive += !out->row[i].exact && out->row[i].decisive;
        single += !out->row[i].exact && !out->row[i].decisive;
    }
    double share = (1.0 - confidence) / (single > 0 ? 2.0 : 1.0);
    out->decisive_confidence = 1.0 - share / (double)(decisive > 0 ? decisive : 1);
    out->single_confidence = 1.0 - share / (double)(single > 0 ? single : 1);
}

static enum judge_verdict judge_interval(struct interval ratio, double tolerance)
{
    if (!ratio.known) {
        return JUDGE_UNDECIDED;
    }
    return ratio.lo > 1.0 + tolerance    ? JUDGE_REGRESSION
           : ratio.hi <= 1.0 + tolerance ? JUDGE_SAME
                                         : JUDGE_UNDECIDED;
}

static struct sample_pair pair_of(const struct report *b, const struct report_group *cell,
                                  enum metric metric)
{
    return (struct sample_pair){group_sample(other(b, cell), metric), group_sample(cell, metric)};
}

/* The interval of one row; over all cells from those rows behind it that have the same figure. */
static void judge_row(const struct report *b, const struct judge_rules *rules, size_t at,
                      struct judging *out)
{
    struct judgement *row = &out->row[at];
    struct sample_pair *pair = calloc(row->cells, sizeof *pair);
    CHECK(pair != NULL);
    for (size_t i = 0; i < row->cells; i++) { /* the cells of a row over all stand behind it */
        pair[i] = pair_of(b, row[row->cell == NULL ? i + 1 : 0].cell, row->figure->metric);
    }
    double confidence = row->decisive ? out->decisive_confidence : out->single_confidence;
    row->ratio = stats_ratio_at(pair, row->cells, confidence, REPORT_SEED);
    row->verdict = judge_interval(row->ratio, rules->tolerance);
    free(pair);
}

/* A single cell that cannot tell leaves the run decided when all cells together can. */
static void conclude(const struct judge_rules *rules, struct judging *out)
{
    bool worse = false, undecided = out->rows == 0, timed = false, wanted = false;
    for (size_t i = 0; i < out->rows; i++) {
        const struct judgement *row = &out->row[i];
        bool unknown = row->verdict == JUDGE_UNDECIDED;
        worse = worse || row->verdict == JUDGE_REGRESSION;
        out->undecided_cells += unknown && !row->decisive;
        undecided = undecided || (unknown && row->decisive);
        timed = timed || report_metrics[row->figure->metric].source == SOURCE_TIME;
    }
    for (size_t i = 0; i < COUNT_OF(figures); i++) {
        bool time = report_metrics[figures[i].metric].source == SOURCE_TIME;
        wanted = wanted || (rules->figure[i] && time);
    }
    out->no_times = wanted && !timed;
    undecided = undecided || (rules->every_cell && out->undecided_cells > 0) || out->no_times;
    out->verdict = worse ? JUDGE_REGRESSION : undecided ? JUDGE_UNDECIDED : JUDGE_SAME;
}

void judge_runs(const struct report *a, const struct report *b, const struct judge_rules *rules,
                struct judging *out)
{
    *out = (struct judging){0};
    for (size_t i = 0; i < a->groups; i++) {
        out->cells += other(b, &a->group[i]) != NULL;
    }
    for (size_t i = 0; i < COUNT_OF(figures); i++) {
        if (rules->figure[i] && is_exact(figures[i].metric)) {
            judge_count(a, b, &figures[i], rules->tolerance, out);
        } else if (rules->figure[i]) {
            add_measured(a, b, &figures[i], out);
        }
    }
    share_error(rules->confidence, out);
    for (size_t i = 0; i < out->rows; i++) {
        if (!out->row[i].exact) {
            judge_row(b, rules, i, out);
        }
    }
    conclude(rules, out);
}

void judging_close(struct judging *self)
{
    free(self->row);
    *self = (struct judging){0};
}

/* Exact rows that are equal (instructions vary by a few in a million) are counted in the note, not
 * shown. */
static bool is_shown(const struct judgement *row, bool whole)
{
    if (row->exact) {
        return !(fabs(row->ratio.mid - 1.0) <= EQUAL) || row->verdict == JUDGE_REGRESSION;
    }
    return whole || row->decisive || stats_differs(row->ratio);
}

static void add_to_table(const struct judgement *row, struct table *out)
{
    char processes[48];
    enum figure_form form = report_metrics[row->figure->metric].form;
    table_text(out, judge_verdict_name(row->verdict));
    table_text(out, row->figure->label);
    table_text(out, row->cell != NULL ? row->cell->workload : "all cells");
    table_text(out, row->cell != NULL ? row->cell->collector : "");
    table_text(out, row->cell != NULL ? row->cell->allocator : "");
    table_figure(out, row->before, form);
    table_figure(out, row->after, form);
    table_interval(out, row->ratio, FIGURE_CHANGE);
    snprintf(processes, sizeof processes, "%zu, %zu", row->n_before, row->n_after);
    table_text(out, processes);
}

void judging_table(const struct judging *self, bool whole, struct table *out)
{
    static const char *const headings[] = {"verdict",   "figure",    "workload",
                                           "collector", "allocator", "A",
                                           "B",         "B over A",  "n of A, B"};
    static const enum judge_verdict order[] = {JUDGE_REGRESSION, JUDGE_UNDECIDED, JUDGE_SAME};
    size_t exact = 0, equal = 0;
    table_open(out, "judged", "B against A, worst first", 5, headings, COUNT_OF(headings));
    for (size_t i = 0; i < self->rows; i++) {
        exact += self->row[i].exact;
        equal += self->row[i].exact && !is_shown(&self->row[i], whole);
    }
    for (size_t k = 0; k < COUNT_OF(order); k++) {
        for (size_t i = 0; i < self->rows; i++) {
            if (self->row[i].verdict == order[k] && is_shown(&self->row[i], whole)) {
                add_to_table(&self->row[i], out);
            }
        }
    }
    table_note(out,
               "%zu counts compared, %zu equal to 0.01 %% (not shown). Intervals: %.6g %% each "
               "over all cells, "
               "%.6g %% each of single cells, so that all hold together.",
               exact, equal, self->decisive_confidence * 100.0, self->single_confidence * 100.0);
}

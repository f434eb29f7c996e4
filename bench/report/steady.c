/* Steady or not; see steady.h. */
#include "bench/report/steady.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { ROWS_MAX = 64 };

/* One process's blocks as they stand in the file. */
struct rows {
    size_t count;
    double operations[ROWS_MAX], at_ns[ROWS_MAX], rss[ROWS_MAX], found[ROWS_MAX];
};

/* What follows the first quarter of the operations; false: no file, or nothing in it. */
static bool read_rows(const struct report *report, const char *raw, struct rows *out)
{
    char *path = NULL, line[256];
    *out = (struct rows){0};
    CHECK(asprintf(&path, "%s/raw/%s.blocks.tsv", report->folder, raw) > 0);
    FILE *file = fopen(path, "re");
    free(path);
    if (file == NULL) {
        return false;
    }
    bool ok = fgets(line, sizeof line, file) != NULL &&
              strcmp(line, "operations\tt_ns\trss_bytes\tfound\n") == 0;
    while (ok && out->count < ROWS_MAX && fgets(line, sizeof line, file) != NULL) {
        size_t i = out->count;
        out->count += sscanf(line, "%lf\t%lf\t%lf\t%lf", &out->operations[i], &out->at_ns[i],
                             &out->rss[i], &out->found[i]) == 4;
    }
    fclose(file);
    return out->count > 1;
}

/* Per operation of each block, from sums at block ends. */
static void rates(const double *operations, const double *sum, size_t count, double *out)
{
    for (size_t i = 1; i < count; i++) {
        out[i - 1] = (sum[i] - sum[i - 1]) / (operations[i] - operations[i - 1]);
    }
}

/* The change of y over all of x, as a ratio; unknown for few points or a median of 0. */
static struct interval change_of(const double *x, const double *y, size_t count)
{
    double median = stats_median((struct sample){y, count});
    struct interval slope = stats_slope_interval(x, y, count), unknown = {NAN, NAN, NAN, false};
    if (count < STEADY_BLOCKS_MIN || !(median > 0.0)) {
        return unknown;
    }
    double scale = (x[count - 1] - x[0]) / median;
    return (struct interval){1.0 + slope.mid * scale, 1.0 + slope.lo * scale,
                             1.0 + slope.hi * scale, slope.known};
}

static void changes_of_process(const struct rows *rows, struct interval out[STEADY_SERIES])
{
    double rate[ROWS_MAX];
    size_t from = 0;
    while (rows->operations[from] < rows->operations[rows->count - 1] / 4.0) {
        from++;
    }
    size_t count = rows->count - from;
    const double *x = rows->operations + from;
    out[STEADY_RSS] = change_of(x, rows->rss + from, count);
    rates(x, rows->at_ns + from, count, rate);
    out[STEADY_TIME] = change_of(x + 1, rate, count - 1);
    rates(x, rows->found + from, count, rate);
    out[STEADY_TRASH] = change_of(x + 1, rate, count - 1);
}

/* Of three processes or more their median and its interval; of fewer the first one's own. */
static struct interval over_processes(const double *mid, size_t n, struct interval first)
{
    return n >= STATS_MIN ? stats_median_interval((struct sample){mid, n}, REPORT_SEED) : first;
}

static void look_at_blocks(const struct report *report, const struct report_group *group,
                           struct steady *out)
{
    struct interval first[STEADY_ORDER];
    double *mid[STEADY_ORDER];
    size_t n[STEADY_ORDER] = {0};
    for (int k = 0; k < STEADY_ORDER; k++) {
        first[k] = (struct interval){NAN, NAN, NAN, false};
        mid[k] = calloc(group->raws + 1, sizeof *mid[k]);
        CHECK(mid[k] != NULL);
    }
    for (size_t i = 0; i < group->raws; i++) {
        struct interval change[STEADY_SERIES];
        struct rows rows;
        if (!read_rows(report, group->raw[i], &rows)) {
            continue;
        }
        out->processes++;
        changes_of_process(&rows, change);
        for (int k = 0; k < STEADY_ORDER; k++) {
            bool trusted = k != STEADY_TIME || i < group->raws_trusted;
            if (trusted && isfinite(change[k].mid)) {
                first[k] = n[k] == 0 ? change[k] : first[k];
                mid[k][n[k]++] = change[k].mid;
            }
        }
    }
    for (int k = 0; k < STEADY_ORDER; k++) {
        out->change[k] = over_processes(mid[k], n[k], first[k]);
        free(mid[k]);
    }
}

/* Values of a group stand in the order in which they were measured. */
static struct interval look_at_order(const struct report_group *group)
{
    struct sample times = group_sample(group, METRIC_RUN_NS);
    struct interval unknown = {NAN, NAN, NAN, false};
    if (times.n < STEADY_REPS_MIN) {
        return unknown;
    }
    double *order = calloc(times.n, sizeof *order);
    CHECK(order != NULL);
    for (size_t i = 0; i < times.n; i++) {
        order[i] = (double)i;
    }
    struct interval change = change_of(order, times.value, times.n);
    free(order);
    return change;
}

void steady_of(const struct report *report, const struct report_group *group, struct steady *out)
{
    *out = (struct steady){0};
    look_at_blocks(report, group, out);
    out->change[STEADY_ORDER] = look_at_order(group);
}

static bool fails(struct interval change)
{
    return change.known && stats_differs(change) && fabs(change.mid - 1.0) > STEADY_LIMIT;
}

bool steady_fails(const struct steady *self)
{
    bool any = false;
    for (int k = 0; k < STEADY_SERIES; k++) {
        any = any || fails(self->change[k]);
    }
    return any;
}

const char *steady_text(const struct steady *self, char text[STEADY_TEXT])
{
    static const char *const names[STEADY_SERIES] = {"RSS", "time", "trash", "repetitions"};
    bool known = false;
    size_t at = 0;
    text[0] = '\0';
    for (int k = 0; k < STEADY_SERIES; k++) {
        known = known || (k < STEADY_ORDER && self->change[k].known);
        if (fails(self->change[k])) {
            at += (size_t)snprintf(text + at, STEADY_TEXT - at, "%s%s",
                                   at == 0 ? "not steady: " : ", ", names[k]);
        }
    }
    if (at == 0) {
        snprintf(text, STEADY_TEXT, "%s", known ? "steady" : "–");
    }
    return text;
}

void steady_print(const struct report *report, const char *name, FILE *out)
{
    size_t failing = 0;
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        char text[STEADY_TEXT];
        struct steady steady;
        steady_of(report, group, &steady);
        if (!steady_fails(&steady) || ++failing > STEADY_LINES) {
            continue;
        }
        text_terminal(out, name);
        fputs(": ", out);
        text_terminal(out, group->workload);
        fputs(", ", out);
        text_terminal(out, group->collector);
        fputs(", ", out);
        text_terminal(out, group->allocator);
        fprintf(out, ": %s\n", steady_text(&steady, text));
    }
    if (failing > STEADY_LINES) {
        text_terminal(out, name);
        fprintf(out, ": %zu more cells are not steady\n", failing - STEADY_LINES);
    }
}

void table_steady(const struct report *report, struct table *out)
{
    static const char *const headings[] = {
        "workload",       "collector",   "allocator",        "steady", "RSS",
        "time/operation", "trash found", "over repetitions", "n"};
    table_open(out, "steady", "Steady state", 4, headings, COUNT_OF(headings));
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        char text[STEADY_TEXT];
        struct steady steady;
        steady_of(report, group, &steady);
        if (steady.processes == 0 && !steady.change[STEADY_ORDER].known) {
            continue;
        }
        table_text(out, group->workload);
        table_text(out, group->collector);
        table_text(out, group->allocator);
        table_text(out, steady_text(&steady, text));
        for (int k = 0; k < STEADY_SERIES; k++) {
            table_interval(out, steady.change[k], FIGURE_CHANGE);
        }
        table_figure(out, (double)steady.processes, FIGURE_COUNT);
    }
    table_note(out,
               "Change from the first quarter of a process's operations to their end, and of run"
               " time from the first repetition to the last: Theil and Sen's slope. Not steady:"
               " more than %g %%, and the 95 %% interval does not hold 0.",
               STEADY_LIMIT * 100.0);
}

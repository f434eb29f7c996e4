/* How long a full collection stops a program: pause against tracked objects, fresh and aged, per
 * allocator and collector, and the law that fits; then what requests at a fixed rate see of it.
 *
 * A pause is one gc.collect() of the workload graph, in which nothing is garbage. Its length is
 * processor time, the mean over a process: its run is nothing but full collections. That is what a
 * pause lasts on a machine with a core to spare. Objects are those that the collector examined. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"
#include "bench/experiment/pauses.h"

/* Tables -------------------------------------------------------------------------------------- */

static void add_sizes(const struct report *report, const struct pauses *self,
                      struct experiment_output *out)
{
    static const char *const headings[] = {"collector",  "heap",    "allocator",  "objects",
                                           "full pause", "longest", "per object", "peak RSS"};
    struct table table;
    table_open(&table, "pause", "A full collection, nothing to reclaim", 3, headings,
               COUNT_OF(headings));
    for (size_t i = 0; i < self->count; i++) {
        const struct pause_series *series = &self->series[i];
        for (size_t k = 0; k < series->sizes; k++) {
            const struct pause_size *size = &series->size[k];
            struct interval pause = stats_median_interval(size->pause, REPORT_SEED);
            table_text(&table, series->collector);
            table_text(&table, series->heap);
            table_text(&table, series->allocator);
            table_figure(&table, size->objects, FIGURE_COUNT);
            table_interval(&table, pause, FIGURE_NS);
            table_figure(&table,
                         experiment_field(report, size->group, "$.latency_ns_max", SOURCE_TIME).mid,
                         FIGURE_NS);
            table_figure(&table, pause.mid / size->objects, FIGURE_NS);
            table_figure(&table, group_median(size->group, METRIC_RSS_PEAK), FIGURE_BYTES);
        }
    }
    table_note(&table, "Full pause: processor time of one gc.collect(), the mean of each process. "
                       "Longest: by the clock, waiting for a core included; after ageing it is the "
                       "first, which finds the list in random order and links it anew.");
    experiment_table(out, &table);
}

static void add_laws(const struct pauses *self, struct experiment_output *out)
{
    static const char *const headings[] = {"collector", "heap",     "allocator",  "a (ns/object)",
                                           "b",         "residual", "exponent p", "residual p"};
    struct table table;
    table_open(&table, "laws", "The law: pause = a N + b, or c N^p", 3, headings,
               COUNT_OF(headings));
    for (size_t i = 0; i < self->count; i++) {
        const struct pause_series *series = &self->series[i];
        if (series->sizes < 3) {
            continue; /* through two points every law fits */
        }
        char rest[FIGURE_LENGTH], text[FIGURE_LENGTH + 4];
        figure(fabs(series->line.rest), FIGURE_NS, rest);
        snprintf(text, sizeof text, "%s%s", series->line.rest < 0.0 ? "−" : "", rest);
        table_text(&table, series->collector);
        table_text(&table, series->heap);
        table_text(&table, series->allocator);
        table_interval(&table, series->line.slope, FIGURE_RATIO);
        table_text(&table, text);
        table_figure(&table, series->line.residual, FIGURE_PERCENT);
        table_interval(&table, series->power.slope, FIGURE_RATIO);
        table_figure(&table, series->power.residual, FIGURE_PERCENT);
    }
    table_note(&table,
               "Least squares of relative errors over the sizes; residual: root mean square "
               "of measured over fitted.");
    experiment_table(out, &table);
}

static void add_service(const struct report *report, struct experiment_output *out)
{
    static const char *const headings[] = {"workload", "collector", "p50",       "p99",
                                           "p99.9",    "max",       "pause max", "peak RSS"};
    static const char *const paths[] = {"$.metered_ns_p50", "$.metered_ns_p99", "$.metered_ns_p999",
                                        "$.metered_ns_max"};
    struct table table;
    table_open(&table, "service", "Requests that arrive at a fixed rate: from due to answered", 2,
               headings, COUNT_OF(headings));
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (!pause_is_service(group)) {
            continue;
        }
        table_text(&table, group->workload);
        table_text(&table, group->collector);
        for (size_t k = 0; k < COUNT_OF(paths); k++) {
            table_interval(&table, experiment_field(report, group, paths[k], SOURCE_TIME),
                           FIGURE_NS);
        }
        table_interval(&table, experiment_figure(group, METRIC_PAUSE_MAX), FIGURE_NS);
        table_interval(&table, experiment_figure(group, METRIC_RSS_PEAK), FIGURE_BYTES);
    }
    table_note(&table, "Whoever waits behind a collection counts, as in a service.");
    experiment_table(out, &table);
}

/* Words --------------------------------------------------------------------------------------- */

static void say_law(const struct pause_series *series, struct experiment_output *out)
{
    char slope[EXPERIMENT_TEXT], line[FIGURE_LENGTH], power[FIGURE_LENGTH], p[EXPERIMENT_TEXT];
    bool bent = series->power.residual < series->line.residual;
    if (series->sizes < 3) {
        return;
    }
    experiment_interval(series->line.slope, FIGURE_RATIO, slope);
    experiment_interval(series->power.slope, FIGURE_RATIO, p);
    figure(series->line.residual, FIGURE_PERCENT, line);
    figure(series->power.residual, FIGURE_PERCENT, power);
    experiment_say(out,
                   "Over %zu sizes the better law of %s heap is %s: residual %s, against %s of the "
                   "other.",
                   series->sizes, series->heap[0] == 'a' ? "an aged" : "a fresh",
                   bent ? "a power, c N^p" : "a straight line, a N + b", bent ? power : line,
                   bent ? line : power);
    experiment_say(out, "Its exponent is %s, its mean slope %s ns an object%s", p, slope,
                   series->power.slope.known && series->power.slope.lo > 1.0
                       ? "; above 1, an object costs more in a heap that outgrows the caches."
                       : ".");
}

/* The reference allocator's largest heap, fresh and aged. */
static void say_sizes(const struct report *report, const struct pauses *self,
                      struct experiment_output *out)
{
    const struct pause_series *fresh = pause_series(self, report->allocator, pause_plain, "fresh");
    const struct pause_series *aged = pause_series(self, report->allocator, pause_plain, "aged");
    char text[EXPERIMENT_TEXT], count[FIGURE_LENGTH], each[FIGURE_LENGTH];
    if (fresh == NULL) {
        return;
    }
    for (size_t i = 0; i < fresh->sizes; i++) {
        const struct pause_size *size = &fresh->size[i], *old = pause_size(aged, size->objects);
        bool last = i + 1 == fresh->sizes;
        if (!last && fabs(size->objects / 1e6 - 1.0) > 0.01) {
            continue;
        }
        struct interval pause = stats_median_interval(size->pause, REPORT_SEED);
        figure(size->objects, FIGURE_COUNT, count);
        experiment_say(out,
                       "A full collection of %s objects on %s takes %s in a fresh heap (%s an "
                       "object)%s",
                       count, report->allocator, experiment_interval(pause, FIGURE_NS, text),
                       figure(pause.mid / size->objects, FIGURE_NS, each), old == NULL ? "." : "");
        if (old != NULL) {
            struct interval later = stats_median_interval(old->pause, REPORT_SEED);
            experiment_say(
                out, "and %s in an aged one (%s):", experiment_interval(later, FIGURE_NS, text),
                figure(later.mid / old->objects, FIGURE_NS, each));
            experiment_say(out, "age alone makes it %s times as long.",
                           experiment_interval(pause_ratio(old, size), FIGURE_RATIO, text));
        }
    }
    say_law(fresh, out);
    if (aged != NULL) {
        say_law(aged, out);
    }
}

/* Allocators against the reference at the largest size that all have. */
static void say_allocators(const struct report *report, const struct pauses *self, const char *heap,
                           struct experiment_output *out)
{
    const struct pause_series *reference = pause_series(self, report->allocator, pause_plain, heap);
    char text[EXPERIMENT_TEXT], count[FIGURE_LENGTH];
    double objects = 0.0;
    for (size_t i = 0; i < self->count && reference != NULL; i++) {
        const struct pause_series *series = &self->series[i];
        if (series != reference && strcmp(series->collector, pause_plain) == 0 &&
            strcmp(series->heap, heap) == 0) {
            double largest = series->size[series->sizes - 1].objects;
            objects = objects == 0.0 || largest < objects ? largest : objects;
        }
    }
    const struct pause_size *size = objects > 0.0 ? pause_size(reference, objects) : NULL;
    if (size == NULL) {
        return;
    }
    experiment_say(out, "Against %s, %s objects, %s:", report->allocator,
                   figure(objects, FIGURE_COUNT, count), heap);
    const char *before = "";
    for (size_t i = 0; i < self->count; i++) {
        const struct pause_series *series = &self->series[i];
        const struct pause_size *other = pause_size(series, objects);
        if (series != reference && strcmp(series->collector, pause_plain) == 0 &&
            strcmp(series->heap, heap) == 0 && other != NULL) {
            experiment_say(out, "%s%s %s", before, series->allocator,
                           experiment_change(pause_ratio(other, size), text));
            before = "and ";
        }
    }
    experiment_say(out, "in pause.");
}

/* Other collectors and heaps against the pause_plain one at their largest common size. */
static void say_settings(const struct report *report, const struct pauses *self,
                         struct experiment_output *out)
{
    const struct pause_series *reference =
        pause_series(self, report->allocator, pause_plain, "fresh");
    char text[EXPERIMENT_TEXT], count[FIGURE_LENGTH];
    for (size_t i = 0; i < self->count && reference != NULL; i++) {
        const struct pause_series *series = &self->series[i];
        bool other =
            strcmp(series->collector, pause_plain) != 0 || strchr(series->heap, ',') != NULL;
        const struct pause_size *largest = &series->size[series->sizes - 1];
        const struct pause_size *same = pause_size(reference, largest->objects);
        if (!other || same == NULL || strcmp(series->allocator, report->allocator) != 0) {
            continue;
        }
        figure(largest->objects, FIGURE_COUNT, count);
        if (stats_median(largest->pause) < stats_median(same->pause) / 100.0) {
            experiment_say(out, "%s: %s for %s objects, as what is frozen is not examined.",
                           series->collector, figure(stats_median(largest->pause), FIGURE_NS, text),
                           count);
        } else {
            experiment_say(out, "%s, %s: %s at %s objects.", series->collector, series->heap,
                           experiment_change(pause_ratio(largest, same), text), count);
        }
    }
}

static void say_service(const struct report *report, struct experiment_output *out)
{
    char p99[EXPERIMENT_TEXT], most[EXPERIMENT_TEXT], late[EXPERIMENT_TEXT];
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (pause_is_service(group)) {
            struct interval figure_99 =
                experiment_field(report, group, "$.metered_ns_p99", SOURCE_TIME);
            struct interval pause = experiment_figure(group, METRIC_PAUSE_MAX);
            struct interval memory = experiment_figure(group, METRIC_RSS_PEAK);
            experiment_say(out, "%s under %s: p99 %s, longest pause %s, peak RSS %s.",
                           group->workload, group->collector,
                           experiment_interval(figure_99, FIGURE_NS, p99),
                           experiment_interval(pause, FIGURE_NS, most),
                           experiment_interval(memory, FIGURE_BYTES, late));
        }
    }
}

static bool pause_answer(const struct experiment *self, const struct report *report,
                         struct experiment_output *out, struct error *error)
{
    struct pauses pauses = pauses_read(report);
    if (pauses.count == 0) {
        return error_set(error, "%s: no times of the workload graph; the plan is %s.ini",
                         report->run, self->name);
    }
    add_sizes(report, &pauses, out);
    add_laws(&pauses, out);
    add_service(report, out);
    say_sizes(report, &pauses, out);
    say_allocators(report, &pauses, "fresh", out);
    say_allocators(report, &pauses, "aged", out);
    say_settings(report, &pauses, out);
    say_service(report, out);
    pauses_close(&pauses);
    return true;
}

static const struct plot plots[] = {
    {"pause_objects", "panels", "pause", "A full pause against tracked objects",
     "Both axes are logarithmic: a straight line of slope 1 is a fixed cost per object.",
     plot_pause_objects},
    {"pause_service", "bars", "service", "Latency of requests at a fixed rate, by setting",
     "Further left is better; p99 and beyond are what a full pause makes of it.",
     plot_pause_service},
};

const struct experiment experiment_pause = {
    .name = "pause",
    .question = "Gen-2 pauses wreck my p99: how long will mine be, and does freeze or a threshold "
                "fix it?",
    .varies = "tracked objects from 10^4 to 10^7, fresh and aged, by allocator and collector; "
              "requests at a fixed rate by setting",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .answer = pause_answer,
};

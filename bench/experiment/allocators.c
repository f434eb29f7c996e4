/* Which allocator for which program: every library with its own defaults, and what its own settings
 * (arenas, decay, trim, huge pages) change against them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"
#include "bench/experiment/page.h"

static bool has_settings(const char *allocator)
{
    return strchr(allocator, ':') != NULL;
}

/* Live bytes are a property of the workload: any allocator's counting process knows them. */
static double live_of(const struct report *report, const char *workload)
{
    for (size_t i = 0; i < report->groups; i++) {
        double live = group_median(&report->group[i], METRIC_LIVE_PEAK);
        if (strcmp(report->group[i].workload, workload) == 0 && isfinite(live)) {
            return live;
        }
    }
    return NAN;
}

static const struct report_group *find(const struct report *report, const char *workload,
                                       const char *allocator)
{
    return report_find(report, workload, report->collector, allocator);
}

/* The same library as it comes, on the same workload; NULL: not measured. */
static const struct report_group *default_of(const struct report *report,
                                             const struct report_group *group)
{
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(group->allocator, ":"), group->allocator);
    return find(report, group->workload, name);
}

/* The lowest and the next median of a figure among the libraries as they come. */
struct podium {
    const struct report_group *best, *next, *last;
};

static struct podium rank(const struct report *report, const char *workload, enum metric metric)
{
    struct podium self = {0};
    for (size_t i = 0; i < report->allocators.count; i++) {
        const char *name = report->allocators.name[i];
        const struct report_group *group = find(report, workload, name);
        double value = group_median(group, metric);
        if (has_settings(name) || report_is_zero(name) || !isfinite(value)) {
            continue;
        }
        if (self.best == NULL || value < group_median(self.best, metric)) {
            self.next = self.best;
            self.best = group;
        } else if (self.next == NULL || value < group_median(self.next, metric)) {
            self.next = group;
        }
        if (self.last == NULL || value > group_median(self.last, metric)) {
            self.last = group;
        }
    }
    return self;
}

/* Tables -------------------------------------------------------------------------------------- */

static void add_programs(const struct report *report, struct experiment_output *out)
{
    static const char *const headings[] = {"workload", "allocator",  "time",       "over pymalloc",
                                           "peak RSS", "RSS / live", "after free", "after trim"};
    struct table table;
    table_open(&table, "allocators", "Each library as it comes", 2, headings, COUNT_OF(headings));
    for (size_t w = 0; w < report->workloads.count; w++) {
        const char *workload = report->workloads.name[w];
        const struct report_group *reference = find(report, workload, report->allocator);
        for (size_t a = 0; a < report->allocators.count; a++) {
            const struct report_group *group = find(report, workload, report->allocators.name[a]);
            if (group == NULL || has_settings(group->allocator)) {
                continue;
            }
            char text[EXPERIMENT_TEXT];
            double above =
                group_median(group, METRIC_RSS_PEAK) - group_median(group, METRIC_RSS_BASE);
            table_text(&table, workload);
            table_text(&table, group->allocator);
            table_interval(&table, experiment_figure(group, METRIC_RUN_CPU), FIGURE_NS);
            table_text(&table,
                       group == reference
                           ? "reference"
                           : experiment_interval(experiment_ratio(group, reference, METRIC_RUN_CPU),
                                                 FIGURE_CHANGE, text));
            table_interval(&table, experiment_figure(group, METRIC_RSS_PEAK), FIGURE_BYTES);
            table_figure(&table, above / live_of(report, workload), FIGURE_RATIO);
            table_figure(&table, group_median(group, METRIC_RSS_AFTER_FREE), FIGURE_BYTES);
            table_figure(&table, group_median(group, METRIC_RSS_AFTER_TRIM), FIGURE_BYTES);
        }
    }
    table_note(&table, "RSS / live: peak RSS less what was resident before, over peak live bytes. "
                       "After free, after trim: resident when nothing is live any more.");
    experiment_table(out, &table);
}

static const enum metric effects[] = {METRIC_RUN_CPU, METRIC_RSS_PEAK, METRIC_RSS_AFTER_FREE,
                                      METRIC_RSS_AFTER_TRIM};

static void add_settings(const struct report *report, struct experiment_output *out)
{
    static const char *const headings[] = {"allocator", "workload",   "time",
                                           "peak RSS",  "after free", "after trim"};
    struct table table;
    table_open(&table, "settings", "What its own settings change against the library as it comes",
               2, headings, COUNT_OF(headings));
    for (size_t a = 0; a < report->allocators.count; a++) {
        for (size_t w = 0; w < report->workloads.count && has_settings(report->allocators.name[a]);
             w++) {
            const struct report_group *group =
                find(report, report->workloads.name[w], report->allocators.name[a]);
            const struct report_group *reference = group != NULL ? default_of(report, group) : NULL;
            if (reference == NULL) {
                continue;
            }
            table_text(&table, group->allocator);
            table_text(&table, group->workload);
            for (size_t k = 0; k < COUNT_OF(effects); k++) {
                table_interval(&table, experiment_ratio(group, reference, effects[k]),
                               FIGURE_CHANGE);
            }
        }
    }
    experiment_table(out, &table);
}

/* Words --------------------------------------------------------------------------------------- */

static void say_podium(const struct report *report, const char *workload, enum metric metric,
                       const char *what, const char *end, struct experiment_output *out)
{
    struct podium podium = rank(report, workload, metric);
    char lead[EXPERIMENT_TEXT], span[FIGURE_LENGTH];
    if (podium.next == NULL) {
        return;
    }
    struct interval ratio = experiment_ratio(podium.next, podium.best, metric);
    experiment_interval(ratio, FIGURE_CHANGE, lead);
    double worst = group_median(podium.last, metric) / group_median(podium.best, metric);
    figure(worst, FIGURE_CHANGE, span);
    bool same = ratio.known && !stats_differs(ratio);
    experiment_say(out, "%s %s%s %s (%s), last %s (%s)%s", what, podium.best->allocator,
                   same ? ", which cannot be told from" : ", next", podium.next->allocator, lead,
                   podium.last->allocator, span, end);
}

/* How often each library comes first: whether there is one answer for all programs. */
static void say_wins(const struct report *report, enum metric metric, const char *what,
                     struct experiment_output *out)
{
    const char *most = NULL;
    size_t wins = 0, programs = 0, winners = 0;
    for (size_t a = 0; a < report->allocators.count; a++) {
        size_t count = 0;
        programs = 0;
        for (size_t w = 0; w < report->workloads.count; w++) {
            struct podium podium = rank(report, report->workloads.name[w], metric);
            programs += podium.next != NULL;
            count += podium.next != NULL &&
                     strcmp(podium.best->allocator, report->allocators.name[a]) == 0;
        }
        winners += count > 0;
        if (count > wins) {
            wins = count;
            most = report->allocators.name[a];
        }
    }
    if (most != NULL) {
        experiment_say(out, "%s in %zu of %zu programs: %s%s", what, wins, programs, most,
                       winners > 1 ? "; there is no one answer, so measure yours." : ".");
    }
}

/* The setting with the largest effect on a figure, one that its interval lets us claim. */
static void say_largest(const struct report *report, enum metric metric, const char *what,
                        struct experiment_output *out)
{
    const struct report_group *largest = NULL;
    struct interval effect = {.mid = 1.0};
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (!has_settings(group->allocator)) {
            continue;
        }
        struct interval ratio = experiment_ratio(group, default_of(report, group), metric);
        bool claimed = isfinite(ratio.mid) && (!ratio.known || stats_differs(ratio));
        if (claimed && fabs(log(ratio.mid)) > fabs(log(effect.mid))) {
            effect = ratio;
            largest = group;
        }
    }
    char text[EXPERIMENT_TEXT];
    if (largest != NULL) {
        experiment_say(out, "The setting that changes %s most is %s in %s: %s.", what,
                       largest->allocator, largest->workload, experiment_change(effect, text));
    } else {
        experiment_say(out, "No setting changes %s by more than its interval.", what);
    }
}

static bool allocators_answer(const struct experiment *self, const struct report *report,
                              struct experiment_output *out, struct error *error)
{
    size_t compared = 0;
    for (size_t w = 0; w < report->workloads.count; w++) {
        compared += rank(report, report->workloads.name[w], METRIC_RSS_PEAK).next != NULL;
    }
    if (compared == 0) {
        return error_set(error, "%s: no workload ran on two allocators; the plan is %s.ini",
                         report->run, self->name);
    }
    add_programs(report, out);
    add_settings(report, out);
    for (size_t w = 0; w < report->workloads.count; w++) {
        const char *workload = report->workloads.name[w];
        if (rank(report, workload, METRIC_RSS_PEAK).next != NULL) {
            experiment_say(out, "In %s", workload);
            say_podium(report, workload, METRIC_RUN_CPU, "the fastest is", ";", out);
            say_podium(report, workload, METRIC_RSS_PEAK, "the leanest is", ".", out);
        }
    }
    say_wins(report, METRIC_RUN_CPU, "Fastest most often,", out);
    say_wins(report, METRIC_RSS_PEAK, "Leanest most often,", out);
    say_largest(report, METRIC_RUN_CPU, "time", out);
    say_largest(report, METRIC_RSS_PEAK, "peak RSS", out);
    say_largest(report, METRIC_RSS_AFTER_FREE, "what stays after free", out);
    return true;
}

/* Plots --------------------------------------------------------------------------------------- */

static const char *const panels[] = {"processor time", "peak RSS", "after free", "after trim"};

/* Over the reference allocator: a row per workload, a dot per library. */
static bool plot_programs(const struct report *report, struct plot_page *page)
{
    for (size_t a = 0; a < report->allocators.count; a++) {
        const char *name = report->allocators.name[a];
        if (!has_settings(name) && !report_is_zero(name)) {
            report_names_add(&page->series, name);
        }
    }
    for (size_t w = 0; w < report->workloads.count; w++) {
        report_names_add(&page->rows, report->workloads.name[w]);
    }
    for (size_t k = 0; k < 3; k++) {
        report_names_add(&page->facets, panels[k]);
        for (size_t s = 0; s < page->series.count; s++) {
            size_t lines = 0;
            for (size_t r = 0; r < page->rows.count; r++) {
                lines +=
                    page_dot(page, r, s,
                             experiment_ratio(
                                 find(report, page->rows.name[r], page->series.name[s]),
                                 find(report, page->rows.name[r], report->allocator), effects[k]),
                             1.0);
            }
            plot_block(page, lines);
        }
    }
    page_bars(page, "1 1 1");
    page_mark(page);
    page_note(report, page, "Over pymalloc in the same workload.");
    return true;
}

/* Over the library as it comes: a row per setting, a dot per workload. */
static bool plot_own_settings(const struct report *report, struct plot_page *page)
{
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (has_settings(group->allocator) && default_of(report, group) != NULL) {
            report_names_add(&page->rows, group->allocator);
            report_names_add(&page->series, group->workload);
        }
    }
    if (page->rows.count == 0) {
        return plot_left_out(page, "no library ran with settings of its own");
    }
    for (size_t k = 0; k < 3; k++) {
        report_names_add(&page->facets, panels[k]);
        for (size_t s = 0; s < page->series.count; s++) {
            size_t lines = 0;
            for (size_t r = 0; r < page->rows.count; r++) {
                const struct report_group *group =
                    find(report, page->series.name[s], page->rows.name[r]);
                if (group != NULL) {
                    lines += page_dot(
                        page, r, s, experiment_ratio(group, default_of(report, group), effects[k]),
                        1.0);
                }
            }
            plot_block(page, lines);
        }
    }
    page->palette = "list";
    page_bars(page, "1 1 1");
    page_mark(page);
    page_note(report, page, "Over the same library as it comes.");
    return true;
}

static const struct plot plots[] = {
    {"allocators_programs", "bars", "allocators", "Allocators by program: time and memory",
     "Left of the line is less than pymalloc takes.", plot_programs},
    {"allocators_settings", "bars", "settings", "What the libraries' own settings change",
     "Left of the line is less than the library takes as it comes.", plot_own_settings},
};

const struct experiment experiment_allocators = {
    .name = "allocators",
    .question =
        "jemalloc, mimalloc, tcmalloc, glibc or pymalloc: which is smaller and faster for me?",
    .varies =
        "allocator by program, and each library's own settings: arenas, decay, trim, huge pages",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .answer = allocators_answer,
};

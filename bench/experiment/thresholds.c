/* What thresholds do to time, memory, trash and pauses. Threshold0 is swept with 1 and 2 at their
 * default, and each of those with the others at theirs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"
#include "bench/experiment/page.h"

enum { SWEEPS = 3 };

/* One setting of one workload. */
struct point {
    const struct report_group *group;
    double threshold[SWEEPS]; /* off: {0, 0, 0} */
};

static bool point_of(const struct report_group *group, struct point *out)
{
    char text[64];
    *out = (struct point){.group = group};
    if (!experiment_option_text(group->collector_line, "threshold", text, sizeof text)) {
        return false;
    }
    return strcmp(text, "off") == 0 || sscanf(text, "%lf/%lf/%lf", &out->threshold[0],
                                              &out->threshold[1], &out->threshold[2]) == SWEEPS;
}

/* Whether the point belongs to the sweep of threshold `which`: the others are the default's. */
static bool is_in_sweep(const struct point *point, int which)
{
    static const double fallback[SWEEPS] = {700.0, 10.0, 10.0};
    bool off = point->threshold[0] == 0.0;
    for (int i = 0; i < SWEEPS && !off; i++) {
        if (i != which && point->threshold[i] != fallback[i]) {
            return false;
        }
    }
    return !off || which == 0;
}

struct sweep {
    struct point *point; /* sorted, off last; owned */
    size_t count;
    const struct report_group *reference; /* 700/10/10, or NULL */
};

static double rank(double threshold)
{
    return threshold == 0.0 ? INFINITY : threshold;
}

static int by_threshold(const void *left, const void *right)
{
    const struct point *a = left, *b = right;
    for (int i = 0; i < SWEEPS; i++) {
        double x = rank(a->threshold[i]), y = rank(b->threshold[i]);
        if (x < y || x > y) {
            return x < y ? -1 : 1;
        }
    }
    return 0;
}

static struct sweep sweep_of(const struct report *report, const char *workload, int which)
{
    struct sweep self = {.point = calloc(report->groups + 1, sizeof *self.point)};
    CHECK(self.point != NULL);
    for (size_t i = 0; i < report->groups; i++) {
        struct point point;
        if (strcmp(report->group[i].workload, workload) == 0 &&
            strcmp(report->group[i].allocator, report->allocator) == 0 &&
            point_of(&report->group[i], &point) && is_in_sweep(&point, which)) {
            self.point[self.count++] = point;
            if (point.threshold[0] == 700.0 && point.threshold[1] == 10.0 &&
                point.threshold[2] == 10.0) {
                self.reference = point.group;
            }
        }
    }
    qsort(self.point, self.count, sizeof *self.point, by_threshold);
    return self;
}

static const char *threshold_text(const struct point *point, char text[64])
{
    if (point->threshold[0] == 0.0) {
        return "off";
    }
    snprintf(text, 64, "%.0f/%.0f/%.0f", point->threshold[0], point->threshold[1],
             point->threshold[2]);
    return text;
}

static void add_row(struct table *table, const struct sweep *sweep, const struct point *point)
{
    const struct report_group *group = point->group;
    char text[64], change[EXPERIMENT_TEXT];
    table_text(table, group->workload);
    table_text(table, threshold_text(point, text));
    table_interval(table, experiment_figure(group, METRIC_RUN_CPU), FIGURE_NS);
    struct interval ratio = experiment_ratio(group, sweep->reference, METRIC_RUN_CPU);
    table_text(table, group == sweep->reference
                          ? "reference"
                          : experiment_interval(ratio, FIGURE_CHANGE, change));
    table_interval(table, experiment_figure(group, METRIC_RSS_PEAK), FIGURE_BYTES);
    table_figure(table, group_median(group, METRIC_TRASH_PEAK), FIGURE_COUNT);
    table_interval(table, experiment_figure(group, METRIC_PAUSE_P99), FIGURE_NS);
    table_figure(table, group_median(group, METRIC_PAUSE_MAX), FIGURE_NS);
    table_figure(table, group_median(group, METRIC_GC_SHARE), FIGURE_PERCENT);
}

static void add_table(const struct report *report, int which, struct experiment_output *out)
{
    static const char *const headings[] = {"workload",  "thresholds", "time",
                                           "change",    "peak RSS",   "trash peak",
                                           "pause p99", "max",        "GC share"};
    static const char *const titles[SWEEPS] = {"Threshold0", "Threshold1", "Threshold2"};
    static const char *const names[SWEEPS] = {"threshold0", "threshold1", "threshold2"};
    struct table table;
    table_open(&table, names[which], titles[which], 2, headings, COUNT_OF(headings));
    for (size_t w = 0; w < report->workloads.count; w++) {
        struct sweep sweep = sweep_of(report, report->workloads.name[w], which);
        for (size_t i = 0; i < sweep.count && sweep.count > 1; i++) {
            add_row(&table, &sweep, &sweep.point[i]);
        }
        free(sweep.point);
    }
    table_note(&table,
               "Change: processor time against 700/10/10 of the same workload. Trash peak: most "
               "objects that one collection found, the one at the end included, which finds the "
               "live set too.");
    experiment_table(out, &table);
}

/* The point with the shortest processor time; NULL: no times. */
static const struct point *fastest_of(const struct sweep *sweep)
{
    const struct point *best = NULL;
    double shortest = INFINITY;
    for (size_t i = 0; i < sweep->count; i++) {
        double median = group_median(sweep->point[i].group, METRIC_RUN_CPU);
        if (median < shortest) {
            shortest = median;
            best = &sweep->point[i];
        }
    }
    return best;
}

/* The lowest threshold whose processor time cannot be told from the shortest, or is within 3 % of it. */
static const struct point *knee_of(const struct sweep *sweep, const struct point *best)
{
    for (size_t i = 0; i < sweep->count; i++) {
        struct interval ratio =
            experiment_ratio(sweep->point[i].group, best->group, METRIC_RUN_CPU);
        if (isfinite(ratio.mid) && (ratio.mid <= 1.03 || (ratio.known && ratio.lo <= 1.0))) {
            return &sweep->point[i];
        }
    }
    return best;
}

static void say_costs(struct experiment_output *out, const struct sweep *sweep,
                      const struct point *point)
{
    char time[EXPERIMENT_TEXT], memory[EXPERIMENT_TEXT], here[FIGURE_LENGTH], text[64];
    char there[FIGURE_LENGTH], trash[FIGURE_LENGTH];
    experiment_change(experiment_ratio(point->group, sweep->reference, METRIC_RUN_CPU), time);
    experiment_change(experiment_ratio(point->group, sweep->reference, METRIC_RSS_PEAK), memory);
    figure(group_median(sweep->reference, METRIC_PAUSE_P99), FIGURE_NS, there);
    figure(group_median(point->group, METRIC_PAUSE_P99), FIGURE_NS, here);
    figure(group_median(point->group, METRIC_TRASH_PEAK), FIGURE_COUNT, trash);
    experiment_say(out,
                   "%s: processor time %s, peak RSS %s, at most %s objects of trash, p99 pause %s "
                   "(%s by default).",
                   threshold_text(point, text), time, memory, trash, here, there);
}

static void say_sweep(const struct report *report, const char *workload,
                      struct experiment_output *out)
{
    struct sweep sweep = sweep_of(report, workload, 0);
    const struct point *best = fastest_of(&sweep);
    if (best != NULL && sweep.reference != NULL) {
        const struct point *knee = knee_of(&sweep, best);
        char low[64], fast[64];
        experiment_say(out, "In %s the shortest processor time is that of %s, and %s%s.", workload,
                       threshold_text(best, fast),
                       knee == best ? "no lower threshold comes within 3 % of it"
                                    : "the lowest threshold that is as fast within 3 %, or cannot "
                                      "be told from it, is ",
                       knee == best ? "" : threshold_text(knee, low));
        if (knee->group != sweep.reference) {
            say_costs(out, &sweep, knee);
        }
        const struct point *last = &sweep.point[sweep.count - 1];
        if (last->threshold[0] == 0.0 && last->group != knee->group) {
            say_costs(out, &sweep, last);
        }
    }
    free(sweep.point);
}

/* How far threshold1 or 2 move the processor time at all. */
static void say_older(const struct report *report, int which, struct experiment_output *out)
{
    for (size_t w = 0; w < report->workloads.count; w++) {
        struct sweep sweep = sweep_of(report, report->workloads.name[w], which);
        const struct point *best = fastest_of(&sweep);
        if (best != NULL && sweep.reference != NULL && sweep.count > 1) {
            char text[64], change[EXPERIMENT_TEXT];
            experiment_change(experiment_ratio(best->group, sweep.reference, METRIC_RUN_CPU),
                              change);
            experiment_say(out, "Threshold%d in %s: best at %s, processor time %s.", which,
                           report->workloads.name[w], threshold_text(best, text),
                           best->group == sweep.reference ? "the default's" : change);
        }
        free(sweep.point);
    }
}

static bool thresholds_answer(const struct experiment *self, const struct report *report,
                              struct experiment_output *out, struct error *error)
{
    size_t points = 0;
    for (size_t w = 0; w < report->workloads.count; w++) {
        struct sweep sweep = sweep_of(report, report->workloads.name[w], 0);
        points = sweep.count > points ? sweep.count : points;
        free(sweep.point);
    }
    if (points < 2) {
        return error_set(error, "%s: no workload ran with two thresholds; the plan is %s.ini",
                         report->run, self->name);
    }
    for (int which = 0; which < SWEEPS; which++) {
        add_table(report, which, out);
    }
    for (size_t w = 0; w < report->workloads.count; w++) {
        say_sweep(report, report->workloads.name[w], out);
    }
    say_older(report, 1, out);
    say_older(report, 2, out);
    return true;
}

/* A row per workload, a column per figure, a curve per sweep in `first` … `last`. */
static bool plot_sweeps(const struct report *report, struct plot_page *page, int first, int last)
{
    static const enum metric metrics[] = {METRIC_RUN_CPU, METRIC_RSS_PEAK, METRIC_TRASH_PEAK,
                                          METRIC_PAUSE_P99};
    static const double scales[] = {1e-9, 1.0 / (1024.0 * 1024.0), 1.0, 1e-6};
    static const char *const titles[] = {"processor time (s)", "peak RSS (MiB)",
                                         "trash peak (objects)", "pause p99 (ms)"};
    static const char *const names[SWEEPS] = {"threshold0", "threshold1", "threshold2"};
    for (int which = first; which <= last; which++) {
        report_names_add(&page->series, names[which]);
    }
    for (size_t m = 0; m < COUNT_OF(metrics); m++) {
        report_names_add(&page->facets, titles[m]);
    }
    for (size_t w = 0; w < report->workloads.count; w++) {
        const char *workload = report->workloads.name[w];
        report_names_add(&page->rows, workload);
        for (size_t m = 0; m < COUNT_OF(metrics); m++) {
            for (int which = first; which <= last; which++) {
                struct sweep sweep = sweep_of(report, workload, which);
                size_t lines = 0;
                for (size_t i = 0; i < sweep.count; i++) {
                    lines +=
                        page_point(page, sweep.point[i].threshold[which],
                                   experiment_figure(sweep.point[i].group, metrics[m]), scales[m]);
                }
                plot_block(page, lines);
                free(sweep.point);
            }
        }
    }
    page->palette = "list";
    page_note(report, page, "Collector cp311 on pymalloc.");
    return true;
}

static bool plot_first(const struct report *report, struct plot_page *page)
{
    plot_sweeps(report, page, 0, 0);
    page_panels(
        page, &(struct page_axes){"threshold0 (1 and 2 stay at 10)", true, "0 0 1 1", 1e7, false});
    return true;
}

static bool plot_older(const struct report *report, struct plot_page *page)
{
    plot_sweeps(report, page, 1, 2);
    page_panels(page, &(struct page_axes){"threshold1 or threshold2 (threshold0 stays at 700)",
                                          true, "0 0 1 1", 0, false});
    return true;
}

static const struct plot plots[] = {
    {"thresholds_first", "panels", "threshold0",
     "Time, memory, trash and pauses against threshold0",
     "Look for the knee: where time stops falling while memory, trash and pauses go on.",
     plot_first},
    {"thresholds_older", "panels", "threshold1",
     "Time, memory, trash and pauses against thresholds 1 and 2",
     "How often the middle and the full collection run, at threshold0 = 700.", plot_older},
};

const struct experiment experiment_thresholds = {
    .name = "thresholds",
    .question = "Which (t0, t1, t2) should I use?",
    .varies = "threshold0 from 100 to a million and off, thresholds 1 and 2 beside the default",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .answer = thresholds_answer,
};

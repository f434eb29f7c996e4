/* Plain sentences; see report_words.h. */
#include "bench/report/report_words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/report/report_tables.h"

/* Workloads that both allocators ran under the reference collector. */
static size_t common_groups(const struct report *report, enum metric metric, const char *a,
                            const char *b)
{
    size_t count = 0;
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (strcmp(group->allocator, a) == 0 && !group_is_paced(group) &&
            strcmp(group->collector, report->collector) == 0) {
            const struct report_group *other =
                report_find(report, group->workload, group->collector, b);
            count += group->n[metric] > 0 && group_sample(other, metric).n > 0;
        }
    }
    return count;
}

/* The most workloads that any other allocator shares with the reference. */
static size_t most_common(const struct report *report, enum metric metric)
{
    size_t most = 0;
    for (size_t i = 0; i < report->allocators.count; i++) {
        const char *name = report->allocators.name[i];
        size_t common = common_groups(report, metric, name, report->allocator);
        if (!report_is_zero(name) && strcmp(name, report->allocator) != 0 && common > most) {
            most = common;
        }
    }
    return most;
}

/* The best and the next of the reference and those that ran as many of its workloads as any. */
struct podium {
    const char *best, *second;
    double best_ratio, second_ratio;
};

static struct podium rank_allocators(const struct report *report, enum metric metric)
{
    struct podium self = {0};
    size_t wanted = most_common(report, metric);
    double sign = report_metrics[metric].more_is_better ? 1.0 : -1.0;
    for (size_t i = 0; i < report->allocators.count; i++) {
        const char *name = report->allocators.name[i];
        double ratio = report_compare_allocators(report, metric, name, report->allocator).mid;
        if (report_is_zero(name) || !isfinite(ratio) ||
            common_groups(report, metric, name, report->allocator) < wanted) {
            continue;
        }
        if (self.best == NULL || sign * ratio > sign * self.best_ratio) {
            self.second = self.best;
            self.second_ratio = self.best_ratio;
            self.best = name;
            self.best_ratio = ratio;
        } else if (self.second == NULL || sign * ratio > sign * self.second_ratio) {
            self.second = name;
            self.second_ratio = ratio;
        }
    }
    return self;
}

/* "1.074 times [1.041, 1.102]": three decimals, since the lead is often of one per cent. */
static void put_ratio(FILE *out, struct interval ratio)
{
    fprintf(out, "%.3f times", ratio.mid);
    if (ratio.known) {
        fprintf(out, " [%.3f, %.3f]", ratio.lo, ratio.hi);
    }
}

static void put_best(FILE *out, const struct report *report, enum metric metric, const char *what,
                     const char *noun)
{
    struct podium podium = rank_allocators(report, metric);
    if (podium.best == NULL || podium.second == NULL) {
        fprintf(
            out,
            "%s: cannot tell, fewer than two allocators have trusted figures of the same cells.",
            what);
        return;
    }
    struct interval lead = report_compare_allocators(report, metric, podium.best, podium.second);
    size_t groups = common_groups(report, metric, podium.best, podium.second);
    if (stats_differs(lead)) {
        fprintf(out, "%s: %s, ", what, podium.best);
    } else {
        fprintf(out, "%s: cannot tell %s from %s%s: ", what, podium.best, podium.second,
                lead.known ? "" : ", too few processes for an interval");
    }
    put_ratio(out, lead);
    fprintf(out, " the %s of %s", noun, stats_differs(lead) ? "the next, " : "");
    fputs(podium.second, out);
    if (strcmp(podium.best, report->allocator) != 0 &&
        strcmp(podium.second, report->allocator) != 0) {
        fputs(" and ", out);
        put_ratio(out, report_compare_allocators(report, metric, podium.best, report->allocator));
        fprintf(out, " that of %s", report->allocator);
    }
    fprintf(out, " (%s, geometric mean over %zu workload%s).", report->collector, groups,
            groups == 1 ? "" : "s");
}

/* "−12 % [−15 %, −9.1 %]", or why that cannot be told. */
static void put_change(FILE *out, const char *what, struct interval change)
{
    char mid[FIGURE_LENGTH], lo[FIGURE_LENGTH], hi[FIGURE_LENGTH];
    figure(change.mid, FIGURE_CHANGE, mid);
    if (!isfinite(change.mid)) {
        fprintf(out, "%s not measured", what);
    } else if (!change.known) {
        fprintf(out, "%s cannot tell from fewer than %d processes (%s)", what, STATS_MIN, mid);
    } else {
        fprintf(out, "%s %s%s [%s, %s]%s", what, stats_differs(change) ? "" : "cannot tell (", mid,
                figure(change.lo, FIGURE_CHANGE, lo), figure(change.hi, FIGURE_CHANGE, hi),
                stats_differs(change) ? "" : ")");
    }
}

/* The workload with the largest change of that figure, when there are several. */
static void put_worst(FILE *out, const struct report *report, enum metric metric,
                      const char *collector)
{
    struct interval worst = {.mid = 1.0};
    const char *where = NULL;
    size_t known = 0;
    for (size_t i = 0; i < report->workloads.count; i++) {
        struct interval change = report_compare_collectors(
            report, metric, collector, report->collector, report->workloads.name[i]);
        known += isfinite(change.mid) ? 1 : 0;
        if (change.mid > worst.mid) {
            worst = change;
            where = report->workloads.name[i];
        }
    }
    char text[FIGURE_LENGTH];
    if (where != NULL && known > 1) {
        fprintf(out, " (most in %s: %s)", where, figure(worst.mid, FIGURE_CHANGE, text));
    }
}

/* The largest median of a figure over the groups of one collector, those only of which `beside` has
 * the same workload and allocator; NAN when none has the figure. */
static double largest(const struct report *report, enum metric metric, const char *collector,
                      const char *beside)
{
    double most = NAN;
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        double median = group_median(group, metric);
        if (strcmp(group->collector, collector) == 0 && !(median <= most) && isfinite(median) &&
            report_find(report, group->workload, beside, group->allocator) != NULL) {
            most = median;
        }
    }
    return most;
}

static void put_setting(FILE *out, const struct report *report, const char *collector)
{
    char text[FIGURE_LENGTH];
    double here = largest(report, METRIC_PAUSE_MAX, collector, report->collector);
    double reference = largest(report, METRIC_PAUSE_MAX, report->collector, collector);
    fprintf(out, "%s against %s: ", collector, report->collector);
    put_change(
        out, "run time",
        report_compare_collectors(report, METRIC_RUN_NS, collector, report->collector, NULL));
    put_change(
        out, ", peak RSS",
        report_compare_collectors(report, METRIC_RSS_PEAK, collector, report->collector, NULL));
    put_worst(out, report, METRIC_RSS_PEAK, collector);
    if (isfinite(here)) {
        fprintf(out, ", longest pause %s", figure(here, FIGURE_NS, text));
    } else {
        fputs(", no pauses", out);
    }
    if (isfinite(reference)) {
        fprintf(out, " where %s had %s", report->collector, figure(reference, FIGURE_NS, text));
    }
    fputc('.', out);
}

static bool has_throughput(const struct report *report)
{
    for (size_t i = 0; i < report->groups; i++) {
        if (report->group[i].n[METRIC_OPERATIONS_PER_S] > 0) {
            return true;
        }
    }
    return false;
}

static void put_sentence(FILE *out, const struct report *report, int which)
{
    char off[256];
    snprintf(off, sizeof off, "%s:threshold=off", report->collector);
    if (!has_throughput(report)) {
        static const char *const nothing[] = {"Fastest", "Leanest", "Collection off"};
        fprintf(out, "%s: cannot tell, no trusted timed process.", nothing[which]);
    } else if (which == 0) {
        put_best(out, report, METRIC_OPERATIONS_PER_S, "Fastest", "throughput");
    } else if (which == 1) {
        put_best(out, report, METRIC_RSS_PEAK, "Leanest", "peak RSS");
    } else if (isfinite(largest(report, METRIC_RSS_PEAK, off, off))) {
        put_setting(out, report, off);
    } else {
        fprintf(out, "Collection off: cannot tell, %s was not run.", off);
    }
}

void report_words(const struct report *report, struct report_words *out)
{
    *out = (struct report_words){0};
    size_t length;
    for (int i = 0; i < WORDS_SENTENCES; i++) {
        FILE *stream = open_memstream(&out->sentence[i], &length);
        CHECK(stream != NULL);
        put_sentence(stream, report, i);
        CHECK(fclose(stream) == 0);
    }
    struct report_names settings = report_settings(report);
    for (size_t i = 0, count = 0; i < settings.count && count < WORDS_SETTINGS; i++) {
        if (isfinite(largest(report, METRIC_RSS_PEAK, settings.name[i], settings.name[i]))) {
            FILE *stream = open_memstream(&out->setting[count++], &length);
            CHECK(stream != NULL);
            put_setting(stream, report, settings.name[i]);
            CHECK(fclose(stream) == 0);
        }
    }
    free(settings.name);
}

void report_words_close(struct report_words *self)
{
    for (int i = 0; i < WORDS_SENTENCES; i++) {
        free(self->sentence[i]);
    }
    for (int i = 0; i < WORDS_SETTINGS; i++) {
        free(self->setting[i]);
    }
    *self = (struct report_words){0};
}

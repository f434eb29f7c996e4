/* Printing what a search found; see tune_print.h. */
#include "bench/tune/tune_print.h"

#include <math.h>
#include <string.h>

#include "base/check.h"
#include "bench/report/report_table.h"
#include "bench/tune/advice.h"

static const char *label(const struct tune_findings *self, size_t setting)
{
    return self->settings->setting[setting].label;
}

static struct interval change(const struct tune_findings *self, enum tune_metric metric, size_t a,
                              size_t b)
{
    struct figure_of figure = {self->samples, metric, self->result->fresh};
    return figure_ratio(&figure, a, b);
}

static double median(const struct tune_findings *self, enum tune_metric metric, size_t setting)
{
    struct figure_of figure = {self->samples, metric, self->result->fresh};
    return figure_median(&figure, setting);
}

/* "yes", or the first goal that is missed. */
static const char *missed(const struct tune_findings *self, size_t setting)
{
    const struct goals *goals = self->search->goals;
    for (size_t i = 0; i < goals->count; i++) {
        const struct goal *goal = &goals->goal[i];
        if (goal_excess(goal, median(self, goal->metric, setting), median(self, goal->metric, 0)) >
            0.0) {
            return goal->text;
        }
    }
    return NULL;
}

static void add_row(const struct tune_findings *self, struct table *table, size_t index)
{
    const struct search_result *result = self->result;
    size_t setting = result->confirmed[index];
    const char *goal = missed(self, setting);
    bool endless =
        !self->search->batch && search_endless(self->search, self->samples, setting, result->fresh);
    char text[SETTING_ALLOCATOR_MAX + 80];
    snprintf(text, sizeof text, "%s%s", label(self, setting), setting == 0 ? " (default)" : "");
    table_text(table, result->on_front[index] ? "front" : "behind");
    table_text(table, text);
    table_text(table, goal != NULL ? goal : endless ? "an end of trash" : "");
    for (size_t k = 0; k < SEARCH_FIGURES; k++) {
        struct figure_of figure = {self->samples, search_figures[k], result->fresh};
        table_interval(table, figure_interval(&figure, setting),
                       tune_metrics[search_figures[k]].form);
    }
}

/* Rows of the front, or those behind it, fastest first. */
static void add_rows(const struct tune_findings *self, struct table *table, bool front)
{
    const struct search_result *result = self->result;
    bool done[COUNT_OF(result->confirmed)] = {false};
    for (;;) {
        size_t next = SIZE_MAX;
        double least = INFINITY;
        for (size_t i = 0; i < result->confirmed_count; i++) {
            double value = median(self, TUNE_TIME, result->confirmed[i]);
            if (!done[i] && result->on_front[i] == front && value < least) {
                least = value;
                next = i;
            }
        }
        if (next == SIZE_MAX) {
            return;
        }
        done[next] = true;
        add_row(self, table, next);
    }
}

static void print_table(const struct tune_findings *self, FILE *out)
{
    static const char *const headings[] = {"",         "setting",  "misses",
                                           "run time", "peak RSS", "pause p99"};
    struct table table;
    table_open(&table, "tune", "Settings with fresh samples, 95 % intervals", 3, headings,
               COUNT_OF(headings));
    add_rows(self, &table, true);
    add_rows(self, &table, false);
    table_note(&table,
               "front: no other has less time, RSS and p99 pause. %zu fresh processes each.",
               samples_since(self->samples, 0, self->result->fresh));
    table_print(&table, out);
    table_close(&table);
}

/* "time −12.3 % [−14.0, −10.1]", of a over b. */
static void print_change(const struct tune_findings *self, FILE *out, enum tune_metric metric,
                         size_t a, size_t b)
{
    char mid[FIGURE_LENGTH], lo[FIGURE_LENGTH], hi[FIGURE_LENGTH];
    struct interval ratio = change(self, metric, a, b);
    fprintf(out, "%s %s", tune_metrics[metric].name, figure(ratio.mid, FIGURE_CHANGE, mid));
    if (ratio.known) {
        fprintf(out, " [%s, %s]", figure(ratio.lo, FIGURE_CHANGE, lo),
                figure(ratio.hi, FIGURE_CHANGE, hi));
    }
}

static void print_changes(const struct tune_findings *self, FILE *out, size_t a, size_t b)
{
    for (size_t i = 0; i < SEARCH_FIGURES; i++) {
        fputs(i == 0 ? " " : ", ", out);
        print_change(self, out, search_figures[i], a, b);
    }
    fputc('\n', out);
}

static void print_evidence(const struct tune_findings *self, FILE *out)
{
    const struct search_result *result = self->result;
    fprintf(out, "against the default:");
    print_changes(self, out, result->chosen, 0);
    if (result->runner_up != 0) {
        fprintf(out, "runner-up %s, against the one above:", label(self, result->runner_up));
        print_changes(self, out, result->runner_up, result->chosen);
    }
}

static void print_paste(const struct tune_findings *self, FILE *out)
{
    const struct python *python = self->settings->python;
    const struct search_result *result = self->result;
    fprintf(out, "\nPaste, for %s (whose default is gc.set_threshold(%u, %u, %u)):\n",
            python->long_name, python->threshold[0], python->threshold[1], python->threshold[2]);
    advice_print(out, self->settings, &self->settings->setting[result->chosen],
                 self->samples->of[result->chosen].version);
    fputs("then try it on the program itself (docs/verifying.md):\n", out);
    advice_verify(out, self->settings, &self->settings->setting[result->chosen]);
}

static void print_missed_goals(const struct tune_findings *self, FILE *out, size_t setting)
{
    const struct goals *goals = self->search->goals;
    for (size_t i = 0; i < goals->count; i++) {
        const struct goal *goal = &goals->goal[i];
        double value = median(self, goal->metric, setting),
               reference = median(self, goal->metric, 0);
        char text[FIGURE_LENGTH], of[FIGURE_LENGTH];
        if (goal_excess(goal, value, reference) == 0.0) {
            continue;
        }
        fprintf(out, "  misses %s: %s", goal->text,
                figure(value, tune_metrics[goal->metric].form, text));
        if (goal->relative) {
            fprintf(out, " (%s)", figure(value / reference, FIGURE_CHANGE, of));
        }
        fputc('\n', out);
    }
}

/* Counts are the same in every process of a setting. */
static double full_collections(const struct tune_findings *self, size_t setting)
{
    const struct setting_samples *of = &self->samples->of[setting];
    return of->count > 0 ? of->sample[of->count - 1].full_collections : 0.0;
}

/* What one run of a workload cannot show. */
static void print_cautions(const struct tune_findings *self, FILE *out)
{
    size_t chosen = self->result->chosen;
    const struct setting *setting = &self->settings->setting[chosen];
    char text[FIGURE_LENGTH];
    if (self->estimated) {
        fputs(
            "Estimated: the recorded requests were repeated; a trace has no graph, so that nothing "
            "was collected.\n",
            out);
    } else if (setting->off && median(self, TUNE_TRASH, chosen) > 0.0) {
        fprintf(out,
                "Caution: %s objects of cyclic trash are left at the end, and more the longer it "
                "runs: only for a program that ends.\n",
                figure(median(self, TUNE_TRASH, chosen), FIGURE_COUNT, text));
    } else if (setting->off) {
        fputs(
            "Caution: this workload leaves no cyclic trash; a program that does would grow without "
            "end.\n",
            out);
    } else if (full_collections(self, 0) > 0.0 && full_collections(self, chosen) == 0.0) {
        fputs(
            "Caution: no full collection happened, so that memory is not at its height yet: try a "
            "longer run.\n",
            out);
    }
}

static void print_disturbed(const struct tune_findings *self, FILE *out)
{
    size_t all = 0, quiet = 0;
    for (size_t i = 0; i < self->result->confirmed_count; i++) {
        all += samples_since(self->samples, self->result->confirmed[i], self->result->fresh);
        quiet += samples_quiet(self->samples, self->result->confirmed[i], self->result->fresh);
    }
    if (4 * quiet < 3 * all) {
        fprintf(out,
                "Noisy machine: %zu of %zu fresh processes were disturbed (heapdyno doctor).\n",
                all - quiet, all);
    }
}

static void print_gone(const struct tune_findings *self, FILE *out)
{
    for (size_t i = 0; i < self->settings->count; i++) {
        if (self->samples->of[i].gone[0] != '\0') {
            fprintf(out, "left out: %s: %s\n", label(self, i), self->samples->of[i].gone);
        }
    }
}

static void print_verdict(const struct tune_findings *self, FILE *out)
{
    const struct search_result *result = self->result;
    const char *minimise = tune_metrics[self->search->minimise].name;
    switch (result->verdict) {
    case SEARCH_NAMED:
        fprintf(out, "\nUse %s\n", label(self, result->chosen));
        print_evidence(self, out);
        print_paste(self, out);
        print_cautions(self, out);
        break;
    case SEARCH_NOTHING:
        fprintf(out, "\nChange nothing: %s\n",
                self->search->goals->count > 0
                    ? "the default meets the goals, and nothing that meets them is surely better."
                    : "nothing is surely better than the default.");
        if (result->chosen != 0) {
            fprintf(out,
                    "nearest to a gain: %s, against the default: ", label(self, result->chosen));
            print_change(self, out, self->search->minimise, result->chosen, 0);
            fprintf(out, "\n(a change needs 1 %% less %s, and an interval below 0 at 98 %%)\n",
                    minimise);
        }
        break;
    case SEARCH_CANNOT_TELL:
        fprintf(out,
                "\nCannot tell: %s meets the goals, the default does not, but the two are "
                "not surely apart.\n",
                label(self, result->chosen));
        print_missed_goals(self, out, 0);
        print_evidence(self, out);
        break;
    case SEARCH_NONE_MEETS:
        fprintf(out, "\nNo setting meets the goals. The nearest is %s%s\n",
                label(self, result->chosen), result->chosen == 0 ? ", the default" : "");
        print_missed_goals(self, out, result->chosen);
        break;
    }
}

void tune_print(const struct tune_findings *self, FILE *out)
{
    const struct search_result *result = self->result;
    fprintf(out, "%s, %s: %zu of %zu settings, %zu processes%s\n", self->workload,
            self->settings->python->long_name, result->searched, self->settings->count,
            result->measured, self->estimated ? " — estimated: a trace has no graph" : "");
    print_table(self, out);
    print_verdict(self, out);
    print_disturbed(self, out);
    print_gone(self, out);
}

void tune_print_tsv(const struct tune_findings *self, FILE *out)
{
    fputs("setting\tsamples\tfresh\tfront\tchosen", out);
    for (int i = 0; i < TUNE_METRICS; i++) {
        const char *name = tune_metrics[i].name;
        fprintf(out, "\t%s\t%s_lo\t%s_hi", name, name, name);
    }
    fputc('\n', out);
    for (size_t s = 0; s < self->settings->count; s++) {
        const struct search_result *result = self->result;
        size_t fresh = samples_since(self->samples, s, result->fresh);
        bool front = false;
        for (size_t i = 0; i < result->confirmed_count; i++) {
            front = front || (result->confirmed[i] == s && result->on_front[i]);
        }
        if (self->samples->of[s].count == 0) {
            continue;
        }
        fprintf(out, "%s\t%zu\t%zu\t%d\t%d", label(self, s), self->samples->of[s].count, fresh,
                front, s == result->chosen);
        for (int i = 0; i < TUNE_METRICS; i++) {
            struct figure_of figure = {self->samples, (enum tune_metric)i,
                                       fresh > 0 ? result->fresh : 0};
            struct interval value = figure_interval(&figure, s);
            fprintf(out, "\t%.9g\t%.9g\t%.9g", value.mid, value.known ? value.lo : value.mid,
                    value.known ? value.hi : value.mid);
        }
        fputc('\n', out);
    }
}

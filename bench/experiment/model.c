/* Our model beside the truth (bench/report/report_model.h): five programs on CPython itself on each
 * allocator, and the replay of what each asked for, recorded from the same program in the same run.
 * Not good at: processor time. A replay has the caches to itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"
#include "bench/experiment/page.h"
#include "bench/report/report_model.h"

enum { MODEL_FIGURES = 2 };

static const enum metric figures[MODEL_FIGURES] = {METRIC_RSS_PEAK, METRIC_RUN_CPU};
static const char *const figure_names[MODEL_FIGURES] = {"peak memory", "processor time"};

struct model_run {
    struct report_model_row *row;
    size_t count;
};

static struct model_run open_run(const struct report *report)
{
    struct model_run self;
    self.row = report_model(report, &self.count);
    return self;
}

/* Mean and worst error of a figure, and whether its intervals leave the truth inside. */
static void say_errors(const struct model_run *self, size_t k, struct experiment_output *out)
{
    double sum = 0.0, most = 0.0;
    size_t n = 0, known = 0, apart = 0;
    const struct report_model_row *worst = NULL;
    for (size_t i = 0; i < self->count; i++) {
        struct interval error = report_model_error(&self->row[i], figures[k]);
        double size = fabs(error.mid - 1.0);
        if (!isfinite(size)) {
            continue;
        }
        n++;
        sum += size;
        known += error.known;
        apart += stats_differs(error);
        if (worst == NULL || size > most) {
            most = size;
            worst = &self->row[i];
        }
    }
    if (worst == NULL) {
        experiment_say(out, "%s was not measured.", k == 0 ? "Peak memory" : "Processor time");
        return;
    }
    char mean[FIGURE_LENGTH], change[EXPERIMENT_TEXT];
    experiment_say(
        out, "%s: the model is %s off on average over %zu cells, and %s at worst (%s on %s).",
        k == 0 ? "Peak memory" : "Processor time", figure(sum / (double)n, FIGURE_PERCENT, mean), n,
        experiment_interval(report_model_error(worst, figures[k]), FIGURE_CHANGE, change),
        worst->program, worst->real->allocator);
    if (known > 0) {
        experiment_say(out, "In %zu of %zu it differs from the truth by more than chance.", apart,
                       known);
    }
}

/* Which of the allocators other than the reference is least, by both; how often they agree. */
static void say_choice(const struct model_run *self, size_t k, struct experiment_output *out)
{
    size_t programs = 0, same = 0;
    for (size_t i = 0; i < self->count;) {
        const struct report_model_row *least_real = NULL, *least_predicted = NULL;
        const char *workload = self->row[i].real->workload;
        for (; i < self->count && strcmp(self->row[i].real->workload, workload) == 0; i++) {
            const struct report_model_row *row = &self->row[i];
            if (least_real == NULL || report_model_real(row, figures[k]).mid <
                                          report_model_real(least_real, figures[k]).mid) {
                least_real = row;
            }
            if (least_predicted == NULL ||
                report_model_predicted(row, figures[k]).mid <
                    report_model_predicted(least_predicted, figures[k]).mid) {
                least_predicted = row;
            }
        }
        programs++;
        same += least_real == least_predicted;
    }
    experiment_say(
        out,
        "The allocator of least %s that it would choose is the real one for %zu of %zu programs.",
        figure_names[k], same, programs);
}

static bool model_answer(const struct experiment *self, const struct report *report,
                         struct experiment_output *out, struct error *error)
{
    struct model_run run = open_run(report);
    bool ok =
        run.count > 0 ||
        error_set(error, "%s: no program beside its replay on two allocators; the plan is %s.ini",
                  report->run, self->name);
    if (ok) {
        struct table table;
        table_model(report, &table);
        experiment_table(out, &table);
        for (size_t k = 0; k < MODEL_FIGURES; k++) {
            say_errors(&run, k, out);
            say_choice(&run, k, out);
        }
    }
    free(run.row);
    return ok;
}

/* A row for each program, a dot for each allocator; for each figure a panel of the truth, and one of what
 * is predicted over it. */
static size_t put_dots(const struct model_run *self, struct plot_page *page, size_t s, size_t panel)
{
    size_t lines = 0;
    for (size_t i = 0; i < self->count; i++) {
        const struct report_model_row *row = &self->row[i];
        if (strcmp(row->real->allocator, page->series.name[s]) != 0) {
            continue;
        }
        size_t at = 0;
        while (strcmp(page->rows.name[at], row->label) != 0) {
            at++;
        }
        enum metric metric = figures[panel / 2];
        struct interval ratio =
            panel % 2 == 0 ? report_model_real(row, metric) : report_model_error(row, metric);
        lines += page_dot(page, at, s, ratio, 1.0);
    }
    return lines;
}

static bool plot_model(const struct report *report, struct plot_page *page)
{
    static const char *const panels[2 * MODEL_FIGURES] = {"RSS, real", "predicted / real",
                                                          "CPU, real", "predicted / real "};
    struct model_run run = open_run(report);
    for (size_t i = 0; i < run.count; i++) {
        report_names_add(&page->series, run.row[i].real->allocator);
        report_names_add(&page->rows, run.row[i].label);
    }
    for (size_t k = 0; k < COUNT_OF(panels); k++) {
        report_names_add(&page->facets, panels[k]);
        for (size_t s = 0; s < page->series.count; s++) {
            plot_block(page, put_dots(&run, page, s, k));
        }
    }
    bool any = run.count > 0;
    free(run.row);
    page_bars(page, "1 1 1 1");
    page_mark(page);
    page_note(report, page, "Real: over pymalloc.");
    return any || plot_left_out(page, "no program ran beside its replay");
}

static const struct plot plots[] = {
    {"model_truth", "bars", "model", "Real programs and what our model makes of them",
     "The nearer to 1 in the second panel of a pair, the better the prediction.", plot_model},
};

const struct experiment experiment_model = {
    .name = "model",
    .question = "How far is our model from real programs, in memory and time?",
    .varies = "five real programs and their replays on five allocators",
    .plot = plots,
    .plots = COUNT_OF(plots),
    .answer = model_answer,
};

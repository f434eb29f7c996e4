/* Our model beside the truth: real programs on CPython itself on each allocator, and the replay of what
 * each asked for, recorded from the same program in the same run. A replay has no interpreter in its
 * process, so what it says of an allocator is the difference to the reference:
 *   predicted = (real on the reference + replay on the allocator - replay on the reference)
 *               / real on the reference
 * Not good at: processor time. A replay has the caches to itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/experiment/experiment.h"
#include "bench/experiment/page.h"

enum { MODEL_NAME_MAX = 64, MODEL_FIGURES = 2 };

static const enum metric figures[MODEL_FIGURES] = {METRIC_RSS_PEAK, METRIC_RUN_CPU};
static const char *const figure_names[MODEL_FIGURES] = {"peak memory", "processor time"};

static const char program_key[] = "program="; /* what workloads of such cells begin with */

/* One program on one allocator, and on the reference. */
struct model_row {
    char program[MODEL_NAME_MAX];
    const struct report_group *real, *real_base, *replay, *replay_base;
};

struct model_run {
    struct model_row *row;
    size_t count;
};

/* "program=json_work:documents=9" and "program=x/app.py" are json_work and app; "": no program. */
static void program_of(const struct report_group *group, char name[MODEL_NAME_MAX])
{
    name[0] = '\0';
    if (strncmp(group->workload_line, program_key, strlen(program_key)) != 0) {
        return;
    }
    const char *text = group->workload_line + strlen(program_key);
    size_t length = strcspn(text, ":");
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '/') {
            text += i + 1;
            length -= i + 1;
            i = (size_t)-1;
        }
    }
    length -= length > 3 && strncmp(text + length - 3, ".py", 3) == 0 ? 3 : 0;
    snprintf(name, MODEL_NAME_MAX, "%.*s", (int)length, text);
}

/* The replay of that program, on the allocator of `like`. */
static const struct report_group *replay_of(const struct report *report, const char *program,
                                            const char *allocator, const char *collector)
{
    char file[MODEL_NAME_MAX];
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (experiment_is_workload(group, "replay") && strcmp(group->allocator, allocator) == 0 &&
            strcmp(group->collector, collector) == 0 &&
            experiment_option_text(group->workload_line, "file", file, sizeof file) &&
            strcmp(file, program) == 0) {
            return group;
        }
    }
    return NULL;
}

static struct model_run open_run(const struct report *report)
{
    struct model_run self = {.row = calloc(report->groups + 1, sizeof *self.row)};
    CHECK(self.row != NULL);
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *real = &report->group[i];
        struct model_row row = {.real = real};
        program_of(real, row.program);
        if (row.program[0] == '\0' || strcmp(real->allocator, report->allocator) == 0) {
            continue;
        }
        row.real_base = report_find(report, real->workload, real->collector, report->allocator);
        row.replay = replay_of(report, row.program, real->allocator, real->collector);
        row.replay_base = replay_of(report, row.program, report->allocator, real->collector);
        if (row.real_base != NULL && row.replay != NULL && row.replay_base != NULL) {
            self.row[self.count++] = row;
        }
    }
    return self;
}

static struct interval real_ratio(const struct model_row *row, enum metric metric)
{
    return experiment_ratio(row->real, row->real_base, metric);
}

/* The model's figure over that of `over`: of the reference a prediction, of the same cell its error. */
static struct interval predicted(const struct model_row *row, enum metric metric,
                                 const struct report_group *over)
{
    struct stats_shift shift = {group_sample(row->real_base, metric),
                                group_sample(row->replay, metric),
                                group_sample(row->replay_base, metric), group_sample(over, metric)};
    return stats_shifted_ratio(&shift, REPORT_SEED);
}

static struct interval error_of(const struct model_row *row, enum metric metric)
{
    return predicted(row, metric, row->real);
}

static void add_table(const struct model_run *self, const struct report *report,
                      struct experiment_output *out)
{
    static const char *const headings[] = {"program", "allocator", "RSS, real", "predicted",
                                           "error",   "CPU, real", "predicted", "error"};
    struct table table;
    char change[EXPERIMENT_TEXT];
    table_open(&table, "model", "Our model beside the truth", 2, headings, COUNT_OF(headings));
    for (size_t i = 0; i < self->count; i++) {
        const struct model_row *row = &self->row[i];
        table_text(&table, row->program);
        table_text(&table, row->real->allocator);
        for (size_t k = 0; k < MODEL_FIGURES; k++) {
            table_interval(&table, real_ratio(row, figures[k]), FIGURE_RATIO);
            table_interval(&table, predicted(row, figures[k], row->real_base), FIGURE_RATIO);
            table_text(&table,
                       experiment_interval(error_of(row, figures[k]), FIGURE_CHANGE, change));
        }
    }
    table_note(
        &table,
        "Over %s. Real: CPython itself, peak resident memory and processor time of the "
        "program. Predicted: (real on %s + replay on the allocator − replay on %s) / real on "
        "%s. Error: predicted over real.",
        report->allocator, report->allocator, report->allocator, report->allocator);
    experiment_table(out, &table);
}

/* Mean and worst error of a figure, and whether its intervals leave the truth inside. */
static void say_errors(const struct model_run *self, size_t k, struct experiment_output *out)
{
    double sum = 0.0, most = 0.0;
    size_t n = 0, known = 0, apart = 0;
    const struct model_row *worst = NULL;
    for (size_t i = 0; i < self->count; i++) {
        struct interval error = error_of(&self->row[i], figures[k]);
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
        experiment_interval(error_of(worst, figures[k]), FIGURE_CHANGE, change), worst->program,
        worst->real->allocator);
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
        const struct model_row *least_real = NULL, *least_predicted = NULL;
        const char *workload = self->row[i].real->workload;
        for (; i < self->count && strcmp(self->row[i].real->workload, workload) == 0; i++) {
            const struct model_row *row = &self->row[i];
            if (least_real == NULL ||
                real_ratio(row, figures[k]).mid < real_ratio(least_real, figures[k]).mid) {
                least_real = row;
            }
            if (least_predicted == NULL ||
                predicted(row, figures[k], row->real_base).mid <
                    predicted(least_predicted, figures[k], least_predicted->real_base).mid) {
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
        add_table(&run, report, out);
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
        const struct model_row *row = &self->row[i];
        if (strcmp(row->real->allocator, page->series.name[s]) != 0) {
            continue;
        }
        size_t at = 0;
        while (strcmp(page->rows.name[at], row->real->workload + strlen(program_key)) != 0) {
            at++;
        }
        enum metric metric = figures[panel / 2];
        struct interval ratio = panel % 2 == 0 ? real_ratio(row, metric) : error_of(row, metric);
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
        report_names_add(&page->rows, run.row[i].real->workload + strlen(program_key));
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

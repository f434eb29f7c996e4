/* Programs beside their replays; see report_model.h. Not good at: processor time. A replay has the caches
 * to itself. */
#include "bench/report/report_model.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static const char program_key[] = "program="; /* what workloads of such cells begin with */

/* "program=json_work:documents=9" and "program=x/app.py" are json_work and app; "": no program. */
static void program_of(const struct report_group *group, char name[REPORT_PROGRAM_MAX])
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
    snprintf(name, REPORT_PROGRAM_MAX, "%.*s", (int)length, text);
}

/* The replay of that program. */
static const struct report_group *replay_of(const struct report *report, const char *program,
                                            const char *allocator, const char *collector)
{
    static const char name[] = "replay:";
    char file[REPORT_PROGRAM_MAX];
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *group = &report->group[i];
        if (strncmp(group->workload_line, name, strlen(name)) == 0 &&
            strcmp(group->allocator, allocator) == 0 && strcmp(group->collector, collector) == 0 &&
            report_option_text(group->workload_line, "file", file, sizeof file) &&
            strcmp(file, program) == 0) {
            return group;
        }
    }
    return NULL;
}

struct report_model_row *report_model(const struct report *report, size_t *count)
{
    struct report_model_row *rows = calloc(report->groups + 1, sizeof *rows);
    CHECK(rows != NULL);
    *count = 0;
    for (size_t i = 0; i < report->groups; i++) {
        const struct report_group *real = &report->group[i];
        struct report_model_row row = {.real = real};
        program_of(real, row.program);
        if (row.program[0] == '\0' || strcmp(real->allocator, report->allocator) == 0) {
            continue;
        }
        row.label = real->workload + strlen(program_key);
        row.real_base = report_find(report, real->workload, real->collector, report->allocator);
        row.replay = replay_of(report, row.program, real->allocator, real->collector);
        row.replay_base = replay_of(report, row.program, report->allocator, real->collector);
        if (row.real_base != NULL && row.replay != NULL && row.replay_base != NULL) {
            rows[(*count)++] = row;
        }
    }
    return rows;
}

struct interval report_model_real(const struct report_model_row *row, enum metric metric)
{
    struct sample_pair pair = {group_sample(row->real, metric),
                               group_sample(row->real_base, metric)};
    return stats_ratio(&pair, 1, REPORT_SEED);
}

static struct interval predicted_over(const struct report_model_row *row, enum metric metric,
                                      const struct report_group *over)
{
    struct stats_shift shift = {group_sample(row->real_base, metric),
                                group_sample(row->replay, metric),
                                group_sample(row->replay_base, metric), group_sample(over, metric)};
    return stats_shifted_ratio(&shift, REPORT_SEED);
}

struct interval report_model_predicted(const struct report_model_row *row, enum metric metric)
{
    return predicted_over(row, metric, row->real_base);
}

struct interval report_model_error(const struct report_model_row *row, enum metric metric)
{
    return predicted_over(row, metric, row->real);
}

void table_model(const struct report *report, struct table *out)
{
    static const char *const headings[] = {"program", "allocator", "RSS, real", "predicted",
                                           "error",   "CPU, real", "predicted", "error"};
    static const enum metric metrics[] = {METRIC_RSS_PEAK, METRIC_RUN_CPU};
    size_t count;
    struct report_model_row *rows = report_model(report, &count);
    table_open(out, "model", "Our model beside the truth", 2, headings, COUNT_OF(headings));
    for (size_t i = 0; i < count; i++) {
        table_text(out, rows[i].label);
        table_text(out, rows[i].real->allocator);
        for (size_t k = 0; k < COUNT_OF(metrics); k++) {
            table_interval(out, report_model_real(&rows[i], metrics[k]), FIGURE_RATIO);
            table_interval(out, report_model_predicted(&rows[i], metrics[k]), FIGURE_RATIO);
            table_interval(out, report_model_error(&rows[i], metrics[k]), FIGURE_CHANGE);
        }
    }
    free(rows);
    table_note(
        out,
        "Over %s. Real: CPython itself, peak resident memory and processor time of the "
        "program. Predicted: (real on %s + replay on the allocator − replay on %s) / real on "
        "%s. Error: predicted over real.",
        report->allocator, report->allocator, report->allocator, report->allocator);
}

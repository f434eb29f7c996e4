/* Answering: tables, paragraph, plots; on stdout and beside the records. */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "base/whole_file.h"
#include "bench/experiment/experiment.h"

enum { PARAGRAPH_WIDTH = 100 };

struct experiment_output {
    const struct report *report;
    FILE *tables, *meaning;
    char *tables_text, *meaning_text;
    size_t tables_length, meaning_length;
};

/* RUN/tables/NAME.txt: for documents that show one table. That it cannot be written is no failure:
 * the answer has the table as well. */
static void keep_table(const struct report *report, const struct table *table)
{
    char *path = NULL;
    CHECK(asprintf(&path, "%s/tables", report->folder) > 0);
    mkdir(path, 0777);
    free(path);
    CHECK(asprintf(&path, "%s/tables/%s.txt", report->folder, table->name) > 0);
    FILE *out = fopen(path, "we");
    if (out != NULL) {
        table_print(table, out);
        fclose(out);
    }
    free(path);
}

void experiment_table(struct experiment_output *out, struct table *table)
{
    if (table_rows(table) > 0) {
        table_print(table, out->tables);
        keep_table(out->report, table);
    }
    table_close(table);
}

void experiment_say(struct experiment_output *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(out->meaning, format, arguments);
    va_end(arguments);
    fputc(' ', out->meaning);
}

/* As `figure` has it, but "×48" for a change of ten times and more. */
static char *short_figure(double value, enum figure_form form, char *buffer)
{
    if (form == FIGURE_CHANGE && value >= 10.0 && isfinite(value)) {
        snprintf(buffer, FIGURE_LENGTH, "×%.0f", value);
        return buffer;
    }
    return figure(value, form, buffer);
}

char *experiment_interval(struct interval interval, enum figure_form form,
                          char buffer[EXPERIMENT_TEXT])
{
    char mid[FIGURE_LENGTH], lo[FIGURE_LENGTH], hi[FIGURE_LENGTH];
    short_figure(interval.mid, form, mid);
    if (interval.known) {
        snprintf(buffer, EXPERIMENT_TEXT, "%s [%s, %s]", mid, short_figure(interval.lo, form, lo),
                 short_figure(interval.hi, form, hi));
    } else {
        snprintf(buffer, EXPERIMENT_TEXT, "%s", mid);
    }
    return buffer;
}

char *experiment_change(struct interval ratio, char buffer[EXPERIMENT_TEXT])
{
    char text[EXPERIMENT_TEXT];
    experiment_interval(ratio, FIGURE_CHANGE, text);
    if (!isfinite(ratio.mid)) {
        snprintf(buffer, EXPERIMENT_TEXT, "not measured");
    } else if (!ratio.known || stats_differs(ratio)) {
        snprintf(buffer, EXPERIMENT_TEXT, "%s", text);
    } else {
        snprintf(buffer, EXPERIMENT_TEXT, "cannot tell (%.100s)", text);
    }
    return buffer;
}

/* What holds of every experiment: how many processes stand behind a figure, and which were bad. */
static void say_of_samples(const struct report *report, struct experiment_output *out)
{
    size_t most = 0, bad = 0;
    for (size_t i = 0; i < report->groups; i++) {
        size_t n = report->group[i].n[METRIC_RSS_PEAK];
        most = n > most ? n : most;
    }
    static const enum verdict failures[] = {VERDICT_FAILED, VERDICT_TIMEOUT, VERDICT_MEMORY};
    for (size_t i = 0; i < COUNT_OF(failures); i++) {
        bad += report->verdict[failures[i]];
    }
    if (most < STATS_MIN) {
        experiment_say(
            out,
            "At most %zu process%s of a cell: no intervals, so a difference in time or memory "
            "is a hint and not a finding.",
            most, most == 1 ? "" : "es");
    }
    if (report->untrusted) {
        experiment_say(out, "Times of processes that the machine disturbed are included: "
                            "processor time suffers less from that than latency.");
    }
    if (bad > 0) {
        experiment_say(out, "%zu measurements failed and are left out: heapdyno report says why.",
                       bad);
    }
}

/* Break at blanks; what is written comes from records, so control bytes are replaced. */
static void print_wrapped(FILE *out, char *text)
{
    size_t column = 0;
    for (char *rest = NULL, *word = strtok_r(text, " \n", &rest); word != NULL;
         word = strtok_r(NULL, " \n", &rest)) {
        size_t width = text_width(word);
        if (column > 0 && column + 1 + width > PARAGRAPH_WIDTH) {
            fputc('\n', out);
            column = 0;
        }
        if (column > 0) {
            fputc(' ', out);
            column++;
        }
        text_terminal(out, word);
        column += width;
    }
    fputc('\n', out);
}

/* The answer as a whole: the question, tables, what they mean. */
static void print_answer(const struct experiment *self, const struct report *report,
                         const struct experiment_output *written, FILE *out)
{
    char *meaning = strdup(written->meaning_text);
    CHECK(meaning != NULL);
    fprintf(out, "%s\n", self->question);
    text_terminal(out, report->run);
    fputs(": ", out);
    text_terminal(out, report->cpu);
    fprintf(out, ", %zu cores, machine ", report->cores);
    text_terminal(out, report->machine);
    fputs("\n", out);
    fputs(written->tables_text, out);
    fputc('\n', out);
    print_wrapped(out, meaning);
    free(meaning);
}

static bool keep_answer(const struct experiment *self, const struct report *report,
                        const struct experiment_output *written, struct error *error)
{
    struct whole_file file;
    char *path = NULL;
    CHECK(asprintf(&path, "%s/answer.txt", report->folder) > 0);
    bool ok = whole_file_open(&file, path, error);
    if (ok) {
        print_answer(self, report, written, file.out);
        ok = whole_file_close(&file, true, error);
    }
    free(path);
    return ok;
}

/* False when one failed; those left out and a missing gnuplot are said, and are no failure: the
 * table has the same figures. */
static bool draw_plots(const struct experiment *self, const struct report *report,
                       struct error *error)
{
    struct error why;
    char command[96];
    bool ok = true;
    snprintf(command, sizeof command, "heapdyno run --experiment %s", self->name);
    if (self->plots == 0) {
        return true;
    }
    if (!plots_ready(report, &why)) {
        fprintf(stderr, "%s\n", why.text);
        return true;
    }
    for (size_t i = 0; i < self->plots; i++) {
        struct plot_outcome outcome = {0};
        plot_draw(report, &self->plot[i], command, &outcome);
        if (outcome.state == PLOT_DRAWN) {
            printf("plot: %s/plots/%s.svg\n", report->folder, self->plot[i].name);
        } else if (outcome.state == PLOT_LEFT_OUT) {
            fprintf(stderr, "plot %s left out: %s\n", self->plot[i].name, outcome.why.text);
        } else {
            ok = error_set(error, "plot %s: %.400s", self->plot[i].name, outcome.why.text);
        }
    }
    return ok;
}

static bool answer(const struct experiment *self, const struct report *report, struct error *error)
{
    struct experiment_output out = {.report = report};
    out.tables = open_memstream(&out.tables_text, &out.tables_length);
    out.meaning = open_memstream(&out.meaning_text, &out.meaning_length);
    CHECK(out.tables != NULL && out.meaning != NULL);
    bool ok = self->answer(self, report, &out, error);
    say_of_samples(report, &out);
    CHECK(fclose(out.tables) == 0 && fclose(out.meaning) == 0);
    if (ok) {
        print_answer(self, report, &out, stdout);
        ok = keep_answer(self, report, &out, error);
        printf("\nanswer: %s/answer.txt\n", report->folder);
        ok = ok && draw_plots(self, report, error);
    }
    free(out.tables_text);
    free(out.meaning_text);
    return ok;
}

bool experiment_answer(const struct experiment *self, const char *run, bool untrusted,
                       struct error *error)
{
    struct report report;
    if (!report_open(run, untrusted, &report, error)) {
        return false;
    }
    if (!untrusted && report.verdict[VERDICT_UNTRUSTED] > report.verdict[VERDICT_OK] / 2) {
        report_close(&report);
        if (!report_open(run, true, &report, error)) {
            return false;
        }
    }
    bool ok = answer(self, &report, error);
    report_close(&report);
    return ok;
}

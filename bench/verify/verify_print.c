/* What pairs of trials say, as text and as a page; see verify.h. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/units.h"
#include "bench/report/report_table.h"
#include "bench/run/machine.h"
#include "bench/verify/verify.h"

static const char *const verdicts[] = {[VERIFY_UNKNOWN] = "–",
                                       [VERIFY_SAME] = "no difference",
                                       [VERIFY_BETTER] = "better",
                                       [VERIFY_WORSE] = "worse"};

/* Owned by the caller: table_close. */
static void make_table(const struct verify_outcome *outcome, struct table *table)
{
    static const char *const headings[] = {"figure", "present", "proposed", "change", "verdict"};
    table_open(table, "verify", "The present setting and the proposed one", 1, headings,
               COUNT_OF(headings));
    for (size_t f = 0; f < TRIAL_FIGURES; f++) {
        const struct verify_row *row = &outcome->row[f];
        if (isnan(row->present) && isnan(row->proposed)) {
            continue; /* the load does not say */
        }
        table_text(table, trial_figures[f].name);
        table_figure(table, row->present, trial_figures[f].form);
        table_figure(table, row->proposed, trial_figures[f].form);
        table_interval(table, row->ratio, FIGURE_CHANGE);
        table_text(table, verdicts[row->verdict]);
    }
    table_note(
        table,
        "%zu pairs of fresh starts, the order by lot and turned in the next; means, change within "
        "pairs with "
        "Student's interval at %.1f %%, so that all %zu together hold at 95 %%. No difference: "
        "none "
        "was seen, and the interval is what could still hide.",
        outcome->pairs, 100 - 5.0 / (double)(outcome->judged > 0 ? outcome->judged : 1),
        outcome->judged);
}

static const char *const held[] = {[PREDICTION_UNKNOWN] = "no prediction",
                                   [PREDICTION_HELD] = "held",
                                   [PREDICTION_MISSED] = "missed",
                                   [PREDICTION_OPEN] = "not decided"};

static void add_prediction(const struct verify_outcome *outcome, size_t figure_index,
                           struct table *table)
{
    const struct prediction *prediction = &outcome->predictions.of[figure_index];
    const struct verify_row *row = &outcome->row[figure_index];
    char text[BOUNDS_LENGTH], by[FIGURE_LENGTH];
    bool made = prediction->basis != PREDICTION_NONE;
    table_text(table, trial_figures[figure_index].name);
    table_text(table, made ? bounds_text(prediction->ratio, FIGURE_CHANGE, text) : "–");
    table_text(table, prediction->basis == PREDICTION_MODEL          ? "model"
                      : prediction->basis == PREDICTION_EXTRAPOLATED ? "extrapolated"
                                                                     : "–");
    table_interval(table, row->ratio, FIGURE_CHANGE);
    snprintf(text, sizeof text, isnan(row->missed_by) ? "%s" : "%s by %s", held[row->prediction],
             figure(1 + row->missed_by, FIGURE_CHANGE, by));
    table_text(table, text);
}

/* Owned by the caller: table_close. */
static void make_predictions(const struct verify_plan *plan, const struct verify_outcome *outcome,
                             struct table *table)
{
    static const char *const headings[] = {"figure", "predicted", "rests on", "measured",
                                           "prediction"};
    table_open(table, "prediction", "Did the prediction hold?", 1, headings, COUNT_OF(headings));
    for (size_t f = 0; f < TRIAL_FIGURES; f++) {
        if (!isnan(outcome->row[f].present) || !isnan(outcome->row[f].proposed)) {
            add_prediction(outcome, f, table);
        }
    }
    table_note(table,
               "Predicted from %s, Python 3.%u. Held: the measured interval lies within what was "
               "predicted, give or take 5 %% of it and one of each process (collections), or of "
               "the present figure 10 %% (pauses) or 5 %% (the rest). Missed: it lies outside, "
               "by so much. Not decided: it reaches across an edge.",
               plan->predicted != NULL ? "the watch that was given" : "the present trials",
               outcome->predictions.minor);
}

static void print_advice(const struct verify_plan *plan, const struct verify_outcome *outcome,
                         FILE *out)
{
    bool better = false;
    for (size_t f = 0; f < TRIAL_FIGURES; f++) {
        better = better || outcome->row[f].verdict == VERIFY_BETTER;
    }
    fputs(better ? "To keep it:\n" : "If you want it all the same:\n", out);
    proposal_advise(plan->proposal, out);
}

void verify_print(const struct verify_plan *plan, const struct verify_outcome *outcome, FILE *out)
{
    struct table table;
    make_table(outcome, &table);
    fprintf(out, "Proposed: %s\n", plan->proposal->all);
    table_print(&table, out);
    table_close(&table);
    fputc('\n', out);
    make_predictions(plan, outcome, &table);
    table_print(&table, out);
    table_close(&table);
    fputc('\n', out);
    verify_conclude(plan, outcome, out);
    fputc('\n', out);
    print_advice(plan, outcome, out);
}

static const char head[] =
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width\"><title>heapdyno verify</title>\n"
    "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 "
    "1rem;"
    "color:#222}table{border-collapse:collapse;margin:1rem 0}td,th{padding:.25rem .8rem;"
    "text-align:right;border-bottom:1px solid "
    "#ddd;white-space:nowrap}td:first-child,th:first-child{text-align:left}"
    "pre{background:#f5f5f3;padding:.8rem;overflow-x:auto;white-space:pre-wrap}h1{font-size:1.5rem}"
    "caption{text-align:left;font-weight:bold;padding:.5rem 0}.said::first-line{font-weight:bold}"
    "</style></head><body>\n";

/* What `print` says, each line as HTML with `after` behind it. */
static void html_lines(const struct verify_plan *plan, const struct verify_outcome *outcome,
                       void (*print)(const struct verify_plan *, const struct verify_outcome *,
                                     FILE *),
                       const char *after, FILE *out)
{
    char *words = NULL;
    size_t length;
    FILE *text = open_memstream(&words, &length);
    CHECK(text != NULL);
    print(plan, outcome, text);
    fclose(text);
    for (char *rest = words, *line; (line = strsep(&rest, "\n")) != NULL && rest != NULL;) {
        text_html(out, line);
        fputs(after, out);
    }
    free(words);
}

/* What was tried, and when and where. */
static void write_what(const struct verify_plan *plan, FILE *out)
{
    char command[1024] = "", where[256], day[32] = "";
    struct machine machine;
    time_t now = time(NULL);
    struct tm utc;
    machine_read(&machine);
    strftime(day, sizeof day, "%Y-%m-%d", gmtime_r(&now, &utc));
    snprintf(where, sizeof where, "%s, %s, %llu cores", day, machine.cpu,
             (unsigned long long)machine.cores);
    for (char **word = plan->trial.argv; *word != NULL; word++) {
        size_t n = strlen(command);
        snprintf(command + n, sizeof command - n, "%s%s", n > 0 ? " " : "", *word);
    }
    const char *const said[][2] = {{"Proposed", plan->proposal->all},
                                   {"Program", command},
                                   {"Load", plan->trial.load},
                                   {"Measured", where}};
    fputs("<p>", out);
    for (size_t i = 0; i < COUNT_OF(said); i++) {
        fprintf(out, "%s: <code>", said[i][0]);
        text_html(out, said[i][1]);
        fputs("</code><br>\n", out);
    }
    fputs("</p>\n", out);
}

static void write_page(const struct verify_plan *plan, const struct verify_outcome *outcome,
                       FILE *out)
{
    struct table table;
    fputs(head, out);
    fputs("<h1>Would this setting help?</h1>\n", out);
    write_what(plan, out);
    fputs("<p class=\"said\">", out);
    html_lines(plan, outcome, verify_conclude, "<br>\n", out);
    fputs("</p>\n", out);
    make_table(outcome, &table);
    table_html(&table, out);
    table_close(&table);
    make_predictions(plan, outcome, &table);
    table_html(&table, out);
    table_close(&table);
    fputs("<pre>", out);
    html_lines(plan, outcome, print_advice, "\n", out);
    fputs("</pre>\n</body></html>\n", out);
}

/* A file of the run's folder, written whole by `write`. */
static bool
write_file(const struct verify_plan *plan, const struct verify_outcome *outcome, const char *name,
           void (*write)(const struct verify_plan *, const struct verify_outcome *, FILE *),
           struct error *error)
{
    char path[JOURNAL_PATH_MAX + 32];
    FILE *out = fopen(journal_path(plan->trial.journal, name, path), "we");
    if (out == NULL) {
        return error_set(error, "%s: %s", path, strerror(errno));
    }
    write(plan, outcome, out);
    bool written = ferror(out) == 0;
    return (fclose(out) == 0 && written) || error_set(error, "%s: %s", path, strerror(errno));
}

bool verify_page(const struct verify_plan *plan, const struct verify_outcome *outcome,
                 struct error *error)
{
    return write_file(plan, outcome, "verify.html", write_page, error);
}

static void write_rows(const struct verify_plan *plan, const struct verify_outcome *outcome,
                       FILE *out)
{
    (void)plan;
    fputs("figure\tpresent\tproposed\tratio\tratio_lo\tratio_hi\tverdict\tpredicted_lo\t"
          "predicted_hi\tprediction\n",
          out);
    for (size_t f = 0; f < TRIAL_FIGURES; f++) {
        const struct verify_row *row = &outcome->row[f];
        const struct prediction *prediction = &outcome->predictions.of[f];
        bool made = prediction->basis != PREDICTION_NONE;
        fprintf(out, "%s\t%.9g\t%.9g\t%.6g\t%.6g\t%.6g\t%s\t%.6g\t%.6g\t%s\n",
                trial_figures[f].name, row->present, row->proposed, row->ratio.mid, row->ratio.lo,
                row->ratio.hi, verdicts[row->verdict], made ? prediction->ratio.lo : NAN,
                made ? prediction->ratio.hi : NAN, held[row->prediction]);
    }
}

bool verify_tsv(const struct verify_plan *plan, const struct verify_outcome *outcome,
                struct error *error)
{
    return write_file(plan, outcome, "verify.tsv", write_rows, error);
}

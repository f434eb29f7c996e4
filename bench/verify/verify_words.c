/* What the rows of a verification mean, in sentences; see verify.h. What it saves has the interval of
 * the ratio, with the present figure taken as it is: the spread of that drops out within pairs. */
#include <math.h>
#include <stdio.h>

#include "bench/verify/verify.h"

static size_t count_verdict(const struct verify_outcome *outcome, enum verify_verdict verdict)
{
    size_t count = 0;
    for (size_t f = 0; f < TRIAL_FIGURES; f++) {
        count += outcome->row[f].verdict == verdict;
    }
    return count;
}

static void print_names(const struct verify_outcome *outcome, enum verify_verdict verdict,
                        const char *what, FILE *out)
{
    const char *before = what;
    for (size_t f = 0; f < TRIAL_FIGURES; f++) {
        if (outcome->row[f].verdict == verdict) {
            fprintf(out, "%s %s", before, trial_figures[f].name);
            before = ";";
        }
    }
    fputs(before != what ? ".\n" : "", out);
}

static void print_decision(const struct verify_outcome *outcome, FILE *out)
{
    size_t better = count_verdict(outcome, VERIFY_BETTER);
    size_t worse = count_verdict(outcome, VERIFY_WORSE);
    fputs(better > 0 && worse > 0 ? "A trade: some figures are better, some worse.\n"
          : better > 0            ? "It helps: nothing is worse.\n"
          : worse > 0             ? "It harms: keep the present setting.\n"
                                  : "No difference: keep the present setting.\n",
          out);
    print_names(outcome, VERIFY_BETTER, "Better:", out);
    print_names(outcome, VERIFY_WORSE, "Worse:", out);
    print_names(outcome, VERIFY_SAME, "No difference that could be seen:", out);
}

/* A change of bytes on so many machines: "1.2 GiB [1.1 GiB, 1.3 GiB]". */
static void print_bytes(const struct verify_row *row, double machines, FILE *out)
{
    char mid[FIGURE_LENGTH], lo[FIGURE_LENGTH], hi[FIGURE_LENGTH];
    double sign = row->ratio.mid > 1 ? -machines : machines, present = row->present;
    double a = sign * present * (1 - row->ratio.lo), b = sign * present * (1 - row->ratio.hi);
    fprintf(out, "%s [%s, %s]", figure(sign * present * (1 - row->ratio.mid), FIGURE_BYTES, mid),
            figure(fmin(a, b), FIGURE_BYTES, lo), figure(fmax(a, b), FIGURE_BYTES, hi));
}

static bool differs(const struct verify_row *row)
{
    return row->verdict == VERIFY_BETTER || row->verdict == VERIFY_WORSE;
}

static void print_savings(const struct verify_plan *plan, const struct verify_outcome *outcome,
                          FILE *out)
{
    const struct verify_row *pss = &outcome->row[TRIAL_PSS];
    const struct verify_row *throughput = &outcome->row[TRIAL_THROUGHPUT];
    double machines = (double)plan->machines;
    if (differs(pss)) {
        fprintf(out, "It %s ", pss->verdict == VERIFY_BETTER ? "saves" : "costs");
        print_bytes(pss, 1, out);
        fprintf(out, " of memory (PSS) with %zu process%s", outcome->present[0].processes,
                outcome->present[0].processes == 1 ? "" : "es");
        if (plan->machines > 1) {
            fprintf(out, "; on %.0f machines that run as many, ", machines);
            print_bytes(pss, machines, out);
        }
        fputs(".\n", out);
    }
    if (differs(throughput) && plan->machines > 1) {
        fprintf(out,
                "Where such requests are what limits them, %.0f machines do the work of %.3g "
                "[%.3g, %.3g].\n",
                machines, machines * throughput->ratio.mid, machines * throughput->ratio.lo,
                machines * throughput->ratio.hi);
    }
}

/* How often each verdict, and why there is none. */
static void print_held(const struct verify_outcome *outcome, FILE *out)
{
    size_t count[4] = {0};
    for (size_t f = 0; f < TRIAL_FIGURES; f++) {
        count[outcome->row[f].prediction]++;
    }
    if (outcome->predictions.nothing[0] != '\0') {
        fprintf(out, "No prediction: %s.\n", outcome->predictions.nothing);
    } else {
        fprintf(out, "Predictions: %zu held, %zu missed, %zu not decided.\n",
                count[PREDICTION_HELD], count[PREDICTION_MISSED], count[PREDICTION_OPEN]);
    }
}

/* A count that is 0 has no ratio and no verdict: errors are said. */
static void print_errors(const struct verify_outcome *outcome, FILE *out)
{
    const struct verify_row *row = &outcome->row[TRIAL_ERRORS];
    if (row->proposed > row->present) {
        fprintf(out, "More errors of the load in a start: %.3g as it is, %.3g with it.\n",
                row->present, row->proposed);
    }
}

void verify_conclude(const struct verify_plan *plan, const struct verify_outcome *outcome,
                     FILE *out)
{
    print_decision(outcome, out);
    if (outcome->remark.text[0] != '\0') {
        fprintf(out, "But: %s.\n", outcome->remark.text);
    }
    print_errors(outcome, out);
    print_savings(plan, outcome, out);
    print_held(outcome, out);
}

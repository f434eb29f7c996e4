/* A proposed setting against the present one, on the real program: pairs of trials, in random order
 * within each, and what their ratios say. */
#ifndef HEAPDYNO_BENCH_VERIFY_H
#define HEAPDYNO_BENCH_VERIFY_H

#include <stdio.h>

#include "bench/report/report_text.h"
#include "bench/report/stats.h"
#include "bench/verify/prediction.h"

enum { VERIFY_PAIRS_MIN = 5, VERIFY_PAIRS_MAX = 40 };

struct verify_plan {
    struct trial_plan trial;
    const struct proposal *proposal;
    uint64_t for_ns;   /* how long each setting is to be under load in all; decides the pairs */
    size_t pairs;      /* as asked for; 0: by for_ns */
    size_t workers;    /* how many there should be; 0: any */
    uint64_t machines; /* for what it saves */
    uint64_t seed;
    const struct watched
        *predicted; /* cells of a watch to predict from; NULL: the present trials */
    size_t predicted_count;
};

enum verify_verdict { VERIFY_UNKNOWN, VERIFY_SAME, VERIFY_BETTER, VERIFY_WORSE };

/* One figure: geometric means, and proposed over present. */
struct verify_row {
    double present, proposed;
    struct interval ratio;
    enum verify_verdict verdict;
    enum prediction_verdict prediction;
    double missed_by; /* PREDICTION_MISSED: 0.12 is 12 % more than the nearest bound */
};

struct verify_outcome {
    size_t pairs;
    struct trial present[VERIFY_PAIRS_MAX], proposed[VERIFY_PAIRS_MAX];
    struct verify_row row[TRIAL_FIGURES];
    size_t judged; /* rows with a verdict: each interval holds at 1 − 5 % / judged */
    struct predictions predictions;
    struct error remark; /* why the proposed setting did not reach the program; "": it did */
};

/* What a figure is, for tables. */
struct trial_figure_info {
    const char *name;
    enum figure_form form;
    enum { LESS_IS_BETTER, MORE_IS_BETTER, NEITHER_IS_BETTER } sense;
};

extern const struct trial_figure_info trial_figures[TRIAL_FIGURES];

/* Make the trials; progress goes to stderr. False with the reason, and what was measured stays. */
bool verify_run(const struct verify_plan *plan, struct verify_outcome *out, struct error *error);

/* Verdicts from what is in present[] and proposed[]: all figures together are wrong with 5 %; and
 * whether predictions[] held. */
void verify_judge(struct verify_outcome *outcome);

/* What the rows mean, in sentences, one a line: for whom to decide, what it saves on the machines of
 * the plan, whether predictions held. */
void verify_conclude(const struct verify_plan *plan, const struct verify_outcome *outcome,
                     FILE *out);

/* The tables, what they mean, what to paste. */
void verify_print(const struct verify_plan *plan, const struct verify_outcome *outcome, FILE *out);

/* The table as verify.tsv in the folder of the run, for programs. */
bool verify_tsv(const struct verify_plan *plan, const struct verify_outcome *outcome,
                struct error *error);

/* The same as one page for someone who decides, verify.html in the folder of the run. */
bool verify_page(const struct verify_plan *plan, const struct verify_outcome *outcome,
                 struct error *error);

#endif

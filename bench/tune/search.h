/* The search: successive halving (Karnin, Koren and Somekh, 2013; Jamieson and Talwalkar, 2016).
 *
 *   pilot    the default alone: what one sample costs, hence how many settings can be afforded
 *   rungs    every surviving setting and the default, interleaved; the better half survives and is
 *            measured twice as often in the next
 *   confirm  the finalists, the default and the Pareto front by then, all with fresh samples
 *
 * What is printed and decided rests on the fresh samples only: those that chose a setting flatter
 * it. Settings are ranked by the logarithm of the figure to minimise, against the default's, plus a
 * penalty for each goal that they miss.
 *
 * Not good at: a setting whose first sample is far off by chance; it may be dropped in the first
 * rung. The search measures through a struct measurer, so that it can be tested without time. */
#ifndef HEAPDYNO_BENCH_TUNE_SEARCH_H
#define HEAPDYNO_BENCH_TUNE_SEARCH_H

#include "bench/tune/samples.h"

enum {
    SEARCH_PILOT = 3,
    SEARCH_FINALISTS = 3,
    SEARCH_FRONT = 8,    /* most members of the front that are confirmed */
    SEARCH_LEVELS = 5,   /* sizes of the grid to choose from */
    SEARCH_TIMES_MAX = 8 /* samples of a setting in one rung */
};

/* What to measure: each of setting[count] `times` times, interleaved. */
struct batch {
    const size_t *setting;
    size_t count, times;
};

/* Measures settings and appends what it saw.
 *   measure   a batch; appends to samples->of[…], or
 *             fills its `gone`. False: nothing can be measured any more
 *   used      seconds that all samples so far took */
struct measurer {
    void *self;
    bool (*measure)(void *self, const struct batch *batch, struct tune_samples *samples,
                    struct error *error);
    double (*used)(void *self);
};

struct search {
    struct measurer measurer;
    const struct goals *goals;
    enum tune_metric minimise;
    bool batch;                  /* settings whose trash grows without end may be named */
    const bool *endless;         /* [settings]: collection is off */
    const unsigned *distance;    /* [settings]: from the default, which is setting 0 */
    size_t level[SEARCH_LEVELS]; /* how many settings each size of the grid has, ascending */
    size_t levels;
    double budget_s;
    /* Fresh samples of each: wanted; where the budget is small; where it leaves room. */
    size_t confirm, confirm_least, confirm_most;
    void (*note)(void *self, const char *text); /* progress, one line; NULL: silent */
};

enum search_verdict {
    SEARCH_NAMED,       /* `chosen` is better than the default */
    SEARCH_NOTHING,     /* the default meets the goals and nothing is surely better */
    SEARCH_CANNOT_TELL, /* the default misses a goal; what meets it is not surely apart from it */
    SEARCH_NONE_MEETS   /* no setting meets the goals; `chosen` is the nearest */
};

struct search_result {
    enum search_verdict verdict;
    size_t searched;        /* settings, of those that there were */
    size_t measured;        /* samples */
    unsigned fresh;         /* first round of the fresh samples */
    size_t chosen;          /* 0 (the default) when nothing else came near */
    size_t runner_up;       /* the next best that meets the goals; 0: none but the default */
    size_t confirmed_count; /* settings with fresh samples, the default first */
    size_t confirmed[SEARCH_FRONT + SEARCH_FINALISTS + 1];
    bool on_front[SEARCH_FRONT + SEARCH_FINALISTS + 1]; /* of confirmed[…] */
};

/* False with the reason: the measurer gave up, the default cannot be measured, or the budget does
 * not hold the smallest grid. `samples` is open, with place for every setting. */
bool search_run(const struct search *self, struct tune_samples *samples, struct search_result *out,
                struct error *error);

/* Whether a setting leaves more trash the longer the program runs. */
bool search_endless(const struct search *self, const struct tune_samples *samples, size_t setting,
                    unsigned from);

/* The figures of the front: time, RSS and p99 pause. */
enum { SEARCH_FIGURES = 3 };
extern const enum tune_metric search_figures[SEARCH_FIGURES];

/* Mark which of setting[count] no other dominates in time, RSS and p99 pause (medians from round
 * `from` on). */
void search_front(const struct tune_samples *samples, unsigned from, const size_t *setting,
                  size_t count, bool *on_front);

/* The last step: verdict, chosen and runner-up from the fresh samples of confirmed[…].
 *   rank  [settings]: ranks before the fresh samples, smaller is better */
void search_decide(const struct search *self, const struct tune_samples *samples,
                   const double *rank, struct search_result *out);

#endif

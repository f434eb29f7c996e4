/* Goals as people write them: "p99_pause<10ms, rss<+5%". A goal bounds one figure from above or
 * below, by a value (10ms, 512M) or by a change against the default setting (+5%, -10%). What can be
 * refused before anything is measured is refused here: unknown figures, units that cannot be, goals
 * that exclude each other. */
#ifndef HEAPDYNO_BENCH_TUNE_GOAL_H
#define HEAPDYNO_BENCH_TUNE_GOAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "bench/report/report_text.h"

/* The figures that tuning knows; each sample has all of them. */
enum tune_metric {
    TUNE_TIME,
    TUNE_RSS,
    TUNE_P99_PAUSE,
    TUNE_MAX_PAUSE,
    TUNE_TRASH,
    TUNE_THROUGHPUT,
    TUNE_METRICS
};

struct tune_metric_info {
    const char *name;   /* as goals write it */
    const char *field;  /* of the record, as SQLite's JSON functions write it */
    const char *values; /* examples of a value with its unit, for messages */
    enum figure_form form;
    bool more_is_better;
    bool of_pauses; /* nothing to be had from a trace */
};

extern const struct tune_metric_info tune_metrics[TUNE_METRICS];

struct goal {
    enum tune_metric metric;
    bool above;    /* the figure is to lie above the bound, not below */
    bool relative; /* bound is a ratio to the default's figure: 1.05 */
    double bound;
    char text[48]; /* as written, without blanks */
};

enum { GOALS_MAX = 16 };

struct goals {
    size_t count;
    struct goal goal[GOALS_MAX];
};

/* Read a list, separated by commas; "" is no goal. On failure the message names what is legal. */
bool goals_parse(const char *text, struct goals *out, struct error *error);

/* Refuse goals that a trace cannot answer. */
bool goals_check_trace(const struct goals *self, struct error *error);

/* How far a figure is beyond the bound: 0 when the goal is met, else the logarithm of figure over
 * bound, or of bound over figure. `reference` is the default's figure. */
double goal_excess(const struct goal *self, double figure, double reference);

/* The metric of that name; TUNE_METRICS if there is none. */
enum tune_metric tune_metric_find(const char *name);

#endif

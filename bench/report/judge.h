/* Is run B worse than run A? Counts first, which are exact, then memory and times by intervals.
 *
 * An exact figure is judged in each cell by itself. Memory and times have one row over all cells
 * (geometric mean of ratios) and one for each cell, and many rows would raise many false alarms: so
 * the intervals are widened until all of them hold together at the confidence asked for (Bonferroni).
 * Half of the error goes to the rows over all cells, half to the cells; of one cell there is one
 * row. What a row shows is what its verdict rests on. Reasons and measured rates: docs/statistics.md.
 * Not good at drift: runs that were not interleaved differ by what the machine did in between. */
#ifndef HEAPDYNO_BENCH_JUDGE_H
#define HEAPDYNO_BENCH_JUDGE_H

#include "bench/report/report_data.h"
#include "bench/report/report_table.h"

enum judge_verdict { JUDGE_SAME, JUDGE_REGRESSION, JUDGE_UNDECIDED };

/* What can be judged. */
struct judge_figure {
    const char *name;  /* as --metrics takes it: the field of the record; generations share one */
    const char *label; /* as the table has it */
    enum metric metric;
    bool usual; /* judged unless --metrics says otherwise */
};

size_t judge_figure_count(void);
const struct judge_figure *judge_figure_at(size_t index);

enum { JUDGE_FIGURES_MAX = 32 };

struct judge_rules {
    double tolerance;  /* how much worse is still no regression: 0.03 = 3 % */
    double confidence; /* of all intervals together */
    bool every_cell;   /* each cell must be decided, not only all of them together */
    bool figure[JUDGE_FIGURES_MAX];
};

/* The usual figures, 95 %. */
struct judge_rules judge_rules_usual(double tolerance);

/* Read a list of figures, "run_ns,requests"; `times` and `counts` stand for all of a kind. */
bool judge_rules_figures(struct judge_rules *self, const char *list, struct error *error);

/* One row: a figure in one cell, or over all cells (cell NULL). */
struct judgement {
    const struct judge_figure *figure;
    const struct report_group *cell; /* in A; NULL: over all cells that both have */
    size_t cells;                    /* how many the row speaks of */
    bool exact;
    bool decisive;            /* undecided, it leaves the whole undecided */
    double before, after;     /* medians; NAN over all cells */
    struct interval ratio;    /* b over a; exact: never known */
    size_t n_before, n_after; /* processes, the fewest of a cell */
    enum judge_verdict verdict;
};

struct judging {
    struct judgement *row; /* exact ones first; over all cells before single cells */
    size_t rows;
    size_t cells;               /* that both runs have */
    double decisive_confidence; /* of the interval of each decisive row, */
    double single_confidence;   /* and of each other: all hold together as asked */
    bool no_times; /* a time was to be judged, and no cell has a trusted one in both runs */
    size_t undecided_cells; /* rows of single cells that cannot tell */
    enum judge_verdict verdict;
};

void judge_runs(const struct report *a, const struct report *b, const struct judge_rules *rules,
                struct judging *out);
void judging_close(struct judging *self);

const char *judge_verdict_name(enum judge_verdict verdict);

/* Rows as a table, closed by the caller: of the exact ones those that differ; of the measured ones
 * all (`whole`), or those over all cells and the cells that differ. */
void judging_table(const struct judging *self, bool whole, struct table *out);

#endif

/* Two runs side by side: counts first, which are exact, then memory and times, by intervals. */
#ifndef HEAPDYNO_BENCH_REPORT_COMPARE_H
#define HEAPDYNO_BENCH_REPORT_COMPARE_H

#include "bench/report/report_data.h"
#include "bench/report/report_table.h"

enum compare_verdict { COMPARE_SAME, COMPARE_REGRESSION, COMPARE_UNDECIDED };

/* One figure over all cells that both runs have. */
struct compare_figure {
    enum metric metric;
    const char *name;
    size_t cells;          /* in which both have it */
    size_t differ;         /* counts: cells in which they are not equal */
    struct interval ratio; /* b over a, geometric mean; counts: no interval needed */
    enum compare_verdict verdict;
};

enum { COMPARE_FIGURES = 8 };

struct comparison {
    size_t cells; /* that both runs have */
    struct compare_figure figure[COMPARE_FIGURES];
    enum compare_verdict verdict; /* the worst of the figures: regression, undecided, same */
};

/* Judge b against a: worse by more than `tolerance` (0.03 = 3 %) is a regression. A count is judged
 * cell by cell; memory and time by the interval over all cells: wholly above is a regression,
 * wholly below none, across it undecided. */
void compare_runs(const struct report *a, const struct report *b, double tolerance,
                  struct comparison *out);

/* The figures as a table, and the cells in which one differs. Closed by the caller. */
void compare_table(const struct comparison *comparison, struct table *out);
void compare_cells(const struct report *a, const struct report *b, struct table *out);

const char *compare_verdict_name(enum compare_verdict verdict);

#endif

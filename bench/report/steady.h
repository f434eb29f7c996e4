/* Whether a run had reached a steady state: tested, not assumed.
 *
 * Resident memory, time per operation and trash found per operation are looked at over the blocks of
 * a process (RAW.blocks.tsv), its first quarter left out; run time over the repetitions, in the order
 * in which they were made. A slope is Theil and Sen's, and what is said is the change over what was
 * looked at, in parts of its median. Not steady is what changes by more than STEADY_LIMIT and whose
 * 95 % interval does not hold 0: over the processes where there are three or more, else of the one
 * process (Kendall's). Trends only: a saw that returns where it began is steady. */
#ifndef HEAPDYNO_BENCH_STEADY_H
#define HEAPDYNO_BENCH_STEADY_H

#include "bench/report/report_data.h"
#include "bench/report/report_table.h"

#define STEADY_LIMIT 0.05

enum { STEADY_BLOCKS_MIN = 6, STEADY_REPS_MIN = 6, STEADY_TEXT = 64, STEADY_LINES = 5 };

enum steady_series { STEADY_RSS, STEADY_TIME, STEADY_TRASH, STEADY_ORDER, STEADY_SERIES };

/* Changes as ratios: 1.30 grew by 30 % over what was looked at; NAN: nothing to look at. */
struct steady {
    struct interval change[STEADY_SERIES];
    size_t processes; /* whose blocks could be read */
};

void steady_of(const struct report *report, const struct report_group *group, struct steady *out);

/* "steady", "not steady: RSS, time", or "–" when there are too few blocks to tell. */
const char *steady_text(const struct steady *self, char text[STEADY_TEXT]);

/* Anything of it is not steady. */
bool steady_fails(const struct steady *self);

/* A line for each of the cells that are not steady, the first few of them: `name` is the run's. */
void steady_print(const struct report *report, const char *name, FILE *out);

/* Every cell and its changes. */
void table_steady(const struct report *report, struct table *out);

#endif

/* An experiment answers one question that users ask: a plan (bench/plans/NAME.ini) says what is
 * measured, and the function below turns the records into a table, plots and a paragraph that says
 * what they mean. One file, one const table at its end, one line in list.def.
 *
 * Everything that is said is computed from the records, with its interval; where intervals overlap,
 * or there are too few processes for one, the sentence says so. Stands after the record: knows
 * nothing of the runtime. */
#ifndef HEAPDYNO_BENCH_EXPERIMENT_H
#define HEAPDYNO_BENCH_EXPERIMENT_H

#include "base/error.h"
#include "bench/report/plots.h"
#include "bench/report/report_data.h"
#include "bench/report/report_table.h"

struct experiment_output;
struct grid_study;

struct experiment {
    const char *name;        /* [a-z_]+: this file, bench/plans/NAME.ini, the files of its plots */
    const char *question;    /* as users ask it */
    const char *varies;      /* what the plan varies: one line */
    const struct plot *plot; /* drawn after the answer, each by a script of plots/ */
    size_t plots;
    const struct grid_study *grid; /* of grid_answer; NULL: the answer is the experiment's own */
    /* Print tables (experiment_table) and say what they mean (experiment_say).
     *   false  the run holds none of this experiment's cells: the message says which are missing */
    bool (*answer)(const struct experiment *self, const struct report *report,
                   struct experiment_output *out, struct error *error);
};

size_t experiment_count(void);
const struct experiment *experiment_at(size_t index);
const struct experiment *experiment_find(const char *name); /* NULL if there is none */

/* The plan of an experiment: $HEAPDYNO_PLANS/NAME.ini, or beside the program, in path[length]. */
bool experiment_plan(const struct experiment *self, char *path, size_t length, struct error *error);

/* Answer from a finished run (a folder, or its name under results/): on stdout and in
 * RUN/answer.txt, its tables in RUN/tables/, its plots in RUN/plots/. `untrusted`: use disturbed times as well; they are used
 * anyway, and it is said, when most of the timed processes were disturbed.
 *   false  no run, no cells of this experiment, a plot that gnuplot refused */
bool experiment_answer(const struct experiment *self, const char *run, bool untrusted,
                       struct error *error);

/* For the answers ----------------------------------------------------------------------------- */

/* Print a table, keep it as RUN/tables/NAME.txt, and close it; one without rows is closed only. */
void experiment_table(struct experiment_output *out, struct table *table);

/* Add to the paragraph of meaning: whole sentences, wrapped when it is printed. */
__attribute__((format(printf, 2, 3))) void experiment_say(struct experiment_output *out,
                                                          const char *format, ...);

enum { EXPERIMENT_TEXT = 128 };

/* "1.23 MiB [1.10 MiB, 1.31 MiB]", or the middle alone where there is no interval. */
char *experiment_interval(struct interval interval, enum figure_form form,
                          char buffer[EXPERIMENT_TEXT]);

/* A ratio as a change: "−12 % [−15 %, −9.1 %]"; "cannot tell (−1.0 % [−4 %, +2 %])" where the
 * interval holds 1; "−12 %" where there are too few processes for one (the end of the paragraph says
 * so); "not measured". */
char *experiment_change(struct interval ratio, char buffer[EXPERIMENT_TEXT]);

/* One figure of a group, its median with its interval. */
struct interval experiment_figure(const struct report_group *group, enum metric metric);
/* The same of any field ("$.latency_ns_p50"). */
struct interval experiment_field(const struct report *report, const struct report_group *group,
                                 const char *path, enum metric_source source);
/* One figure of `a` over that of `b`. */
struct interval experiment_ratio(const struct report_group *a, const struct report_group *b,
                                 enum metric metric);

/* The value of an option in a canonical SPEC (group->workload_line, ->collector_line) as a number;
 * `off` is 0, a threshold its first part. False when it is not there or no number. */
bool experiment_option(const char *spec, const char *option, double *out);
/* The same as text, in value[length]. */
bool experiment_option_text(const char *spec, const char *option, char *value, size_t length);

/* Groups of one workload's name ("web" for "web:requests=100"). */
bool experiment_is_workload(const struct report_group *group, const char *name);

#endif

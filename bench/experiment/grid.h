/* Programs by settings: what most experiments come to. An experiment says which groups belong to it
 * and what their settings are called; from the same columns come the table, the dots of a plot and
 * the sentences. Every setting stands against the reference setting of the same program. */
#ifndef HEAPDYNO_BENCH_EXPERIMENT_GRID_H
#define HEAPDYNO_BENCH_EXPERIMENT_GRID_H

#include "bench/experiment/experiment.h"
#include "bench/experiment/page.h"

/* A figure: of a field (path), else by a function, else a metric of the report. */
struct grid_column {
    const char *title; /* heading in the table */
    enum metric metric;
    const char *path;          /* "$.metered_ns_p99", or NULL */
    enum metric_source source; /* of the path */
    double (*derive)(const struct report *report, const struct report_group *group); /* or NULL */
    enum figure_form form;
    bool change;      /* the table also has the change against the reference */
    const char *axis; /* title with unit in the plot; NULL: not in it */
    double scale;     /* to that unit */
    bool log;
};

struct grid_row {
    const struct report_group *group;
    const char *program, *setting; /* static, or a label of the report: a plot keeps them */
    double order;                  /* of the settings */
};

struct grid {
    const struct report *report;
    const struct grid_column *column;
    size_t columns;
    struct grid_row *row; /* by program, then by order */
    size_t rows;
    const char *reference; /* setting; its row is found by grid_reference */
};

/* Whether the group belongs to the experiment; then program, setting and order are filled (program
 * is the workload's label already). */
typedef bool grid_take_f(const struct report *report, struct grid_row *row);

/* Take the groups; column[columns] and reference are borrowed. Closed by grid_close. */
void grid_open(struct grid *self, const struct report *report, grid_take_f *take,
               const char *reference);
void grid_close(struct grid *self);

/* The row of this program and setting, NULL: not measured. */
const struct grid_row *grid_find(const struct grid *self, const char *program, const char *setting);
const struct grid_row *grid_reference(const struct grid *self, const struct grid_row *row);

/* A figure of a row, and over that of the reference (both may be unknown: mid NAN). */
struct interval grid_figure(const struct grid *self, const struct grid_row *row,
                            const struct grid_column *column);
struct interval grid_change(const struct grid *self, const struct grid_row *row,
                            const struct grid_column *column);

/* The whole as a table: program, setting, a column each, changes behind their figure. */
void grid_table(const struct grid *self, const char *name, const char *title, const char *note,
                struct experiment_output *out);

/* "PROGRAM: SETTING run time −12 % [..], peak RSS +3 % [..]; SETTING …": every setting that is not
 * the reference, the columns named by `wanted` (NULL-ended titles). */
void grid_say(const struct grid *self, const char *const *wanted, struct experiment_output *out);

/* Rows of dots: settings down, a panel per column with an axis, a series per program. */
bool grid_plot(const struct grid *self, struct plot_page *page);
/* The same for an experiment whose only plot is its grid. */
bool grid_plot_of(struct grid (*open)(const struct report *report), const struct report *report,
                  struct plot_page *page);

#endif

/* Programs by settings: what most experiments come to. An experiment says which groups belong to it
 * and what their settings are called; from the same columns come the table, the dots of a plot and
 * the sentences. Every setting stands against the reference setting of the same program. */
#ifndef HEAPDYNO_BENCH_EXPERIMENT_GRID_H
#define HEAPDYNO_BENCH_EXPERIMENT_GRID_H

#include "bench/experiment/experiment.h"
#include "bench/experiment/page.h"

struct grid;

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

/* Columns that several experiments have. */
extern const struct grid_column grid_time, grid_requests, grid_peak_rss, grid_p99;

enum { GRID_COLUMNS = 8 };

/* What an experiment asks; const, one in its file. */
struct grid_study {
    const char *title, *note;                       /* of the table, which has the plan's name */
    const struct grid_column *column[GRID_COLUMNS]; /* ends at the first NULL */
    const char *reference;            /* setting; NULL: the reference allocator of the report */
    const char *wanted[GRID_COLUMNS]; /* titles of columns for grid_say; none: it says nothing */
    const char *missing;              /* what was not measured, where an answer needs it */
    /* Whether the group belongs to the experiment; then program, setting and order are filled
     * (program is the workload's label already). */
    bool (*take)(const struct report *report, struct grid_row *row);
    bool (*enough)(const struct grid *grid); /* for an answer; NULL: two rows are */
    void (*say)(const struct grid *grid, struct experiment_output *out); /* more; NULL: nothing */
};

struct grid {
    const struct report *report;
    const struct grid_study *study;
    struct grid_row *row; /* by program, then by order */
    size_t rows;
    const char *reference; /* setting; its row is found by grid_reference */
};

/* Take the groups of a study, which is borrowed. Closed by grid_close. */
void grid_open(struct grid *self, const struct report *report, const struct grid_study *study);
void grid_close(struct grid *self);

/* The answer of an experiment that has a study: its table and its sentences. */
bool grid_answer(const struct experiment *self, const struct report *report,
                 struct experiment_output *out, struct error *error);

/* The row of this program and setting, NULL: not measured. */
const struct grid_row *grid_find(const struct grid *self, const char *program, const char *setting);
const struct grid_row *grid_reference(const struct grid *self, const struct grid_row *row);

/* A figure of a row, and over that of the reference (both may be unknown: mid NAN). */
struct interval grid_figure(const struct grid *self, const struct grid_row *row,
                            const struct grid_column *column);
struct interval grid_change(const struct grid *self, const struct grid_row *row,
                            const struct grid_column *column);

/* Rows of dots: settings down, a panel per column with an axis, a series per program. */
bool grid_plot(const struct grid_study *study, const struct report *report, struct plot_page *page);

#endif

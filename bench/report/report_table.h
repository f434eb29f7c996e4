/* A table of text: built once, printed on a terminal, as HTML or as TSV, so that all three say the
 * same. Cells are copied; rows grow as they come. */
#ifndef HEAPDYNO_BENCH_REPORT_TABLE_H
#define HEAPDYNO_BENCH_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "bench/report/report_text.h"
#include "bench/report/stats.h"

enum { TABLE_COLUMNS = 16 };

struct table {
    const char *name;  /* [a-z_]+, an anchor in HTML */
    const char *title; /* borrowed */
    char *note;        /* a sentence under it, or NULL; owned */
    size_t columns;
    const char *heading[TABLE_COLUMNS]; /* borrowed; the first text_columns are left-aligned */
    size_t text_columns;
    size_t cells, capacity; /* cells written so far: rows × columns, the last row may be open */
    char **cell;            /* owned */
};

void table_open(struct table *self, const char *name, const char *title, size_t text_columns,
                const char *const *headings, size_t columns);
void table_close(struct table *self);

/* Say how to read it; replaces what was said. */
__attribute__((format(printf, 2, 3))) void table_note(struct table *self, const char *format, ...);

/* Append one cell. */
void table_text(struct table *self, const char *text);
void table_figure(struct table *self, double value, enum figure_form form);
/* The middle, and behind it the interval: "1.23 [1.10, 1.31]". */
void table_interval(struct table *self, struct interval interval, enum figure_form form);

static inline size_t table_rows(const struct table *self)
{
    return self->cells / self->columns;
}

/* A text cell that repeats the one above it is left blank on a terminal; where the first column
 * changes, a blank line. */
void table_print(const struct table *self, FILE *out);
void table_html(const struct table *self, FILE *out);

#endif

/* Text that goes elsewhere: into HTML, a TSV field, a gnuplot string, a file name; and figures as
 * people read them. Names come from records that anyone may have written, so all of them pass
 * through here. */
#ifndef HEAPDYNO_BENCH_REPORT_TEXT_H
#define HEAPDYNO_BENCH_REPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* & < > " ' become entities, control bytes a blank. */
void text_html(FILE *out, const char *text);

/* One field: tab, newline, other control bytes and " (gnuplot's quote) become a blank or '. */
void text_tsv(FILE *out, const char *text);

/* A single-quoted gnuplot string: nothing in it is expanded; ' is doubled. */
void text_gnuplot(FILE *out, const char *text);

/* A name that stays inside its folder: [A-Za-z0-9._-]+, not starting with a dot. */
bool text_is_file_name(const char *text);

/* For a terminal: control bytes become '?'. */
void text_terminal(FILE *out, const char *text);

/* How a figure is written. Each form writes "–" for NAN. */
enum figure_form {
    FIGURE_COUNT,   /* 1.23 M */
    FIGURE_RATE,    /* 1.23 M/s */
    FIGURE_BYTES,   /* 1.23 MiB */
    FIGURE_NS,      /* 1.23 ms */
    FIGURE_PERCENT, /* 12.3 %, of 0.123 */
    FIGURE_RATIO,   /* 1.23 */
    FIGURE_CHANGE,  /* −12.3 %, of the ratio 0.877 */
};

enum { FIGURE_LENGTH = 32 };

/* Write into buffer[FIGURE_LENGTH]; returns it. */
char *figure(double value, enum figure_form form, char *buffer);

/* Columns that `text` (UTF-8) takes on a terminal. */
size_t text_width(const char *text);

#endif

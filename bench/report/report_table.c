/* Tables of text; see report_table.h. */
#include "bench/report/report_table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

void table_open(struct table *self, const char *name, const char *title, size_t text_columns,
                const char *const *headings, size_t columns)
{
    CHECK(columns > 0 && columns <= TABLE_COLUMNS && text_columns <= columns);
    *self = (struct table){
        .name = name, .title = title, .columns = columns, .text_columns = text_columns};
    for (size_t i = 0; i < columns; i++) {
        self->heading[i] = headings[i];
    }
}

void table_close(struct table *self)
{
    for (size_t i = 0; i < self->cells; i++) {
        free(self->cell[i]);
    }
    free(self->cell);
    free(self->note);
    *self = (struct table){.columns = self->columns};
}

void table_note(struct table *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    free(self->note);
    int length = vasprintf(&self->note, format, arguments);
    va_end(arguments);
    CHECK(length >= 0);
}

void table_text(struct table *self, const char *text)
{
    if (self->cells == self->capacity) {
        self->capacity = self->capacity * 2 + 64;
        self->cell = reallocarray(self->cell, self->capacity, sizeof *self->cell);
        CHECK(self->cell != NULL);
    }
    char *copy = strdup(text);
    CHECK(copy != NULL);
    self->cell[self->cells++] = copy;
}

void table_figure(struct table *self, double value, enum figure_form form)
{
    char buffer[FIGURE_LENGTH];
    table_text(self, figure(value, form, buffer));
}

void table_interval(struct table *self, struct interval interval, enum figure_form form)
{
    char mid[FIGURE_LENGTH], lo[FIGURE_LENGTH], hi[FIGURE_LENGTH], all[3 * FIGURE_LENGTH + 8];
    figure(interval.mid, form, mid);
    if (interval.known) {
        snprintf(all, sizeof all, "%s [%s, %s]", mid, figure(interval.lo, form, lo),
                 figure(interval.hi, form, hi));
    }
    table_text(self, interval.known ? all : mid);
}

static const char *cell_at(const struct table *self, size_t row, size_t column)
{
    return self->cell[row * self->columns + column];
}

static size_t column_width(const struct table *self, size_t column)
{
    size_t width = text_width(self->heading[column]);
    for (size_t row = 0; row < table_rows(self); row++) {
        size_t needed = text_width(cell_at(self, row, column));
        width = needed > width ? needed : width;
    }
    return width;
}

static void print_padding(FILE *out, size_t count)
{
    fprintf(out, "%*s", (int)count, "");
}

static void print_cell(const struct table *self, FILE *out, const char *text, size_t column,
                       size_t width)
{
    size_t padding = width - text_width(text);
    bool left = column < self->text_columns;
    print_padding(out, column > 0 ? 2 : 0);
    print_padding(out, left ? 0 : padding);
    text_terminal(out, text);
    print_padding(out, left && column + 1 < self->columns ? padding : 0);
}

/* Every text cell up to and including `column` is the same as in the row above. */
static bool repeats(const struct table *self, size_t row, size_t column)
{
    for (size_t i = 0; i <= column; i++) {
        if (row == 0 || strcmp(cell_at(self, row, i), cell_at(self, row - 1, i)) != 0) {
            return false;
        }
    }
    return true;
}

void table_print(const struct table *self, FILE *out)
{
    size_t width[TABLE_COLUMNS];
    fprintf(out, "\n%s\n", self->title);
    for (size_t column = 0; column < self->columns; column++) {
        width[column] = column_width(self, column);
        print_cell(self, out, self->heading[column], column, width[column]);
    }
    fputc('\n', out);
    for (size_t row = 0; row < table_rows(self); row++) {
        if (self->text_columns > 1 && row > 0 && !repeats(self, row, 0)) {
            fputc('\n', out);
        }
        for (size_t column = 0; column < self->columns; column++) {
            bool again = column + 1 < self->text_columns && repeats(self, row, column);
            print_cell(self, out, again ? "" : cell_at(self, row, column), column, width[column]);
        }
        fputc('\n', out);
    }
    if (self->note != NULL) {
        text_terminal(out, self->note);
        fputc('\n', out);
    }
}

void table_html(const struct table *self, FILE *out)
{
    fprintf(out, "<div class=\"scroll\"><table id=\"table-%s\">\n<caption>", self->name);
    text_html(out, self->title);
    fputs("</caption>\n<thead><tr>", out);
    for (size_t column = 0; column < self->columns; column++) {
        fputs(column < self->text_columns ? "<th scope=\"col\" class=\"text\">"
                                          : "<th scope=\"col\">",
              out);
        text_html(out, self->heading[column]);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (size_t row = 0; row < table_rows(self); row++) {
        bool first = self->text_columns > 1 && !repeats(self, row, 0);
        fputs(first ? "<tr class=\"group\">" : "<tr>", out);
        for (size_t column = 0; column < self->columns; column++) {
            bool again = column + 1 < self->text_columns && repeats(self, row, column);
            fputs(again                         ? "<td class=\"text again\">"
                  : column < self->text_columns ? "<td class=\"text\">"
                                                : "<td>",
                  out);
            text_html(out, cell_at(self, row, column));
            fputs("</td>", out);
        }
        fputs("</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
    if (self->note != NULL) {
        fputs("<p class=\"note\">", out);
        text_html(out, self->note);
        fputs("</p>\n", out);
    }
}

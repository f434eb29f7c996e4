/* Programs by settings; see grid.h. */
#include "bench/experiment/grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* Programs in the order in which the report has them; settings by their order, then as they come. */
static int by_program(const void *left, const void *right)
{
    const struct grid_row *a = left, *b = right;
    int program = strcmp(a->program, b->program);
    return program != 0 ? program : (a->order > b->order) - (a->order < b->order);
}

void grid_open(struct grid *self, const struct report *report, grid_take_f *take,
               const char *reference)
{
    self->report = report;
    self->reference = reference;
    self->rows = 0;
    self->row = calloc(report->groups + 1, sizeof *self->row);
    CHECK(self->row != NULL);
    for (size_t i = 0; i < report->groups; i++) {
        struct grid_row row = {.group = &report->group[i], .program = report->group[i].workload};
        if (row.group->n[METRIC_RSS_PEAK] > 0 && take(report, &row)) {
            self->row[self->rows++] = row;
        }
    }
    qsort(self->row, self->rows, sizeof *self->row, by_program);
}

void grid_close(struct grid *self)
{
    free(self->row);
    self->row = NULL;
    self->rows = 0;
}

const struct grid_row *grid_find(const struct grid *self, const char *program, const char *setting)
{
    for (size_t i = 0; i < self->rows; i++) {
        if (strcmp(self->row[i].program, program) == 0 &&
            strcmp(self->row[i].setting, setting) == 0) {
            return &self->row[i];
        }
    }
    return NULL;
}

const struct grid_row *grid_reference(const struct grid *self, const struct grid_row *row)
{
    return grid_find(self, row->program, self->reference);
}

struct interval grid_figure(const struct grid *self, const struct grid_row *row,
                            const struct grid_column *column)
{
    if (column->path != NULL) {
        return experiment_field(self->report, row->group, column->path, column->source);
    }
    if (column->derive != NULL) {
        return (struct interval){.mid = column->derive(self->report, row->group)};
    }
    return experiment_figure(row->group, column->metric);
}

struct interval grid_change(const struct grid *self, const struct grid_row *row,
                            const struct grid_column *column)
{
    const struct grid_row *reference = grid_reference(self, row);
    if (reference == NULL) {
        return (struct interval){.mid = NAN};
    }
    if (column->path != NULL) {
        struct sample_pair pair = {
            report_values(self->report, row->group, column->path, column->source),
            report_values(self->report, reference->group, column->path, column->source)};
        struct interval ratio = stats_ratio(&pair, 1, REPORT_SEED);
        free((void *)pair.a.value);
        free((void *)pair.b.value);
        return ratio;
    }
    if (column->derive != NULL) {
        return (struct interval){.mid = grid_figure(self, row, column).mid /
                                        grid_figure(self, reference, column).mid};
    }
    return experiment_ratio(row->group, reference->group, column->metric);
}

/* Table --------------------------------------------------------------------------------------- */

static void add_row(const struct grid *self, const struct grid_row *row, struct table *table)
{
    char text[EXPERIMENT_TEXT];
    table_text(table, row->program);
    table_text(table, row->setting);
    for (size_t c = 0; c < self->columns; c++) {
        const struct grid_column *column = &self->column[c];
        table_interval(table, grid_figure(self, row, column), column->form);
        if (column->change && strcmp(row->setting, self->reference) == 0) {
            table_text(table, "reference");
        } else if (column->change) {
            table_text(table,
                       experiment_interval(grid_change(self, row, column), FIGURE_CHANGE, text));
        }
    }
}

void grid_table(const struct grid *self, const char *name, const char *title, const char *note,
                struct experiment_output *out)
{
    const char *headings[TABLE_COLUMNS] = {"program", "setting"};
    size_t columns = 2;
    for (size_t c = 0; c < self->columns; c++) {
        CHECK(columns + 1 < TABLE_COLUMNS);
        headings[columns++] = self->column[c].title;
        if (self->column[c].change) {
            headings[columns++] = "change";
        }
    }
    struct table table;
    table_open(&table, name, title, 2, headings, columns);
    for (size_t i = 0; i < self->rows; i++) {
        add_row(self, &self->row[i], &table);
    }
    table_note(&table, "%s", note);
    experiment_table(out, &table);
}

/* Words --------------------------------------------------------------------------------------- */

static void say_row(const struct grid *self, const struct grid_row *row, const char *const *wanted,
                    struct experiment_output *out)
{
    char text[EXPERIMENT_TEXT], line[1024] = "";
    size_t used = 0;
    for (size_t w = 0; wanted[w] != NULL; w++) {
        for (size_t c = 0; c < self->columns; c++) {
            if (strcmp(self->column[c].title, wanted[w]) == 0 && used < sizeof line) {
                struct interval change = grid_change(self, row, &self->column[c]);
                used += (size_t)snprintf(line + used, sizeof line - used, "%s%s %s",
                                         used > 0 ? ", " : "", wanted[w],
                                         experiment_change(change, text));
            }
        }
    }
    experiment_say(out, "%s: %s.", row->setting, line);
}

void grid_say(const struct grid *self, const char *const *wanted, struct experiment_output *out)
{
    const char *program = "";
    for (size_t i = 0; i < self->rows; i++) {
        const struct grid_row *row = &self->row[i];
        if (strcmp(row->setting, self->reference) == 0 || grid_reference(self, row) == NULL) {
            continue;
        }
        if (strcmp(row->program, program) != 0) {
            experiment_say(out, "In %s, against %s:", row->program, self->reference);
            program = row->program;
        }
        say_row(self, row, wanted, out);
    }
}

/* Plot ---------------------------------------------------------------------------------------- */

static void put_panel(const struct grid *self, const struct grid_column *column,
                      struct plot_page *page)
{
    for (size_t s = 0; s < page->series.count; s++) {
        size_t lines = 0;
        for (size_t r = 0; r < page->rows.count; r++) {
            const struct grid_row *row = grid_find(self, page->series.name[s], page->rows.name[r]);
            if (row != NULL) {
                lines += page_dot(page, r, s, grid_figure(self, row, column), column->scale);
            }
        }
        plot_block(page, lines);
    }
}

bool grid_plot(const struct grid *self, struct plot_page *page)
{
    char log[2 * TABLE_COLUMNS + 1] = "";
    for (size_t i = 0; i < self->rows; i++) {
        report_names_add(&page->rows, self->row[i].setting);
        report_names_add(&page->series, self->row[i].program);
    }
    if (page->rows.count < 2) {
        return plot_left_out(page, "fewer than two settings were measured");
    }
    for (size_t c = 0; c < self->columns; c++) {
        if (self->column[c].axis != NULL) {
            report_names_add(&page->facets, self->column[c].axis);
            strcat(log, self->column[c].log ? "1 " : "0 ");
            put_panel(self, &self->column[c], page);
        }
    }
    page->palette = "list";
    page_bars(page, log);
    page_note(self->report, page, "");
    return true;
}

bool grid_plot_of(struct grid (*open)(const struct report *report), const struct report *report,
                  struct plot_page *page)
{
    struct grid grid = open(report);
    bool ok = grid_plot(&grid, page);
    grid_close(&grid);
    return ok;
}

/* Programs by settings; see grid.h. */
#include "bench/experiment/grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"

const struct grid_column grid_time = {.title = "time",
                                      .metric = METRIC_RUN_CPU,
                                      .form = FIGURE_NS,
                                      .change = true,
                                      .axis = "processor time (ms)",
                                      .scale = 1e-6};
const struct grid_column grid_requests = {.title = "requests",
                                          .metric = METRIC_REQUESTS,
                                          .form = FIGURE_COUNT,
                                          .change = true,
                                          .axis = "requests (thousands)",
                                          .scale = 1e-3};
const struct grid_column grid_peak_rss = {.title = "peak RSS",
                                          .metric = METRIC_RSS_PEAK,
                                          .form = FIGURE_BYTES,
                                          .change = true,
                                          .axis = "peak RSS (MiB)",
                                          .scale = 1.0 / 1048576.0};
const struct grid_column grid_p99 = {.title = "p99",
                                     .path = "$.metered_ns_p99",
                                     .source = SOURCE_TIME,
                                     .form = FIGURE_NS,
                                     .change = true,
                                     .axis = "p99 at the rate (ms)",
                                     .scale = 1e-6,
                                     .log = true};

/* Programs in the order in which the report has them; settings by their order, then as they come. */
static int by_program(const void *left, const void *right)
{
    const struct grid_row *a = left, *b = right;
    int program = strcmp(a->program, b->program);
    return program != 0 ? program : (a->order > b->order) - (a->order < b->order);
}

void grid_open(struct grid *self, const struct report *report, const struct grid_study *study)
{
    *self = (struct grid){.report = report, .study = study};
    self->reference = study->reference != NULL ? study->reference : report->allocator;
    self->row = calloc(report->groups + 1, sizeof *self->row);
    CHECK(self->row != NULL);
    for (size_t i = 0; i < report->groups; i++) {
        struct grid_row row = {.group = &report->group[i], .program = report->group[i].workload};
        if (row.group->n[METRIC_RSS_PEAK] > 0 && study->take(report, &row)) {
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
    for (size_t c = 0; self->study->column[c] != NULL; c++) {
        const struct grid_column *column = self->study->column[c];
        table_interval(table, grid_figure(self, row, column), column->form);
        if (column->change && strcmp(row->setting, self->reference) == 0) {
            table_text(table, "reference");
        } else if (column->change) {
            table_text(table,
                       experiment_interval(grid_change(self, row, column), FIGURE_CHANGE, text));
        }
    }
}

static void add_table(const struct grid *self, const char *name, struct experiment_output *out)
{
    const char *headings[TABLE_COLUMNS] = {"program", "setting"};
    size_t columns = 2;
    for (size_t c = 0; self->study->column[c] != NULL; c++) {
        CHECK(columns + 1 < TABLE_COLUMNS);
        headings[columns++] = self->study->column[c]->title;
        if (self->study->column[c]->change) {
            headings[columns++] = "change";
        }
    }
    struct table table;
    table_open(&table, name, self->study->title, 2, headings, columns);
    for (size_t i = 0; i < self->rows; i++) {
        add_row(self, &self->row[i], &table);
    }
    table_note(&table, "%s", self->study->note);
    experiment_table(out, &table);
}

/* Words --------------------------------------------------------------------------------------- */

static const struct grid_column *column_of(const struct grid *self, const char *title)
{
    size_t c = 0;
    while (strcmp(self->study->column[c]->title, title) != 0) {
        c++;
        CHECK(self->study->column[c] != NULL);
    }
    return self->study->column[c];
}

static void say_row(const struct grid *self, const struct grid_row *row,
                    struct experiment_output *out)
{
    char text[EXPERIMENT_TEXT], line[1024] = "";
    size_t used = 0;
    for (size_t w = 0; self->study->wanted[w] != NULL && used < sizeof line; w++) {
        const char *title = self->study->wanted[w];
        used += (size_t)snprintf(
            line + used, sizeof line - used, "%s%s %s", used > 0 ? ", " : "", title,
            experiment_change(grid_change(self, row, column_of(self, title)), text));
    }
    experiment_say(out, "%s: %s.", row->setting, line);
}

/* "In PROGRAM, against REFERENCE: SETTING: run time −12 % [..], peak RSS +3 % [..]." for every setting
 * that is not the reference. */
static void say_changes(const struct grid *self, struct experiment_output *out)
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
        say_row(self, row, out);
    }
}

bool grid_answer(const struct experiment *self, const struct report *report,
                 struct experiment_output *out, struct error *error)
{
    const struct grid_study *study = self->grid;
    struct grid grid;
    grid_open(&grid, report, study);
    bool ok = study->enough != NULL ? study->enough(&grid) : grid.rows > 1;
    if (!ok) {
        error_set(error, "%s: %s; the plan is %s.ini", report->run, study->missing, self->name);
        grid_close(&grid);
        return false;
    }
    add_table(&grid, self->name, out);
    if (study->wanted[0] != NULL) {
        say_changes(&grid, out);
    }
    if (study->say != NULL) {
        study->say(&grid, out);
    }
    grid_close(&grid);
    return true;
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

static bool draw(const struct grid *self, struct plot_page *page)
{
    char log[2 * TABLE_COLUMNS + 1] = "";
    for (size_t i = 0; i < self->rows; i++) {
        report_names_add(&page->rows, self->row[i].setting);
        report_names_add(&page->series, self->row[i].program);
    }
    if (page->rows.count < 2) {
        return plot_left_out(page, "fewer than two settings were measured");
    }
    for (size_t c = 0; self->study->column[c] != NULL; c++) {
        const struct grid_column *column = self->study->column[c];
        if (column->axis != NULL) {
            report_names_add(&page->facets, column->axis);
            strcat(log, column->log ? "1 " : "0 ");
            put_panel(self, column, page);
        }
    }
    page->palette = "list";
    page_bars(page, log);
    page_note(self->report, page, "");
    return true;
}

bool grid_plot(const struct grid_study *study, const struct report *report, struct plot_page *page)
{
    struct grid grid;
    grid_open(&grid, report, study);
    bool ok = draw(&grid, page);
    grid_close(&grid);
    return ok;
}

/* Reading tune.tsv for gnuplot; see tune_plot.h. plots/tune.gp draws: block s of the data is setting
 * s of the legend, the block behind them is what was dropped in an early round. */
#include "bench/tune/tune_plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/report/plots.h"
#include "bench/tune/search.h"

enum { COLUMNS_BEFORE = 5, COLUMNS_ALL = COLUMNS_BEFORE + 3 * TUNE_METRICS, SHOWN = 12 };
enum role { ROLE_DEFAULT, ROLE_NAMED, ROLE_FRONT, ROLE_BEHIND };

/* One line of tune.tsv. */
struct line {
    char *text; /* owned; the columns point into it */
    char *column[COLUMNS_ALL];
};

struct lines {
    size_t count;
    struct line *line;
};

static bool split(char *text, struct line *out)
{
    size_t n = 0;
    for (char *at = text; at != NULL && n < COLUMNS_ALL;) {
        out->column[n++] = strsep(&at, "\t\n");
    }
    out->text = text;
    return n == COLUMNS_ALL;
}

static struct lines read_lines(FILE *file)
{
    struct lines self = {0};
    char *text = NULL;
    size_t room = 0;
    for (size_t n = 0; getline(&text, &room, file) > 0; n++, text = NULL, room = 0) {
        struct line line;
        if (n == 0 || !split(text, &line)) {
            free(text);
            continue;
        }
        self.line = realloc(self.line, (self.count + 1) * sizeof *self.line);
        CHECK(self.line != NULL);
        self.line[self.count++] = line;
    }
    free(text);
    return self;
}

static void free_lines(struct lines *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->line[i].text);
    }
    free(self->line);
}

static bool is(const struct line *self, size_t column)
{
    return atoi(self->column[column]) != 0;
}

/* "time lo hi", MiB or ms. */
static void put(struct plot_page *page, const struct line *line)
{
    static const double scale[SEARCH_FIGURES] = {1e-6, 1.0 / 1048576.0, 1e-6};
    for (size_t i = 0; i < SEARCH_FIGURES; i++) {
        for (size_t k = 0; k < 3; k++) {
            size_t column = COLUMNS_BEFORE + 3 * (size_t)search_figures[i] + k;
            fprintf(page->tsv, "%s%.6g", i + k > 0 ? "\t" : "",
                    strtod(line->column[column], NULL) * scale[i]);
        }
    }
    fputc('\n', page->tsv);
}

static enum role role_of(const struct line *line, size_t index)
{
    return index == 0    ? ROLE_DEFAULT
           : is(line, 4) ? ROLE_NAMED
           : is(line, 3) ? ROLE_FRONT
                         : ROLE_BEHIND;
}

/* Settings with fresh samples: a block and a place in the legend each; then the others. */
static void put_all(const struct lines *lines, struct plot_page *page)
{
    size_t at = 0;
    char roles[2 * SHOWN + 1] = "";
    for (size_t i = 0; i < lines->count; i++) {
        if (is(&lines->line[i], 2) && page->series.count < SHOWN) {
            put(page, &lines->line[i]);
            plot_block(page, 1);
            report_names_add(&page->series, lines->line[i].column[0]);
            at +=
                (size_t)snprintf(roles + at, sizeof roles - at, "%d ", role_of(&lines->line[i], i));
        }
    }
    size_t others = 0;
    for (size_t i = 0; i < lines->count; i++) {
        if (!is(&lines->line[i], 2)) {
            put(page, &lines->line[i]);
            others++;
        }
    }
    plot_block(page, others);
    snprintf(page->set, sizeof page->set, "ROLES = '%s'\n", roles);
    snprintf(
        page->note, sizeof page->note,
        "Black: default, red: chosen, blue: front. Bars: 95 %% bootstrap interval, n = %s fresh "
        "processes. Dots: %zu settings dropped before.",
        lines->count > 0 ? lines->line[0].column[2] : "0", others);
}

/* A report beside the lines of tune.tsv: a builder is given the report. */
struct tune_page {
    struct report report;
    struct lines lines;
};

static bool build(const struct report *report, struct plot_page *page)
{
    const struct tune_page *self = container_of(report, const struct tune_page, report);
    put_all(&self->lines, page);
    page->palette = "list";
    page->height = PLOT_HEAD_FOOT + 340;
    return page->series.count > 0 || plot_left_out(page, "no setting has fresh samples");
}

static bool open_page(struct tune_page *self, const char *folder, struct error *error)
{
    char *path = NULL;
    CHECK(asprintf(&path, "%s/tune.tsv", folder) > 0);
    FILE *file = fopen(path, "re");
    free(path);
    if (file == NULL) {
        return error_set(error, "%.400s holds no search", folder);
    }
    self->lines = read_lines(file);
    fclose(file);
    if (!report_open(folder, true, &self->report, error)) {
        free_lines(&self->lines);
        return false;
    }
    return true;
}

bool tune_plot(const char *folder, const char *workload, const char *command, struct error *error)
{
    char title[256];
    struct tune_page page;
    struct plot_outcome outcome = {.why = {""}};
    snprintf(title, sizeof title, "Settings for %.60s: run time against memory and pauses",
             workload);
    struct plot plot = {"tune", NULL, "tune", title, "", build};
    if (!open_page(&page, folder, error)) {
        return false;
    }
    bool ok = plots_ready(&page.report, error);
    if (ok) {
        plot_draw(&page.report, &plot, command, &outcome);
        ok = outcome.state == PLOT_DRAWN || error_set(error, "%s", outcome.why.text);
    }
    report_close(&page.report);
    free_lines(&page.lines);
    return ok;
}

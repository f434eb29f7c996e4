/* Pages of the plots of experiments; see page.h. */
#include "bench/experiment/page.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { PANEL_HEIGHT = 190, PANEL_HEIGHT_ALONE = 320 };

void page_note(const struct report *report, struct plot_page *page, const char *text)
{
    size_t fewest = SIZE_MAX, most = 0;
    for (size_t i = 0; i < report->groups; i++) {
        size_t n = report->group[i].n[METRIC_RSS_PEAK];
        fewest = n > 0 && n < fewest ? n : fewest;
        most = n > most ? n : most;
    }
    char range[32] = "";
    if (fewest < most) {
        snprintf(range, sizeof range, "%zu to ", fewest);
    }
    snprintf(page->note, sizeof page->note,
             "%.120s Medians, bars: 95 %% bootstrap interval. n = %s%zu process%s each.", text,
             range, most, most == 1 ? "" : "es");
}

void page_panels(struct plot_page *page, const struct page_axes *axes)
{
    size_t rows = page->rows.count > 0 ? page->rows.count : 1;
    bool alone = rows == 1 && page->facets.count <= 2;
    page->x_label = axes->x_label;
    page->height = (unsigned)(PLOT_HEAD_FOOT + rows * (alone ? PANEL_HEIGHT_ALONE : PANEL_HEIGHT));
    snprintf(page->set, sizeof page->set, "LOGX = %d\nLOGY = '%s'\nOFF = %g\nSHARED = %d\n",
             axes->log_x, axes->log_y, axes->off, axes->shared_y);
}

static void put(struct plot_page *page, double at, struct interval value, double scale)
{
    fprintf(page->tsv, "%.6g\t%.6g\t%.6g\t%.6g\n", at, value.mid * scale,
            (value.known ? value.lo : value.mid) * scale,
            (value.known ? value.hi : value.mid) * scale);
}

size_t page_point(struct plot_page *page, double x, struct interval value, double scale)
{
    if (!isfinite(value.mid)) {
        return 0;
    }
    put(page, x, value, scale);
    return 1;
}

void page_bars(struct plot_page *page, const char *log)
{
    size_t row = page->series.count * 13 > PLOT_ROW ? page->series.count * 13 : PLOT_ROW;
    page->height = (unsigned)(PLOT_HEAD_FOOT + 16 + page->rows.count * row);
    snprintf(page->set, sizeof page->set, "LOGX = '%s'\n", log);
}

void page_mark(struct plot_page *page)
{
    size_t used = strlen(page->set);
    snprintf(page->set + used, sizeof page->set - used, "MARK = 1\n");
}

size_t page_dot(struct plot_page *page, size_t row, size_t s, struct interval value, double scale)
{
    double n = (double)page->series.count;
    if (!isfinite(value.mid)) {
        return 0;
    }
    put(page, (double)row + 0.7 * (((double)s + 0.5) / n - 0.5), value, scale);
    return 1;
}

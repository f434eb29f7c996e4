/* Pages of the plots of experiments: what plots/panels.gp and plots/bars.gp need to be told. */
#ifndef HEAPDYNO_BENCH_EXPERIMENT_PAGE_H
#define HEAPDYNO_BENCH_EXPERIMENT_PAGE_H

#include "bench/report/plots.h"

/* Axes of plots/panels.gp: a row of panels per page->rows, a column per page->facets. */
struct page_axes {
    const char *x_label;
    bool log_x;
    const char *log_y; /* "0 1 1": a word per column */
    double off;        /* where x = 0 stands on a logarithmic axis; 0: nowhere */
    bool shared_y;     /* all panels have one range of y */
};

/* Height and axes, once rows, facets and series are known. */
void page_panels(struct plot_page *page, const struct page_axes *axes);

/* The note under a plot: `text`, then how many processes stand behind each figure. */
void page_note(const struct report *report, struct plot_page *page, const char *text);

/* One point with its interval, times `scale`; returns lines written: 0 when there is no figure. */
size_t page_point(struct plot_page *page, double x, struct interval value, double scale);

/* Height and ticks of plots/bars.gp: panels side by side (page->facets), a row per page->rows, a dot
 * per series; blocks as in panels.gp. `log`: a word per panel. */
void page_bars(struct plot_page *page, const char *log);

/* After page_bars: a line at 1, where ratios are shown. */
void page_mark(struct plot_page *page);

/* One dot of series s in row r. */
size_t page_dot(struct plot_page *page, size_t row, size_t s, struct interval value, double scale);

#endif

/* The report as one HTML file that needs nothing else: plots inside as images, tables beside them. */
#ifndef HEAPDYNO_BENCH_REPORT_HTML_H
#define HEAPDYNO_BENCH_REPORT_HTML_H

#include <stdbool.h>

#include "bench/report/plots.h"
#include "bench/report/report_words.h"

/* plots: outcome of each, or NULL when `no_plots` says why there are none. Written beside the
 * records as report.html, by rename. */
bool report_html(const struct report *report, const struct report_words *words,
                 const struct plot_outcome *plots, const char *no_plots, struct error *error);

#endif

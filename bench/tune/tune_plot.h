/* The plot of a search: run time against RSS and against p99 pause, one mark a setting, drawn from
 * tune.tsv. */
#ifndef HEAPDYNO_BENCH_TUNE_PLOT_H
#define HEAPDYNO_BENCH_TUNE_PLOT_H

#include "base/error.h"

/* Draw FOLDER/plots/tune.svg and .png; `command` made the search. False with the reason: no gnuplot, nothing to draw. */
bool tune_plot(const char *folder, const char *workload, const char *command, struct error *error);

#endif

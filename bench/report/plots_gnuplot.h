/* Running gnuplot: an optional program, found on PATH, told where the scripts are. */
#ifndef HEAPDYNO_BENCH_PLOTS_GNUPLOT_H
#define HEAPDYNO_BENCH_PLOTS_GNUPLOT_H

#include <stdbool.h>

#include "base/error.h"

/* gnuplot can be run and plots/style.gp is where it should be: in $HEAPDYNO_PLOTS, or in plots/ or
 * share/heapdyno/plots/ beside the program or in a folder above it. */
bool gnuplot_is_there(struct error *error);

/* Run FOLDER/NAME.plt inside FOLDER; what it complains about is the message. */
bool gnuplot_run(const char *folder, const char *name, struct error *error);

/* Remove what an earlier report left of this plot. */
void gnuplot_remove(const char *folder, const char *name);

#endif

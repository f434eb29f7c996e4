/* What the two halves of the experiment nogc share: growth with collection off (nogc.c), and workers
 * that are forked anew instead (nogc_recycling.c). */
#ifndef HEAPDYNO_BENCH_EXPERIMENT_NOGC_H
#define HEAPDYNO_BENCH_EXPERIMENT_NOGC_H

#include "bench/experiment/experiment.h"
#include "bench/experiment/page.h"

/* Processor time of one request in the phase run, that of forked workers included. */
struct interval nogc_cpu_per_request(const struct report *report, const struct report_group *group);

/* The table of recycled workers and its sentences; nothing when the run has none. */
void nogc_recycling(const struct report *report, struct experiment_output *out);
bool nogc_plot_recycling(const struct report *report, struct plot_page *page);

#endif

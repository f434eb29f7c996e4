/* What a search found, for people: the front, the setting with its evidence, lines to paste. */
#ifndef HEAPDYNO_BENCH_TUNE_PRINT_H
#define HEAPDYNO_BENCH_TUNE_PRINT_H

#include <stdio.h>

#include "bench/tune/search.h"
#include "bench/tune/setting.h"

struct tune_findings {
    const struct search *search;
    const struct settings *settings;
    const struct tune_samples *samples;
    const struct search_result *result;
    const char *workload; /* as it was asked for */
    bool estimated;       /* of a trace */
};

/* The settings that were confirmed, those of the front marked; then the verdict and what follows
 * from it. */
void tune_print(const struct tune_findings *self, FILE *out);

/* One line for each setting that was measured, tab-separated, with a heading; for plots and other
 * programs. Figures of the fresh samples where there are any. */
void tune_print_tsv(const struct tune_findings *self, FILE *out);

#endif

/* Three generations as CPython 3.11 has them: choosing one, collecting one, freezing. What the
 * policies cp311, cp313 and every share; they differ in when they call it. */
#ifndef HEAPDYNO_COLLECTOR_GENERATIONS_H
#define HEAPDYNO_COLLECTOR_GENERATIONS_H

#include "collector/runtime.h"

/* The rows of an option table that generations_open reads. */
#define GENERATIONS_OPTIONS(threshold_fallback)                                                    \
    {.name = "threshold",                                                                          \
     .type = OPTION_COUNTS,                                                                        \
     .fallback = threshold_fallback,                                                               \
     .max = INT32_MAX,                                                                             \
     .help = "gc.set_threshold: net allocations, then young and middle collections; off: never "   \
             "by itself"},                                                                         \
        {.name = "gc",                                                                             \
         .type = OPTION_BOOL,                                                                      \
         .fallback = "on",                                                                         \
         .help = "gc.enable or gc.disable at the start"},                                          \
        {.name = "freeze",                                                                         \
         .type = OPTION_CHOICE,                                                                    \
         .fallback = "never",                                                                      \
         .choices = "never|after_setup|collect_after_setup",                                       \
         .help = "gc.freeze when the setup phase ends, with a full collection before it or not"},  \
    {                                                                                              \
        .name = "freelists", .type = OPTION_CHOICE, .choices = "none|tenfold|unlimited",           \
        .help = "limits of the free lists, for an experiment (unset: CPython's, 80 to 2,000)"      \
    }

/* Set thresholds and switches from options with those rows; others in the table are ignored.
 *   false with the reason when threshold has more than GENERATIONS parts */
bool generations_open(struct runtime *runtime, const struct options *options, struct error *error);

/* The oldest generation whose count exceeds its threshold, or -1. The oldest of all also needs
 * pending ≥ total / 4 long-lived objects; held back, the younger ones are tried. */
int generations_due(const struct runtime *runtime);

/* Collect `generation` with all younger ones: gc_collect_main between its callbacks.
 *   returns  collected + uncollectable; 0 when a collection already runs */
uint64_t generations_collect(struct runtime *runtime, int generation);

void generations_freeze(struct runtime *runtime);
void generations_unfreeze(struct runtime *runtime);

#endif

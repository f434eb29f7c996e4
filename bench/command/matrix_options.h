/* The options that choose cells, shared by the commands run and plan. */
#ifndef HEAPDYNO_BENCH_MATRIX_OPTIONS_H
#define HEAPDYNO_BENCH_MATRIX_OPTIONS_H

#include "bench/command/arguments.h"
#include "bench/run/plan.h"

#define MATRIX_OPTIONS                                                                             \
    {.name = "allocator", .type = OPTION_TEXT, .help = "list of allocators [pymalloc]"},           \
        {.name = "raw", .type = OPTION_TEXT, .help = "list of heaps of the raw domain [malloc]"},  \
        {.name = "collector", .type = OPTION_TEXT, .help = "list of collectors [cp311]"},          \
        {.name = "threshold",                                                                      \
         .type = OPTION_TEXT,                                                                      \
         .help = "list of thresholds (700/10/10, off), for each collector that has them"},         \
        {.name = "workload", .type = OPTION_TEXT, .help = "list of workloads"},                    \
        {.name = "program",                                                                        \
         .type = OPTION_TEXT,                                                                      \
         .help = "list of real Python programs, by name or path"},                                 \
        {.name = "seed", .type = OPTION_TEXT, .help = "list of seeds [1]"},                        \
        {.name = "rate",                                                                           \
         .type = OPTION_TEXT,                                                                      \
         .help = "list of rates at which operations arrive (2000/s) [as fast as they end]"},       \
    {                                                                                              \
        .name = "plugin", .type = OPTION_PATH, .help = "shared object that holds an allocator"     \
    }

struct matrix matrix_of_arguments(const struct arguments *arguments);

/* Whether any of them was given. */
bool matrix_given(const struct matrix *matrix);

/* Add the cells; a workload or a program must be given. With a plugin and no allocator, its own is meant. */
bool matrix_add(struct plan *plan, const struct matrix *matrix, struct error *error);

#endif

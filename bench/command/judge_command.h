/* What compare and gate have in common: both judge run B against run A and exit with the verdict;
 * compare shows what differs, gate shows every row. */
#ifndef HEAPDYNO_BENCH_JUDGE_COMMAND_H
#define HEAPDYNO_BENCH_JUDGE_COMMAND_H

#include <stdbool.h>

#include "bench/command/arguments.h"

enum { JUDGE_OPTIONS = 5 };

extern const struct option judge_options[JUDGE_OPTIONS];

struct judge_command {
    struct usage usage;
    bool whole; /* the verdict first, then every row */
};

int judge_command(const struct judge_command *self, int argc, char **argv);

#endif

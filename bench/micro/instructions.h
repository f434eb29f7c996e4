/* Counting instructions: every case in a process of its own, forked from one that callgrind runs,
 * so that cases do not know of each other and the counts repeat exactly. */
#ifndef HEAPDYNO_BENCH_MICRO_INSTRUCTIONS_H
#define HEAPDYNO_BENCH_MICRO_INSTRUCTIONS_H

#include "bench/micro/case.h"

/* Run each case that matches one of `patterns` (none: all) three times: to warm up, for `length`
 * operations, for twice as many. callgrind writes the costs of the second and the third under
 * labels "NAME OPERATIONS ITEMS"; their difference is what bench/instructions.sh reads.
 *   returns  the exit status: 1 when a case failed, 77 without valgrind's headers */
int instructions_run(void *world, const struct micro_cases *cases, char **patterns, bool quick);

#endif

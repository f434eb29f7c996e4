/* What `heapdyno scenario` and the oracle's program share: reading the file, and saying what went
 * wrong as FILE:LINE: message. Exit status: 0 done, 1 no memory or a failed check, 2 an error. */
#ifndef HEAPDYNO_WORKLOADS_SCENARIO_RUN_H
#define HEAPDYNO_WORKLOADS_SCENARIO_RUN_H

#include "workloads/scenario/machine.h"

enum { SCENARIO_EXIT_OK = 0, SCENARIO_EXIT_FAILED = 1, SCENARIO_EXIT_USAGE = 2 };

/* Read and parse the file ("-": standard input) into an empty program; returns an exit status, and
 * has said on standard error what is wrong. */
int scenario_load(const char *path, struct scenario_program *out);

/* Run an opened machine's program to its end; the same. */
int scenario_execute(struct scenario_machine *machine, const char *path);

#endif

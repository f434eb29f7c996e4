/* Files that a Python program run by us leaves: OUT of its first process, OUT.PID of others. */
#ifndef HEAPDYNO_BENCH_PYTHON_OUTPUT_H
#define HEAPDYNO_BENCH_PYTHON_OUTPUT_H

#include <limits.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"

#define PYTHON_SIGNALS "USR1|USR2|WINCH|URG"

struct python_output {
    const char *command; /* of ours, for messages */
    const char *magic;   /* how its files begin: eight characters */
    const char *noun;    /* what they are called: "trace" */
    char out[PATH_MAX];  /* absolute */
};

/* Make `given` absolute and its place free: an old file of the kind is removed, anything else stays
 * and is refused. Of `self` the first three are given. */
bool python_output_prepare(struct python_output *self, const char *given, struct error *error);

/* Run the program to its end and say which files there are.
 *   nothing  the message when there are none
 *   returns  the program's exit status; EXIT_BAD_RUN when that is 0 and no file is there */
int python_output_run(const struct python_output *self, char **argv, const char *nothing);

/* Environment variables that sitecustomize.py reads. */
void python_set_number(const char *name, uint64_t number);
/* The signal that an option of choices PYTHON_SIGNALS names; 0: unset. */
uint64_t python_signal(const struct option_value *value);

#endif

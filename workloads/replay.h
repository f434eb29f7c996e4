/* Traces as the commands see them: where named ones lie, and what one holds. */
#ifndef HEAPDYNO_WORKLOADS_REPLAY_H
#define HEAPDYNO_WORKLOADS_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

/* Where the trace `file` lies: a path is taken as it is; a bare name (compile, json) is looked for
 * as NAME.trace in $HEAPDYNO_TRACES, then in workloads/traces and share/heapdyno/traces beside the
 * program and the folders above it. */
bool replay_find(const char *file, char *path, size_t length, struct error *error);

/* Print what a trace holds: program, requests by domain, collections by generation as recorded and
 * as its counts demand. Reads all of it: false with the reason when it is damaged. */
bool replay_describe(const char *path, FILE *out, struct error *error);

#endif

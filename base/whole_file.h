/* A file that is written whole or not at all: beside its place first, then renamed into it. What is
 * no ordinary file (/dev/stdout, a pipe) is written to as it is, and never replaced. */
#ifndef HEAPDYNO_BASE_WHOLE_FILE_H
#define HEAPDYNO_BASE_WHOLE_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

enum { WHOLE_FILE_PATH_MAX = 4096 };

struct whole_file {
    FILE *out; /* to write to; not to be closed */
    char path[WHOLE_FILE_PATH_MAX], part[WHOLE_FILE_PATH_MAX + 32];
    bool in_place; /* no ordinary file */
};

/* Open for writing. False with the reason, and nothing is open. */
bool whole_file_open(struct whole_file *self, const char *path, struct error *error);

/* Close, and put it into its place if `keep`; otherwise, or where it cannot be, nothing stays of it.
 *   false   it is not there as it should be, with the reason; also when `keep` is false, which
 *           leaves *error as it is */
bool whole_file_close(struct whole_file *self, bool keep, struct error *error);

#endif

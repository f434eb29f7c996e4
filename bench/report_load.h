/* The records of one run in a database of its own. */
#ifndef HEAPDYNO_BENCH_REPORT_LOAD_H
#define HEAPDYNO_BENCH_REPORT_LOAD_H

#include <sqlite3.h>
#include <stddef.h>

#include "base/error.h"

/* Open the records of a run (a folder, or its name under results/). Views: `latest`, one row per
 * key, and `shown`, those of the machine with the most records.
 *   *folder  its path, new, also on failure
 *   *broken  lines that were no JSON
 *   returns  the database, closed by the caller; NULL with a message */
sqlite3 *report_load(const char *run, char **folder, size_t *broken, struct error *error);

#endif

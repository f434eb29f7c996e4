/* The records of one run in an index of its own. */
#ifndef HEAPDYNO_BENCH_REPORT_LOAD_H
#define HEAPDYNO_BENCH_REPORT_LOAD_H

#include <stdbool.h>

#include "base/error.h"
#include "bench/record/store.h"

/* Open the records of a run, given as report_open takes it. Beside the tables of the store
 * there is `shown`: the records of the machine with the most of them.
 *   *folder  its path, new, also on failure
 *   *added   what was read, refused, replaced
 *   returns  true, then the caller closes the store; false with a message */
bool report_load(const char *run, char **folder, struct store *store, struct store_added *added,
                 struct error *error);

#endif

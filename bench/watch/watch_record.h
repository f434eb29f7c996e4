/* Records of watched processes, and their raw series. */
#ifndef HEAPDYNO_BENCH_WATCH_RECORD_H
#define HEAPDYNO_BENCH_WATCH_RECORD_H

#include "bench/record/journal.h"
#include "bench/watch/watch_print.h"

/* Append its record to the run, and its raw series. False with the reason. */
bool watch_record(const struct watch_process *process, struct journal *journal,
                  struct error *error);

#endif

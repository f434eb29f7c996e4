/* Results of Google Benchmark as records (docs/record.md), one a case and process, so that report,
 * compare, gate and merge --index read them like those of any other run. */
#ifndef HEAPDYNO_BENCH_MICRO_RECORDS_H
#define HEAPDYNO_BENCH_MICRO_RECORDS_H

#include <sqlite3.h>
#include <stdbool.h>

/* Write FOLDER/cells.jsonl, making the folder, which is the run's name; `base` has the view `result`
 * of merge.c. The allocator is the target, the workload "micro:case=NAME", an operation an item.
 * False: not written. */
bool micro_records_write(sqlite3 *base, const char *folder);

#endif

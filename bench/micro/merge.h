/* Files of Google Benchmark, one a process, made one; and the tables over them. */
#ifndef HEAPDYNO_BENCH_MICRO_MERGE_H
#define HEAPDYNO_BENCH_MICRO_MERGE_H

#include <stddef.h>

/* Write the benchmarks of in[count] into one file with the context of the first, which
 * libbenchmark's own tools read, and as records (records.h) into the folder `run`; print times by
 * case and target, and ratios with goals.
 *   returns  the exit status */
int micro_merge(const char *out, const char *run, char **in, size_t count);

#endif

/* How long a plan will take: by the mean time that the same cell took before, else the same
 * workload, else a guess. */
#ifndef HEAPDYNO_BENCH_ESTIMATE_H
#define HEAPDYNO_BENCH_ESTIMATE_H

#include "bench/record/store.h"
#include "bench/run/plan.h"

enum { ESTIMATE_GUESS_NS = 500000000 };

struct estimate {
    uint64_t total_ns;
    size_t known; /* measurements that earlier records speak of */
};

/* Add the newest runs in a folder to an index; what cannot be read is left out. */
void estimate_read_runs(struct store *store, const char *results);

/* `results` is a folder whose sub-folders are runs; it need not exist. */
struct estimate estimate_plan(const struct plan *plan, const char *results);

/* One line on stderr: how many measurements, and how long they will take. */
void estimate_print(const struct plan *plan, const char *results);

#endif

/* What a whole workload spends on collecting, as a side of a comparison; of `web` the other side is
 * web.py. */
#ifndef HEAPDYNO_BENCH_PEERS_COLLECTIONS_H
#define HEAPDYNO_BENCH_PEERS_COLLECTIONS_H

#include "bench/micro/stand.h"
#include "workloads/workload.h"

/* Serve runs of a workload under `collector` (worker.h), each in a new runtime. An item is an object
 * examined by an automatic collection, from the set-up to the end of the phase run; only these
 * collections are timed, and how many there are of each generation must
 * be about the same on the other side.
 *   returns  the exit status */
int collections_serve(const struct stand *stand, const struct workload *workload,
                      const struct options *options, const char *collector);

#endif

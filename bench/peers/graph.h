/* Full collections of a shape as a side of a comparison; the other side is collect.py. */
#ifndef HEAPDYNO_BENCH_PEERS_GRAPH_H
#define HEAPDYNO_BENCH_PEERS_GRAPH_H

#include "bench/micro/stand.h"

/* Serve collections (worker.h) of `shape` with n objects: kind alive, dirty (beside one cycle of
 * garbage, so that no collection can end early) or garbage (the shape itself, built anew each time
 * and held by nothing but a cycle). Only the collections are timed.
 *   returns  the exit status */
int graph_serve(const struct stand *stand, const char *kind, const char *shape, int64_t n);

#endif

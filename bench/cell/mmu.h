/* Minimum mutator utilisation: of all windows of one length, the one that collections leave the
 * least of. MMU(w) is the least share of a window of w ns in which the program ran; BMU(w) the least
 * MMU of that window or any longer one, so that the curve never falls.
 *
 * The time that collections take in [t, t + w] is piecewise linear in t and turns only where an edge
 * of the window meets an edge of a pause: the maximum has its left edge at the begin of a pause, or
 * its right edge at the end of one, or lies at an end of the stretch. Two cursors that only move
 * forward visit every such window: O(P).
 * Source: Cheng and Blelloch 2001; the edges as in Go's internal/trace.
 *
 * Not good at: BMU, which is the envelope of the curve's own windows; between two of them the true
 * one may be lower. */
#ifndef HEAPDYNO_BENCH_MMU_H
#define HEAPDYNO_BENCH_MMU_H

#include <stddef.h>
#include <stdint.h>

#include "bench/cell/pause.h"

/* Pauses that do not overlap, in the order of time, and the stretch that is looked at: what lies
 * outside of [from_ns, to_ns] does not count. */
struct mmu_log {
    const struct pause *pause; /* borrowed, pause[count] */
    size_t count;
    uint64_t from_ns, to_ns; /* from_ns ≤ to_ns */
};

/* The share, 0 to 1, that every window of that length leaves to the program. A window as long as the
 * stretch or longer is the stretch; 1 of an empty one.
 *   window_ns  > 0
 *   *steps     grows by the moves of the cursors: at most 2 for each pause; NULL: not wanted
 */
double mmu_of(const struct mmu_log *log, uint64_t window_ns, uint64_t *steps);

enum {
    MMU_FIRST_NS = 10 * 1000, /* 10 us: shorter windows lie inside of one pause */
    MMU_POINTS_PER_DECADE = 8,
    MMU_POINTS_MAX = 8 * 16,
};

struct mmu_point {
    uint64_t window_ns;
    double mmu, bmu;
};

/* A curve over windows of 10 us to the whole stretch, evenly on a logarithmic axis; the stretch is
 * its last point. None when the stretch is shorter than 10 us.
 *   returns  points written to point[MMU_POINTS_MAX] */
size_t mmu_curve(const struct mmu_log *log, struct mmu_point *point, uint64_t *steps);

#endif

/* Counts of nanoseconds in buckets whose width grows with the value: 128 to each power of two, so
 * that a percentile is off by less than 1 %; the maximum and the sum are exact. Fixed size, no
 * allocation. The idea is HdrHistogram's (Tene). */
#ifndef HEAPDYNO_BENCH_HISTOGRAM_H
#define HEAPDYNO_BENCH_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "bench/record/json.h"

enum {
    HISTOGRAM_BITS = 7,
    HISTOGRAM_BUCKETS = (64 - HISTOGRAM_BITS + 1) << HISTOGRAM_BITS,
};

struct histogram {
    uint64_t count, sum, max;
    uint64_t bucket[HISTOGRAM_BUCKETS];
};

static inline size_t histogram_index(uint64_t value)
{
    if (value < (1u << HISTOGRAM_BITS)) {
        return (size_t)value;
    }
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - HISTOGRAM_BITS;
    return ((size_t)shift << HISTOGRAM_BITS) + (size_t)(value >> shift);
}

/* `count` values that are equal. */
static inline void histogram_add_many(struct histogram *self, uint64_t value, uint64_t count)
{
    if (count > 0) {
        self->count += count;
        self->sum += value * count;
        self->max = value > self->max ? value : self->max;
        self->bucket[histogram_index(value)] += count;
    }
}

static inline void histogram_add(struct histogram *self, uint64_t value)
{
    histogram_add_many(self, value, 1);
}

/* What a value in that bucket is taken for: its middle, below the maximum. */
uint64_t histogram_value(const struct histogram *self, size_t bucket);

/* Count what `other` has as well. */
void histogram_merge(struct histogram *self, const struct histogram *other);

/* The smallest bucket that at least per_mille / 1000 of the values lie in or below, as its middle,
 * never above the maximum. 0 of an empty histogram. */
uint64_t histogram_quantile(const struct histogram *self, unsigned per_mille);

/* PREFIX_p50, _p90, _p99, _p999, _max as fields of an open object; of nothing there are none. */
void histogram_print(const struct histogram *self, const char *prefix, struct json *json);

#endif

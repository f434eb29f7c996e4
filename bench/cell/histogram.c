/* Quantiles of a histogram; see histogram.h. */
#include "bench/cell/histogram.h"

#include <stdio.h>

#include "base/check.h"

void histogram_merge(struct histogram *self, const struct histogram *other)
{
    self->count += other->count;
    self->sum += other->sum;
    self->max = other->max > self->max ? other->max : self->max;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        self->bucket[i] += other->bucket[i];
    }
}

/* The middle of a bucket: the inverse of histogram_index. */
static uint64_t bucket_middle(size_t index)
{
    if (index < (2u << HISTOGRAM_BITS)) {
        return index;
    }
    size_t shift = (index >> HISTOGRAM_BITS) - 1;
    uint64_t low = (uint64_t)(index - (shift << HISTOGRAM_BITS)) << shift;
    return low + ((UINT64_C(1) << shift) - 1) / 2;
}

uint64_t histogram_value(const struct histogram *self, size_t bucket)
{
    uint64_t middle = bucket_middle(bucket);
    return middle < self->max ? middle : self->max;
}

uint64_t histogram_quantile(const struct histogram *self, unsigned per_mille)
{
    uint64_t wanted = (self->count * per_mille + 999) / 1000, seen = 0;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += self->bucket[i];
        if (seen >= wanted && seen > 0) {
            return histogram_value(self, i);
        }
    }
    return 0;
}

void histogram_print(const struct histogram *self, const char *prefix, struct json *json)
{
    static const struct {
        const char *suffix;
        unsigned per_mille;
    } rows[] = {{"p50", 500}, {"p90", 900}, {"p99", 990}, {"p999", 999}};
    char name[64];
    if (self->count == 0) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        snprintf(name, sizeof name, "%s_%s", prefix, rows[i].suffix);
        json_u64(json, name, histogram_quantile(self, rows[i].per_mille));
    }
    snprintf(name, sizeof name, "%s_max", prefix);
    json_u64(json, name, self->max);
}

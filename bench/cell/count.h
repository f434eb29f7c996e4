/* What a counting process carries: taps on its heaps, above the allocators, so that a request which
 * an allocator passes on is counted once. Sizes are rounded up to 16, as a release may round them.
 * Not for timed processes. */
#ifndef HEAPDYNO_BENCH_COUNT_H
#define HEAPDYNO_BENCH_COUNT_H

#include <stdint.h>

#include "allocators/tap.h"

enum {
    COUNT_DOMAINS = 3,                /* obj, mem, raw: enum cell_heap */
    COUNT_SMALL = 32,                 /* classes 16, 32 … 512 */
    COUNT_CLASSES = COUNT_SMALL + 40, /* then 1 KiB, 2 KiB … powers of two */
};

struct count {
    const struct heap *heap[COUNT_DOMAINS]; /* to ask for mapped bytes; NULL: the same as another */
    uint64_t requests[COUNT_DOMAINS];       /* alloc, calloc, and resize(NULL) */
    uint64_t resizes, releases, failures;
    uint64_t bytes_requested; /* as asked for, a resize counts its growth */
    uint64_t live_bytes, live_blocks, live_bytes_peak;
    uint64_t mapped_bytes_peak,
        mapped_at_live; /* mapped bytes are read as live bytes grow by 3 % */
    uint64_t class_allocs[COUNT_CLASSES];
};

struct request_listener count_listener(struct count *self);

/* Read mapped bytes of all heaps now: at phase ends and when live bytes peak. */
void count_read_mapped(struct count *self);

/* Upper bound in bytes of a size class. */
uint64_t count_class_size(unsigned index);

#endif

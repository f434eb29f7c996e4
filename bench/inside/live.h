/* The blocks that are alive, each with the site that asked for it: what tracemalloc keeps. Fed by
 * taps, above the allocators; bytes are rounded up to 16, as in a counted record, so that the sums
 * are its live_bytes and live_blocks. */
#ifndef HEAPDYNO_BENCH_INSIDE_LIVE_H
#define HEAPDYNO_BENCH_INSIDE_LIVE_H

#include "allocators/tap.h"
#include "base/address_map.h"

struct live_block {
    const void *p;  /* NULL: this place is unused, `site` is the next unused one */
    uint64_t bytes; /* rounded up */
    uint32_t site;
    uint32_t type; /* scratch of whoever takes a snapshot */
    uint32_t domain;
};

/* All zero: no blocks. */
struct live {
    struct address_map index; /* of block[], from 1 */
    struct live_block *block;
    size_t top, capacity; /* block[top]: places ever used */
    uint32_t unused;      /* the first unused place, from 1 */
    uint64_t blocks, bytes;
};

/* A finished request; what it gives out is asked for by `site`. A block that is resized keeps the
 * site of its birth. */
void live_hear(struct live *self, const struct request *request, uint32_t site);

/* NULL: no block begins there. */
struct live_block *live_find(const struct live *self, const void *p);
void live_free(struct live *self);

#endif

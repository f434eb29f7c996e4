/* Inside pool: what pool.c (requests) and pool_stats.c (figures and checks) share. Nobody else
 * includes it. */
#ifndef HEAPDYNO_ALLOCATORS_POOL_H
#define HEAPDYNO_ALLOCATORS_POOL_H

#include <assert.h>

#include "allocators/pymalloc.h"

enum {
    MAGAZINE_BYTES = 8 * 1024, /* of blocks */
    MAGAZINE_MAX = 128,         /* blocks */
};

/* Blocks of one class: `base` to `top` are filled, and top never stays at `end`. */
struct magazine {
    void **top;
    void **base;
    void **end;
    size_t unused;
};

static_assert(sizeof(struct magazine) == 2 * HEAP_ALIGNMENT, "magazine_of finds it by size");

struct pool_heap {
    struct magazine magazine[CLASS_COUNT];
    struct pymalloc pools; /* its raw heap refuses all: see pool_refuse */
    struct heap raw;
    bool raw_owned;
    uint64_t raw_blocks;
    uint64_t raw_bytes;          /* each block rounded up to 16 */
    struct heap_methods methods; /* ours; without size_of if raw has none */
    void *slots[CLASS_COUNT * MAGAZINE_MAX];
};

static inline size_t magazine_count(const struct magazine *self)
{
    return (size_t)(self->top - self->base);
}

void pool_stats(void *heap, struct heap_stats *out);
const char *pool_check(void *heap);

#endif

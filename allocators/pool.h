/* Inside pool: what pool.c (requests), pool_pages.c (pools and their lists) and pool_stats.c
 * (figures and checks) share. Nobody else includes it.
 *
 * A pool (pymalloc's, 16 KiB) is in one of five states. In all, a release that brings `used` to zero
 * leads to pool_turn.
 *   current  in current[]: requests of its class pop its list; used: blocks in use
 *   full     in no list, next NULL; used: releases until it is worth using
 *   partial  in the queue of its class; used: blocks in use
 *   empty    in its arena's list, or given back with it; used: 0
 *   virgin   in an arena, never touched */
#ifndef HEAPDYNO_ALLOCATORS_POOL_H
#define HEAPDYNO_ALLOCATORS_POOL_H

#include <assert.h>

#include "allocators/pymalloc.h"

enum {
    BLOCK_MAX = 2048, /* a larger request goes to the raw heap */
    STEPS = BLOCK_MAX / HEAP_ALIGNMENT,
    FINE_CLASSES = SMALL_MAX / HEAP_ALIGNMENT, /* 16 bytes apart; above, four in each doubling */
    BLOCK_CLASSES = FINE_CLASSES + 8,
    BLOCKS_START = 64, /* in a pool, behind its header: blocks of 64 bytes are lines of cache */
};

static_assert((int)BLOCK_CLASSES <= (int)HEAP_CLASSES_MAX, "heap_stats has room for all");
static_assert((int)BLOCKS_START >= (int)POOL_HEADER, "the header fits");

struct pool_heap {
    struct pool *current[STEPS];      /* by size; the queue's head stands where there is none */
    struct pool queue[BLOCK_CLASSES]; /* heads of rings of partial pools; they have no blocks */
    struct pymalloc pools;            /* its arenas, nothing else */
    struct heap raw;
    bool raw_owned;
    uint64_t raw_blocks;
    uint64_t raw_bytes;          /* each block rounded up to 16 */
    struct heap_methods methods; /* ours; without size_of if raw has none */
};

/* The place of a size of 1 to 2048 in current[]. */
static inline size_t step_of(size_t size)
{
    return (size - 1) / HEAP_ALIGNMENT;
}

static inline uint32_t block_size(uint32_t class)
{
    uint32_t coarse = class - FINE_CLASSES;
    return class < FINE_CLASSES ? (class + 1) * HEAP_ALIGNMENT
                                : (5 + coarse % 4) * (SMALL_MAX / 4) << coarse / 4;
}

/* The class of a size of 1 to 2048. */
static inline uint32_t block_class(size_t size)
{
    if (size <= SMALL_MAX) {
        return (uint32_t)step_of(size);
    }
    uint32_t doubling = size > 2 * SMALL_MAX;
    return FINE_CLASSES + 4 * doubling + ((uint32_t)(size - 1) >> (7 + doubling)) % 4;
}

/* Releases that make a full pool worth using: at most so many of its blocks lie idle. */
static inline uint32_t worth(const struct pool *pool)
{
    return pool->capacity >= 16 ? pool->capacity / 8 : 1;
}

static inline bool is_current(const struct pool_heap *self, const struct pool *pool)
{
    return self->current[step_of(block_size(pool->class))] == pool;
}

/* `pool` is current for the size and has no free block linked: link its next, or make another pool
 * current that has some. Returns the current pool; NULL: no memory. */
struct pool *pool_renew(struct pool_heap *self, struct pool *pool, size_t size);

/* A pool's `used` has fallen to zero. */
void pool_turn(struct pool_heap *self, struct pool *pool);

/* Start without pools. */
void pool_prepare(struct pool_heap *self);

/* Give back what is not used: current pools without blocks in use, the pages of empty ones. */
void pool_trim_pages(struct pool_heap *self);

void pool_stats(void *heap, struct heap_stats *out);
const char *pool_check(void *heap);

#endif

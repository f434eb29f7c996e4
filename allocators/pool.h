/* Inside pool: what pool.c (requests), pool_pages.c (pools of a class), pool_arena.c (memory) and
 * pool_stats.c (figures and checks) share. Nobody else includes it.
 *
 *   block   what a request gets; all blocks of a pool have one size, 16 to 1024
 *   pool    16 KiB at a multiple of 16 KiB, nothing but blocks; its number is its place
 *   arena   64 pools, committed and given back together
 *   region  the address range in which all arenas of a heap lie, and before them its tables
 *
 * A pool is in one of five states. In all, a release that brings its count to zero leads to pool_turn.
 *   current  its class is served from it; count: blocks in use or ready
 *   full     in no list, next 0; count: releases until it is worth using
 *   partial  in the ring of its class; count: blocks in use
 *   idle     its bit is set in its arena; count: 0
 *   absent   its arena has no memory */
#ifndef HEAPDYNO_ALLOCATORS_POOL_H
#define HEAPDYNO_ALLOCATORS_POOL_H

#include "allocators/allocator.h"
#include "allocators/annotate.h"

enum {
    SMALL_MAX = 512,  /* class c has blocks of 16 c bytes up to here; above, four in a doubling */
    BLOCK_MAX = 1024, /* a larger request goes to the raw heap */
    FINE_CLASSES = SMALL_MAX / HEAP_ALIGNMENT,
    BLOCK_CLASSES = FINE_CLASSES + 4, /* the last class */
    CLASS_NONE = 0,                   /* of a pool whose blocks were never laid out */

    POOL_SIZE = 16 * 1024,
    ARENA_POOLS = 64, /* bits of a word */
    ARENA_SIZE = ARENA_POOLS * POOL_SIZE,
    ARENAS = 64 * 1024, /* 64 GiB: more than any machine we run on has memory */
    POOLS = ARENAS * ARENA_POOLS,
};

/* What requests do not need of a pool. */
struct pool {
    uint32_t next, prev; /* partial: neighbours in the ring of its class */
    uint16_t carved;     /* blocks linked so far */
    uint16_t capacity;   /* blocks */
    uint16_t worth;      /* full: when so many are free it is worth using; fewer lie idle */
    uint8_t class;
};

/* A bit for each pool. */
struct arena {
    uint64_t idle;
    uint64_t held; /* current ones */
};

/* A bit for each of 64 arenas. */
struct arena_group {
    uint64_t mapped; /* they have memory */
    uint64_t open;   /* they have idle pools */
};

/* The start of the region. Tables have a place for every pool, touched as far as pools are. What
 * requests touch comes first, where the shortest instructions reach it; the first numbers are those
 * of the tables' own pages, so of no pool, and there `free` has the lists of the classes. */
struct pool_heap {
    void *free[POOLS]; /* of a class: what is handed out next; of a pool: released, last first */
    uint32_t count[POOLS]; /* see above */
    struct pool pool[POOLS];

    uint32_t current[BLOCK_CLASSES + 1]; /* the pool of a class; its ring where there is none */
    uint32_t pools[BLOCK_CLASSES + 1];   /* not idle, of a class */
    uint32_t arena_limit;
    uint32_t arena_end; /* behind the last arena that ever had memory */
    uint32_t spare;     /* arenas whose pools are all idle */
    uint32_t keep;      /* so many may stay */
    uint32_t keep_most;
    uint32_t gone;      /* given back and not needed again so far */
    uint32_t gone_last; /* of these, since `keep` changed */
    uint64_t arenas_now, arenas_highwater, arenas_total;
    struct heap raw;
    bool raw_owned;
    uint64_t raw_blocks;
    uint64_t raw_bytes;          /* each block rounded up to 16 */
    struct heap_methods methods; /* ours; without size_of if raw has none */

    struct arena_group group[ARENAS / 64];
    struct arena arena[ARENAS];
};

enum {
    ARENA_FIRST = (sizeof(struct pool_heap) + ARENA_SIZE - 1) / ARENA_SIZE, /* behind the tables */
    POOL_FIRST = ARENA_FIRST * ARENA_POOLS,
    RINGS = POOL_FIRST - ARENA_POOLS, /* of no pool either: heads of the rings, by class */
};

static inline uint32_t block_size(uint32_t class)
{
    return class <= FINE_CLASSES
               ? class * HEAP_ALIGNMENT
               : SMALL_MAX + (class - FINE_CLASSES) * ((BLOCK_MAX - SMALL_MAX) / 4);
}

/* The class of a size of 1 to 512. */
static inline size_t fine_class(size_t size)
{
    return (size + HEAP_ALIGNMENT - 1) / HEAP_ALIGNMENT;
}

/* The class of a size of 513 to 1024. */
static inline size_t coarse_class(size_t size)
{
    return FINE_CLASSES + (size - SMALL_MAX + 127) / 128;
}

/* The class of a size that is not 0; 0: it is raw. */
static inline size_t size_class(size_t size)
{
    if (size <= SMALL_MAX) {
        return fine_class(size);
    }
    return size <= BLOCK_MAX ? coarse_class(size) : 0;
}

/* The number of the pool that a block lies in; of what lies elsewhere, one that is no pool's. */
static inline size_t pool_number(const struct pool_heap *self, const void *block)
{
    return ((uintptr_t)block - (uintptr_t)self) / POOL_SIZE;
}

static inline char *pool_address(const struct pool_heap *self, uint32_t number)
{
    return (char *)self + (size_t)number * POOL_SIZE;
}

static inline uint64_t bit_of(uint32_t number)
{
    return (uint64_t)1 << number % 64;
}

static inline struct arena *arena_of(struct pool_heap *self, uint32_t number)
{
    return &self->arena[number / ARENA_POOLS];
}

static inline bool is_current(const struct pool_heap *self, uint32_t number)
{
    return self->current[self->pool[number].class] == number;
}

/* Serve a request of a class that has nothing ready: from its current pool, or another, which becomes
 * current. Class 0: size 0, as the smallest. NULL: no memory. */
void *pool_renew(struct pool_heap *self, size_t size, size_t class);

/* The count of a pool has fallen to zero. */
void pool_turn(struct pool_heap *self, uint32_t number);

/* Give back what is not used: current pools without blocks in use, and the memory of idle ones. */
void pool_trim_pages(struct pool_heap *self);

/* Reserve the region, with no pools yet; NULL with the reason. */
struct pool_heap *pool_arena_open(uint32_t keep_most, struct error *error);
void pool_arena_close(struct pool_heap *self);

/* The idle pool at the lowest address, memory being committed if there is none. 0: no memory. */
uint32_t pool_arena_take(struct pool_heap *self);

/* A pool is idle from now on; its arena may go back. */
void pool_arena_put(struct pool_heap *self, uint32_t number);

/* Give back the memory of all idle pools. */
void pool_arena_trim(struct pool_heap *self);

void pool_stats(void *heap, struct heap_stats *out);
const char *pool_check(void *heap);

#endif

/* Inside pymalloc: what pymalloc.c (requests), pymalloc_arena.c (pools and arenas) and
 * pymalloc_stats.c (figures and checks) share.
 *
 *   block   what a request gets; all blocks of a pool have one size, 16 to 512
 *   pool    16 KiB at a multiple of 16 KiB: a header, then blocks
 *   arena   1 MiB of pools, obtained from and given back to the OS whole
 *   region  the address range in which all arenas of a heap lie
 *
 * A pool is *used* (some blocks free: in the list first[class]), *full* (none free: in no list) or
 * *empty* (all free: in its arena's list, or never carved). */
#ifndef HEAPDYNO_ALLOCATORS_PYMALLOC_H
#define HEAPDYNO_ALLOCATORS_PYMALLOC_H

#include <assert.h>

#include "allocators/allocator.h"
#include "allocators/link.h"
#include "base/check.h"

enum {
    CLASS_COUNT = 32, /* class c has blocks of 16 (c + 1) bytes */
    SMALL_MAX = CLASS_COUNT * HEAP_ALIGNMENT,
    POOL_SIZE = 16 * 1024,
    POOL_HEADER = 48,
    POOLS_MAX = 1024,       /* of an arena: the largest arena over the pool size */
    CLASS_NONE = UINT8_MAX, /* of a pool whose blocks were never laid out */
};

/* The header of a pool. */
struct pool {
    void *free;             /* last in, first out, linked through the blocks; NULL: full */
    struct pool *next;      /* used: in first[class]; empty: in the arena's list */
    struct pool *prev;      /* used, and not the first of its list */
    uint32_t used;          /* blocks handed out; but 1 while the pool is full: see pool_used */
    uint32_t class;         /* CLASS_NONE: never had one */
    uint32_t arena;         /* index */
    uint32_t virgin_offset; /* of the next block that was never handed out */
    uint32_t virgin_last;   /* the largest virgin_offset at which a block fits */
    uint32_t capacity;      /* blocks */
};

static_assert(sizeof(struct pool) == POOL_HEADER, "the first block starts 48 bytes into a pool");

/* An arena's record; its index gives its address. */
struct arena {
    struct pool *free;   /* empty pools, last emptied first, linked by next */
    char *virgin;        /* the next pool that was never carved */
    uint32_t free_count; /* pools in `free` and virgin ones; 0: in no list */
    uint32_t pool_count; /* 0: the arena has no memory */
    struct arena *next;  /* in usable; or, without memory, in unused */
    struct arena *prev;
};

struct pymalloc {
    uintptr_t base;                  /* of arena 0 */
    size_t span;                     /* bytes from base to the end of the last possible arena */
    struct pool *first[CLASS_COUNT]; /* used pools of a class; `none` at the end of each list */
    struct pool none;            /* stands where no pool is: its one block `none_block` is bait */
    void *none_block;            /* always NULL */
    struct heap_methods methods; /* ours; without size_of if raw has none */
    struct heap raw;
    bool raw_owned;
    uint64_t raw_blocks;
    uint64_t raw_bytes; /* each block rounded up to 16 */

    struct arena *arenas;                   /* [arena_limit], touched as far as arena_top */
    struct arena *unused;                   /* records that had memory once, last first */
    struct arena *usable;                   /* arenas with free pools, fewest first */
    struct arena *last_with[POOLS_MAX + 1]; /* the last of `usable` with n free pools */
    size_t arena_size;
    uint32_t arena_limit;
    uint32_t arena_top; /* records from here were never used */
    uint64_t arenas_now;
    uint64_t arenas_highwater;
    uint64_t arenas_total;

    void *region;
    size_t region_size;
};

static inline uint32_t class_size(uint32_t class)
{
    return (class + 1) * HEAP_ALIGNMENT;
}

static inline struct pool *pool_of(const void *block)
{
    return (struct pool *)((uintptr_t)block & ~(uintptr_t)(POOL_SIZE - 1));
}

/* Blocks handed out. */
static inline uint32_t pool_used(const struct pool *pool)
{
    return pool->free == NULL ? pool->capacity : pool->used;
}

static inline char *arena_address(const struct pymalloc *self, const struct arena *arena)
{
    return (char *)self->base + (size_t)(arena - self->arenas) * self->arena_size;
}

/* Put the pool at the front of its class's list. */
static inline void pool_link(struct pymalloc *self, struct pool *pool)
{
    struct pool *second = self->first[pool->class];
    pool->next = second;
    second->prev = pool; /* `none` has one too, never read */
    self->first[pool->class] = pool;
}

static inline void pool_unlink(struct pymalloc *self, struct pool *pool)
{
    struct pool **from =
        self->first[pool->class] == pool ? &self->first[pool->class] : &pool->prev->next;
    *from = pool->next;
    pool->next->prev = pool->prev;
}

/* What remains to be done when a counter has fallen to zero: the pool was full, or it is empty. */
void pymalloc_put_slow(struct pymalloc *self, struct pool *pool, void **block);

/* Take a block back that lies in a pool. */
static inline void pymalloc_put(struct pymalloc *self, void *block)
{
    struct pool *pool = pool_of(block);
    CHECK_SLOW(pool->used > 0);
    link_write(block, pool->free);
    pool->free = block;
    if (unlikely(--pool->used == 0)) {
        pymalloc_put_slow(self, pool, block);
    }
}

/* Reserve the region and prepare the lists; `raw` and `methods` are the caller's to set. */
bool pymalloc_open_pools(struct pymalloc *self, size_t arena_size, bool misaligned,
                         struct error *error);

/* Serve a request of 1 to 512 bytes whose class has no used pool: from an empty pool; from the
 * raw heap if there is none. */
void *pymalloc_alloc_new(struct pymalloc *self, size_t size);

/* A request that goes to the raw heap, counted. */
void *pymalloc_raw_alloc(struct pymalloc *self, size_t size);

/* A pool has just become empty: hand it to its arena, which may go back to the OS. */
void pymalloc_pool_empty(struct pymalloc *self, struct pool *pool);

/* Give all arenas and the region back. */
void pymalloc_close_pools(struct pymalloc *self);

void pymalloc_stats(void *heap, struct heap_stats *out);
const char *pymalloc_check(void *heap);

/* The part of pymalloc_check that is about arenas and their order, not about pools. */
const char *pymalloc_check_arenas(const struct pymalloc *self);

#endif

/* pool's figures and its invariants. Both walk all arenas: full pools are in no list. */
#include "allocators/pool.h"

static uint32_t pool_carved(const struct pool *pool)
{
    return (pool->virgin_offset - BLOCKS_START) / block_size(pool->class);
}

static bool is_full(const struct pool_heap *self, const struct pool *pool)
{
    return pool->used > 0 && pool->next == NULL && !is_current(self, pool);
}

/* Blocks in use. */
static uint32_t blocks_used(const struct pool_heap *self, const struct pool *pool)
{
    return is_full(self, pool) ? pool->capacity - worth(pool) + pool->used : pool->used;
}

/* The first pool at `at` or behind it that is not virgin; pools of arenas are next to each other.
 * NULL: that was the last. Start with the first arena's address. */
static struct pool *pool_from(const struct pymalloc *pools, uintptr_t at)
{
    while (true) {
        size_t index = (at - pools->base) / pools->arena_size;
        if (index >= pools->arena_top) {
            return NULL;
        }
        const struct arena *arena = &pools->arenas[index];
        if (arena->pool_count > 0 && at < (uintptr_t)arena->virgin) {
            return (struct pool *)at;
        }
        at = (uintptr_t)arena_address(pools, arena + 1);
    }
}

static void stats_add(const struct pool_heap *self, const struct pool *pool, struct heap_stats *out)
{
    uint64_t used = blocks_used(self, pool);
    struct heap_class *class = &out->class[pool->class];
    class->pools++;
    class->blocks_used += used;
    class->blocks_free += pool->capacity - used;
    out->pools++;
    out->live_blocks += used;
    out->live_bytes += used * class->size;
}

void pool_stats(void *heap, struct heap_stats *out)
{
    const struct pool_heap *self = heap;
    const struct pymalloc *pools = &self->pools;
    out->live_bytes = self->raw_bytes;
    out->live_blocks = self->raw_blocks;
    out->mapped_bytes = pools->arenas_now * pools->arena_size;
    out->arenas = pools->arenas_now;
    out->arenas_highwater = pools->arenas_highwater;
    out->arenas_total = pools->arenas_total;
    out->pools = 0;
    out->class_count = BLOCK_CLASSES;
    for (uint32_t i = 0; i < BLOCK_CLASSES; i++) {
        out->class[i] = (struct heap_class){.size = block_size(i)};
    }
    for (const struct pool *pool = pool_from(pools, pools->base); pool != NULL;
         pool = pool_from(pools, (uintptr_t)pool + POOL_SIZE)) {
        if (pool->used > 0) {
            stats_add(self, pool, out);
        }
    }
}

/* The free list: every link inside the carved part, at a block's start, and as many as counted. */
static const char *check_free_list(const struct pool_heap *self, const struct pool *pool)
{
    uint32_t free = 0;
    for (void *const *block = pool->free; block != NULL; block = link_read(block)) {
        size_t offset = (size_t)((const char *)block - (const char *)pool);
        if (offset < BLOCKS_START || offset >= pool->virgin_offset ||
            (offset - BLOCKS_START) % block_size(pool->class) != 0) {
            return "pool: a free block lies outside its pool's carved part";
        }
        if (++free > pool->capacity) {
            return "pool: a free list has a loop";
        }
    }
    return free + blocks_used(self, pool) == pool_carved(pool)
               ? NULL
               : "pool: a pool's count of releases is wrong";
}

/* One pool that has been laid out; of those in a queue, one more is counted. */
static const char *check_one(const struct pool_heap *self, const struct pool *pool,
                             uint64_t *partial)
{
    const struct pymalloc *pools = &self->pools;
    if (pool->arena != ((uintptr_t)pool - pools->base) / pools->arena_size) {
        return "pool: a pool names another arena";
    }
    if (pool->class == CLASS_NONE) {
        return pool->used == 0 ? NULL : "pool: a used pool has no class";
    }
    uint32_t size = pool->class < BLOCK_CLASSES ? block_size(pool->class) : POOL_SIZE;
    if (pool->capacity != (POOL_SIZE - BLOCKS_START) / size ||
        pool->virgin_last != POOL_SIZE - size || pool->virgin_offset > POOL_SIZE) {
        return "pool: a pool is not laid out for its class";
    }
    if (pool->used > 0 && !is_current(self, pool)) {
        *partial += pool->next != NULL;
        uint32_t most = pool->next == NULL ? worth(pool) : pool->capacity - worth(pool);
        if (pool->used > most || pool->virgin_offset <= pool->virgin_last) {
            return "pool: a pool that is not current has too many blocks in use, or virgin ones";
        }
    }
    return check_free_list(self, pool);
}

/* The current pools and the queues: the right class, linked both ways; `partial` pools in all. */
static const char *check_lists(const struct pool_heap *self, uint64_t partial)
{
    uint64_t listed = 0;
    for (size_t step = 0; step < STEPS; step++) {
        if (self->current[step]->class != block_class((step + 1) * HEAP_ALIGNMENT)) {
            return "pool: a current pool has another class";
        }
    }
    for (uint32_t i = 0; i < BLOCK_CLASSES; i++) {
        const struct pool *queue = &self->queue[i];
        for (const struct pool *pool = queue->next; pool != queue; pool = pool->next) {
            if (pool->class != i || pool->used == 0 || is_current(self, pool)) {
                return "pool: a queue holds a pool that is not partial";
            }
            if (pool->next->prev != pool || ++listed > partial) {
                return "pool: a queue is not linked both ways";
            }
        }
        if (queue->free != NULL || queue->next->prev != queue) {
            return "pool: the head of a queue was changed";
        }
    }
    return listed == partial ? NULL : "pool: a partial pool is in no queue";
}

const char *pool_check(void *heap)
{
    const struct pool_heap *self = heap;
    const struct pymalloc *pools = &self->pools;
    uint64_t partial = 0;
    for (const struct pool *pool = pool_from(pools, pools->base); pool != NULL;
         pool = pool_from(pools, (uintptr_t)pool + POOL_SIZE)) {
        const char *why = check_one(self, pool, &partial);
        if (why != NULL) {
            return why;
        }
    }
    const char *why = check_lists(self, partial);
    return why != NULL ? why : pymalloc_check_arenas(pools);
}

/* pymalloc's figures, the same as sys._debugmallocstats() prints, and its invariants. Both walk all
 * arenas: full pools are in no list. */
#include "allocators/pymalloc.h"

/* The first pool of an arena. */
static char *arena_first_pool(const struct pymalloc *self, const struct arena *arena)
{
    uintptr_t start = (uintptr_t)arena_address(self, arena);
    return (char *)((start + POOL_SIZE - 1) & ~(uintptr_t)(POOL_SIZE - 1));
}

static void stats_add_arena(const struct pymalloc *self, const struct arena *arena,
                            struct heap_stats *out)
{
    for (char *at = arena_first_pool(self, arena); at < arena->virgin; at += POOL_SIZE) {
        const struct pool *pool = (const struct pool *)(void *)at;
        uint32_t used = pool_used(pool);
        if (used > 0) {
            struct heap_class *class = &out->class[pool->class];
            class->pools++;
            class->blocks_used += used;
            class->blocks_free += pool->capacity - used;
            out->pools++;
            out->live_blocks += used;
            out->live_bytes += (uint64_t)used * class_size(pool->class);
        }
    }
}

void pymalloc_stats(void *heap, struct heap_stats *out)
{
    const struct pymalloc *self = heap;
    out->live_bytes = self->raw_bytes;
    out->live_blocks = self->raw_blocks;
    out->mapped_bytes = self->arenas_now * self->arena_size;
    out->arenas = self->arenas_now;
    out->arenas_highwater = self->arenas_highwater;
    out->arenas_total = self->arenas_total;
    out->pools = 0;
    out->class_count = CLASS_COUNT;
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        out->class[i] = (struct heap_class){.size = class_size(i)};
    }
    for (uint32_t i = 0; i < self->arena_top; i++) {
        if (self->arenas[i].pool_count > 0) {
            stats_add_arena(self, &self->arenas[i], out);
        }
    }
}

/* The free list of a pool: every link inside it, at a block's start, below the virgin part, and as
 * long as the counter says. */
static const char *check_free_list(const struct pool *pool)
{
    uint32_t size = class_size(pool->class);
    uint32_t free = 0;
    for (void *const *block = pool->free; block != NULL; block = link_read(block)) {
        size_t offset = (size_t)((const char *)block - (const char *)pool);
        if (offset < POOL_HEADER || offset >= pool->virgin_offset ||
            (offset - POOL_HEADER) % size != 0) {
            return "pymalloc: a free block lies outside its pool's carved part";
        }
        if (++free > pool->capacity) {
            return "pymalloc: a pool's free list has a loop";
        }
    }
    uint32_t carved = (pool->virgin_offset - POOL_HEADER) / size;
    return free + pool_used(pool) == carved
               ? NULL
               : "pymalloc: free and used blocks do not add up to those carved";
}

static const char *check_pool(const struct pymalloc *self, const struct pool *pool,
                              const struct arena *arena)
{
    if (pool->class >= CLASS_COUNT) {
        return "pymalloc: a pool has no class";
    }
    uint32_t size = class_size(pool->class);
    if (pool->arena != (uint32_t)(arena - self->arenas)) {
        return "pymalloc: a pool names another arena";
    }
    if (pool->capacity != (POOL_SIZE - POOL_HEADER) / size) {
        return "pymalloc: a pool's capacity is not its class's";
    }
    if (pool->virgin_last != POOL_SIZE - size) {
        return "pymalloc: a pool's last virgin offset is not its class's";
    }
    if (pool->virgin_offset > POOL_SIZE || pool->virgin_offset < POOL_HEADER + 2 * size) {
        return "pymalloc: a pool's virgin part starts outside it";
    }
    if (pool->free == NULL && (pool->used != 1 || pool->virgin_offset <= pool->virgin_last)) {
        return "pymalloc: a pool without free blocks is not marked full";
    }
    return check_free_list(pool);
}

/* An arena's list of empty pools: `empty` of them, and as many free ones as counted. */
static const char *check_empty(const struct pymalloc *self, const struct arena *arena,
                               uint32_t empty)
{
    uint32_t listed = 0;
    for (const struct pool *pool = arena->free; pool != NULL; pool = pool->next) {
        if (pool_of(pool) != pool || pool->used != 0 || ++listed > empty) {
            return "pymalloc: an arena's list of empty pools is wrong";
        }
    }
    uint32_t carved = (uint32_t)((arena->virgin - arena_first_pool(self, arena)) / POOL_SIZE);
    return listed == empty && arena->free_count == empty + arena->pool_count - carved
               ? NULL
               : "pymalloc: an arena's free pools are miscounted";
}

/* Count an arena's pools by state, and check each. */
static const char *check_arena(const struct pymalloc *self, const struct arena *arena,
                               uint64_t *used_pools)
{
    uint32_t empty = 0;
    for (char *at = arena_first_pool(self, arena); at < arena->virgin; at += POOL_SIZE) {
        const struct pool *pool = (const struct pool *)(void *)at;
        const char *why = check_pool(self, pool, arena);
        if (why != NULL) {
            return why;
        }
        empty += pool_used(pool) == 0;
        *used_pools += pool_used(pool) > 0 && pool->free != NULL;
    }
    return check_empty(self, arena, empty);
}

/* The lists of used pools: right class, neither full nor empty, linked both ways; together all. */
static const char *check_lists(const struct pymalloc *self, uint64_t used_pools)
{
    uint64_t listed = 0;
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        const struct pool *before = NULL;
        for (const struct pool *pool = self->first[i]; pool != &self->none; pool = pool->next) {
            if (pool->class != i || pool->free == NULL || pool->used == 0) {
                return "pymalloc: a list of used pools holds one that is not";
            }
            if (before != NULL && pool->prev != before) {
                return "pymalloc: a list of used pools is not linked both ways";
            }
            if (++listed > used_pools) {
                return "pymalloc: a list of used pools has a loop";
            }
            before = pool;
        }
    }
    return listed == used_pools ? NULL : "pymalloc: a used pool is in no list";
}

/* `usable` ascends by free pools, has every arena with some, and last_with points at the last of
 * each count. */
static const char *check_usable(const struct pymalloc *self, uint64_t with_free)
{
    uint64_t listed = 0;
    uint32_t counts = 0;
    for (const struct arena *arena = self->usable; arena != NULL; arena = arena->next) {
        const struct arena *next = arena->next;
        if (++listed > with_free || arena->free_count == 0 ||
            arena->free_count > arena->pool_count) {
            return "pymalloc: the list of usable arenas holds one that is not";
        }
        if (next != NULL && (next->prev != arena || next->free_count < arena->free_count)) {
            return "pymalloc: the list of usable arenas is not in order";
        }
        if (next == NULL || next->free_count > arena->free_count) {
            counts++;
            if (self->last_with[arena->free_count] != arena) {
                return "pymalloc: last_with does not name the last arena of its count";
            }
        }
    }
    for (size_t i = 0; i <= POOLS_MAX; i++) {
        counts -= self->last_with[i] != NULL;
    }
    return listed == with_free && counts == 0 ? NULL : "pymalloc: a usable arena is in no list";
}

const char *pymalloc_check_arenas(const struct pymalloc *self)
{
    uint64_t with_free = 0;
    uint64_t mapped = 0;
    for (uint32_t i = 0; i < self->arena_top; i++) {
        mapped += self->arenas[i].pool_count > 0;
        with_free += self->arenas[i].pool_count > 0 && self->arenas[i].free_count > 0;
    }
    if (mapped != self->arenas_now || mapped > self->arenas_highwater) {
        return "pymalloc: the arenas are miscounted";
    }
    return check_usable(self, with_free);
}

const char *pymalloc_check(void *heap)
{
    const struct pymalloc *self = heap;
    uint64_t used_pools = 0;
    if (self->none.free != &self->none_block || self->none_block != NULL || self->none.used != 0) {
        return "pymalloc: the pool that stands for none was changed";
    }
    for (uint32_t i = 0; i < self->arena_top; i++) {
        const struct arena *arena = &self->arenas[i];
        const char *why = arena->pool_count > 0 ? check_arena(self, arena, &used_pools) : NULL;
        if (why != NULL) {
            return why;
        }
    }
    const char *why = check_lists(self, used_pools);
    return why != NULL ? why : pymalloc_check_arenas(self);
}

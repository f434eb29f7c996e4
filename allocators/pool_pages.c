/* pool's cold half: which pool a class takes its blocks from, and when a pool goes back.
 *
 *   renew   the current pool has run dry: link its next 2 KiB of virgin blocks; when there are none it is
 *           full and let go, and the class takes its partial pool released into last, else an empty one
 *   turn    so many releases later a full pool joins the queue; empty, its arena
 * Not good at: a class whose pools all keep a few blocks (sawtooth): nothing moves. */
#include "allocators/pool.h"

#include "allocators/os_pages.h"

enum { CARVE_BYTES = 2048 };

static void queue_insert(struct pool *queue, struct pool *pool)
{
    pool->next = queue->next;
    pool->prev = queue;
    queue->next->prev = pool;
    queue->next = pool;
}

static void queue_remove(struct pool *pool)
{
    pool->next->prev = pool->prev;
    pool->prev->next = pool->next;
}

/* All sizes of a class share its current pool. */
static void set_current(struct pool_heap *self, uint32_t class, struct pool *pool)
{
    size_t first = class > 0 ? step_of(block_size(class - 1)) + 1 : 0;
    for (size_t step = first; step <= step_of(block_size(class)); step++) {
        self->current[step] = pool;
    }
}

/* Lay out an empty pool for a class; its blocks stay untouched. */
static void pool_format(struct pool *pool, uint32_t class)
{
    uint32_t size = block_size(class);
    annotate_hide((char *)pool + BLOCKS_START, POOL_SIZE - BLOCKS_START);
    pool->class = class;
    pool->free = NULL;
    pool->virgin_offset = BLOCKS_START;
    pool->virgin_last = POOL_SIZE - size;
    pool->capacity = (POOL_SIZE - BLOCKS_START) / size;
}

/* Link virgin blocks into the empty list of a pool, in address order. */
static void pool_carve(struct pool *pool)
{
    uint32_t size = block_size(pool->class);
    uint32_t last = pool->virgin_offset + CARVE_BYTES;
    last = last < pool->virgin_last ? last : pool->virgin_last;
    char *block = (char *)pool + pool->virgin_offset;
    char *end = (char *)pool + last;
    pool->free = block;
    for (; block + size <= end; block += size) {
        link_write((void **)(void *)block, block + size);
    }
    link_write((void **)(void *)block, NULL);
    pool->virgin_offset = (uint32_t)(block + size - (char *)pool);
}

static struct arena *arena_of(struct pool_heap *self, const struct pool *pool)
{
    return &self->pools.arenas[pool->arena];
}

/* The class takes its blocks from `pool`, which is in no list; or from none. */
static void become_current(struct pool_heap *self, uint32_t class, struct pool *pool)
{
    if (pool != &self->queue[class]) {
        arena_of(self, pool)->current++;
    }
    set_current(self, class, pool);
}

static struct pool *pool_next(struct pool_heap *self, struct pool *full, uint32_t class)
{
    struct pool *queue = &self->queue[class];
    if (full != queue) {
        full->used = worth(full);
        full->next = NULL;
        arena_of(self, full)->current--;
    }
    struct pool *pool = queue->next;
    if (pool != queue) {
        queue_remove(pool);
    } else if ((pool = pymalloc_pool_take(&self->pools)) == NULL) {
        become_current(self, class, queue);
        return NULL;
    } else if (pool->class != class) {
        pool_format(pool, class);
    }
    become_current(self, class, pool);
    return pool;
}

struct pool *pool_renew(struct pool_heap *self, struct pool *pool, size_t size)
{
    if (pool->virgin_offset > pool->virgin_last) {
        pool = pool_next(self, pool, block_class(size));
        if (pool == NULL) {
            return NULL;
        }
    }
    if (pool->free == NULL) {
        pool_carve(pool);
    }
    return pool;
}

/* Whether nothing but current pools keeps an arena from going back. */
static bool is_kept_by_current(const struct arena *arena)
{
    bool alone = arena->next == NULL && arena->prev == NULL; /* the last one stays anyway */
    return arena->current > 0 && arena->free_count + arena->current == arena->pool_count && !alone;
}

/* A class without blocks in use gives up its current pool. */
static void retire(struct pool_heap *self, struct pool *pool)
{
    become_current(self, pool->class, &self->queue[pool->class]);
    arena_of(self, pool)->current--;
    pymalloc_pool_empty(&self->pools, pool);
}

/* Retire the current pools of an arena, or with NULL of all, that have no block in use. */
static void retire_all(struct pool_heap *self, const struct arena *arena)
{
    for (uint32_t i = 0; i < BLOCK_CLASSES; i++) {
        struct pool *pool = self->current[step_of(block_size(i))];
        if (pool != &self->queue[i] && pool->used == 0 &&
            (arena == NULL || arena_of(self, pool) == arena)) {
            retire(self, pool);
        }
    }
}

/* An empty pool that is current stays so, lest a loop over one block make and drop it each time. */
void pool_turn(struct pool_heap *self, struct pool *pool)
{
    struct arena *arena = arena_of(self, pool);
    if (is_current(self, pool)) {
        if (is_kept_by_current(arena)) {
            retire(self, pool);
        }
    } else if (pool->next == NULL) {
        pool->used = pool->capacity - worth(pool);
        queue_insert(&self->queue[pool->class], pool);
    } else {
        queue_remove(pool);
        pymalloc_pool_empty(&self->pools, pool);
        if (is_kept_by_current(arena)) {
            retire_all(self, arena);
        }
    }
}

void pool_prepare(struct pool_heap *self)
{
    for (uint32_t i = 0; i < BLOCK_CLASSES; i++) {
        struct pool *queue = &self->queue[i];
        *queue = (struct pool){.next = queue, .prev = queue, .class = i, .virgin_offset = 1};
        set_current(self, i, queue);
    }
}

/* Give back the pages of an arena's empty pools, all but the first of each, which has the header. */
static void trim_arena(const struct arena *arena)
{
    size_t page = os_pages_size();
    for (struct pool *pool = arena->free; pool != NULL && page < POOL_SIZE; pool = pool->next) {
        if (pool->class != CLASS_NONE) { /* its free list is about to be lost */
            pool->class = CLASS_NONE;
            os_pages_discard((char *)pool + page, POOL_SIZE - page);
        }
    }
}

void pool_trim_pages(struct pool_heap *self)
{
    retire_all(self, NULL);
    for (struct arena *arena = self->pools.usable; arena != NULL; arena = arena->next) {
        trim_arena(arena);
    }
}

/* pool's cold half: which pool a class takes its blocks from, and when a pool goes back.
 *
 *   renew   the current pool has run dry: link its next virgin KiB of blocks; when there are none it is
 *           full and let go, and the class takes its partial pool released into last, else an empty one
 *   turn    so many releases later a full pool joins the queue; empty, its arena
 * Not good at: a class whose pools all keep a few blocks (sawtooth): nothing moves. */
#include "allocators/pool.h"

#include "allocators/os_pages.h"

enum { CARVE_BYTES = 1024 };

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

static struct pool *pool_next(struct pool_heap *self, struct pool *full, uint32_t class)
{
    struct pool *queue = &self->queue[class];
    if (full != queue) {
        full->used = worth(full);
        full->next = NULL;
    }
    struct pool *pool = queue->next;
    if (pool != queue) {
        queue_remove(pool);
    } else if ((pool = pymalloc_pool_take(&self->pools)) == NULL) {
        set_current(self, class, queue);
        return NULL;
    } else if (pool->class != class) {
        pool_format(pool, class);
    }
    pool->used = UINT32_MAX;
    set_current(self, class, pool);
    return pool;
}

struct pool *pool_renew(struct pool_heap *self, size_t size)
{
    struct pool *pool = self->current[step_of(size)];
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

void pool_turn(struct pool_heap *self, struct pool *pool)
{
    if (is_current(self, pool)) {
        pool->used = UINT32_MAX;
    } else if (pool->next == NULL) {
        pool->used = pool->capacity - worth(pool);
        queue_insert(&self->queue[pool->class], pool);
    } else {
        queue_remove(pool);
        pymalloc_pool_empty(&self->pools, pool);
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

uint32_t pool_free_count(const struct pool *pool)
{
    uint32_t count = 0;
    for (void *const *block = pool->free; block != NULL; block = link_read(block)) {
        count++;
    }
    return count;
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
    for (uint32_t i = 0; i < BLOCK_CLASSES; i++) {
        struct pool *pool = self->current[step_of(block_size(i))];
        uint32_t carved = (pool->virgin_offset - BLOCKS_START) / block_size(i);
        if (pool != &self->queue[i] && pool_free_count(pool) == carved) {
            set_current(self, i, &self->queue[i]);
            pool->used = 0;
            pymalloc_pool_empty(&self->pools, pool);
        }
    }
    for (struct arena *arena = self->pools.usable; arena != NULL; arena = arena->next) {
        trim_arena(arena);
    }
}

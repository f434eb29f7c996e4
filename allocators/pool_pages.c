/* pool's cold half: which pool a class takes its blocks from, and when a pool goes back.
 *
 *   renew   nothing is ready: take what was released into the current pool, else link its next page
 *           of blocks; when there is neither it is full and let go, and the class takes its partial
 *           pool released into last, else an idle one
 *   turn    so many releases later a full pool joins the ring; empty, its arena
 * Not good at: a class whose pools all keep a few blocks (sawtooth): nothing moves. */
#include "allocators/link.h"
#include "allocators/pool.h"
#include "base/check.h"

enum { CARVE_BYTES = 4096 }; /* what a page fault has brought is used up before the next */

static void ring_insert(struct pool_heap *self, uint32_t ring, uint32_t number)
{
    uint32_t next = self->pool[ring].next;
    self->pool[number].next = next;
    self->pool[number].prev = ring;
    self->pool[next].prev = number;
    self->pool[ring].next = number;
}

static void ring_remove(struct pool_heap *self, uint32_t number)
{
    struct pool *pool = &self->pool[number];
    self->pool[pool->next].prev = pool->prev;
    self->pool[pool->prev].next = pool->next;
    pool->next = 0;
}

/* Lay out an idle pool for a class; its blocks stay untouched. */
static void pool_format(struct pool_heap *self, uint32_t number, uint32_t class)
{
    uint32_t capacity = POOL_SIZE / block_size(class);
    annotate_hide(pool_address(self, number), POOL_SIZE);
    self->pool[number] = (struct pool){.class = (uint8_t) class, .capacity = (uint16_t)capacity};
    self->free[number] = NULL;
}

/* Link the blocks that begin in the next page of a pool, in address order, and its list behind. */
static void pool_carve(struct pool_heap *self, uint32_t number)
{
    struct pool *pool = &self->pool[number];
    uint32_t size = block_size(pool->class);
    uint32_t offset = pool->carved * size;
    uint32_t page_end = (offset / CARVE_BYTES + 1) * CARVE_BYTES;
    uint32_t count = (page_end - offset + size - 1) / size;
    uint32_t left = pool->capacity - pool->carved;
    count = count < left ? count : left;
    pool->carved = (uint16_t)(pool->carved + count);
    char *first = pool_address(self, number) + offset;
    char *last = first + (size_t)(count - 1) * size;
    for (char *block = first; block < last; block += size) {
        link_write((void **)(void *)block, block + size);
    }
    link_write((void **)(void *)last, self->free[number]);
    self->free[number] = first;
}

/* Hand out the first block of a current pool; all others that it has are ready from now on. */
static inline void *pool_hand_out(struct pool_heap *self, uint32_t number, size_t size)
{
    struct pool *pool = &self->pool[number];
    void **block = self->free[number];
    self->free[number] = NULL;
    self->count[number] = pool->carved;
    self->free[pool->class] = link_take(block);
    annotate_alloc(self, block, size);
    return block;
}

/* A current pool becomes a full one. Of a class of few pools nearly every free block is used; the
 * more there are the more may lie idle in each, up to an eighth, so that a trip out of line serves
 * many requests. */
static void let_go(struct pool_heap *self, uint32_t number)
{
    struct pool *pool = &self->pool[number];
    uint32_t worth = 1 + self->pools[pool->class] / 4, most = pool->capacity / 8;
    pool->worth = (uint16_t)(worth < most ? worth : most);
    self->count[number] = pool->worth;
    arena_of(self, number)->held &= ~bit_of(number);
}

/* An idle pool, laid out for the class; 0: no memory. */
static uint32_t pool_fresh(struct pool_heap *self, uint32_t class)
{
    uint32_t number = pool_arena_take(self);
    if (number != 0) {
        self->pools[class]++;
        if (self->pool[number].class != class) {
            pool_format(self, number, class);
        }
    }
    return number;
}

static void become_idle(struct pool_heap *self, uint32_t number)
{
    self->pools[self->pool[number].class]--;
    pool_arena_put(self, number);
}

/* The class has no current pool, or a full one: make another current. false: no memory. */
static bool pool_next(struct pool_heap *self, uint32_t class)
{
    uint32_t ring = RINGS + class, number = self->pool[ring].next;
    if (self->current[class] != ring) {
        let_go(self, self->current[class]);
        self->current[class] = ring;
    }
    if (number != ring) {
        ring_remove(self, number);
    } else if ((number = pool_fresh(self, class)) == 0) {
        return false;
    }
    self->current[class] = number;
    arena_of(self, number)->held |= bit_of(number);
    return true;
}

/* Nothing was released into the current pool. */
static __attribute__((noinline)) void *renew_other(struct pool_heap *self, size_t size,
                                                   uint32_t class)
{
    const struct pool *pool = &self->pool[self->current[class]];
    if (pool->carved == pool->capacity && !pool_next(self, class)) {
        return NULL;
    }
    uint32_t number = self->current[class];
    if (self->free[number] == NULL) {
        pool_carve(self, number);
    }
    return pool_hand_out(self, number, size);
}

void *pool_renew(struct pool_heap *self, size_t size, size_t class)
{
    uint32_t number = self->current[class];
    if (likely(self->free[number] != NULL)) {
        return pool_hand_out(self, number, size);
    }
    return class != 0 ? renew_other(self, size, (uint32_t) class) : self->methods.alloc(self, 1);
}

/* Put what is ready back on the list of the current pool, so that its count is of blocks in use; if
 * there are none, it is idle. */
static void retire(struct pool_heap *self, uint32_t class)
{
    uint32_t number = self->current[class];
    void **last = NULL;
    for (void **block = self->free[class]; block != NULL; block = link_read(block)) {
        self->count[number]--;
        last = block;
    }
    if (last != NULL) {
        link_write(last, self->free[number]);
        self->free[number] = self->free[class];
        self->free[class] = NULL;
    }
    if (self->count[number] == 0) {
        self->current[class] = RINGS + class;
        arena_of(self, number)->held &= ~bit_of(number);
        become_idle(self, number);
    }
}

/* Where nothing but current pools keeps an arena from going back, they may have no blocks in use. */
static void retire_arena(struct pool_heap *self, uint32_t arena)
{
    const struct arena *bits = &self->arena[arena];
    if ((bits->idle | bits->held) != UINT64_MAX || self->arenas_now <= self->keep) {
        return;
    }
    for (uint32_t class = 1; class <= BLOCK_CLASSES; class ++) {
        if (self->current[class] / ARENA_POOLS == arena) {
            retire(self, class);
        }
    }
}

/* An empty pool that is current stays so, lest a loop over one block make and drop it each time. */
void pool_turn(struct pool_heap *self, uint32_t number)
{
    struct pool *pool = &self->pool[number];
    if (is_current(self, number)) {
        retire_arena(self, number / ARENA_POOLS);
    } else if (pool->next == 0) {
        self->count[number] = pool->capacity - pool->worth;
        ring_insert(self, RINGS + pool->class, number);
    } else {
        ring_remove(self, number);
        become_idle(self, number);
        retire_arena(self, number / ARENA_POOLS);
    }
}

void pool_trim_pages(struct pool_heap *self)
{
    for (uint32_t class = 1; class <= BLOCK_CLASSES; class ++) {
        if (self->current[class] != RINGS + class) {
            retire(self, class);
        }
    }
    pool_arena_trim(self);
}

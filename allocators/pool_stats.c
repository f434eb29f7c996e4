/* pool's figures and its invariants. Both walk all pools: full ones are in no list. */
#include "allocators/link.h"
#include "allocators/pool.h"

/* The first pool at or behind a number that is not idle; 0: none. */
static uint32_t pool_from(const struct pool_heap *self, uint32_t number)
{
    for (; number < self->arena_end * ARENA_POOLS; number++) {
        uint32_t arena = number / ARENA_POOLS;
        if ((self->group[arena / 64].mapped & bit_of(arena)) != 0 &&
            (self->arena[arena].idle & bit_of(number)) == 0) {
            return number;
        }
    }
    return 0;
}

/* The length of a list, no more than one over what a pool can have: it may have a loop. */
static uint32_t list_length(void *const *block)
{
    uint32_t length = 0;
    for (; block != NULL && length <= POOL_SIZE / HEAP_ALIGNMENT; block = link_read(block)) {
        length++;
    }
    return length;
}

/* Blocks in use. */
static uint32_t blocks_used(const struct pool_heap *self, uint32_t number)
{
    const struct pool *pool = &self->pool[number];
    uint32_t count = self->count[number];
    if (is_current(self, number)) {
        return count - list_length(self->free[pool->class]);
    }
    return pool->next == 0 ? count + pool->capacity - pool->worth : count;
}

static void stats_add(const struct pool_heap *self, uint32_t number, struct heap_stats *out)
{
    uint64_t used = blocks_used(self, number);
    struct heap_class *class = &out->class[self->pool[number].class - 1];
    class->pools++;
    class->blocks_used += used;
    class->blocks_free += self->pool[number].capacity - used;
    out->pools += used > 0;
    out->live_blocks += used;
    out->live_bytes += used * class->size;
}

void pool_stats(void *heap, struct heap_stats *out)
{
    const struct pool_heap *self = heap;
    out->live_bytes = self->raw_bytes;
    out->live_blocks = self->raw_blocks;
    out->mapped_bytes = self->arenas_now * ARENA_SIZE;
    out->arenas = self->arenas_now;
    out->arenas_highwater = self->arenas_highwater;
    out->arenas_total = self->arenas_total;
    out->pools = 0;
    out->class_count = BLOCK_CLASSES;
    for (uint32_t i = 0; i < BLOCK_CLASSES; i++) {
        out->class[i] = (struct heap_class){.size = block_size(i + 1)};
    }
    for (uint32_t number = POOL_FIRST; (number = pool_from(self, number)) != 0; number++) {
        stats_add(self, number, out);
    }
}

/* A list of free blocks: every link at the start of a carved block of the pool. */
static bool list_is_sound(const struct pool_heap *self, uint32_t number, void *const *block)
{
    const struct pool *pool = &self->pool[number];
    uint32_t size = block_size(pool->class), left = pool->carved;
    for (; block != NULL; block = link_read(block)) {
        uintptr_t offset = (uintptr_t)block - (uintptr_t)pool_address(self, number);
        if (left-- == 0 || offset >= pool->carved * size || offset % size != 0) {
            return false;
        }
    }
    return true;
}

/* What the walk over all pools finds. */
struct found {
    uint64_t partial; /* pools in rings */
    uint32_t pools[BLOCK_CLASSES + 1];
};

/* One pool that is not idle. */
static const char *check_one(struct pool_heap *self, uint32_t number, struct found *found)
{
    const struct pool *pool = &self->pool[number];
    if (pool->class == CLASS_NONE || pool->class > BLOCK_CLASSES ||
        pool->capacity != POOL_SIZE / block_size(pool->class) || pool->carved > pool->capacity) {
        return "pool: a pool is not laid out for its class";
    }
    found->pools[pool->class]++;
    bool current = is_current(self, number);
    if (current != ((arena_of(self, number)->held & bit_of(number)) != 0)) {
        return "pool: an arena does not know which of its pools are current";
    }
    if (!current) {
        found->partial += pool->next != 0;
        uint32_t most = pool->next == 0 ? pool->worth : pool->capacity - pool->worth;
        if (self->count[number] == 0 || self->count[number] > most ||
            pool->carved < pool->capacity) {
            return "pool: a pool that is not current has too many blocks in use, or too few linked";
        }
    }
    void *ready = current ? self->free[pool->class] : NULL;
    if (!list_is_sound(self, number, self->free[number]) || !list_is_sound(self, number, ready)) {
        return "pool: a free block lies outside its pool's carved part, or a list has a loop";
    }
    uint32_t free = list_length(self->free[number]) + list_length(ready);
    return free + blocks_used(self, number) == pool->carved ? NULL
                                                            : "pool: a pool's count is wrong";
}

/* The rings, linked both ways. Classes without a current pool have nothing ready. */
static const char *check_classes(const struct pool_heap *self, const struct found *found)
{
    uint64_t listed = 0;
    for (uint32_t class = 1; class <= BLOCK_CLASSES; class ++) {
        uint32_t ring = RINGS + class, current = self->current[class];
        if (current == ring ? self->free[class] != NULL
                            : current < POOL_FIRST || self->pool[current].class != class) {
            return "pool: a current pool has another class";
        }
        if (self->pools[class] != found->pools[class]) {
            return "pool: the pools of a class are not counted right";
        }
        for (uint32_t at = ring, next; (next = self->pool[at].next) != ring; at = next) {
            if (next >= self->arena_end * ARENA_POOLS || self->pool[next].prev != at ||
                self->pool[next].class != class || ++listed > found->partial) {
                return "pool: a ring is not linked both ways, or holds a pool of another class";
            }
        }
    }
    return listed == found->partial ? NULL : "pool: a partial pool is in no ring";
}

static const char *check_arenas(const struct pool_heap *self)
{
    uint64_t now = 0, spare = 0;
    for (uint32_t at = ARENA_FIRST; at < self->arena_end; at++) {
        const struct arena_group *group = &self->group[at / 64];
        const struct arena *arena = &self->arena[at];
        bool mapped = (group->mapped & bit_of(at)) != 0;
        now += mapped;
        spare += arena->idle == UINT64_MAX;
        if (((group->open & bit_of(at)) != 0) != (arena->idle != 0) ||
            (!mapped && arena->idle != 0) || (arena->idle & arena->held) != 0) {
            return "pool: the bits of an arena contradict each other";
        }
    }
    return now == self->arenas_now && spare == self->spare && spare <= self->keep + 1
               ? NULL
               : "pool: arenas are not counted right, or too many are kept";
}

const char *pool_check(void *heap)
{
    struct pool_heap *self = heap;
    struct found found = {0};
    for (uint32_t number = POOL_FIRST; (number = pool_from(self, number)) != 0; number++) {
        const char *why = check_one(self, number, &found);
        if (why != NULL) {
            return why;
        }
    }
    const char *why = check_classes(self, &found);
    return why != NULL ? why : check_arenas(self);
}

/* pool's figures, those of its pools less what its magazines hold, and its invariants. */
#include "allocators/pool.h"

void pool_stats(void *heap, struct heap_stats *out)
{
    struct pool_heap *self = heap;
    pymalloc_stats(&self->pools, out);
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        uint64_t held = magazine_count(&self->magazine[i]);
        out->class[i].blocks_used -= held;
        out->class[i].blocks_free += held;
        out->live_blocks -= held;
        out->live_bytes -= held * class_size(i);
    }
    out->live_blocks += self->raw_blocks;
    out->live_bytes += self->raw_bytes;
}

static const char *check_magazine(const struct pool_heap *self, uint32_t class)
{
    const struct magazine *magazine = &self->magazine[class];
    if (magazine->top < magazine->base || magazine->top >= magazine->end) {
        return "pool: a magazine's top lies outside it";
    }
    for (void **slot = magazine->base; slot < magazine->top; slot++) {
        const struct pool *pool = pool_of(*slot);
        size_t offset = (size_t)((const char *)*slot - (const char *)pool);
        if ((uintptr_t)*slot - self->pools.base >= self->pools.span) {
            return "pool: a magazine holds a block of no pool";
        }
        if (pool->class != class || offset < POOL_HEADER ||
            (offset - POOL_HEADER) % class_size(class) != 0) {
            return "pool: a magazine holds a block of another class";
        }
    }
    return NULL;
}

const char *pool_check(void *heap)
{
    struct pool_heap *self = heap;
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        const char *why = check_magazine(self, i);
        if (why != NULL) {
            return why;
        }
    }
    return pymalloc_check(&self->pools);
}

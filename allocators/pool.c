/* pool: our own small-object allocator, made for consumers that tell sizes, on one thread.
 *
 *   magazines  per class an array of blocks ready to go: a request pops one, a release pushes one;
 *              neither touches the block or its pool. The size says the class: no address is looked
 *              up, so a block of 512 bytes or less is always in a pool
 *   refill     an empty magazine takes up to half of what it holds from the first used pool of the
 *              class: its free list, then virgin blocks in address order, which are not touched
 *              before they are used
 *   flush      a full one gives its older half back, each block to its pool
 * Magazines keep what is hot; pools keep neighbours together (one list for all is as fast in loops,
 * and scatters real programs over memory). Pools and arenas are pymalloc's, fragmentation bounded as
 * theirs; a magazine holds 8 KiB of blocks at most, all of them less than 256 KiB. Trimming empties
 * them and gives back the pages of empty pools, which pymalloc keeps.
 *
 * Not good at: threads (none), blocks over 512 bytes (passed on to raw), releases of wrong size (the
 * block goes to the wrong class; +debug names them), resizes across classes (always a copy).
 * Sources: Bonwick and Adams, Magazines and Vmem (2001); pymalloc. */
#include "allocators/builtin.h"

#include <string.h>

#include "allocators/os_pages.h"
#include "allocators/pool.h"
#include "base/check.h"

static size_t size_class(size_t size)
{
    return (size - 1) / HEAP_ALIGNMENT;
}

static size_t round_up(size_t size)
{
    return size + (-size & (HEAP_ALIGNMENT - 1));
}

/* The magazine of a class; in bytes its place is twice the size, rounded. */
static inline struct magazine *magazine_of(struct pool_heap *self, size_t size)
{
    size_t place = 2 * ((size - 1) & ~(size_t)(HEAP_ALIGNMENT - 1));
    return (struct magazine *)(void *)((char *)self->magazine + place);
}

/* Take `count` blocks out of a used pool that has them, its free list first, so that popping the
 * magazine gives them in that order. */
static void pool_take(struct pymalloc *pools, struct pool *pool, void **top, uint32_t count)
{
    uint32_t size = class_size(pool->class);
    void **block = pool->free;
    pool->used += count;
    for (; block != NULL && count > 0; count--) {
        void **next = link_read(block);
        *--top = block;
        block = next;
    }
    for (; count > 0; count--) {
        *--top = (char *)pool + pool->virgin_offset;
        pool->virgin_offset += size;
    }
    if (block == NULL && pool->virgin_offset <= pool->virgin_last) {
        block = (void **)(void *)((char *)pool + pool->virgin_offset);
        pool->virgin_offset += size;
        link_write(block, NULL);
    }
    pool->free = block;
    if (block == NULL) {
        pool_unlink(pools, pool);
        pool->used = 1;
    }
}

/* Fill an empty magazine and serve the request from it. NULL: no memory. */
static __attribute__((noinline)) void *pool_refill(struct pool_heap *self, size_t size)
{
    struct pymalloc *pools = &self->pools;
    size_t class = size_class(size);
    struct magazine *magazine = &self->magazine[class];
    if (pools->first[class] == &pools->none) {
        return pymalloc_alloc_new(pools, size);
    }
    struct pool *pool = pools->first[class];
    uint32_t count = pool->capacity - pool->used;
    uint32_t most = (uint32_t)(magazine->end - magazine->base) / 2;
    count = count < most ? count : most;
    pool_take(pools, pool, magazine->base + count, count);
    magazine->top = magazine->base + count - 1;
    annotate_alloc(pools, *magazine->top, size);
    return *magazine->top;
}

/* Give the oldest `count` blocks of a magazine back to their pools. */
static __attribute__((noinline)) void pool_flush(struct pool_heap *self, struct magazine *magazine,
                                                 size_t count)
{
    size_t kept = magazine_count(magazine) - count;
    for (size_t i = 0; i < count; i++) {
        pymalloc_put(&self->pools, magazine->base[i]);
    }
    memmove(magazine->base, magazine->base + count, kept * sizeof(void *));
    magazine->top = magazine->base + kept;
}

/* What no magazine serves: size 0 takes the smallest class, the rest is raw. */
static void *pool_alloc_other(struct pool_heap *self, size_t size, heap_alloc_f *raw_alloc);
static void pool_release_other(struct pool_heap *self, void *p, size_t size);

static void *pool_alloc(void *heap, size_t size)
{
    struct pool_heap *self = heap;
    if (unlikely(size - 1 >= SMALL_MAX)) {
        return pool_alloc_other(self, size, self->raw.alloc);
    }
    struct magazine *magazine = magazine_of(self, size);
    void **top = magazine->top;
    if (unlikely(top == magazine->base)) {
        return pool_refill(self, size);
    }
    magazine->top = --top;
    annotate_alloc(&self->pools, *top, size);
    return *top;
}

static __attribute__((noinline)) void *pool_alloc_other(struct pool_heap *self, size_t size,
                                                        heap_alloc_f *raw_alloc)
{
    if (size == 0) {
        return pool_alloc(self, 1);
    }
    void *p = raw_alloc(self->raw.self, size);
    if (p != NULL) {
        self->raw_blocks++;
        self->raw_bytes += round_up(size);
    }
    return p;
}

static void pool_release(void *heap, void *p, size_t size)
{
    struct pool_heap *self = heap;
    if (unlikely(size - 1 >= SMALL_MAX)) {
        pool_release_other(self, p, size);
        return;
    }
    CHECK_SLOW((uintptr_t)p - self->pools.base < self->pools.span);
    CHECK_SLOW(pool_of(p)->class == size_class(size));
    annotate_free(&self->pools, p, round_up(size));
    struct magazine *magazine = magazine_of(self, size);
    void **top = magazine->top;
    *top++ = p;
    magazine->top = top;
    if (unlikely(top == magazine->end)) {
        pool_flush(self, magazine, magazine_count(magazine) / 2);
    }
}

static __attribute__((noinline)) void pool_release_other(struct pool_heap *self, void *p,
                                                         size_t size)
{
    if (p == NULL) {
        return;
    }
    if (size == 0) {
        pool_release(self, p, 1);
        return;
    }
    self->raw_blocks--;
    self->raw_bytes -= round_up(size);
    heap_release(&self->raw, p, size);
}

static void *pool_calloc(void *heap, size_t size)
{
    struct pool_heap *self = heap;
    if (unlikely(size > SMALL_MAX)) {
        return pool_alloc_other(self, size, self->raw.calloc);
    }
    void *p = pool_alloc(heap, size);
    return p != NULL ? memset(p, 0, size) : NULL;
}

/* Bytes that a request gets. */
static size_t pool_room(size_t size)
{
    return size == 0 ? HEAP_ALIGNMENT : round_up(size);
}

static void *pool_resize(void *heap, void *p, size_t old_size, size_t new_size)
{
    struct pool_heap *self = heap;
    if (p == NULL) {
        return pool_alloc(heap, new_size);
    }
    if (old_size > SMALL_MAX && new_size > SMALL_MAX) {
        void *moved = heap_resize(&self->raw, p, old_size, new_size);
        self->raw_bytes += moved != NULL ? round_up(new_size) - round_up(old_size) : 0;
        return moved;
    }
    size_t kept = pool_room(old_size) < new_size ? pool_room(old_size) : new_size;
    if (new_size <= SMALL_MAX && pool_room(new_size) == pool_room(old_size)) {
        annotate_resize(&self->pools, p, pool_room(old_size), old_size, new_size);
        return p;
    }
    void *moved = pool_alloc(heap, new_size);
    if (moved != NULL) {
        if (old_size <= SMALL_MAX) {
            annotate_show(p, kept);
        }
        memcpy(moved, p, kept);
        pool_release(heap, p, old_size);
    }
    return moved;
}

static size_t pool_size_of(void *heap, const void *p)
{
    const struct pool_heap *self = heap;
    if ((uintptr_t)p - self->pools.base < self->pools.span) {
        return class_size(pool_of(p)->class);
    }
    return self->raw.methods->size_of(self->raw.self, p);
}

/* Give back the pages of an arena's empty pools, all but the first of each, which has the header. */
static void trim_arena(const struct arena *arena)
{
    size_t page = os_pages_size();
    for (struct pool *pool = arena->free; pool != NULL && page < POOL_SIZE; pool = pool->next) {
        if (pool->class < CLASS_COUNT) { /* its free list is about to be lost */
            pool->class = CLASS_COUNT;
            os_pages_discard((char *)pool + page, POOL_SIZE - page);
        }
    }
}

static void pool_trim(void *heap)
{
    struct pool_heap *self = heap;
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        pool_flush(self, &self->magazine[i], magazine_count(&self->magazine[i]));
    }
    for (struct arena *arena = self->pools.usable; arena != NULL; arena = arena->next) {
        trim_arena(arena);
    }
    if (self->raw_owned) {
        heap_trim(&self->raw);
    }
}

static size_t pool_pages(void)
{
    size_t page = os_pages_size();
    return (sizeof(struct pool_heap) + page - 1) & ~(page - 1);
}

static void pool_close(void *heap)
{
    struct pool_heap *self = heap;
    annotate_close(&self->pools);
    if (self->raw_owned) {
        heap_close(&self->raw);
    }
    pymalloc_close_pools(&self->pools);
    os_pages_unmap(self, pool_pages());
}

static const struct heap_methods pool_methods = {
    .alloc = pool_alloc,
    .calloc = pool_calloc,
    .resize = pool_resize,
    .release = pool_release,
    .size_of = pool_size_of,
    .trim = pool_trim,
    .stats = pool_stats,
    .check = pool_check,
    .close = pool_close,
};

/* The raw heap of the pools: without arenas there is no memory for a small block, since the size of
 * a block must tell where it lies. */
static void *pool_refuse(void *heap, size_t size)
{
    (void)heap;
    (void)size;
    return NULL;
}

static bool pool_open(const struct allocator_config *config, struct heap *out, struct error *error)
{
    struct pool_heap *self = os_pages_map(pool_pages());
    if (self == NULL) {
        return error_set(error, "pool: no memory for its own pages");
    }
    if (!pymalloc_open_pools(&self->pools, options_number(config->options, "arena"), false,
                             error)) {
        goto fail_pools;
    }
    if (!pymalloc_open_raw(&config->raw, &self->raw, &self->raw_owned, error)) {
        goto fail_raw;
    }
    self->pools.raw.alloc = pool_refuse;
    void **slot = self->slots;
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        size_t count = MAGAZINE_BYTES / class_size(i);
        count = count < MAGAZINE_MAX ? count : MAGAZINE_MAX;
        self->magazine[i] = (struct magazine){slot, slot, slot + count, 0};
        slot += count;
    }
    self->methods = pool_methods;
    if (self->raw.methods->size_of == NULL) {
        self->methods.size_of = NULL;
    }
    annotate_open(&self->pools);
    *out = heap_make(self, &self->methods);
    return true;

fail_raw:
    pymalloc_close_pools(&self->pools);
fail_pools:
    os_pages_unmap(self, pool_pages());
    return false;
}

static const struct option pool_options[] = {
    {"arena", OPTION_SIZE, "1m", 256 * 1024, POOLS_MAX *POOL_SIZE, NULL,
     "bytes mapped and given back at a time, a power of two"},
};

const struct allocator allocator_pool = {
    .abi = ALLOCATOR_ABI,
    .struct_size = sizeof(struct allocator),
    .name = "pool",
    .summary = "our own: magazines over pymalloc's pools, sized releases",
    .threads = THREADS_NONE,
    .options = pool_options,
    .option_count = COUNT_OF(pool_options),
    .open = pool_open,
};

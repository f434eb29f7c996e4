/* pool: our own small-object allocator, made for consumers that tell sizes, on one thread.
 *
 *   alloc    pop the list of the current pool of the size; the one test is for its end
 *   release  push on the list of the block's pool, found by mask, and count down: at zero something
 *            happens (pool_pages.c). The size says that it is ours: no address is looked up
 *   idle     a full pool serves again when an eighth of it is free: so one trip out of line pays for
 *            many requests, and no more than that of any pool lies idle while its class grows
 * What is released is handed out next while it is hot, and neighbours stay neighbours: one list for
 * all pools is as fast in loops, and scatters real programs over memory. Pools of 16 KiB and arenas
 * are pymalloc's, and so is giving back: an arena whose pools are all empty, one being kept.
 *
 * Not good at: threads (none), blocks over 2048 bytes (passed on to raw), releases of wrong size (of
 * a large block: its page is taken for a pool; +debug names them), resizes across classes (always a
 * copy).
 * Sources: pymalloc; Leijen and others, Mimalloc (2019): lists per page. */
#include "allocators/builtin.h"

#include <string.h>

#include "allocators/os_pages.h"
#include "allocators/pool.h"
#include "base/check.h"

static size_t round_up(size_t size)
{
    return size + (-size & (HEAP_ALIGNMENT - 1));
}

/* What no pool serves: size 0 takes the smallest class, the rest is raw. */
static void *pool_alloc_other(struct pool_heap *self, size_t size, heap_alloc_f *raw_alloc);
static void pool_release_other(struct pool_heap *self, void *p, size_t size);

static inline void *pool_pop(struct pool_heap *self, struct pool *pool, size_t size)
{
    void **block = pool->free;
    pool->free = link_take(block);
    pool->used++;
    annotate_alloc(&self->pools, block, size);
    return block;
}

static __attribute__((noinline)) void *pool_alloc_slow(struct pool_heap *self, size_t size,
                                                       struct pool *pool)
{
    pool = pool_renew(self, pool, size);
    return pool != NULL ? pool_pop(self, pool, size) : NULL;
}

static void *pool_alloc(void *heap, size_t size)
{
    struct pool_heap *self = heap;
    if (unlikely(size - 1 >= BLOCK_MAX)) {
        return pool_alloc_other(self, size, self->raw.alloc);
    }
    struct pool *pool = self->current[step_of(size)];
    if (unlikely(pool->free == NULL)) {
        return pool_alloc_slow(self, size, pool);
    }
    return pool_pop(self, pool, size);
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
    if (unlikely(size - 1 >= BLOCK_MAX)) {
        pool_release_other(self, p, size);
        return;
    }
    struct pool *pool = pool_of(p);
    CHECK_SLOW((uintptr_t)p - self->pools.base < self->pools.span);
    CHECK_SLOW(pool->class == block_class(size));
    annotate_free(&self->pools, p, block_size(pool->class));
    void **block = p;
    link_write(block, pool->free);
    pool->free = block;
    if (unlikely(--pool->used == 0)) {
        pool_turn(self, pool);
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
    if (unlikely(size > BLOCK_MAX)) {
        return pool_alloc_other(self, size, self->raw.calloc);
    }
    void *p = pool_alloc(heap, size);
    return p != NULL ? memset(p, 0, size) : NULL;
}

/* The class of a size that is not 0; BLOCK_CLASSES: it is raw. */
static inline uint32_t resize_class(size_t size)
{
    return likely(size <= BLOCK_MAX) ? block_class(size) : BLOCK_CLASSES;
}

static void *pool_resize_raw(struct pool_heap *self, void *p, size_t old_size, size_t new_size)
{
    void *moved = heap_resize(&self->raw, p, old_size, new_size);
    self->raw_bytes += moved != NULL ? round_up(new_size) - round_up(old_size) : 0;
    return moved;
}

/* The size given to release must say where a block lies: it stays in place only within its class. */
static void *pool_resize(void *heap, void *p, size_t old_size, size_t new_size)
{
    struct pool_heap *self = heap;
    if (p == NULL) {
        return pool_alloc(heap, new_size);
    }
    old_size += old_size == 0; /* as alloc took it */
    new_size += new_size == 0;
    uint32_t class = resize_class(old_size);
    if (resize_class(new_size) == class) {
        if (class == BLOCK_CLASSES) {
            return pool_resize_raw(self, p, old_size, new_size);
        }
        annotate_resize(&self->pools, p, block_size(class), old_size, new_size);
        return p;
    }
    size_t kept = round_up(old_size);
    void *moved = pool_alloc(heap, new_size);
    if (moved != NULL) {
        if (class < BLOCK_CLASSES) {
            annotate_show(p, kept);
        }
        memcpy(moved, p, kept < new_size ? kept : new_size);
        pool_release(heap, p, old_size);
    }
    return moved;
}

static size_t pool_size_of(void *heap, const void *p)
{
    const struct pool_heap *self = heap;
    if ((uintptr_t)p - self->pools.base < self->pools.span) {
        return block_size(pool_of(p)->class);
    }
    return self->raw.methods->size_of(self->raw.self, p);
}

static void pool_trim(void *heap)
{
    struct pool_heap *self = heap;
    pool_trim_pages(self);
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
    pool_prepare(self);
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
    .summary = "our own: a list per pool, no look-up, sized releases",
    .threads = THREADS_NONE,
    .options = pool_options,
    .option_count = COUNT_OF(pool_options),
    .open = pool_open,
};

/* pymalloc: CPython 3.11's small-object allocator, as a plug-in. Same constants, same policy, so
 * the same requests get the same offsets in the same pools of the same arenas; other code.
 *
 *   alloc    the first used pool of the class: pop its free list; when that runs dry, carve the
 * next virgin block; when there is none, the pool is full and leaves the list release  push on the
 * pool's free list; a full pool goes to the front of its class, so that the next request of the
 * class gets the same block; an empty pool goes to its arena resize   in place if it still fits the
 * class and does not waste a quarter of it Requests of 0 bytes and over 512 go to the raw heap, and
 * so does all when arenas cannot be had.
 *
 * Where we differ: all arenas lie in one reserved range, so one comparison tells whether a block is
 * ours; CPython walks a radix tree. A block that shrank to 512 bytes or less stays raw, as there,
 * so the size alone could not tell. Each hot path has one test that leads out of line: an empty
 * class holds a bait pool whose only block is the last one, and the counter of a full pool is 1, so
 * that its next release looks like an emptying one.
 *
 * Not good at: threads (none), blocks over 512 bytes (passed on), giving memory back while one
 * block per arena survives. Source: CPython 3.11.2, Objects/obmalloc.c. */
#include "allocators/builtin.h"

#include <string.h>

#include "allocators/os_pages.h"
#include "allocators/pymalloc.h"
#include "base/check.h"

static uint64_t raw_round(size_t size)
{
    return (uint64_t)size + (-(uint64_t)size & (HEAP_ALIGNMENT - 1));
}

static __attribute__((noinline)) void *raw_count(struct pymalloc *self, void *p, size_t size)
{
    if (p != NULL) {
        self->raw_blocks++;
        self->raw_bytes += raw_round(size);
    }
    return p;
}

__attribute__((noinline)) void *pymalloc_raw_alloc(struct pymalloc *self, size_t size)
{
    return raw_count(self, heap_alloc(&self->raw, size), size);
}

static __attribute__((noinline)) void *raw_resize(struct pymalloc *self, void *p, size_t old_size,
                                                  size_t new_size)
{
    void *moved = heap_resize(&self->raw, p, old_size, new_size);
    if (moved != NULL) {
        self->raw_bytes += raw_round(new_size) - raw_round(old_size);
    }
    return moved;
}

static __attribute__((noinline)) void raw_release(struct pymalloc *self, void *p, size_t size)
{
    if (p != NULL) {
        self->raw_blocks--;
        self->raw_bytes -= raw_round(size);
        heap_release(&self->raw, p, size);
    }
}

/* The block just popped was the last of its pool's list: carve the next one, or take the pool out of
 * its class, or notice that there was no pool. Returns the block. */
static __attribute__((noinline)) void *alloc_slow(struct pymalloc *self, struct pool *pool,
                                                  void *block, size_t size)
{
    if (likely(pool->virgin_offset <= pool->virgin_last)) {
        void **virgin = (void **)(void *)((char *)pool + pool->virgin_offset);
        pool->virgin_offset += class_size(pool->class);
        link_write(virgin, NULL);
        pool->free = virgin;
    } else if (pool != &self->none) {
        self->first[pool->class] = pool->next;
        pool->used = 1;
    } else {
        pool->free = &self->none_block;
        pool->used = 0;
        return pymalloc_alloc_new(self, size);
    }
    annotate_alloc(self, block, size);
    return block;
}

static void *pymalloc_alloc(void *heap, size_t size)
{
    struct pymalloc *self = heap;
    size_t class = (size - 1) / HEAP_ALIGNMENT; /* size 0: past the last class */
    if (unlikely(class >= CLASS_COUNT)) {
        return pymalloc_raw_alloc(self, size);
    }
    struct pool *pool = self->first[class];
    void **block = pool->free;
    void *next = link_take(block);
    pool->used++;
    pool->free = next;
    if (unlikely(next == NULL)) {
        return alloc_slow(self, pool, block, size);
    }
    annotate_alloc(self, block, size);
    return block;
}

void pymalloc_put_slow(struct pymalloc *self, struct pool *pool, void **block)
{
    if (link_read(block) == NULL) {
        pool->used = pool->capacity - 1;
        pool_link(self, pool);
    } else {
        pool_unlink(self, pool);
        pymalloc_pool_empty(self, pool);
    }
}

static void pymalloc_release(void *heap, void *p, size_t size)
{
    struct pymalloc *self = heap;
    if (unlikely((uintptr_t)p - self->base >= self->span)) {
        raw_release(self, p, size);
        return;
    }
    annotate_free(self, p, class_size(pool_of(p)->class));
    pymalloc_put(self, p);
}

static void *pymalloc_calloc(void *heap, size_t size)
{
    struct pymalloc *self = heap;
    if (unlikely(size - 1 >= SMALL_MAX)) {
        return raw_count(self, heap_calloc(&self->raw, size), size);
    }
    void *p = pymalloc_alloc(heap, size);
    return likely(p != NULL) ? memset(p, 0, size) : NULL;
}

/* How much a block has over its class is decided by the block, not by old_size: it may have shrunk
 * in place. old_size may be up to 15 bytes below what was asked for: whole units are copied. */
static void *pymalloc_resize(void *heap, void *p, size_t old_size, size_t new_size)
{
    struct pymalloc *self = heap;
    if (unlikely(p == NULL)) {
        return pymalloc_alloc(heap, new_size);
    }
    if ((uintptr_t)p - self->base >= self->span) {
        return raw_resize(self, p, old_size, new_size);
    }
    size_t room = class_size(pool_of(p)->class);
    CHECK_SLOW(old_size <= room);
    if (new_size <= room && 4 * new_size > 3 * room) {
        annotate_resize(self, p, room, old_size, new_size);
        return p;
    }
    void *moved = pymalloc_alloc(heap, new_size);
    if (moved != NULL) {
        size_t kept = raw_round(old_size);
        annotate_show(p, kept);
        memcpy(moved, p, kept < new_size ? kept : new_size);
        pymalloc_release(heap, p, old_size);
    }
    return moved;
}

static size_t pymalloc_size_of(void *heap, const void *p)
{
    const struct pymalloc *self = heap;
    if ((uintptr_t)p - self->base < self->span) {
        return class_size(pool_of(p)->class);
    }
    return self->raw.methods->size_of(self->raw.self, p);
}

static void pymalloc_trim(void *heap)
{
    struct pymalloc *self = heap;
    if (self->raw_owned) {
        heap_trim(&self->raw);
    }
}

/* The bytes that struct pymalloc is mapped in. */
static size_t pymalloc_pages(void)
{
    size_t page = os_pages_size();
    return (sizeof(struct pymalloc) + page - 1) & ~(page - 1);
}

static void pymalloc_close(void *heap)
{
    struct pymalloc *self = heap;
    annotate_close(self);
    if (self->raw_owned) {
        heap_close(&self->raw);
    }
    pymalloc_close_pools(self);
    os_pages_unmap(self, pymalloc_pages());
}

static const struct heap_methods pymalloc_methods = {
    .alloc = pymalloc_alloc,
    .calloc = pymalloc_calloc,
    .resize = pymalloc_resize,
    .release = pymalloc_release,
    .size_of = pymalloc_size_of,
    .trim = pymalloc_trim,
    .stats = pymalloc_stats,
    .check = pymalloc_check,
    .close = pymalloc_close,
};

static bool pymalloc_open(const struct allocator_config *config, struct heap *out,
                          struct error *error)
{
    struct pymalloc *self = os_pages_map(pymalloc_pages());
    if (self == NULL) {
        return error_set(error, "pymalloc: no memory for its own pages");
    }
    size_t arena_size = options_number(config->options, "arena");
    bool misaligned = options_number(config->options, "align") == 1;
    if (!pymalloc_open_pools(self, arena_size, misaligned, error)) {
        goto fail_pools;
    }
    if (!malloc_open_raw(&config->raw, &self->raw, &self->raw_owned, error)) {
        goto fail_raw;
    }
    self->methods = pymalloc_methods;
    if (self->raw.methods->size_of == NULL) {
        self->methods.size_of = NULL;
    }
    annotate_open(self);
    *out = heap_make(self, &self->methods);
    return true;

fail_raw:
    pymalloc_close_pools(self);
fail_pools:
    os_pages_unmap(self, pymalloc_pages());
    return false;
}

static const struct option pymalloc_options[] = {
    {"align", OPTION_CHOICE, "pool", 0, 0, "pool|page",
     "arenas start at a pool's multiple, or one page behind it, which costs a pool in each"},
    {"arena", OPTION_SIZE, "1m", 256 * 1024, POOLS_MAX *POOL_SIZE, NULL,
     "bytes of an arena, a power of two (1m: CPython 3.10 and later)"},
};

const struct allocator allocator_pymalloc = {
    .abi = ALLOCATOR_ABI,
    .struct_size = sizeof(struct allocator),
    .name = "pymalloc",
    .summary = "CPython 3.11's allocator: arenas, pools, 512-byte limit",
    .threads = THREADS_NONE,
    .options = pymalloc_options,
    .option_count = COUNT_OF(pymalloc_options),
    .open = pymalloc_open,
};

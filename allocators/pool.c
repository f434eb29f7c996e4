/* pool: our own small-object allocator, made for consumers that tell sizes, on one thread.
 *
 *   alloc    pop the list of what is ready for the class; the one test is for its end, when the
 *            current pool of the class gives all that was released into it (pool_pages.c)
 *   release  push on the list of the block's pool and count down: at zero something happens. The size
 *            says that it is ours; the pool's number is the distance from the region's start
 *   tables   what is known about pools lies in tables beside them, close together: a header in each
 *            would be at the same place of every 16 KiB, and few of those fit in a cache at a time
 * Neighbours stay neighbours, since a list never leaves its pool: one list for all pools is as fast
 * in loops, and scatters real programs over memory. Memory goes back by arenas (pool_arena.c).
 *
 * Not good at: threads (none), blocks over 1024 bytes (passed on to raw), releases of wrong size (of
 * a large block: it is taken for a pool's; +debug names them), resizes across classes (always a
 * copy), handing out at once what was just released (that waits for what is ready).
 * Sources: pymalloc; Leijen and others, Mimalloc (2019): lists per page, one to take from and one to
 * release into. */
#include "allocators/builtin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "allocators/link.h"
#include "allocators/pool.h"
#include "base/check.h"

static size_t round_up(size_t size)
{
    return size + (-size & (HEAP_ALIGNMENT - 1));
}

/* What the short paths do not serve: coarse classes, size 0 as the smallest class, the rest raw. */
static void *pool_alloc_other(struct pool_heap *self, size_t size);
static void pool_release_other(struct pool_heap *self, void *p, size_t size);

static inline void *pool_pop(struct pool_heap *self, size_t class, void **block, size_t size)
{
    self->free[class] = link_take(block);
    annotate_alloc(self, block, size);
    return block;
}

static inline void *pool_alloc_class(struct pool_heap *self, size_t class, size_t size)
{
    void **block = self->free[class];
    return likely(block != NULL) ? pool_pop(self, class, block, size)
                                 : pool_renew(self, size, class);
}

static void *pool_alloc(void *heap, size_t size)
{
    return likely(size <= SMALL_MAX) ? pool_alloc_class(heap, fine_class(size), size)
                                     : pool_alloc_other(heap, size);
}

static void *raw_count(struct pool_heap *self, void *p, size_t size)
{
    if (p != NULL) {
        self->raw_blocks++;
        self->raw_bytes += round_up(size);
    }
    return p;
}

static __attribute__((noinline)) void *pool_alloc_other(struct pool_heap *self, size_t size)
{
    if (size <= BLOCK_MAX) {
        return pool_alloc_class(self, coarse_class(size), size);
    }
    return raw_count(self, heap_alloc(&self->raw, size), size);
}

/* Take a block back; true: the count of its pool has fallen to zero. */
static inline bool pool_push(struct pool_heap *self, void *p, size_t size, size_t *number)
{
    size_t at = *number = pool_number(self, p);
    CHECK_SLOW(at < self->arena_end * (size_t)ARENA_POOLS);
    CHECK_SLOW(self->pool[at].class == size_class(size));
    (void)size;
    annotate_free(self, p, block_size(self->pool[at].class));
    link_write(p, self->free[at]);
    self->free[at] = p;
    return unlikely(--self->count[at] == 0);
}

static void pool_release(void *heap, void *p, size_t size)
{
    size_t number;
    if (unlikely(size - 1 >= BLOCK_MAX)) {
        pool_release_other(heap, p, size);
    } else if (pool_push(heap, p, size, &number)) {
        pool_turn(heap, (uint32_t)number);
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
        return raw_count(self, heap_calloc(&self->raw, size), size);
    }
    void *p = pool_alloc(heap, size);
    return p != NULL ? memset(p, 0, size) : NULL;
}

static void *raw_resize(struct pool_heap *self, void *p, size_t old_size, size_t new_size)
{
    void *moved = heap_resize(&self->raw, p, old_size, new_size);
    self->raw_bytes += moved != NULL ? round_up(new_size) - round_up(old_size) : 0;
    return moved;
}

/* The size given to release must say where a block lies: it stays in place only within its class. */
static __attribute__((noinline)) void *pool_resize_other(struct pool_heap *self, void *p,
                                                         size_t old_size, size_t new_size)
{
    old_size += old_size == 0; /* as alloc took it */
    new_size += new_size == 0;
    size_t class = size_class(old_size);
    if (size_class(new_size) == class) {
        if (class == 0) {
            return raw_resize(self, p, old_size, new_size);
        }
        annotate_resize(self, p, block_size((uint32_t) class), old_size, new_size);
        return p;
    }
    void *moved = pool_alloc(self, new_size);
    if (moved != NULL) {
        size_t kept = round_up(old_size);
        if (class != 0) {
            annotate_show(p, kept);
        }
        memcpy(moved, p, kept < new_size ? kept : new_size);
        pool_release(self, p, old_size);
    }
    return moved;
}

static __attribute__((noinline)) void *turn_and_give(struct pool_heap *self, size_t number, void *p)
{
    pool_turn(self, (uint32_t)number);
    return p;
}

/* Lists that grow: within the small classes nothing is called. At least 16 bytes are copied. */
static void *pool_resize(void *heap, void *p, size_t old_size, size_t new_size)
{
    struct pool_heap *self = heap;
    size_t from = fine_class(old_size), to = fine_class(new_size), number;
    void **block;
    if (unlikely(old_size - 1 >= SMALL_MAX || new_size > SMALL_MAX ||
                 (block = self->free[to]) == NULL)) {
        return p == NULL ? pool_alloc(heap, new_size)
                         : pool_resize_other(self, p, old_size, new_size);
    }
    if (from == to) {
        annotate_resize(self, p, to * HEAP_ALIGNMENT, old_size, new_size);
        return p;
    }
    char *moved = pool_pop(self, to, block, new_size);
    ptrdiff_t kept = (ptrdiff_t)(from < to ? from : to) * HEAP_ALIGNMENT;
    annotate_show(p, (size_t)kept);
    annotate_show(moved, (size_t)kept);
    ptrdiff_t left = -kept;
    do {
        memcpy(moved + kept + left, (char *)p + kept + left, HEAP_ALIGNMENT);
    } while ((left += HEAP_ALIGNMENT) != 0);
    annotate_resize(self, moved, to * HEAP_ALIGNMENT, (size_t)kept, new_size);
    return pool_push(self, p, old_size, &number) ? turn_and_give(self, number, moved) : moved;
}

static size_t pool_size_of(void *heap, const void *p)
{
    const struct pool_heap *self = heap;
    size_t number = pool_number(self, p);
    if (number < (size_t)self->arena_limit * ARENA_POOLS) {
        return block_size(self->pool[number].class);
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

static void pool_close(void *heap)
{
    struct pool_heap *self = heap;
    annotate_close(self);
    if (self->raw_owned) {
        heap_close(&self->raw);
    }
    pool_arena_close(self);
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
    uint32_t keep = (uint32_t)options_number(config->options, "keep");
    struct pool_heap *self = pool_arena_open(keep, error);
    if (self == NULL) {
        return false;
    }
    if (!malloc_open_raw(&config->raw, &self->raw, &self->raw_owned, error)) {
        pool_arena_close(self);
        return false;
    }
    self->methods = pool_methods;
    if (self->raw.methods->size_of == NULL) {
        self->methods.size_of = NULL;
    }
    annotate_open(self);
    *out = heap_make(self, &self->methods);
    return true;
}

/* The raw heap, where it is glibc's, keeps as much at its end as arenas are kept. */
/* glibc, told when to trim, no longer learns which blocks are worth a mapping of their own: a buffer
 * of 256 KiB would be mapped and faulted in for each message. Larger than this few come twice. */
enum { RAW_MAPPED = 4 << 20 };

static void pool_environment(const struct options *options, struct environment *out)
{
    uint64_t keep = options_number(options, "keep");
    if (keep > 0) {
        char tunable[128];
        snprintf(tunable, sizeof(tunable),
                 "glibc.malloc.trim_threshold=%" PRIu64 ":glibc.malloc.mmap_threshold=%d",
                 keep * ARENA_SIZE, RAW_MAPPED);
        environment_set(out, "GLIBC_TUNABLES", tunable);
    }
}

static const struct option pool_options[] = {
    {"keep", OPTION_COUNT, "16", 0, ARENAS, NULL,
     "most empty arenas of 1 MiB that stay, if the program keeps needing them again"},
};

const struct allocator allocator_pool = {
    .abi = ALLOCATOR_ABI,
    .struct_size = sizeof(struct allocator),
    .name = "pool",
    .summary = "our own: a list per pool, no look-up, sized releases",
    .threads = THREADS_NONE,
    .options = pool_options,
    .option_count = COUNT_OF(pool_options),
    .environment = pool_environment,
    .open = pool_open,
};

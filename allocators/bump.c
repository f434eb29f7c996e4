/* bump: the zero. It hands out addresses in ascending order and never takes one back, so what it
 * costs is what any allocator must cost: the call, and touching fresh memory.
 *
 * Chunks of 1 MiB (`chunk`) are mapped as needed; a larger block gets a chunk of its own size. A
 * resize grows in place when p is the newest block, else it copies. It counts nothing. Not good at
 * anything that runs for long: memory grows with every request. */
#include "allocators/builtin.h"

#include <assert.h>
#include <string.h>

#include "allocators/os_pages.h"
#include "base/check.h"

/* At the start of each mapping; a list, so that closing finds them all. */
struct chunk {
    struct chunk *older;
    size_t size; /* of the mapping, this header included */
};

enum { CHUNK_HEADER = 16 };

static_assert(sizeof(struct chunk) <= CHUNK_HEADER, "blocks start 16 bytes into a chunk");

struct bump {
    char *next; /* the next block's address */
    char *end;  /* of the newest chunk */
    struct chunk *newest;
    size_t chunk_size;
    uint64_t mapped_bytes;
    uint64_t chunk_count;
};

/* Size 0 takes a block too: its address must be unique. */
static size_t bump_step(size_t size)
{
    return (size + (size == 0) + (HEAP_ALIGNMENT - 1)) & ~(size_t)(HEAP_ALIGNMENT - 1);
}

/* Map a chunk that has room for `step` bytes, and hand out its first block. */
static __attribute__((noinline)) void *bump_alloc_slow(struct bump *self, size_t size)
{
    size_t page = os_pages_size();
    size_t step = bump_step(size);
    size_t whole;
    if (step < size || __builtin_add_overflow(step, CHUNK_HEADER + page - 1, &whole)) {
        return NULL;
    }
    whole = whole < self->chunk_size ? self->chunk_size : whole & ~(page - 1);
    struct chunk *chunk = os_pages_map(whole);
    if (chunk == NULL) {
        return NULL;
    }
    chunk->older = self->newest;
    chunk->size = whole;
    self->newest = chunk;
    self->mapped_bytes += whole;
    self->chunk_count++;
    char *p = (char *)chunk + CHUNK_HEADER;
    self->next = p + step;
    self->end = (char *)chunk + whole;
    return p;
}

static void *bump_alloc(void *heap, size_t size)
{
    struct bump *self = heap;
    /* The room is a multiple of 16, so what rounds up past it is larger already; `| 1` is for size
     * 0, and leaves the last bytes of a chunk unused when they would just fit. */
    if (unlikely((size | 1) > (size_t)(self->end - self->next))) {
        return bump_alloc_slow(self, size);
    }
    void *p = self->next;
    self->next += bump_step(size);
    return p;
}

static void bump_release(void *heap, void *p, size_t size)
{
    (void)heap;
    (void)p;
    (void)size;
}

static void *bump_resize(void *heap, void *p, size_t old_size, size_t new_size)
{
    struct bump *self = heap;
    if (p == NULL) {
        return bump_alloc(heap, new_size);
    }
    if (unlikely(new_size > PTRDIFF_MAX)) {
        return NULL;
    }
    size_t old_step = bump_step(old_size);
    size_t new_step = bump_step(new_size);
    bool newest = (char *)p + old_step == self->next;
    bool fits = newest && new_step <= (size_t)(self->end - (char *)p);
    if (new_step <= old_step || fits) {
        if (newest) {
            self->next = (char *)p + new_step;
        }
        return p;
    }
    void *moved = bump_alloc(heap, new_size);
    if (moved != NULL) {
        memcpy(moved, p, old_step);
    }
    return moved;
}

/* Memory that was given back to the newest chunk by a shrinking resize is not fresh: clear all. */
static void *bump_calloc(void *heap, size_t size)
{
    void *p = bump_alloc(heap, size);
    return p != NULL ? memset(p, 0, size) : NULL;
}

static void bump_stats(void *heap, struct heap_stats *out)
{
    const struct bump *self = heap;
    out->mapped_bytes = self->mapped_bytes;
    out->arenas = self->chunk_count;
    out->arenas_highwater = self->chunk_count;
    out->arenas_total = self->chunk_count;
}

static const char *bump_check(void *heap)
{
    const struct bump *self = heap;
    uint64_t bytes = 0;
    uint64_t count = 0;
    for (const struct chunk *chunk = self->newest; chunk != NULL; chunk = chunk->older) {
        bytes += chunk->size;
        count++;
    }
    if (self->next > self->end) {
        return "bump: the next block starts behind the newest chunk's end";
    }
    if (self->newest != NULL && self->end != (char *)self->newest + self->newest->size) {
        return "bump: the end is not the newest chunk's";
    }
    if (bytes != self->mapped_bytes) {
        return "bump: the chunks' sizes do not add up to the bytes mapped";
    }
    if (count != self->chunk_count) {
        return "bump: the list of chunks is not as long as the count";
    }
    return NULL;
}

static void bump_close(void *heap)
{
    struct bump *self = heap;
    for (struct chunk *chunk = self->newest; chunk != NULL;) {
        struct chunk *older = chunk->older;
        os_pages_unmap(chunk, chunk->size);
        chunk = older;
    }
    os_pages_unmap(self, os_pages_size());
}

static const struct heap_methods bump_methods = {
    .alloc = bump_alloc,
    .calloc = bump_calloc,
    .resize = bump_resize,
    .release = bump_release,
    .stats = bump_stats,
    .check = bump_check,
    .close = bump_close,
};

static bool bump_open(const struct allocator_config *config, struct heap *out, struct error *error)
{
    size_t page = os_pages_size();
    struct bump *self = os_pages_map(page);
    if (self == NULL) {
        return error_set(error, "bump: no memory for its own page");
    }
    self->chunk_size = (options_number(config->options, "chunk") + page - 1) & ~(page - 1);
    *out = heap_make(self, &bump_methods);
    return true;
}

static const struct option bump_options[] = {
    {"chunk", OPTION_SIZE, "1m", 4096, UINT64_C(1) << 40, NULL,
     "bytes mapped at a time (1m: CPython's arena)"},
};

const struct allocator allocator_bump = {
    .abi = ALLOCATOR_ABI,
    .struct_size = sizeof(struct allocator),
    .name = "bump",
    .summary = "never frees: the zero",
    .threads = THREADS_NONE,
    .options = bump_options,
    .option_count = COUNT_OF(bump_options),
    .open = bump_open,
};

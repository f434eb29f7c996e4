/* +sized: remembers each block's size in the 16 bytes before it, for consumers that know none (real
 * CPython frees by address only) above allocators that must be told. The sizes given to release and
 * resize are ignored. Costs 16 bytes a block, and moves requests of 497 to 512 bytes past
 * pymalloc's limit. */
#include "allocators/builtin.h"

#include "allocators/os_pages.h"
#include "base/check.h"

enum { SIZED_HEADER = HEAP_ALIGNMENT };

struct sized {
    struct heap inner;
};

/* The remembered size of p. */
static size_t *sized_header(const void *p)
{
    return (size_t *)((uintptr_t)p - SIZED_HEADER);
}

/* Remember the size in a block of the inner heap; the address to hand out. */
static void *sized_mark(void *block, size_t size)
{
    if (block == NULL) {
        return NULL;
    }
    *(size_t *)block = size;
    return (char *)block + SIZED_HEADER;
}

static void *sized_alloc(void *heap, size_t size)
{
    const struct sized *self = heap;
    if (size > SIZE_MAX - SIZED_HEADER) {
        return NULL;
    }
    return sized_mark(heap_alloc(&self->inner, size + SIZED_HEADER), size);
}

static void *sized_calloc(void *heap, size_t size)
{
    const struct sized *self = heap;
    if (size > SIZE_MAX - SIZED_HEADER) {
        return NULL;
    }
    return sized_mark(heap_calloc(&self->inner, size + SIZED_HEADER), size);
}

static void *sized_resize(void *heap, void *p, size_t old_size, size_t new_size)
{
    const struct sized *self = heap;
    (void)old_size;
    if (p == NULL) {
        return sized_alloc(heap, new_size);
    }
    if (new_size > SIZE_MAX - SIZED_HEADER) {
        return NULL;
    }
    size_t *header = sized_header(p);
    void *block =
        heap_resize(&self->inner, header, *header + SIZED_HEADER, new_size + SIZED_HEADER);
    return sized_mark(block, new_size);
}

static void sized_release(void *heap, void *p, size_t size)
{
    const struct sized *self = heap;
    (void)size;
    if (p != NULL) {
        size_t *header = sized_header(p);
        heap_release(&self->inner, header, *header + SIZED_HEADER);
    }
}

static size_t sized_size_of(void *heap, const void *p)
{
    (void)heap;
    return *sized_header(p);
}

static void sized_trim(void *heap)
{
    heap_trim(&((struct sized *)heap)->inner);
}

static void sized_stats(void *heap, struct heap_stats *out)
{
    heap_stats(&((struct sized *)heap)->inner, out);
}

static const char *sized_check(void *heap)
{
    return heap_check(&((struct sized *)heap)->inner);
}

static void sized_close(void *heap)
{
    heap_close(&((struct sized *)heap)->inner);
    os_pages_unmap(heap, os_pages_size());
}

static const struct heap_methods sized_methods = {
    .alloc = sized_alloc,
    .calloc = sized_calloc,
    .resize = sized_resize,
    .release = sized_release,
    .size_of = sized_size_of,
    .trim = sized_trim,
    .stats = sized_stats,
    .check = sized_check,
    .close = sized_close,
};

static bool sized_wrap(struct heap inner, const struct options *options, struct heap *out,
                       struct error *error)
{
    (void)options;
    struct sized *self = os_pages_map(os_pages_size());
    if (self == NULL) {
        return error_set(error, "+sized: no memory for its own page");
    }
    self->inner = inner;
    *out = heap_make(self, &sized_methods);
    return true;
}

const struct wrapper wrapper_sized = {
    .name = "sized",
    .summary = "remembers sizes, for consumers that know none",
    .wrap = sized_wrap,
};

/* What the tests of pymalloc ask an open heap: its figures, where a block lies, whether all is sound. */
#ifndef HEAPDYNO_TESTS_PYMALLOC_HEAP_H
#define HEAPDYNO_TESTS_PYMALLOC_HEAP_H

#include "tests/allocators.h"

#include "allocators/pymalloc.h"

static inline struct heap_stats stats_of(const struct heap *heap)
{
    struct heap_stats stats;
    heap_stats(heap, &stats);
    return stats;
}

/* Bytes from the first arena's start; huge for a raw block. */
static inline uintptr_t offset_of(const struct heap *heap, const void *p)
{
    return (uintptr_t)p - ((const struct pymalloc *)heap->self)->base;
}

static inline bool is_pooled(const struct heap *heap, const void *p)
{
    return offset_of(heap, p) < ((const struct pymalloc *)heap->self)->span;
}

static inline void close_sound(struct heap *heap)
{
    const char *why = heap_check(heap);
    if (why != NULL) {
        fail_msg("%s", why);
    }
    heap_close(heap);
}

#endif

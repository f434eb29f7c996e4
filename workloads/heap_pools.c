/* The pools in which the recorded Python keeps its objects, for what lies where: size classes of 16
 * bytes up to 512, pools of 4 KiB in arenas of 256 KiB until 3.9, of 16 KiB in 1 MiB since (CPython
 * Objects/obmalloc.c). Objects that come in the order of their addresses are then spread over pages
 * as they were: a pool of another class follows each, and the hardware's prefetching ends there.
 * A loader's: what is released is only kept for the next request of its class. */
#include <stdlib.h>
#include <string.h>

#include "allocators/wrapper.h"
#include "base/spec.h"
#include "workloads/heap_load.h"

enum {
    POOL_HEADER = 48,
    CLASS_BYTES = 16,
    CLASS_MAX = 512,
    CLASSES = CLASS_MAX / CLASS_BYTES + 1,
};

struct free_block {
    struct free_block *next;
};

struct pools {
    struct heap raw, maps; /* for larger requests; for arenas, mapped one by one */
    size_t pool_bytes, arena_bytes;
    char *fresh, *fresh_end; /* pools of the newest arena that nobody has */
    struct {
        char *next, *end;
        struct free_block *free;
    } class[CLASSES];
};

static size_t class_of(size_t size)
{
    return (size + (size == 0) + CLASS_BYTES - 1) / CLASS_BYTES;
}

/* Pools lie aligned in it. */
static bool new_arena(struct pools *self)
{
    char *block = heap_alloc(&self->maps, self->arena_bytes + self->pool_bytes);
    if (block != NULL) {
        self->fresh = block + (-(uintptr_t)block & (self->pool_bytes - 1));
        self->fresh_end = self->fresh + self->arena_bytes;
    }
    return block != NULL;
}

static void *new_pool_block(struct pools *self, size_t class)
{
    if (self->fresh == self->fresh_end && !new_arena(self)) {
        return NULL;
    }
    size_t bytes = class * CLASS_BYTES;
    char *first = self->fresh + POOL_HEADER;
    self->fresh += self->pool_bytes;
    self->class[class].next = first + bytes;
    self->class[class].end = first + (self->pool_bytes - POOL_HEADER) / bytes * bytes;
    return first;
}

static void *pools_alloc(void *heap, size_t size)
{
    struct pools *self = heap;
    if (size > CLASS_MAX) {
        return heap_alloc(&self->raw, size);
    }
    size_t class = class_of(size);
    struct free_block *block = self->class[class].free;
    if (block != NULL) {
        self->class[class].free = block->next;
        return block;
    }
    char *next = self->class[class].next;
    if (next == self->class[class].end) {
        return new_pool_block(self, class);
    }
    self->class[class].next = next + class * CLASS_BYTES;
    return next;
}

static void *pools_calloc(void *heap, size_t size)
{
    void *p = pools_alloc(heap, size);
    return p != NULL ? memset(p, 0, size) : NULL;
}

static void pools_release(void *heap, void *p, size_t size)
{
    struct pools *self = heap;
    if (size > CLASS_MAX) {
        heap_release(&self->raw, p, size);
    } else if (p != NULL) {
        struct free_block *block = p;
        block->next = self->class[class_of(size)].free;
        self->class[class_of(size)].free = block;
    }
}

static void *pools_resize(void *heap, void *p, size_t old_size, size_t new_size)
{
    struct pools *self = heap;
    if (p != NULL && old_size > CLASS_MAX && new_size > CLASS_MAX) {
        return heap_resize(&self->raw, p, old_size, new_size);
    }
    if (p != NULL && old_size <= CLASS_MAX && class_of(old_size) == class_of(new_size)) {
        return p;
    }
    void *moved = pools_alloc(heap, new_size);
    if (moved != NULL && p != NULL) {
        memcpy(moved, p, old_size < new_size ? old_size : new_size);
        pools_release(heap, p, old_size);
    }
    return moved;
}

static void pools_close(void *heap)
{
    struct pools *self = heap;
    heap_close(&self->maps);
    free(self);
}

static const struct heap_methods pools_methods = {
    .alloc = pools_alloc,
    .calloc = pools_calloc,
    .resize = pools_resize,
    .release = pools_release,
    .close = pools_close,
};

/* bump maps each block that is larger than its chunks by itself. */
static bool open_maps(struct heap *out)
{
    static const char bump[] = "bump:chunk=64k";
    struct spec spec;
    return spec_parse(bump, sizeof bump - 1, &spec, NULL) &&
           heap_open(&spec, NULL, (struct heap){0}, out, NULL);
}

bool heap_pools_open(uint64_t python, struct heap raw, struct heap *out)
{
    enum { PYTHON_3_10 = 0x030a0000 };
    struct pools *self = calloc(1, sizeof *self);
    if (self == NULL || !open_maps(&self->maps)) {
        free(self);
        return false;
    }
    bool small = python < PYTHON_3_10;
    self->raw = raw;
    self->pool_bytes = small ? 4 << 10 : 16 << 10;
    self->arena_bytes = small ? 256 << 10 : 1 << 20;
    *out = heap_make(self, &pools_methods);
    return true;
}

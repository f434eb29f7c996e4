/* What the bad plug-ins beside this file have in common: everything that is right about them. Each
 * then does one thing wrong. */
#include <stdlib.h>

#include "allocators/allocator.h"

static void *plain_alloc(void *self, size_t size)
{
    (void)self;
    return malloc(size);
}

static void *plain_calloc(void *self, size_t size)
{
    (void)self;
    return calloc(1, size);
}

static void *plain_resize(void *self, void *p, size_t old_size, size_t new_size)
{
    (void)self, (void)old_size;
    return realloc(p, new_size + (new_size == 0));
}

static void plain_release(void *self, void *p, size_t size)
{
    (void)self, (void)size;
    free(p);
}

static void plain_close(void *self)
{
    (void)self;
}

#define PLAIN_METHODS                                                                              \
    .alloc = plain_alloc, .calloc = plain_calloc, .resize = plain_resize,                          \
    .release = plain_release, .close = plain_close

/* A heap with no state: its self is the table. */
static bool plain_open_with(const struct heap_methods *methods, struct heap *out)
{
    *out = heap_make((void *)(uintptr_t)methods, methods);
    return true;
}

static bool plain_open(const struct allocator_config *config, struct heap *out, struct error *error)
{
    static const struct heap_methods plain_methods = {PLAIN_METHODS};
    (void)config, (void)error;
    return plain_open_with(&plain_methods, out);
}

#define PLAIN_TABLE                                                                                \
    .abi = ALLOCATOR_ABI, .struct_size = sizeof(struct allocator), .name = "bad",                  \
    .summary = "does one thing wrong", .threads = THREADS_NONE, .open = plain_open

/* An allocator outside the tree: every request up to 256 bytes gets a block of 256, from one list of
 * free ones; the rest goes to malloc. Build it and run it:
 *   cc -O2 -shared -fPIC -I HEAPDYNO -o lifo.so lifo.c
 *   heapdyno run --plugin ./lifo.so --allocator lifo,malloc */
#include <stdlib.h>
#include <string.h>
#include "allocators/allocator.h"

enum { BLOCK = 256 };

static void *lifo_alloc(void *self, size_t size)
{
    void **first = self, **block = *first;
    if (size > BLOCK || block == NULL) {
        return malloc(size > BLOCK ? size : BLOCK);
    }
    *first = *block;
    return block;
}

static void lifo_release(void *self, void *p, size_t size)
{
    if (p == NULL || size > BLOCK) {
        free(p);
    } else {
        *(void **)p = *(void **)self;
        *(void **)self = p;
    }
}

static void *lifo_calloc(void *self, size_t size)
{
    void *p = lifo_alloc(self, size);
    return p != NULL ? memset(p, 0, size) : NULL;
}

static void *lifo_resize(void *self, void *p, size_t old_size, size_t new_size)
{
    void *moved = lifo_alloc(self, new_size);
    if (moved != NULL && p != NULL) {
        memcpy(moved, p, old_size < new_size ? old_size : new_size);
        lifo_release(self, p, old_size);
    }
    return moved;
}

static void lifo_close(void *self)
{
    for (void *block; (block = *(void **)self) != NULL; free(block)) {
        *(void **)self = *(void **)block;
    }
    free(self);
}

static const struct heap_methods methods = {lifo_alloc, lifo_calloc, lifo_resize, lifo_release,
                                            .close = lifo_close};

static bool lifo_open(const struct allocator_config *config, struct heap *out, struct error *error)
{
    (void)config, (void)error;
    *out = heap_make(calloc(1, sizeof(void *)), &methods);
    return out->self != NULL;
}

const struct allocator heapdyno_allocator = {
    ALLOCATOR_ABI, sizeof(struct allocator), "lifo", "one list", THREADS_NONE, .open = lifo_open};

/* Never has memory. */
#include "plain.h"

static void *bad_alloc(void *self, size_t size)
{
    (void)self, (void)size;
    return NULL;
}

static bool bad_open(const struct allocator_config *config, struct heap *out, struct error *error)
{
    static const struct heap_methods methods = {PLAIN_METHODS, .alloc = bad_alloc,
                                                .calloc = bad_alloc};
    (void)config, (void)error;
    return plain_open_with(&methods, out);
}

const struct allocator heapdyno_allocator = {PLAIN_TABLE, .open = bad_open};

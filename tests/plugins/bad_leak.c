/* Takes blocks back and keeps them. */
#include "plain.h"

static void bad_release(void *self, void *p, size_t size)
{
    (void)self, (void)p, (void)size;
}

static bool bad_open(const struct allocator_config *config, struct heap *out, struct error *error)
{
    static const struct heap_methods methods = {PLAIN_METHODS, .release = bad_release};
    (void)config, (void)error;
    return plain_open_with(&methods, out);
}

const struct allocator heapdyno_allocator = {PLAIN_TABLE, .open = bad_open};

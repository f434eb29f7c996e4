/* Each request spoils the last byte of the block before. */
#include "plain.h"

static void *bad_alloc(void *self, size_t size)
{
    static char *last;
    if (last != NULL) {
        *last ^= 1;
    }
    char *p = plain_alloc(self, size);
    last = p != NULL && size > 0 ? p + size - 1 : NULL;
    return p;
}

static bool bad_open(const struct allocator_config *config, struct heap *out, struct error *error)
{
    static const struct heap_methods methods = {PLAIN_METHODS, .alloc = bad_alloc};
    (void)config, (void)error;
    return plain_open_with(&methods, out);
}

const struct allocator heapdyno_allocator = {PLAIN_TABLE, .open = bad_open};

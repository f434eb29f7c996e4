/* Hands out every tenth block a second time. */
#include "plain.h"

static void *bad_alloc(void *self, size_t size)
{
    static unsigned requests;
    static void *last;
    static size_t last_size;
    if (++requests % 10 == 0 && size <= last_size) {
        return last;
    }
    last_size = size;
    return last = plain_alloc(self, size);
}

static bool bad_open(const struct allocator_config *config, struct heap *out, struct error *error)
{
    static const struct heap_methods methods = {PLAIN_METHODS, .alloc = bad_alloc};
    (void)config, (void)error;
    return plain_open_with(&methods, out);
}

const struct allocator heapdyno_allocator = {PLAIN_TABLE, .open = bad_open};

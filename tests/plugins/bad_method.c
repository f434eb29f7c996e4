/* Its heap cannot release. */
#include "plain.h"

static bool bad_open(const struct allocator_config *config, struct heap *out, struct error *error)
{
    static const struct heap_methods methods = {PLAIN_METHODS, .release = NULL};
    (void)config, (void)error;
    return plain_open_with(&methods, out);
}

const struct allocator heapdyno_allocator = {PLAIN_TABLE, .open = bad_open};

/* The right version, a table of another size. */
#include "plain.h"

const struct allocator heapdyno_allocator = {PLAIN_TABLE, .struct_size = 16};

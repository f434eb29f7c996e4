/* Compiled against another version of the table. */
#include "plain.h"

const struct allocator heapdyno_allocator = {PLAIN_TABLE, .abi = ALLOCATOR_ABI + 1};

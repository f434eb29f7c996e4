/* Has no function open. */
#include "plain.h"

const struct allocator heapdyno_allocator = {PLAIN_TABLE, .open = NULL};

/* A name that would be markup in a report and a folder in a path. */
#include "plain.h"

const struct allocator heapdyno_allocator = {PLAIN_TABLE, .name = "<b>../x"};

/* Exports its table under another name. */
#include "plain.h"

const struct allocator my_allocator = {PLAIN_TABLE};

/* Allocators from shared objects: --plugin ./mine.so. Loading runs the library's constructors, so
 * only a child process does it; the parent asks a child what the library offers. */
#ifndef HEAPDYNO_ALLOCATORS_PLUGIN_H
#define HEAPDYNO_ALLOCATORS_PLUGIN_H

#include "allocators/allocator.h"

/* dlopen `path` (RTLD_NOW | RTLD_LOCAL), find `heapdyno_allocator`, check abi, struct size, name
 * and the required functions. NULL with the reason in `error`. The library stays loaded. */
const struct allocator *allocator_plugin_load(const char *path, struct error *error);

#endif

/* Declares the tables that list.def names, allocator_NAME and wrapper_NAME. A file that ends in
 * such a table includes this, so that a forgotten line in list.def, or a table of another type, is
 * an error of the compiler. */
#ifndef HEAPDYNO_ALLOCATORS_BUILTIN_H
#define HEAPDYNO_ALLOCATORS_BUILTIN_H

#include "allocators/allocator.h"
#include "allocators/wrapper.h"

#define ALLOCATOR(name) extern const struct allocator allocator_##name;
#define WRAPPER(name) extern const struct wrapper wrapper_##name;
#include "allocators/list.def"
#undef ALLOCATOR
#undef WRAPPER

/* The heap that an allocator sends larger requests to: `given`, else malloc, which is then *owned. */
bool malloc_open_raw(const struct heap *given, struct heap *raw, bool *owned, struct error *error);

#endif

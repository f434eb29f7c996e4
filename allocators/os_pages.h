/* The only file that asks the operating system for memory. Sizes are multiples of the page size. */
#ifndef HEAPDYNO_ALLOCATORS_OS_PAGES_H
#define HEAPDYNO_ALLOCATORS_OS_PAGES_H

#include <stdbool.h>
#include <stddef.h>

/* Map `size` zeroed bytes, readable and writable; NULL when there are none. */
void *os_pages_map(size_t size);

/* The same, at a multiple of `alignment` (a power of two, at least the page size). */
void *os_pages_map_aligned(size_t size, size_t alignment);

/* Take `size` bytes of addresses at a multiple of `alignment`, without memory: they may not be
 * touched until committed. NULL when the address space is limited. */
void *os_pages_reserve(size_t size, size_t alignment);

/* Make a reserved range usable, zeroed; false when there is no memory. */
bool os_pages_commit(void *p, size_t size);

/* Make it reserved again; its memory goes back. */
void os_pages_decommit(void *p, size_t size);

/* Give the range back. */
void os_pages_unmap(void *p, size_t size);

/* Keep the range, give its memory back: it reads as zero afterwards. */
void os_pages_discard(void *p, size_t size);

size_t os_pages_size(void);

#endif

/* What +debug knows about each block, by address: a hash table with linear probing, at most half
 * full, in pages of its own. */
#ifndef HEAPDYNO_ALLOCATORS_WRAP_DEBUG_TABLE_H
#define HEAPDYNO_ALLOCATORS_WRAP_DEBUG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct debug_block {
    void *p;           /* NULL: the place is empty */
    size_t size;       /* as requested */
    uint64_t serial;   /* of the request that gave it out */
    uint64_t released; /* the last request before its release; 0: live */
};

/* All zero: an empty table. */
struct debug_table {
    struct debug_block *block; /* [capacity] */
    size_t capacity;           /* a power of two, or 0 */
    size_t count;
};

/* Make room for one more; false: no memory. */
bool debug_table_reserve(struct debug_table *self);

/* pre: reserved, and not there yet. */
void debug_table_add(struct debug_table *self, const struct debug_block *block);

/* Valid until the next change; NULL if it is not there. */
struct debug_block *debug_table_find(struct debug_table *self, const void *p);

/* pre: it is there. */
void debug_table_remove(struct debug_table *self, const void *p);

void debug_table_close(struct debug_table *self);

#endif

/* Addresses to numbers: open addressing with linear probing, doubled at half full. The harness's
 * own memory. Not good at: iteration in any order. */
#ifndef HEAPDYNO_BASE_ADDRESS_MAP_H
#define HEAPDYNO_BASE_ADDRESS_MAP_H

#include <stddef.h>
#include <stdint.h>

struct address_entry {
    uintptr_t address; /* 0: empty */
    uint32_t number;
};

/* All zero: an empty map. */
struct address_map {
    size_t count, capacity; /* capacity 0 or a power of two */
    struct address_entry *entry;
};

void address_map_free(struct address_map *self);
void address_map_clear(struct address_map *self);
/* Set the number of an address that is not NULL, new or known. */
void address_map_set(struct address_map *self, const void *address, uint32_t number);
/* The number of an address; 0: unknown. */
uint32_t address_map_get(const struct address_map *self, const void *address);
/* Forget an address; returns what it had, 0: unknown. */
uint32_t address_map_take(struct address_map *self, const void *address);

#endif

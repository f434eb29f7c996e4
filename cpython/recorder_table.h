/* Which block lies at an address: ordinal and mark of each block that was born in the trace. Open
 * addressing with linear probing and shifting deletion; in mapped memory, so that recording asks
 * nothing of the allocators it listens to. */
#ifndef HEAPDYNO_CPYTHON_RECORDER_TABLE_H
#define HEAPDYNO_CPYTHON_RECORDER_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { TABLE_BITS_FIRST = 16 };

/* One block; address 0: none. Blocks are multiples of 16, so the low bits are free for the mark. */
struct table_entry {
    uint64_t address; /* + 1 for a block of a GC object */
    uint64_t ordinal;
};

struct table {
    struct table_entry *entry;
    unsigned bits; /* 2^bits entries; at most half are used */
    uint64_t used;
};

static inline uint64_t table_place(const struct table *self, uint64_t address)
{
    return ((address >> 4) * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - self->bits);
}

static inline struct table_entry *table_map(unsigned bits)
{
    size_t bytes = sizeof(struct table_entry) << bits;
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static inline bool table_open(struct table *self)
{
    self->bits = TABLE_BITS_FIRST;
    self->used = 0;
    self->entry = table_map(self->bits);
    return self->entry != NULL;
}

static inline void table_close(struct table *self)
{
    if (self->entry != NULL) {
        munmap(self->entry, sizeof(struct table_entry) << self->bits);
        self->entry = NULL;
    }
}

/* The place of `address`, or the empty one where it would be. */
static inline struct table_entry *table_find(const struct table *self, const void *p)
{
    uint64_t mask = (UINT64_C(1) << self->bits) - 1;
    uint64_t address = (uint64_t)(uintptr_t)p;
    uint64_t place = table_place(self, address);
    while (self->entry[place].address != 0 &&
           (self->entry[place].address & ~UINT64_C(15)) != address) {
        place = (place + 1) & mask;
    }
    return &self->entry[place];
}

/* Twice the room; false: no memory, nothing changed. */
static inline bool table_grow(struct table *self)
{
    struct table larger = {table_map(self->bits + 1), self->bits + 1, self->used};
    if (larger.entry == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < UINT64_C(1) << self->bits; i++) {
        struct table_entry entry = self->entry[i];
        if (entry.address != 0) {
            *table_find(&larger, (void *)(uintptr_t)(entry.address & ~UINT64_C(15))) = entry;
        }
    }
    table_close(self);
    *self = larger;
    return true;
}

/* Put a block, whatever was known of that address. */
static inline bool table_put(struct table *self, const void *p, bool gc, uint64_t ordinal)
{
    if (self->used >= (UINT64_C(1) << self->bits) / 2 && !table_grow(self)) {
        return false;
    }
    struct table_entry *entry = table_find(self, p);
    self->used += entry->address == 0;
    *entry = (struct table_entry){(uint64_t)(uintptr_t)p | gc, ordinal};
    return true;
}

/* Remove a found entry; those behind it move up. */
static inline void table_remove(struct table *self, struct table_entry *entry)
{
    uint64_t mask = (UINT64_C(1) << self->bits) - 1;
    uint64_t hole = (uint64_t)(entry - self->entry);
    uint64_t place = hole;
    for (;;) {
        place = (place + 1) & mask;
        if (self->entry[place].address == 0) {
            break;
        }
        uint64_t home = table_place(self, self->entry[place].address);
        if (((place - home) & mask) >= ((place - hole) & mask)) {
            self->entry[hole] = self->entry[place];
            hole = place;
        }
    }
    self->entry[hole].address = 0;
    self->used--;
}

#endif

/* Linear probing; a place is emptied by moving later ones back (Knuth 6.4, algorithm R). */
#include "base/address_map.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

enum { CAPACITY_MIN = 1024 };

void address_map_free(struct address_map *self)
{
    free(self->entry);
    *self = (struct address_map){.count = 0};
}

void address_map_clear(struct address_map *self)
{
    if (self->count > 0) {
        memset(self->entry, 0, self->capacity * sizeof *self->entry);
        self->count = 0;
    }
}

static size_t home_of(const struct address_map *self, uintptr_t address)
{
    uint64_t mixed = (uint64_t)(address >> 4) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 32) & (self->capacity - 1);
}

/* Its own place, or the empty one where it belongs. */
static size_t find(const struct address_map *self, uintptr_t address)
{
    size_t at = home_of(self, address);
    while (self->entry[at].address != 0 && self->entry[at].address != address) {
        at = (at + 1) & (self->capacity - 1);
    }
    return at;
}

static void grow(struct address_map *self)
{
    struct address_map old = *self;
    self->capacity = old.capacity == 0 ? CAPACITY_MIN : old.capacity * 2;
    self->entry = calloc(self->capacity, sizeof *self->entry);
    CHECK(self->entry != NULL); /* called inside an allocator: nobody to tell */
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.entry[i].address != 0) {
            self->entry[find(self, old.entry[i].address)] = old.entry[i];
        }
    }
    free(old.entry);
}

void address_map_set(struct address_map *self, const void *address, uint32_t number)
{
    if (self->count * 2 >= self->capacity) {
        grow(self);
    }
    struct address_entry *entry = &self->entry[find(self, (uintptr_t)address)];
    self->count += entry->address == 0;
    *entry = (struct address_entry){(uintptr_t)address, number};
}

uint32_t address_map_get(const struct address_map *self, const void *address)
{
    return self->count == 0 ? 0 : self->entry[find(self, (uintptr_t)address)].number;
}

uint32_t address_map_take(struct address_map *self, const void *address)
{
    if (self->count == 0) {
        return 0;
    }
    size_t mask = self->capacity - 1;
    size_t hole = find(self, (uintptr_t)address);
    uint32_t number = self->entry[hole].number;
    if (self->entry[hole].address == 0) {
        return 0;
    }
    self->count--;
    for (size_t at = (hole + 1) & mask; self->entry[at].address != 0; at = (at + 1) & mask) {
        size_t home = home_of(self, self->entry[at].address);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            self->entry[hole] = self->entry[at];
            hole = at;
        }
    }
    self->entry[hole] = (struct address_entry){0, 0};
    return number;
}

/* A hash table from address to what +debug knows; see wrap_debug_table.h. A removed entry's place
 * is filled by moving back what probed past it (Knuth, volume 3, algorithm 6.4 R), so no marks of
 * deleted entries pile up. */
#include "allocators/wrap_debug_table.h"

#include "allocators/os_pages.h"
#include "base/check.h"

enum { CAPACITY_FIRST = 1024 };

/* Where the search for p begins: Fibonacci hashing of the address in units of 16. */
static size_t table_start(const struct debug_table *self, const void *p)
{
    uint64_t hash = ((uintptr_t)p >> 4) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash >> 32) & (self->capacity - 1);
}

/* The place of p, or the empty one where it would go. */
static struct debug_block *table_place(const struct debug_table *self, const void *p)
{
    size_t i = table_start(self, p);
    while (self->block[i].p != NULL && self->block[i].p != p) {
        i = (i + 1) & (self->capacity - 1);
    }
    return &self->block[i];
}

bool debug_table_reserve(struct debug_table *self)
{
    if (2 * (self->count + 1) <= self->capacity) {
        return true;
    }
    struct debug_table larger = {.capacity =
                                     self->capacity > 0 ? 2 * self->capacity : CAPACITY_FIRST};
    larger.block = os_pages_map(larger.capacity * sizeof(struct debug_block));
    if (larger.block == NULL) {
        return false;
    }
    for (size_t i = 0; i < self->capacity; i++) {
        if (self->block[i].p != NULL) {
            debug_table_add(&larger, &self->block[i]);
        }
    }
    debug_table_close(self);
    *self = larger;
    return true;
}

void debug_table_add(struct debug_table *self, const struct debug_block *block)
{
    struct debug_block *place = table_place(self, block->p);
    CHECK(place->p == NULL);
    *place = *block;
    self->count++;
}

struct debug_block *debug_table_find(struct debug_table *self, const void *p)
{
    if (self->capacity == 0) {
        return NULL;
    }
    struct debug_block *place = table_place(self, p);
    return place->p != NULL ? place : NULL;
}

void debug_table_remove(struct debug_table *self, const void *p)
{
    struct debug_block *place = table_place(self, p);
    CHECK(place->p == p);
    size_t mask = self->capacity - 1;
    size_t hole = (size_t)(place - self->block);
    for (size_t i = (hole + 1) & mask; self->block[i].p != NULL; i = (i + 1) & mask) {
        size_t start = table_start(self, self->block[i].p);
        if (((i - start) & mask) >= ((i - hole) & mask)) { /* it may stand in the hole */
            self->block[hole] = self->block[i];
            hole = i;
        }
    }
    self->block[hole] = (struct debug_block){0};
    self->count--;
}

void debug_table_close(struct debug_table *self)
{
    if (self->capacity > 0) {
        os_pages_unmap(self->block, self->capacity * sizeof(struct debug_block));
    }
    *self = (struct debug_table){0};
}

/* Which block lies at an address: ordinal and mark of each block that was born in the trace. A
 * shadow of the heap: for each 16 KiB of addresses that ever held a block, one word for each 16
 * bytes, found through a hash of pages. Neighbours in the heap are neighbours here, so it misses the
 * cache where the program does anyway; a hash of single blocks cost twice as much. In mapped memory,
 * so that recording asks nothing of the allocators it listens to. */
#ifndef HEAPDYNO_CPYTHON_RECORDER_TABLE_H
#define HEAPDYNO_CPYTHON_RECORDER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

enum {
    TABLE_PAGE_BITS = 14,
    TABLE_PAGE_WORDS = (1 << TABLE_PAGE_BITS) / 16,
    TABLE_SLAB_BYTES = 1 << 20, /* mapped at a time, for 127 pages */
    TABLE_BITS_FIRST = 12,
};

/* One word of the shadow: 0, or 1 + 2 for a block of a GC object + 4 times the ordinal. */
typedef uint64_t table_word;

struct table_page {
    uint64_t number; /* address >> TABLE_PAGE_BITS; 0: none */
    table_word *word;
};

struct table_slab {
    struct table_slab *next;
    size_t used; /* bytes, this head included */
};

struct table {
    struct table_page *page;
    unsigned bits; /* 2^bits places; at most half are used */
    uint64_t used;
    struct table_page last;
    struct table_slab *slab;
};

static inline table_word table_word_of(uint64_t ordinal, bool gc)
{
    return ordinal << 2 | (gc ? 3 : 1);
}

static inline uint64_t table_ordinal(table_word word)
{
    return word >> 2;
}

static inline bool table_is_gc(table_word word)
{
    return (word & 2) != 0;
}

static inline void *table_map(size_t bytes)
{
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static inline bool table_open(struct table *self)
{
    *self = (struct table){.bits = TABLE_BITS_FIRST};
    self->page = table_map(sizeof(struct table_page) << self->bits);
    return self->page != NULL;
}

static inline void table_close(struct table *self)
{
    if (self->page != NULL) {
        munmap(self->page, sizeof(struct table_page) << self->bits);
    }
    while (self->slab != NULL) {
        struct table_slab *next = self->slab->next;
        munmap(self->slab, TABLE_SLAB_BYTES);
        self->slab = next;
    }
    *self = (struct table){.bits = TABLE_BITS_FIRST};
}

/* The place of page `number`, or the empty one where it would be. */
static inline struct table_page *table_place(const struct table *self, uint64_t number)
{
    uint64_t mask = (UINT64_C(1) << self->bits) - 1;
    uint64_t place = (number * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - self->bits);
    while (self->page[place].number != 0 && self->page[place].number != number) {
        place = (place + 1) & mask;
    }
    return &self->page[place];
}

/* Twice the places; false: no memory, nothing changed. */
static inline bool table_grow(struct table *self)
{
    struct table larger = *self;
    larger.bits++;
    larger.page = table_map(sizeof(struct table_page) << larger.bits);
    if (larger.page == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < UINT64_C(1) << self->bits; i++) {
        if (self->page[i].number != 0) {
            *table_place(&larger, self->page[i].number) = self->page[i];
        }
    }
    munmap(self->page, sizeof(struct table_page) << self->bits);
    *self = larger;
    return true;
}

/* A page of zero words; NULL: no memory. */
static inline table_word *table_new_page(struct table *self)
{
    enum { BYTES = TABLE_PAGE_WORDS * sizeof(table_word) };
    if (self->slab == NULL || self->slab->used + BYTES > TABLE_SLAB_BYTES) {
        struct table_slab *slab = table_map(TABLE_SLAB_BYTES);
        if (slab == NULL) {
            return NULL;
        }
        *slab = (struct table_slab){.next = self->slab, .used = sizeof(table_word) * 2};
        self->slab = slab;
    }
    table_word *word = (table_word *)(void *)((char *)self->slab + self->slab->used);
    self->slab->used += BYTES;
    return word;
}

/* The word of the block at p; NULL if its page holds no block yet. */
static inline table_word *table_find(struct table *self, const void *p)
{
    uint64_t address = (uint64_t)(uintptr_t)p;
    uint64_t number = address >> TABLE_PAGE_BITS;
    if (number != self->last.number) {
        const struct table_page *page = table_place(self, number);
        if (page->number == 0) {
            return NULL;
        }
        self->last = *page;
    }
    return &self->last.word[address / 16 % TABLE_PAGE_WORDS];
}

/* Put a block, whatever was known of that address; false: no memory. */
static inline bool table_put(struct table *self, const void *p, table_word word)
{
    table_word *found = table_find(self, p);
    if (found == NULL) {
        if (self->used >= (UINT64_C(1) << self->bits) / 2 && !table_grow(self)) {
            return false;
        }
        uint64_t number = (uint64_t)(uintptr_t)p >> TABLE_PAGE_BITS;
        struct table_page page = {number, table_new_page(self)};
        if (page.word == NULL) {
            return false;
        }
        *table_place(self, number) = page;
        self->used++;
        found = table_find(self, p);
    }
    *found = word;
    return true;
}

#endif

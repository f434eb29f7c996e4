/* Free lists: dead heads of exact types kept for the next birth, last in, first out, as CPython
 * keeps them. Two counters instead of a length, so that hits and returns cost nothing to know:
 *   length = pushed - popped;  hits = popped;  returns = pushed - (dropped when emptied)
 * Misses and overflows happen on the slow path and are counted there. */
#ifndef HEAPDYNO_COLLECTOR_FREELIST_H
#define HEAPDYNO_COLLECTOR_FREELIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"

enum {
    FREELIST_LIST_MAX = 80,
    FREELIST_DICT_MAX = 80,
    FREELIST_KEYS_MAX = 80, /* key tables of 8 places with string keys only */
    FREELIST_FLOAT_MAX = 100,
    FREELIST_TUPLE_MAX = 2000,   /* for each length */
    FREELIST_TUPLE_LENGTHS = 21, /* lengths 1 … 20; [0] is not used */
};

struct freelist {
    void *head;         /* first block; its first word (the count of an object, which is
                           written at every birth anyway) points at the next */
    uint64_t pushed;    /* blocks ever put in */
    uint64_t popped;    /* blocks ever taken out by a birth, or dropped when emptied */
    uint64_t dropped;   /* of popped: given back to the heap by a full collection */
    uint64_t misses;    /* births that found it empty */
    uint64_t overflows; /* deaths that found it full */
    uint32_t limit;
};

static inline uint64_t freelist_length(const struct freelist *self)
{
    return self->pushed - self->popped;
}

static inline void **freelist_link(void *block)
{
    return (void **)block;
}

/* The block last pushed, or NULL; its contents are as they were but for the link. */
static inline void *freelist_pop(struct freelist *self)
{
    void *block = self->head;
    if (likely(block != NULL)) {
        self->head = *freelist_link(block);
        self->popped++;
    }
    return block;
}

/* False when it is full: the caller gives the block back to the heap. */
static inline bool freelist_push(struct freelist *self, void *block)
{
    if (unlikely(freelist_length(self) >= self->limit)) {
        self->overflows++;
        return false;
    }
    *freelist_link(block) = self->head;
    self->head = block;
    self->pushed++;
    return true;
}

struct freelists {
    struct freelist list;
    struct freelist dict;
    struct freelist keys;
    struct freelist floats;
    struct freelist tuple[FREELIST_TUPLE_LENGTHS];
};

struct runtime;

/* All empty, with CPython 3.11's limits. */
void freelists_init(struct freelists *self);

/* Give every block back to its heap, in CPython's order: part of a full collection. */
void freelists_clear(struct runtime *runtime);

#endif

/* Free lists: dead heads of exact types kept for the next birth, last in, first out, as CPython
 * keeps them. A death costs one counter, a birth two; the other figures follow:
 *   length = limit - room;  pushed = popped + length;  hits = popped - dropped
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
    uint64_t popped;    /* blocks ever taken out by a birth, or dropped when emptied */
    uint64_t dropped;   /* of popped: given back to the heap by a full collection */
    uint64_t misses;    /* births that found it empty */
    uint64_t overflows; /* deaths that found it full */
    uint32_t limit;
    uint32_t room; /* blocks that it would still take */
};

/* An empty list that takes `limit` blocks. */
static inline void freelist_init(struct freelist *self, uint32_t limit)
{
    *self = (struct freelist){.limit = limit, .room = limit};
}

static inline uint64_t freelist_length(const struct freelist *self)
{
    return self->limit - self->room;
}

/* Blocks ever put in. */
static inline uint64_t freelist_pushed(const struct freelist *self)
{
    return self->popped + freelist_length(self);
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
        self->room++;
        self->popped++;
    }
    return block;
}

/* False when it is full: the caller gives the block back to the heap. */
static inline bool freelist_push(struct freelist *self, void *block)
{
    if (unlikely(self->room == 0)) {
        self->overflows++;
        return false;
    }
    self->room--;
    *freelist_link(block) = self->head;
    self->head = block;
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

/* Other limits for an experiment, while all are still empty: `factor` times CPython's, at most 2^31
 * blocks a list; 0: none is kept. */
void freelists_scale(struct freelists *self, uint32_t factor);

/* Give every block back to its heap, in CPython's order: part of a full collection. */
void freelists_clear(struct runtime *runtime);

#endif

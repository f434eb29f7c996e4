/* How a run goes along: time, resident memory and trash found so far, after each of 16 to 32 blocks
 * of equally many operations. Whether the run had reached a steady state is seen from these.
 *
 * How many operations there will be is not known: a block is one operation at first, and when all
 * places are taken every second one goes and blocks are twice as long. So a run of 2^n operations
 * reads its memory 16 n times, by counting and not by the clock: instruction counts stay the same. */
#ifndef HEAPDYNO_BENCH_BLOCKS_H
#define HEAPDYNO_BENCH_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BLOCKS_MAX = 32 };

/* The state at the end of a block. */
struct block {
    uint64_t operations;
    uint64_t at_ns; /* time worked */
    uint64_t rss_bytes;
    uint64_t found; /* trash objects so far */
};

struct blocks {
    uint64_t operations, next, size;
    size_t count;
    struct block block[BLOCKS_MAX];
};

static inline void blocks_start(struct blocks *self)
{
    *self = (struct blocks){.next = 1, .size = 1};
}

/* An operation ended: whether a block did. Never before blocks_start. */
static inline bool blocks_ended(struct blocks *self)
{
    return ++self->operations == self->next;
}

/* Keep a block that ended. */
static inline void blocks_add(struct blocks *self, struct block block)
{
    if (self->count == BLOCKS_MAX) {
        for (size_t i = 0; i < BLOCKS_MAX / 2; i++) {
            self->block[i] = self->block[2 * i + 1];
        }
        self->count = BLOCKS_MAX / 2;
        self->size *= 2;
    }
    if (block.operations % self->size == 0) {
        self->block[self->count++] = block;
    }
    self->next = (block.operations / self->size + 1) * self->size;
}

#endif

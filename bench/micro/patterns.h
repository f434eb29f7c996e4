/* Allocation patterns, written once and compiled into every program with that program's own way to
 * allocate: through a heap's table, inlined floors, or PyObject_Malloc. Every block's first 16 bytes
 * are written. What an operation is: one block allocated and one released; in a replay, a request.
 *
 *   pair     a block, released at once, beside 16 that live on: no pool is given back each time
 *   burst    100 blocks, then released in the same order
 *   fifo     a queue of 10,000: the oldest goes
 *   random   a random one of `live` blocks of Python's sizes is replaced
 *   build    100,000 blocks of Python's sizes, then released in the same order
 *   replay   a recorded Python program from birth to death
 *   peak     the same, all of each block written, as far as the request after which most bytes are
 *            alive: they stay
 * Not good at: saying what a program gains; a loop over one size keeps everything in cache. */
#ifndef HEAPDYNO_BENCH_MICRO_PATTERNS_H
#define HEAPDYNO_BENCH_MICRO_PATTERNS_H

#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "bench/micro/case.h"
#include "workloads/trace_program.h"

enum pattern {
    PATTERN_PAIR,
    PATTERN_BURST,
    PATTERN_FIFO,
    PATTERN_RANDOM,
    PATTERN_BUILD,
    PATTERN_REPLAY,
    PATTERN_PEAK
};

enum { PATTERN_SIZES = 4096, PATTERN_BURST_BLOCKS = 100 };

/* What a case of this kind does. */
struct pattern_shape {
    const char *name;
    enum pattern pattern;
    uint32_t size; /* bytes; 0: Python's distribution */
    uint32_t live; /* blocks alive */
    const char *trace;
    uint64_t batch, length; /* as in struct micro_case */
    bool slow;
};

struct pattern_block {
    unsigned char *p;
    size_t size;
};

struct pattern_state {
    const struct pattern_shape *shape;
    void *user; /* of whoever allocates */
    struct pattern_block *blocks;
    size_t block_count;
    uint64_t at;     /* fifo: the oldest */
    uint64_t random; /* state of the generator */
    uint64_t drawn;  /* sizes so far */
    size_t peak;     /* peak: requests to replay */
    struct trace_program program;
    uint16_t sizes[PATTERN_SIZES];
};

/* Ways to allocate. Passed by value with constant functions, they are inlined. */
struct pattern_ops {
    void *self;
    void *(*alloc)(void *self, size_t size);
    void *(*resize)(void *self, void *p, size_t old_size, size_t new_size);
    void (*release)(void *self, void *p, size_t size);
};

/* Append the cases of all patterns, run by `functions`. */
void patterns_add(struct micro_cases *cases, const struct micro_functions *functions);

/* Append what is looked at for its memory only: five million blocks built and released, the peaks of
 * the traces. */
void patterns_add_large(struct micro_cases *cases, const struct micro_functions *functions);

/* Make the state of a case, all blocks absent; *items as in micro_functions. NULL with the reason.
 */
struct pattern_state *pattern_open(const struct micro_case *self, uint64_t *items,
                                   struct error *error);
void pattern_close(struct pattern_state *self); /* after pattern_drop */

#define PATTERN_INLINE static inline __attribute__((always_inline))

PATTERN_INLINE unsigned char *pattern_alloc(struct pattern_ops ops, size_t size)
{
    uint64_t *p = ops.alloc(ops.self, size);
    CHECK(p != NULL);
    p[0] = size;
    p[1] = 1;
    __asm__ volatile("" : : "r"(p) : "memory"); /* somebody uses what was written */
    return (unsigned char *)p;
}

PATTERN_INLINE void pattern_replace(struct pattern_ops ops, struct pattern_block *block,
                                    size_t size)
{
    ops.release(ops.self, block->p, block->size);
    *block = (struct pattern_block){pattern_alloc(ops, size), size};
}

PATTERN_INLINE size_t pattern_size(struct pattern_state *self)
{
    return self->shape->size != 0 ? self->shape->size : self->sizes[self->drawn++ % PATTERN_SIZES];
}

/* Fill every block: before the first operation of fifo and random. */
PATTERN_INLINE void pattern_fill(struct pattern_state *self, struct pattern_ops ops)
{
    for (size_t i = 0; i < self->block_count; i++) {
        size_t size = pattern_size(self);
        self->blocks[i] = (struct pattern_block){pattern_alloc(ops, size), size};
    }
}

/* Release every block that is there. */
PATTERN_INLINE void pattern_drop(struct pattern_state *self, struct pattern_ops ops)
{
    for (size_t i = 0; i < self->block_count; i++) {
        if (self->blocks[i].p != NULL) {
            ops.release(ops.self, self->blocks[i].p, self->blocks[i].size);
            self->blocks[i].p = NULL;
        }
    }
}

/* Pair, fifo and random begin with their blocks alive. */
PATTERN_INLINE void pattern_start(struct pattern_state *self, struct pattern_ops ops)
{
    if (self->shape->pattern < PATTERN_BUILD) {
        pattern_fill(self, ops);
    }
}

PATTERN_INLINE void pattern_pair(struct pattern_state *self, struct pattern_ops ops, uint64_t n)
{
    size_t size = self->shape->size;
    for (uint64_t i = 0; i < n; i++) {
        unsigned char *p = pattern_alloc(ops, size);
        ops.release(ops.self, p, size);
    }
}

PATTERN_INLINE void pattern_bursts(struct pattern_state *self, struct pattern_ops ops, uint64_t n)
{
    size_t size = self->shape->size;
    unsigned char *p[PATTERN_BURST_BLOCKS];
    for (uint64_t i = 0; i < n; i += PATTERN_BURST_BLOCKS) {
        for (size_t k = 0; k < PATTERN_BURST_BLOCKS; k++) {
            p[k] = pattern_alloc(ops, size);
        }
        for (size_t k = 0; k < PATTERN_BURST_BLOCKS; k++) {
            ops.release(ops.self, p[k], size);
        }
    }
    (void)self;
}

PATTERN_INLINE void pattern_fifo(struct pattern_state *self, struct pattern_ops ops, uint64_t n)
{
    size_t size = self->shape->size, at = self->at;
    for (uint64_t i = 0; i < n; i++) {
        pattern_replace(ops, &self->blocks[at], size);
        at = at + 1 == self->block_count ? 0 : at + 1;
    }
    self->at = at;
}

PATTERN_INLINE void pattern_random(struct pattern_state *self, struct pattern_ops ops, uint64_t n)
{
    uint64_t x = self->random;
    for (uint64_t i = 0; i < n; i++) {
        x = x * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        size_t slot = (size_t)(((x >> 32) * self->block_count) >> 32);
        pattern_replace(ops, &self->blocks[slot], pattern_size(self));
    }
    self->random = x;
}

PATTERN_INLINE void pattern_build(struct pattern_state *self, struct pattern_ops ops, uint64_t n)
{
    for (uint64_t i = 0; i < n; i += self->block_count) {
        pattern_fill(self, ops);
        pattern_drop(self, ops);
    }
}

/* Recorded sizes may be less than the 16 bytes that are written. */
PATTERN_INLINE unsigned char *pattern_alloc_any(struct pattern_ops ops, size_t size)
{
    if (likely(size >= 16)) {
        return pattern_alloc(ops, size);
    }
    unsigned char *p = ops.alloc(ops.self, size);
    CHECK(p != NULL);
    for (size_t i = 0; i < size; i++) {
        p[i] = 1;
    }
    return p;
}

PATTERN_INLINE void pattern_request(struct pattern_block *block, struct pattern_ops ops,
                                    const struct trace_op *op)
{
    switch ((enum trace_op_kind)op->kind) {
    case TRACE_OP_ALLOC:
    case TRACE_OP_ZEROED:
        *block = (struct pattern_block){pattern_alloc_any(ops, op->size), op->size};
        break;
    case TRACE_OP_RESIZE:
        block->p = ops.resize(ops.self, block->p, block->size, op->size);
        CHECK(block->p != NULL);
        block->size = op->size;
        break;
    case TRACE_OP_FREE:
    default:
        ops.release(ops.self, block->p, block->size);
        block->p = NULL;
        break;
    }
}

PATTERN_INLINE void pattern_replay(struct pattern_state *self, struct pattern_ops ops, uint64_t n)
{
    for (uint64_t round = 0; round < n; round++) {
        for (size_t i = 0; i < self->program.op_count; i++) {
            const struct trace_op *op = &self->program.ops[i];
            pattern_request(&self->blocks[op->slot], ops, op);
        }
        pattern_drop(self, ops);
    }
}

PATTERN_INLINE void pattern_peak(struct pattern_state *self, struct pattern_ops ops)
{
    pattern_drop(self, ops);
    for (size_t i = 0; i < self->peak; i++) {
        const struct trace_op *op = &self->program.ops[i];
        struct pattern_block *block = &self->blocks[op->slot];
        pattern_request(block, ops, op);
        if (block->p != NULL) {
            memset(block->p, 1, block->size);
        }
    }
}

/* n operations, a multiple of the case's batch. */
PATTERN_INLINE void pattern_run(struct pattern_state *self, struct pattern_ops ops, uint64_t n)
{
    switch (self->shape->pattern) {
    case PATTERN_PAIR:
        pattern_pair(self, ops, n);
        break;
    case PATTERN_BURST:
        pattern_bursts(self, ops, n);
        break;
    case PATTERN_FIFO:
        pattern_fifo(self, ops, n);
        break;
    case PATTERN_RANDOM:
        pattern_random(self, ops, n);
        break;
    case PATTERN_BUILD:
        pattern_build(self, ops, n);
        break;
    case PATTERN_REPLAY:
        pattern_replay(self, ops, n);
        break;
    case PATTERN_PEAK:
        pattern_peak(self, ops);
        break;
    }
}

#endif

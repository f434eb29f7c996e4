/* Binary trees and GCBench for the peers: the programs of workloads/binary_trees.c and gcbench.c,
 * written once over functions that make and drop a node. Passed by value with constant functions,
 * they are inlined. GCBench's nodes carry two numbers, as in the original. */
#ifndef HEAPDYNO_BENCH_PEERS_TREES_H
#define HEAPDYNO_BENCH_PEERS_TREES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"

enum { TREES_MIN = 4, TREES_ARRAY = 500000 };

struct trees_ops {
    void *self;
    void *(*node)(void *self, void *left, void *right); /* takes both over; NULL: none */
    void *(*child)(void *node, int side);               /* borrowed, NULL: none */
    void (*link)(void *node, int side, void *child);    /* takes the child over */
    void (*drop)(void *self, void *root);
    void *(*array)(void *self, size_t count); /* of 1 / i */
    void (*array_drop)(void *self, void *array);
};

#define TREES_INLINE static inline __attribute__((always_inline))

TREES_INLINE uint64_t trees_size(unsigned depth)
{
    return (UINT64_C(2) << depth) - 1;
}

/* child_of and link_to of a C struct whose children are struct node *child[2]. */
#define TREES_CHILDREN                                                                             \
    static void *child_of(void *node, int side)                                                    \
    {                                                                                              \
        return ((struct node *)node)->child[side];                                                 \
    }                                                                                              \
    static void link_to(void *node, int side, void *child)                                         \
    {                                                                                              \
        ((struct node *)node)->child[side] = child;                                                \
    }

/* The recursive parts are made by this macro for one set of functions. */
#define TREES_RECURSION(name, make, child_of, link_to)                                             \
    static void *name##_build(void *self, unsigned depth)                                          \
    {                                                                                              \
        if (depth == 0) {                                                                          \
            return make(self, NULL, NULL);                                                         \
        }                                                                                          \
        void *left = name##_build(self, depth - 1);                                                \
        return make(self, left, name##_build(self, depth - 1));                                    \
    }                                                                                              \
    static void name##_populate(void *self, void *node, unsigned depth)                            \
    {                                                                                              \
        if (depth > 0) {                                                                           \
            link_to(node, 0, make(self, NULL, NULL));                                              \
            link_to(node, 1, make(self, NULL, NULL));                                              \
            name##_populate(self, child_of(node, 0), depth - 1);                                   \
            name##_populate(self, child_of(node, 1), depth - 1);                                   \
        }                                                                                          \
    }                                                                                              \
    static uint64_t name##_count(void *node)                                                       \
    {                                                                                              \
        void *left = child_of(node, 0);                                                            \
        return left == NULL ? 1 : 1 + name##_count(left) + name##_count(child_of(node, 1));        \
    }

/* Which of the programs, how deep. */
struct trees {
    struct trees_ops ops;
    void *(*build)(void *self, unsigned depth);
    void (*populate)(void *self, void *node, unsigned depth);
    uint64_t (*count)(void *node);
    bool gcbench;
    unsigned depth;
};

static inline void trees_one(const struct trees *self, unsigned depth, bool down)
{
    void *root =
        down ? self->ops.node(self->ops.self, NULL, NULL) : self->build(self->ops.self, depth);
    if (down) {
        self->populate(self->ops.self, root, depth);
    }
    CHECK(self->count(root) == trees_size(depth));
    self->ops.drop(self->ops.self, root);
}

static inline void trees_binary(const struct trees *self)
{
    trees_one(self, self->depth + 1, false);
    void *kept = self->build(self->ops.self, self->depth);
    for (unsigned d = TREES_MIN; d <= self->depth; d += 2) {
        for (uint64_t i = UINT64_C(1) << (self->depth - d + TREES_MIN); i > 0; i--) {
            trees_one(self, d, false);
        }
    }
    CHECK(self->count(kept) == trees_size(self->depth));
    self->ops.drop(self->ops.self, kept);
}

static inline void trees_gcbench(const struct trees *self)
{
    unsigned stretch = self->depth + 2;
    trees_one(self, stretch, false);
    void *kept = self->ops.node(self->ops.self, NULL, NULL);
    self->populate(self->ops.self, kept, self->depth);
    size_t length = self->depth < 16 ? TREES_ARRAY >> (16 - self->depth) : TREES_ARRAY;
    void *array = self->ops.array(self->ops.self, length);
    for (unsigned d = TREES_MIN; d <= self->depth; d += 2) {
        uint64_t times = 2 * trees_size(stretch) / trees_size(d);
        for (uint64_t i = 0; i < 2 * times; i++) {
            trees_one(self, d, i < times);
        }
    }
    CHECK(self->count(kept) == trees_size(self->depth));
    self->ops.array_drop(self->ops.self, array);
    self->ops.drop(self->ops.self, kept);
}

static inline void trees_run(void *state, uint64_t operations)
{
    const struct trees *self = state;
    while (operations-- > 0) {
        (self->gcbench ? trees_gcbench : trees_binary)(self);
    }
}

/* Read PROGRAM and DEPTH; false: not these. */
static inline bool trees_parse(struct trees *self, const char *program, const char *depth)
{
    self->gcbench = strcmp(program, "gcbench") == 0;
    self->depth = (unsigned)strtoul(depth, NULL, 10);
    return (self->gcbench || strcmp(program, "binary_trees") == 0) && self->depth >= 1 &&
           self->depth <= 24;
}

#endif

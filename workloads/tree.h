/* Binary trees for binary_trees and gcbench, of tuples, lists or slot instances. A leaf holds two
 * Nones, as in the Python programs. */
#ifndef HEAPDYNO_WORKLOADS_TREE_H
#define HEAPDYNO_WORKLOADS_TREE_H

#include "workloads/common.h"

enum tree_node { TREE_TUPLES, TREE_LISTS, TREE_SLOTS }; /* order of the option `node` */

#define TREE_NODE_CHOICES "tuples|lists|slots"

struct tree {
    struct job *job;
    enum tree_node node;
    bool plain;          /* numbers in instances are plain memory, no objects */
    struct class *class; /* TREE_SLOTS: left, right and two numbers, as Boehm's nodes have */
};

/* `plain`: of TREE_SLOTS the two numbers are plain memory, as in a type written in C. */
bool tree_open(struct tree *self, struct job *job, enum tree_node node, bool plain);

/* A tree of 2^(depth+1) - 1 nodes, children before parents. New; NULL: no memory. */
struct object *tree_build(struct tree *self, uint64_t depth);

/* A tree as big, parents before children; TREE_SLOTS only. New; NULL: no memory. */
struct object *tree_populate(struct tree *self, uint64_t depth);

/* Nodes, counted by walking; no deeper than trees are. */
uint64_t tree_count(const struct tree *self, const struct object *node);

static inline uint64_t tree_size(uint64_t depth)
{
    return (UINT64_C(2) << depth) - 1;
}

#endif

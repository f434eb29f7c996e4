/* Graphs that our core and a real interpreter both build, object for object (shapes.py).
 *
 *   lists      a list of n empty lists
 *   ring       n instances with two slots, next and previous
 *   instances  n instances with a dict: a ring through one attribute, a small int in the other
 *   random     n instances with four slots, each to a node drawn by the same generator, in a list
 *   tree       a list tree of n nodes, children made before their parents
 * and the same as after a long life, "lists/aged" and so on: the nodes are linked in a random order.
 * The first collection puts the generation in that order too, far from that of addresses. */
#ifndef HEAPDYNO_BENCH_PEERS_SHAPES_H
#define HEAPDYNO_BENCH_PEERS_SHAPES_H

#include "collector/objects.h"

struct shapes {
    struct runtime *runtime;
    struct class *pair;          /* two slots */
    struct class *quad;          /* four slots */
    struct class *plain;         /* a dict */
    struct object *next, *value; /* names of attributes */
};

/* Make the classes; false: no memory. */
bool shapes_open(struct shapes *self, struct runtime *runtime);
void shapes_close(struct shapes *self);

/* Build a shape of n objects, two at least: its root, or NULL for an unknown name. Dropping the root
 * leaves ring, instances and random as cyclic garbage. */
struct object *shapes_build(struct shapes *self, const char *name, int64_t n);

#endif

/* Graphs that our core and a real interpreter both build, object for object (shapes.py).
 *
 *   lists      a list of n empty lists
 *   ring       n instances with two slots, next and previous
 *   instances  n instances with a dict: a ring through one attribute, a small int in the other
 *   random     n instances with four slots, each to a node drawn by the same generator, in a list
 *   tree       a list tree of n nodes, children made before their parents
 *   aged       lists, but held in a random order by a list that is younger than they are: the first
 *              collection puts the generation in that order, far from that of addresses
 *   knot       ring, linked in a random order, with the same effect */
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

/* Build a shape of n objects: its root, or NULL for an unknown name or no memory. Dropping the root
 * leaves ring, instances, random and knot as cyclic garbage. */
struct object *shapes_build(struct shapes *self, const char *name, int64_t n);

/* The names, ending in NULL. */
extern const char *const shapes_names[];

#endif

/* Who refers to whom around an object, or around a garbage cycle, in Graphviz's language. Each node
 * says its type, reference count, gc_refs (what a full collection would be left with after its
 * subtraction: 0 is held from inside only) and generation.
 *
 *   dot -Tsvg heap.dot -o heap.svg */
#ifndef HEAPDYNO_BENCH_INSIDE_GRAPH_H
#define HEAPDYNO_BENCH_INSIDE_GRAPH_H

#include <stdio.h>

#include "base/error.h"
#include "bench/inside/census.h"

enum graph_direction {
    GRAPH_OUT = 1, /* what it refers to */
    GRAPH_IN = 2,  /* what refers to it */
    GRAPH_BOTH = 3
};

/* A name of the program for an object: a scenario has them. */
struct graph_name {
    const char *name;
    const struct object *object;
};

struct graph_request {
    const char *around; /* a name, TYPE, TYPE#N (the Nth, from 1), or "garbage": a garbage cycle */
    unsigned depth;     /* references to follow */
    size_t width;       /* most neighbours of one node that are drawn; the others are counted */
    enum graph_direction direction;
    const struct graph_name *name; /* name[names] */
    size_t names;
};

struct graph_summary {
    size_t objects, references; /* drawn */
    char centre[160];
};

/* Write the graph. False: there is no such object. */
bool graph_write(const struct census *census, const struct graph_request *request, FILE *out,
                 struct graph_summary *summary, struct error *error);

#endif

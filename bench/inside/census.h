/* Every object that is alive, found from outside: the members of the generations and all that they
 * refer to, with what a full collection would make of each. Nothing of the runtime is changed and
 * nothing is allocated on its heaps.
 *
 * An object that is not tracked and that only the program's own stack holds (a string on its way
 * into a list) is not found, unless it is one of the roots given; its block is one without a type. */
#ifndef HEAPDYNO_BENCH_INSIDE_CENSUS_H
#define HEAPDYNO_BENCH_INSIDE_CENSUS_H

#include "base/address_map.h"
#include "collector/runtime.h"

enum { CENSUS_UNTRACKED = -1, CENSUS_PERMANENT = GENERATIONS };

struct census_object {
    struct object *object;
    int generation;  /* 0 … 2, CENSUS_PERMANENT, CENSUS_UNTRACKED */
    bool garbage;    /* a full collection would find it unreachable */
    int64_t held;    /* references from objects of the census */
    int64_t gc_refs; /* count less the references from generations 0 … 2: what a full collection
                         has after its subtraction. 0: held from inside only */
};

struct census {
    struct runtime *runtime;
    struct address_map index; /* of object[], from 1 */
    size_t count, capacity;
    struct census_object *object;   /* generation by generation, oldest first, then the untracked */
    size_t collectable;             /* object[0 … collectable-1] are of generations 0 … 2 */
    const struct type *const *type; /* classes that may have no instance: the caller's to set, */
    size_t types;                   /* after census_take; none */
};

/* Look at a runtime in which no collection runs; root[roots] are objects that are known to be held. */
void census_take(struct census *self, struct runtime *runtime, struct object *const *root,
                 size_t roots);
void census_free(struct census *self);

/* NULL: not seen (a static object, or none). */
struct census_object *census_find(const struct census *self, const struct object *object);

/* A garbage cycle: the numbers (into object[]) of its members, each referring to the next and the
 * last to the first, in cycle[length].
 *   returns  length; 0: nothing is garbage. The caller frees *cycle. */
size_t census_cycle(const struct census *self, size_t **cycle);

#endif

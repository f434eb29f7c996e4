/* What a case of the core works on; for object_cases.c and tree_cases.c. */
#ifndef HEAPDYNO_BENCH_MICRO_OBJECT_CASES_H
#define HEAPDYNO_BENCH_MICRO_OBJECT_CASES_H

#include "base/check.h"
#include "collector/objects.h"

enum { OBJECTS = 500, BALLAST = 32, TREE_DEPTH = 14 };

struct objects;
typedef void object_run_f(struct objects *self, uint64_t n);

struct objects {
    struct runtime *runtime;
    object_run_f *run;
    struct object *one, *other; /* whatever the case works on */
    struct object *names[2];
    struct class *pair, *plain;
    struct object *many[OBJECTS];
    int64_t plain_count;    /* what the floor counts */
    void *ballast[BALLAST]; /* a block of each size class: no pool is given back each time */
};

#define REPEAT(n) for (uint64_t i = 0; i < (n); i++)

/* Keep the compiler from joining what is written with what is taken back. */
static inline void barrier(void)
{
    __asm__ volatile("" ::: "memory");
}

static inline void drop(struct objects *self, struct object *object)
{
    CHECK(object != NULL);
    decref(self->runtime, object);
}

/* Trees of TREE_DEPTH, built and dropped: of instances with two slots, of 2-tuples. */
object_run_f trees_of_nodes, trees_of_tuples;

#endif

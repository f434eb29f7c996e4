/* Weak references: GC objects of 64 bytes (80 with the gc_head), in a list at their target: the
 * plain one without callback first, shared; then those with a callback, newest first. Source:
 * CPython 3.11 Objects/weakrefobject.c. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_WEAKREF_H
#define HEAPDYNO_COLLECTOR_OBJECTS_WEAKREF_H

#include "collector/object.h"
#include "collector/runtime.h"

struct weakref {
    struct object base;
    struct object *target;   /* NULL: dead; not counted */
    struct object *callback; /* counted; NULL: none */
    uint64_t hash;           /* kept for the size */
    struct weakref *previous, *next;
    void *vectorcall; /* kept for the size */
};

extern const struct type weakref_type;

static inline bool weakref_is(const struct object *o)
{
    return o->type == &weakref_type;
}

/* Whether objects of this type can be referred to weakly. */
static inline bool weakref_possible(const struct object *target)
{
    return target->type->weaklist_offset != 0;
}

static inline struct weakref **weakref_list(struct object *target)
{
    return (struct weakref **)(void *)((char *)target + target->type->weaklist_offset);
}

/* PyWeakref_NewRef. callback NULL: the existing plain one is shared, with a new reference. */
struct object *weakref_new(struct runtime *runtime, struct object *target, struct object *callback);
/* Borrowed target, or NULL when it is dead. */
struct object *weakref_target(const struct object *weakref);
uint64_t weakref_count(struct object *target);
/* PyObject_ClearWeakRefs: part of a dealloc; callbacks run newest first; two or more of them
 * allocate a tuple of twice their number, as 3.11 does. */
void weakref_clear_all(struct runtime *runtime, struct object *target);
/* _PyWeakref_ClearRef: unlink and empty, keep the callback. For the collector. */
void weakref_clear_one(struct weakref *self);
/* Call the callback of a dead weak reference, if it has one. */
void weakref_call(struct runtime *runtime, struct object *weakref);

#endif

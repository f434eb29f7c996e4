/* Every object begins with a struct object: CPython 3.11's PyObject, 16 bytes. Objects of a GC type
 * have a struct gc_head before it, in the same block (gc_head.h). */
#ifndef HEAPDYNO_COLLECTOR_OBJECT_H
#define HEAPDYNO_COLLECTOR_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct runtime;
struct type;

struct object {
    int64_t refcount;
    const struct type *type;
};

/* Objects with a number of items that is part of them: PyVarObject, 24 bytes. */
struct var_object {
    struct object object;
    int64_t size; /* items; for ints the number of digits, negative for a negative value */
};

/* Static objects (cached ints, characters, empty tuple) start here in 3.11, and are still counted.
 */
#define REFCOUNT_STATIC INT64_C(999999999)

/* Called for each object that another refers to; non-zero stops the walk and is passed up. */
typedef int visit_f(struct object *referent, void *argument);

typedef void dealloc_f(struct runtime *runtime, struct object *self);
typedef int traverse_f(struct object *self, visit_f *visit, void *argument);
typedef void clear_f(struct runtime *runtime, struct object *self);
typedef void finalize_f(struct runtime *runtime, struct object *self);
typedef uint64_t hash_f(struct object *self);
typedef bool equal_f(struct object *a, struct object *b); /* same type on both sides */

enum type_flag {
    TYPE_GC = 1,           /* has a gc_head, may be tracked */
    TYPE_INSTANCE = 2,     /* made by a class (class.h): dealloc is instance_dealloc */
    TYPE_MANAGED_DICT = 4, /* two words before the gc_head: dict and inline values */
};

/* How a collector may find the referents of an object without calling traverse. */
enum layout_kind {
    LAYOUT_CUSTOM, /* only traverse knows */
    LAYOUT_LEAF,   /* no referents */
    LAYOUT_LIST,   /* items array, last to first */
    LAYOUT_TUPLE,  /* inline items, last to first: tuple only */
    LAYOUT_SLOTS,  /* `slot_count` consecutive fields that may be NULL, from `slot_offset`, first to
                      last */
    LAYOUT_DICT,   /* a table of keys and values (dict_visit.h): dict only */
    LAYOUT_ATTRIBUTES, /* slots as before, then inline values or the dict (attribute.h) */
};

struct layout {
    enum layout_kind kind;
    uint32_t slot_offset; /* bytes from the struct object */
    uint32_t slot_count;
};

/* What the core knows of a type. Built-in types are const and static; classes make theirs. */
struct type {
    const char *name;
    uint32_t flags;
    uint32_t basic_bytes;     /* without gc_head and pre-header, with struct object */
    uint32_t item_bytes;      /* 0: fixed size */
    uint32_t weaklist_offset; /* bytes from the struct object to the head of its weak references; 0:
                                 none */
    struct layout layout;
    dealloc_f *dealloc;   /* at reference count 0 */
    traverse_f *traverse; /* GC types only */
    clear_f *clear;       /* drops what can close a cycle; NULL for tuples */
    finalize_f *finalize; /* NULL: none */
    hash_f *hash;         /* NULL: by identity */
    equal_f *equal;       /* NULL: by identity */
};

#define OBJECT(pointer) ((struct object *)(pointer))

static inline bool object_is_gc(const struct object *self)
{
    return (self->type->flags & TYPE_GC) != 0;
}

#endif

/* Which blocks of a heap belong to what: for whoever looks into a heap from outside. Nothing of the
 * runtime itself needs this; nothing here allocates or changes anything. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_BLOCKS_H
#define HEAPDYNO_COLLECTOR_OBJECTS_BLOCKS_H

#include "collector/object.h"
#include "collector/runtime.h"

/* A block as the allocator gave it out. `part` is "" for what begins with the object (its gc_head
 * and pre-header included), else "items", "keys", "values", "class" or "free". */
struct owned_block {
    const void *p;
    const char *type; /* borrowed from the type's name */
    const char *part;
};

typedef void block_visit_f(void *argument, const struct owned_block *block);

/* Call visit for each block that dies with the object. A static object's is in no heap. */
void object_each_block(const struct object *object, block_visit_f *visit, void *argument);

/* Those of an instance's class: the class and the keys that its instances share. Not of a built-in
 * type, which has none. */
void class_each_block(const struct type *type, block_visit_f *visit, void *argument);

/* What waits in free lists for the next birth. */
void freelists_each_block(const struct runtime *runtime, block_visit_f *visit, void *argument);

/* Call visit for the strings that a dict, or a class for its instances, holds as keys: traverse
 * leaves them out, as CPython's does, since a string refers to nothing. */
void dict_each_str_key(const struct object *dict, visit_f *visit, void *argument);
void class_each_key(const struct type *type, visit_f *visit, void *argument);

#endif

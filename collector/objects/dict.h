/* dict: a head of 48 bytes (64 with the gc_head) and a table of keys (obj domain),
 * insertion-ordered. Table sizes, split tables, key-table free list and lazy tracking are
 * CPython 3.11's (Objects/dictobject.c). The empty dict shares a static empty table. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_DICT_H
#define HEAPDYNO_COLLECTOR_OBJECTS_DICT_H

#include "collector/object.h"
#include "collector/runtime.h"

struct dict_keys;
struct dict_values;

struct dict {
    struct object base;
    int64_t used;
    uint64_t version; /* CPython's ma_version_tag; kept for the size */
    struct dict_keys *keys;
    struct dict_values *values; /* NULL: combined table */
};

extern const struct type dict_type;

static inline bool dict_is(const struct object *o)
{
    return o->type == &dict_type;
}
static inline int64_t dict_length(const struct object *o)
{
    return ((const struct dict *)o)->used;
}

struct object *dict_new(struct runtime *runtime);
/* d[key] = value. Keys are ints, strings, bytes, or anything by identity. */
bool dict_put(struct runtime *runtime, struct object *dict, struct object *key,
              struct object *value);
/* Borrowed, or NULL when absent. Allocates nothing. */
struct object *dict_get(struct object *dict, struct object *key);
/* del d[key]: false when absent. */
bool dict_remove(struct runtime *runtime, struct object *dict, struct object *key);
/* Bytes of the table that is this dict's own: what sys.getsizeof adds to the head. */
size_t dict_table_bytes(const struct object *dict);
void dict_clear(struct runtime *runtime, struct object *dict);
/* Step through in insertion order: *position starts at 0; false at the end; borrowed results. The
 * dict must not change on the way. */
bool dict_next(const struct object *dict, int64_t *position, struct object **key,
               struct object **value);
/* The collector's _PyDict_MaybeUntrack. */
void dict_maybe_untrack(struct object *dict);
/* Free lists of heads and key tables: part of a full collection. */
void dict_freelist_clear(struct runtime *runtime);

#endif

/* dict: a head of 48 bytes (64 with the gc_head) and a table of keys (obj domain),
 * insertion-ordered. Table sizes, split tables, key-table free list and lazy tracking are
 * CPython 3.11's (Objects/dictobject.c). The empty dict shares a static empty table. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_DICT_H
#define HEAPDYNO_COLLECTOR_OBJECTS_DICT_H

#include "collector/object.h"
#include "collector/refcount.h"
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

/* The table of all empty dicts, in no heap, never written. */
extern const struct dict_keys dict_empty_keys;

/* The free list is empty. */
struct dict *dict_new_head_slow(struct runtime *runtime);

/* A dict with the empty table, one reference, untracked. May collect. NULL: no memory. */
static inline struct dict *dict_new_head(struct runtime *runtime)
{
    struct dict *dict = (struct dict *)freelist_pop(&runtime->freelists.dict);
    if (unlikely(dict == NULL)) {
        return dict_new_head_slow(runtime);
    }
    refcount_set(&dict->base, 1);
    dict->used = 0;
    dict->keys = (struct dict_keys *)(uintptr_t)&dict_empty_keys;
    dict->values = NULL;
    return dict;
}

static inline struct object *dict_new(struct runtime *runtime)
{
    return (struct object *)dict_new_head(runtime);
}

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

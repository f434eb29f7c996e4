/* Tables of keys: what dict.c and attribute.c share. CPython 3.11's PyDictKeysObject.
 *
 * One block of the obj domain: [head 32][index: 2^k numbers of 1, 2, 4 or 8 bytes][entries]. The
 * index is an open-addressing hash table of entry numbers; entries stand in insertion order. An
 * entry is {key, value} while all keys are strings, {hash, key, value} otherwise. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_DICT_KEYS_H
#define HEAPDYNO_COLLECTOR_OBJECTS_DICT_KEYS_H

#include "collector/object.h"
#include "collector/objects/dict.h"
#include "collector/objects/hash.h"
#include "collector/objects/str.h"
#include "collector/runtime.h"

enum keys_kind {
    KEYS_GENERAL, /* any keys */
    KEYS_STR,     /* strings only */
    KEYS_SPLIT,   /* strings, shared by the instances of a class; values stand elsewhere */
};

enum {
    KEYS_LOG2_MIN = 3,      /* 8 places, the only size with a free list */
    KEYS_LOG2_MAX = 56,     /* beyond, sizes overflow */
    KEYS_LOG2_SHARED = 6,   /* 64 places: a class's shared keys */
    KEYS_SHARED_MAX = 30,   /* names in a class's shared keys */
    KEYS_EMPTY = -1,        /* in the index: never used */
    KEYS_DUMMY = -2,        /* in the index: deleted, a search goes on */
    KEYS_PERTURB_SHIFT = 5, /* bits of the hash that each further probe brings in */
};

struct dict_keys {
    int64_t refcount;
    uint8_t log2_places; /* 0: the static empty table */
    uint8_t log2_index_bytes;
    uint8_t kind;      /* enum keys_kind */
    uint8_t byte_mask; /* places - 1 where the index has bytes, else 0: for the fast paths */
    uint32_t version;  /* kept for the size */
    int64_t usable;    /* entries that can still be added */
    int64_t entries;   /* used, deleted ones included */
    char index[];
};

_Static_assert(sizeof(struct dict_keys) == 32, "part of the block size");

struct str_entry {
    struct object *key; /* its hash is computed */
    struct object *value;
};

struct general_entry {
    uint64_t hash;
    struct object *key;
    struct object *value;
};

static inline bool keys_is_empty(const struct dict_keys *keys)
{
    return keys->log2_places == 0;
}

static inline bool keys_is_str(const struct dict_keys *keys)
{
    return keys->kind != KEYS_GENERAL;
}

static inline struct str_entry *keys_str_entries(const struct dict_keys *keys)
{
    const char *entries = keys->index + ((size_t)1 << keys->log2_index_bytes);
    return (struct str_entry *)(uintptr_t)entries;
}

static inline struct general_entry *keys_general_entries(const struct dict_keys *keys)
{
    const char *entries = keys->index + ((size_t)1 << keys->log2_index_bytes);
    return (struct general_entry *)(uintptr_t)entries;
}

/* Entries that a table of 2^log2 places takes: two thirds. */
static inline int64_t keys_usable(uint8_t log2)
{
    return ((int64_t)1 << log2) * 2 / 3;
}

/* The exponent of the smallest table that CPython makes for `places`. */
static inline uint8_t keys_log2_for(int64_t places)
{
    uint64_t bits = (uint64_t)((places | 8) - 1) | 7;
    return (uint8_t)(64 - __builtin_clzll(bits));
}

/* dict_empty_keys, for the places that hold any table. */
static inline struct dict_keys *keys_empty(void)
{
    return (struct dict_keys *)(uintptr_t)&dict_empty_keys;
}

/* Bytes of the block of a table of 2^log2 places. */
size_t keys_bytes(uint8_t log2, bool only_str);

/* A table without entries, one reference. NULL: no memory. The first is the commonest: 8 places for
 * string keys, through the free list. */
struct dict_keys *keys_new_small(struct runtime *runtime);
struct dict_keys *keys_new(struct runtime *runtime, uint8_t log2, bool only_str);

/* Give the block back, or to the free list; what the entries hold is the caller's. */
void keys_free_block(struct runtime *runtime, struct dict_keys *keys);

/* Release all entries, keys before values, and the block. */
void keys_free(struct runtime *runtime, struct dict_keys *keys);

static inline void keys_decref(struct runtime *runtime, struct dict_keys *keys)
{
    if (!keys_is_empty(keys) && --keys->refcount == 0) {
        keys_free(runtime, keys);
    }
}

/* The whole search. */
int64_t keys_find_str_slow(const struct dict_keys *keys, struct object *key, uint64_t hash);
int64_t keys_find_general_slow(const struct dict_keys *keys, struct object *key, uint64_t hash);

/* Both: the number of the entry of `key`, or KEYS_EMPTY. Inline for the identical key, or none at
 * all, in the first place of a small table. */
static inline int64_t keys_find_str(const struct dict_keys *keys, struct object *key, uint64_t hash)
{
    size_t mask = keys->byte_mask;
    if (likely(mask != 0)) {
        int64_t number = (int8_t)keys->index[hash & mask];
        const void *entries = keys->index + mask + 1;
        if (number == KEYS_EMPTY ||
            (number >= 0 && likely(((const struct str_entry *)entries)[number].key == key))) {
            return number;
        }
    }
    return keys_find_str_slow(keys, key, hash);
}

static inline int64_t keys_find_general(const struct dict_keys *keys, struct object *key,
                                        uint64_t hash)
{
    size_t mask = keys->byte_mask;
    if (likely(mask != 0)) {
        int64_t number = (int8_t)keys->index[hash & mask];
        const void *entries = keys->index + mask + 1;
        if (number == KEYS_EMPTY ||
            (number >= 0 && likely(((const struct general_entry *)entries)[number].key == key))) {
            return number;
        }
    }
    return keys_find_general_slow(keys, key, hash);
}

/* Of any key in any table; strings and others are never equal. */
static inline int64_t keys_find(const struct dict_keys *keys, struct object *key, uint64_t hash)
{
    if (!keys_is_str(keys)) {
        return keys_find_general(keys, key, hash);
    }
    return str_is(key) ? keys_find_str(keys, key, hash) : KEYS_EMPTY;
}

void keys_index_add_slow(struct dict_keys *keys, uint64_t hash);

/* Enter the number of the next entry where a search for `hash` will find it: into the first free
 * place on its way; that of a deleted entry is taken again. */
static inline void keys_index_add(struct dict_keys *keys, uint64_t hash)
{
    char *place = &keys->index[hash & keys->byte_mask];
    if (likely(keys->byte_mask != 0 && *(int8_t *)place < 0)) {
        *place = (char)keys->entries;
        return;
    }
    keys_index_add_slow(keys, hash);
}

/* Mark the place of entry `number` in the index as deleted. */
void keys_index_remove(struct dict_keys *keys, uint64_t hash, int64_t number);

/* Enter numbers 0 … count-1 of entries that are filled in already; sets entries and usable. */
void keys_index_build(struct dict_keys *keys, int64_t count);

/* Give the blocks in the free list back: part of a full collection. */
void keys_freelist_clear(struct runtime *runtime);

/* Add a name to the keys of a class: KEYS_EMPTY when they are full. Takes a reference to `name`. */
int64_t keys_add_shared(struct dict_keys *keys, struct object *name);

#endif

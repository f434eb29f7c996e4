/* Tables of keys: blocks, search and index. Source: CPython 3.11 Objects/dictobject.c, Python's
 * probe sequence (linear congruence, perturbed by the rest of the hash). Not good at: hashes chosen
 * by an attacker. */
#include "collector/objects/dict_keys.h"

#include <string.h>

#include "collector/refcount.h"

const struct dict_keys dict_empty_keys = {
    .refcount = 1,
    .kind = KEYS_STR,
    .index = {KEYS_EMPTY, KEYS_EMPTY, KEYS_EMPTY, KEYS_EMPTY, KEYS_EMPTY, KEYS_EMPTY, KEYS_EMPTY,
              KEYS_EMPTY},
};

static uint8_t keys_log2_index_bytes(uint8_t log2)
{
    uint8_t width = log2 < 8 ? 0 : log2 < 16 ? 1 : log2 < 32 ? 2 : 3;
    return (uint8_t)(log2 + width);
}

size_t keys_bytes(uint8_t log2, bool only_str)
{
    size_t entry = only_str ? sizeof(struct str_entry) : sizeof(struct general_entry);
    return sizeof(struct dict_keys) + ((size_t)1 << keys_log2_index_bytes(log2)) +
           entry * (size_t)keys_usable(log2);
}

static inline struct dict_keys *keys_init(struct dict_keys *keys, uint8_t log2, bool only_str)
{
    *keys = (struct dict_keys){
        .refcount = 1,
        .log2_places = log2,
        .log2_index_bytes = keys_log2_index_bytes(log2),
        .kind = only_str ? KEYS_STR : KEYS_GENERAL,
        .byte_mask = (uint8_t)(log2 < 8 ? (1u << log2) - 1 : 0),
        .usable = keys_usable(log2),
    };
    memset(keys->index, 0xff, (size_t)1 << keys->log2_index_bytes);
    return keys;
}

struct dict_keys *keys_new_small(struct runtime *runtime)
{
    struct dict_keys *keys = freelist_pop(&runtime->freelists.keys);
    if (unlikely(keys == NULL)) {
        runtime->freelists.keys.misses++;
        keys = heap_alloc(&runtime->heap[HEAP_OBJ], keys_bytes(KEYS_LOG2_MIN, true));
        if (keys == NULL) {
            return NULL;
        }
    }
    return keys_init(keys, KEYS_LOG2_MIN, true);
}

struct dict_keys *keys_new(struct runtime *runtime, uint8_t log2, bool only_str)
{
    if (log2 == KEYS_LOG2_MIN && only_str) {
        return keys_new_small(runtime);
    }
    struct dict_keys *keys = NULL;
    if (log2 <= KEYS_LOG2_MAX) {
        keys = heap_alloc(&runtime->heap[HEAP_OBJ], keys_bytes(log2, only_str));
    }
    return keys == NULL ? NULL : keys_init(keys, log2, only_str);
}

void keys_free_block(struct runtime *runtime, struct dict_keys *keys)
{
    bool only_str = keys_is_str(keys);
    if (keys->log2_places == KEYS_LOG2_MIN && only_str &&
        freelist_push(&runtime->freelists.keys, keys)) {
        return;
    }
    heap_release(&runtime->heap[HEAP_OBJ], keys, keys_bytes(keys->log2_places, only_str));
}

void keys_free(struct runtime *runtime, struct dict_keys *keys)
{
    if (keys->kind == KEYS_GENERAL) {
        const struct general_entry *entry = keys_general_entries(keys);
        for (int64_t i = 0, n = keys->entries; i < n; i++) {
            xdecref(runtime, entry[i].key);
            xdecref(runtime, entry[i].value);
        }
    } else {
        const struct str_entry *entry = keys_str_entries(keys);
        for (int64_t i = 0, n = keys->entries; i < n; i++) {
            xdecref(runtime, entry[i].key);
            xdecref(runtime, entry[i].value);
        }
    }
    keys_free_block(runtime, keys);
}

void keys_freelist_clear(struct runtime *runtime)
{
    struct freelist *free = &runtime->freelists.keys;
    for (void *keys; (keys = freelist_pop(free)) != NULL; free->dropped++) {
        heap_release(&runtime->heap[HEAP_OBJ], keys, keys_bytes(KEYS_LOG2_MIN, true));
    }
}

/* Width of a number in the index, as a logarithm. */
static inline int keys_width(const struct dict_keys *keys)
{
    return keys->log2_index_bytes - keys->log2_places;
}

static inline int64_t index_get(const struct dict_keys *keys, size_t place, int width)
{
    const void *index = keys->index;
    switch (width) {
    case 0:
        return ((const int8_t *)index)[place];
    case 1:
        return ((const int16_t *)index)[place];
    case 2:
        return ((const int32_t *)index)[place];
    default:
        return ((const int64_t *)index)[place];
    }
}

static inline void index_set(struct dict_keys *keys, size_t place, int width, int64_t number)
{
    void *index = keys->index;
    switch (width) {
    case 0:
        ((int8_t *)index)[place] = (int8_t)number;
        break;
    case 1:
        ((int16_t *)index)[place] = (int16_t)number;
        break;
    case 2:
        ((int32_t *)index)[place] = (int32_t)number;
        break;
    default:
        ((int64_t *)index)[place] = number;
        break;
    }
}

/* The places that a search for a hash visits, one after the other. */
struct probe {
    size_t mask, place;
    uint64_t perturb;
};

static inline struct probe probe_start(const struct dict_keys *keys, uint64_t hash)
{
    size_t mask = ((size_t)1 << keys->log2_places) - 1;
    return (struct probe){.mask = mask, .place = hash & mask, .perturb = hash};
}

static inline void probe_next(struct probe *self)
{
    self->perturb >>= KEYS_PERTURB_SHIFT;
    self->place = (self->place * 5 + self->perturb + 1) & self->mask;
}

static inline bool str_key_is(struct object *have, struct object *key, uint64_t hash)
{
    return have == key || (((struct str *)have)->hash == hash && str_equal(have, key));
}

/* Both searches are compiled once for each width. */
__attribute__((always_inline)) static inline int64_t
find_str(const struct dict_keys *keys, struct object *key, uint64_t hash, int width)
{
    const struct str_entry *entries = keys_str_entries(keys);
    for (struct probe probe = probe_start(keys, hash);; probe_next(&probe)) {
        int64_t number = index_get(keys, probe.place, width);
        if (number >= 0) {
            if (likely(str_key_is(entries[number].key, key, hash))) {
                return number;
            }
        } else if (number == KEYS_EMPTY) {
            return KEYS_EMPTY;
        }
    }
}

__attribute__((always_inline)) static inline int64_t
find_general(const struct dict_keys *keys, struct object *key, uint64_t hash, int width)
{
    const struct general_entry *entries = keys_general_entries(keys);
    for (struct probe probe = probe_start(keys, hash);; probe_next(&probe)) {
        int64_t number = index_get(keys, probe.place, width);
        if (number >= 0) {
            const struct general_entry *entry = &entries[number];
            if (entry->key == key || (entry->hash == hash && object_equal(entry->key, key))) {
                return number;
            }
        } else if (number == KEYS_EMPTY) {
            return KEYS_EMPTY;
        }
    }
}

int64_t keys_find_str_slow(const struct dict_keys *keys, struct object *key, uint64_t hash)
{
    switch (keys_width(keys)) {
    case 0:
        return find_str(keys, key, hash, 0);
    case 1:
        return find_str(keys, key, hash, 1);
    case 2:
        return find_str(keys, key, hash, 2);
    default:
        return find_str(keys, key, hash, 3);
    }
}

int64_t keys_find_general_slow(const struct dict_keys *keys, struct object *key, uint64_t hash)
{
    switch (keys_width(keys)) {
    case 0:
        return find_general(keys, key, hash, 0);
    case 1:
        return find_general(keys, key, hash, 1);
    case 2:
        return find_general(keys, key, hash, 2);
    default:
        return find_general(keys, key, hash, 3);
    }
}

static inline void index_add(struct dict_keys *keys, uint64_t hash, int64_t number, int width)
{
    struct probe probe = probe_start(keys, hash);
    while (index_get(keys, probe.place, width) >= 0) {
        probe_next(&probe);
    }
    index_set(keys, probe.place, width, number);
}

void keys_index_add_slow(struct dict_keys *keys, uint64_t hash)
{
    index_add(keys, hash, keys->entries, keys_width(keys));
}

void keys_index_remove(struct dict_keys *keys, uint64_t hash, int64_t number)
{
    int width = keys_width(keys);
    struct probe probe = probe_start(keys, hash);
    while (index_get(keys, probe.place, width) != number) {
        probe_next(&probe);
    }
    index_set(keys, probe.place, width, KEYS_DUMMY);
}

void keys_index_build(struct dict_keys *keys, int64_t count)
{
    int width = keys_width(keys);
    if (keys->kind == KEYS_GENERAL) {
        const struct general_entry *entry = keys_general_entries(keys);
        for (int64_t i = 0; i < count; i++) {
            index_add(keys, entry[i].hash, i, width);
        }
    } else {
        const struct str_entry *entry = keys_str_entries(keys);
        for (int64_t i = 0; i < count; i++) {
            index_add(keys, ((const struct str *)entry[i].key)->hash, i, width);
        }
    }
    keys->entries = count;
    keys->usable -= count;
}

int64_t keys_add_shared(struct dict_keys *keys, struct object *name)
{
    if (keys->usable <= 0) {
        return KEYS_EMPTY;
    }
    int64_t number = keys->entries;
    keys_index_add(keys, str_hash(name));
    keys_str_entries(keys)[number] = (struct str_entry){.key = newref(name)};
    keys->entries++;
    keys->usable--;
    return number;
}

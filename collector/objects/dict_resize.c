/* Changing a dict's table: larger, smaller, from string entries to general ones, from split to
 * combined. The entries move in insertion order, without the deleted ones. Source: CPython 3.11
 * Objects/dictobject.c, dictresize. */
#include "collector/objects/dict_keys.h"
#include "collector/objects/dict_split.h"
#include "collector/objects/dict_values.h"
#include "collector/refcount.h"

/* Where the next entry goes. */
static void keys_fill(struct dict_keys *keys, int64_t number, struct general_entry entry)
{
    if (keys->kind == KEYS_GENERAL) {
        keys_general_entries(keys)[number] = entry;
    } else {
        keys_str_entries(keys)[number] = (struct str_entry){.key = entry.key, .value = entry.value};
    }
}

static struct general_entry keys_read(const struct dict_keys *keys, int64_t number)
{
    if (keys->kind == KEYS_GENERAL) {
        return keys_general_entries(keys)[number];
    }
    const struct str_entry *entry = &keys_str_entries(keys)[number];
    uint64_t hash = entry->key == NULL ? 0 : ((const struct str *)entry->key)->hash;
    return (struct general_entry){.hash = hash, .key = entry->key, .value = entry->value};
}

/* References of keys and values move along. */
static void dict_move_combined(const struct dict_keys *old, struct dict_keys *keys)
{
    int64_t count = 0;
    for (int64_t i = 0; i < old->entries; i++) {
        struct general_entry entry = keys_read(old, i);
        if (entry.value != NULL) {
            keys_fill(keys, count++, entry);
        }
    }
    keys_index_build(keys, count);
}

/* References of values move along; the keys stay in the shared table too. */
static void dict_move_split(const struct dict *dict, const struct dict_keys *old,
                            struct dict_keys *keys)
{
    for (int64_t i = 0; i < dict->used; i++) {
        int64_t number = *values_order(dict->values, i);
        struct general_entry entry = keys_read(old, number);
        incref(entry.key);
        entry.value = dict->values->item[number];
        keys_fill(keys, i, entry);
    }
    keys_index_build(keys, dict->used);
}

bool dict_resize(struct runtime *runtime, struct dict *dict, uint8_t log2, bool only_str)
{
    struct dict_keys *old = dict->keys;
    struct dict_keys *keys = keys_new(runtime, log2, only_str && keys_is_str(old));
    if (keys == NULL) {
        return false;
    }
    CHECK_SLOW(keys->usable >= dict->used);
    dict->keys = keys;
    if (dict->values != NULL) {
        struct dict_values *values = dict->values;
        dict_move_split(dict, old, keys);
        dict->values = NULL;
        keys_decref(runtime, old);
        values_free(runtime, values);
    } else {
        dict_move_combined(old, keys);
        keys_free_block(runtime, old);
    }
    return true;
}

struct object *dict_new_split(struct runtime *runtime, struct dict_keys *keys)
{
    struct dict_values *values = values_new(runtime, keys->entries + keys->usable);
    if (values == NULL) {
        return NULL;
    }
    struct dict *dict = dict_new_head(runtime);
    if (dict == NULL) {
        values_free(runtime, values);
        return NULL;
    }
    keys->refcount++;
    dict->keys = keys;
    dict->values = values;
    return &dict->base;
}

/* dict: CPython 3.11's (Objects/dictobject.c), combined and split. Growth and the forms of the
 * table are in dict_resize.c, tables of keys in dict_keys.c.
 *
 * A dict is tracked by the collector from the first key or value that may be. Deleting never makes
 * the table smaller. Not good at: deleting from the front and iterating, which walks the holes. */
#include "collector/objects/dict.h"

#include "collector/gc_alloc.h"
#include "collector/objects/dict_keys.h"
#include "collector/objects/dict_split.h"
#include "collector/objects/dict_values.h"
#include "collector/objects/dict_visit.h"
#include "collector/objects/tuple.h"
#include "collector/trashcan.h"

struct dict *dict_new_head_slow(struct runtime *runtime)
{
    runtime->freelists.dict.misses++;
    struct object *self = gc_alloc(runtime, 0, sizeof(struct dict));
    if (self == NULL) {
        return NULL;
    }
    object_init(self, &dict_type);
    struct dict *dict = (struct dict *)self;
    dict->used = 0;
    dict->version = 0;
    dict->keys = keys_empty();
    dict->values = NULL;
    return dict;
}

static inline void dict_maintain_tracking(struct runtime *runtime, struct object *self,
                                          const struct object *key, const struct object *value)
{
    if (!gc_is_tracked(self) && (gc_may_be_tracked(key) || gc_may_be_tracked(value))) {
        gc_track(runtime, self);
    }
}

/* Where the value of entry `number` stands. */
static inline struct object **dict_value_place(const struct dict *dict, int64_t number)
{
    if (dict->values != NULL) {
        return &dict->values->item[number];
    }
    if (keys_is_str(dict->keys)) {
        return &keys_str_entries(dict->keys)[number].value;
    }
    return &keys_general_entries(dict->keys)[number].value;
}

/* The key is there, or known to a split table. */
static inline void dict_replace(struct runtime *runtime, struct dict *dict, int64_t number,
                                struct object *value)
{
    struct object **place = dict_value_place(dict, number);
    struct object *old = *place;
    *place = newref(value);
    if (old == NULL) {
        values_append(dict->values, number);
        dict->used++;
    } else {
        decref(runtime, old);
    }
}

/* Add an entry; there is room, and the table is of the right kind. */
static inline void dict_add_entry(struct dict *dict, struct object *key, uint64_t hash,
                                  struct object *value)
{
    struct dict_keys *keys = dict->keys;
    int64_t number = keys->entries;
    keys_index_add(keys, hash);
    if (keys->kind == KEYS_GENERAL) {
        keys_general_entries(keys)[number] =
            (struct general_entry){.hash = hash, .key = newref(key), .value = newref(value)};
    } else if (dict->values == NULL) {
        keys_str_entries(keys)[number] =
            (struct str_entry){.key = newref(key), .value = newref(value)};
    } else {
        keys_str_entries(keys)[number] = (struct str_entry){.key = newref(key)};
        dict->values->item[number] = newref(value);
        values_append(dict->values, number);
    }
    keys->entries++;
    keys->usable--;
    dict->used++;
}

/* The key is absent: make room, or another kind of table, where needed. */
static bool dict_prepare_slow(struct runtime *runtime, struct dict *dict, bool key_is_str)
{
    if (keys_is_empty(dict->keys)) {
        struct dict_keys *keys = keys_new(runtime, KEYS_LOG2_MIN, key_is_str);
        if (keys == NULL) {
            return false;
        }
        dict->keys = keys;
        return true;
    }
    return dict_resize(runtime, dict, keys_log2_for(dict->used * 3), key_is_str);
}

/* The way of most entries into their dict: its first. */
static bool dict_put_first(struct runtime *runtime, struct object *self, struct object *key,
                           struct object *value)
{
    struct dict *dict = (struct dict *)self;
    struct dict_keys *keys = keys_new_small(runtime);
    if (unlikely(keys == NULL)) {
        return false;
    }
    keys->index[str_hash(key) & keys->byte_mask] = 0;
    keys_str_entries(keys)[0] = (struct str_entry){.key = newref(key), .value = newref(value)};
    keys->entries = 1;
    keys->usable--;
    dict->keys = keys;
    dict->used = 1;
    dict_maintain_tracking(runtime, self, key, value);
    return true;
}

bool dict_put(struct runtime *runtime, struct object *self, struct object *key,
              struct object *value)
{
    CHECK_SLOW(dict_is(self));
    struct dict *dict = (struct dict *)self;
    bool key_is_str = str_is(key);
    if (key_is_str && keys_is_empty(dict->keys)) {
        return dict_put_first(runtime, self, key, value);
    }
    uint64_t hash = key_is_str ? str_hash(key) : object_hash(key);
    int64_t number = keys_find(dict->keys, key, hash);
    if (number == KEYS_EMPTY) {
        if (unlikely(dict->keys->usable <= 0 || (keys_is_str(dict->keys) && !key_is_str)) &&
            !dict_prepare_slow(runtime, dict, key_is_str)) {
            return false;
        }
        dict_maintain_tracking(runtime, self, key, value);
        dict_add_entry(dict, key, hash, value);
        return true;
    }
    dict_maintain_tracking(runtime, self, key, value);
    dict_replace(runtime, dict, number, value);
    return true;
}

struct object *dict_get(struct object *self, struct object *key)
{
    CHECK_SLOW(dict_is(self));
    const struct dict *dict = (const struct dict *)self;
    uint64_t hash = str_is(key) ? str_hash(key) : object_hash(key);
    int64_t number = keys_find(dict->keys, key, hash);
    return number == KEYS_EMPTY ? NULL : *dict_value_place(dict, number);
}

/* Empty the entry and hand over its key. */
static struct object *dict_remove_entry(struct dict_keys *keys, uint64_t hash, int64_t number)
{
    struct object *key;
    keys_index_remove(keys, hash, number);
    if (keys->kind == KEYS_GENERAL) {
        key = keys_general_entries(keys)[number].key;
        keys_general_entries(keys)[number] = (struct general_entry){.key = NULL};
    } else {
        key = keys_str_entries(keys)[number].key;
        keys_str_entries(keys)[number] = (struct str_entry){.key = NULL};
    }
    return key;
}

bool dict_remove(struct runtime *runtime, struct object *self, struct object *key)
{
    CHECK_SLOW(dict_is(self));
    struct dict *dict = (struct dict *)self;
    uint64_t hash = object_hash(key);
    int64_t number = keys_find(dict->keys, key, hash);
    struct object **place = number == KEYS_EMPTY ? NULL : dict_value_place(dict, number);
    struct object *old_value = place == NULL ? NULL : *place;
    if (old_value == NULL) {
        return false;
    }
    dict->used--;
    if (dict->values != NULL) {
        *place = NULL;
        values_forget(dict->values, number);
    } else {
        decref(runtime, dict_remove_entry(dict->keys, hash, number));
    }
    decref(runtime, old_value);
    return true;
}

/* Release what a split table's values hold, first to last, and the array. */
static void dict_release_values(struct runtime *runtime, const struct dict_keys *keys,
                                struct dict_values *values)
{
    for (int64_t i = 0, n = keys->entries; i < n; i++) {
        xdecref(runtime, values->item[i]);
    }
    values_free(runtime, values);
}

size_t dict_table_bytes(const struct object *object)
{
    const struct dict_keys *keys = ((const struct dict *)object)->keys;
    return keys_is_empty(keys) || keys->kind == KEYS_SPLIT
               ? 0
               : keys_bytes(keys->log2_places, keys_is_str(keys));
}

void dict_clear(struct runtime *runtime, struct object *self)
{
    struct dict *dict = (struct dict *)self;
    struct dict_keys *keys = dict->keys;
    struct dict_values *values = dict->values;
    if (keys_is_empty(keys)) {
        return;
    }
    dict->keys = keys_empty();
    dict->values = NULL;
    dict->used = 0;
    if (values != NULL) {
        dict_release_values(runtime, keys, values);
    }
    keys_decref(runtime, keys);
}

bool dict_next(const struct object *self, int64_t *position, struct object **key,
               struct object **value)
{
    const struct dict *dict = (const struct dict *)self;
    const struct dict_keys *keys = dict->keys;
    if (dict->values != NULL) {
        if (*position >= dict->used) {
            return false;
        }
        int64_t number = *values_order(dict->values, (*position)++);
        *key = keys_str_entries(keys)[number].key;
        *value = dict->values->item[number];
        return true;
    }
    for (int64_t i = *position; i < keys->entries; i++) {
        struct object *found = *dict_value_place(dict, i);
        if (found != NULL) {
            *position = i + 1;
            *value = found;
            *key = keys_is_str(keys) ? keys_str_entries(keys)[i].key
                                     : keys_general_entries(keys)[i].key;
            return true;
        }
    }
    return false;
}

void dict_maybe_untrack(struct object *self)
{
    const struct dict *dict = (const struct dict *)self;
    if (!gc_is_tracked(self)) {
        return;
    }
    bool strings = keys_is_str(dict->keys);
    for (int64_t i = 0; i < dict->keys->entries; i++) {
        const struct object *value = *dict_value_place(dict, i);
        if (value != NULL &&
            (gc_may_be_tracked(value) ||
             (!strings && gc_may_be_tracked(keys_general_entries(dict->keys)[i].key)))) {
            return;
        }
    }
    gc_untrack(self);
}

static inline void dict_free_head(struct runtime *runtime, struct object *self)
{
    if (unlikely(!freelist_push(&runtime->freelists.dict, self))) {
        gc_free(runtime, self, 0, sizeof(struct dict));
    }
}

/* Out of line, so that an empty dict saves no registers. */
__attribute__((noinline)) static void dict_dealloc_entries(struct runtime *runtime,
                                                           struct object *self)
{
    struct dict *dict = (struct dict *)self;
    if (!trashcan_begin(runtime, self)) {
        return;
    }
    if (dict->values != NULL) {
        dict_release_values(runtime, dict->keys, dict->values);
    }
    keys_decref(runtime, dict->keys);
    dict_free_head(runtime, self);
    trashcan_end(runtime);
}

static void dict_dealloc(struct runtime *runtime, struct object *self)
{
    gc_untrack_if(self);
    if (!keys_is_empty(((struct dict *)self)->keys)) {
        dict_dealloc_entries(runtime, self);
    } else if (trashcan_admits(runtime, self)) {
        dict_free_head(runtime, self);
    }
}

static int dict_traverse(struct object *self, visit_f *visit, void *argument)
{
    return dict_visit(self, visit, argument);
}

void dict_freelist_clear(struct runtime *runtime)
{
    struct freelist *heads = &runtime->freelists.dict;
    for (struct object *self; (self = freelist_pop(heads)) != NULL; heads->dropped++) {
        gc_free(runtime, self, 0, sizeof(struct dict));
    }
    keys_freelist_clear(runtime);
}

const struct type dict_type = {
    .name = "dict",
    .flags = TYPE_GC,
    .basic_bytes = sizeof(struct dict),
    .layout = {.kind = LAYOUT_DICT},
    .dealloc = dict_dealloc,
    .traverse = dict_traverse,
    .clear = dict_clear,
};

/* Attributes of instances by name: inline values laid out by the class's shared keys, and the dict
 * that replaces them when the shared keys are full or somebody asks for it. Source: CPython 3.11
 * Objects/dictobject.c, from _PyDict_NewKeysForClass on.
 *
 * The shared keys take 30 names less one for each instance made, down to one spare. */
#include "collector/objects/attribute.h"

#include "collector/gc_alloc.h"
#include "collector/objects/dict_keys.h"
#include "collector/objects/dict_split.h"
#include "collector/objects/dict_values.h"
#include "collector/objects/tuple.h"

bool class_keys_new(struct runtime *runtime, struct class *class)
{
    class->keys = keys_new(runtime, KEYS_LOG2_SHARED, true);
    if (class->keys == NULL) {
        return false;
    }
    class->keys->kind = KEYS_SPLIT;
    class->keys->usable = KEYS_SHARED_MAX;
    return true;
}

void class_keys_delete(struct runtime *runtime, struct class *class)
{
    if (class->keys != NULL) {
        keys_decref(runtime, class->keys);
    }
}

bool instance_values_new(struct runtime *runtime, struct object *self)
{
    struct dict_keys *keys = class_of(self)->keys;
    int64_t usable = keys->usable > 1 ? keys->usable - 1 : keys->usable;
    struct dict_values *values = values_new(runtime, keys->entries + usable);
    if (unlikely(values == NULL)) {
        return false;
    }
    keys->usable = usable;
    instance_prefix_of(self)->values = values;
    return true;
}

/* Count and track the dict by what it holds; it has just been given `values`. */
static void dict_adopt_values(struct runtime *runtime, struct dict *dict, struct dict_keys *keys,
                              struct dict_values *values)
{
    bool track = false;
    int64_t used = 0;
    for (int64_t i = 0; i < keys->entries; i++) {
        const struct object *value = values->item[i];
        used += value != NULL;
        track = track || (value != NULL && gc_may_be_tracked(value));
    }
    keys->refcount++;
    dict->keys = keys;
    dict->values = values;
    dict->used = used;
    if (track) {
        gc_track(runtime, &dict->base);
    }
}

/* Make a real, split dict out of the inline values. NULL: no memory, the values stay. */
static struct object *instance_materialize(struct runtime *runtime, struct object *self)
{
    struct dict *dict = dict_new_head(runtime);
    if (dict == NULL) {
        return NULL;
    }
    /* The allocation may have collected, and what ran then may have asked for the dict. */
    struct instance_prefix *prefix = instance_prefix_of(self);
    if (unlikely(prefix->values == NULL && prefix->dict != NULL)) {
        decref(runtime, &dict->base);
        return prefix->dict;
    }
    if (prefix->values != NULL) {
        dict_adopt_values(runtime, dict, class_of(self)->keys, prefix->values);
        prefix->values = NULL;
    }
    prefix->dict = &dict->base;
    return prefix->dict;
}

static bool values_set(struct runtime *runtime, struct dict_values *values, int64_t number,
                       struct object *value)
{
    struct object *old = values->item[number];
    values->item[number] = newref(value);
    if (old == NULL) {
        values_append(values, number);
    } else {
        decref(runtime, old);
    }
    return true;
}

static bool object_setattr_slow(struct runtime *runtime, struct object *self, struct object *name,
                                struct object *value)
{
    struct instance_prefix *prefix = instance_prefix_of(self);
    struct dict_keys *keys = class_of(self)->keys;
    if (prefix->values != NULL) {
        int64_t number = keys_add_shared(keys, name);
        if (number != KEYS_EMPTY) {
            return values_set(runtime, prefix->values, number, value);
        }
        if (instance_materialize(runtime, self) == NULL) {
            return false;
        }
    } else if (prefix->dict == NULL) {
        prefix->dict = dict_new_split(runtime, keys);
        if (prefix->dict == NULL) {
            return false;
        }
    }
    return dict_put(runtime, prefix->dict, name, value);
}

bool object_setattr(struct runtime *runtime, struct object *self, struct object *name,
                    struct object *value)
{
    CHECK_SLOW((self->type->flags & TYPE_MANAGED_DICT) != 0 && str_is_interned(name));
    struct dict_values *values = instance_prefix_of(self)->values;
    if (likely(values != NULL)) {
        int64_t number = keys_find_str(class_of(self)->keys, name, str_hash(name));
        if (likely(number != KEYS_EMPTY)) {
            return values_set(runtime, values, number, value);
        }
    }
    return object_setattr_slow(runtime, self, name, value);
}

struct object *object_getattr(struct object *self, struct object *name)
{
    CHECK_SLOW((self->type->flags & TYPE_MANAGED_DICT) != 0);
    const struct instance_prefix *prefix = instance_prefix_of(self);
    if (likely(prefix->values != NULL)) {
        int64_t number = keys_find_str(class_of(self)->keys, name, str_hash(name));
        return number == KEYS_EMPTY ? NULL : prefix->values->item[number];
    }
    return prefix->dict == NULL ? NULL : dict_get(prefix->dict, name);
}

bool object_delattr(struct runtime *runtime, struct object *self, struct object *name)
{
    CHECK_SLOW((self->type->flags & TYPE_MANAGED_DICT) != 0);
    const struct instance_prefix *prefix = instance_prefix_of(self);
    if (prefix->values == NULL) {
        return prefix->dict != NULL && dict_remove(runtime, prefix->dict, name);
    }
    struct dict_values *values = prefix->values;
    int64_t number = keys_find_str(class_of(self)->keys, name, str_hash(name));
    if (number == KEYS_EMPTY || values->item[number] == NULL) {
        return false;
    }
    values_forget(values, number);
    clear_place(runtime, &values->item[number]);
    return true;
}

struct object *object_dict(struct runtime *runtime, struct object *self)
{
    CHECK_SLOW((self->type->flags & TYPE_MANAGED_DICT) != 0);
    struct instance_prefix *prefix = instance_prefix_of(self);
    return prefix->dict != NULL ? prefix->dict : instance_materialize(runtime, self);
}

bool object_has_dict(const struct object *self)
{
    return (self->type->flags & TYPE_MANAGED_DICT) != 0 && instance_prefix_of(self)->dict != NULL;
}

void instance_release_attributes(struct runtime *runtime, struct object *self)
{
    struct instance_prefix *prefix = instance_prefix_of(self);
    struct dict_values *values = prefix->values;
    if (values == NULL) {
        xdecref(runtime, prefix->dict);
        prefix->dict = NULL;
        return;
    }
    const struct dict_keys *keys = class_of(self)->keys;
    prefix->values = NULL;
    for (int64_t i = 0; i < keys->entries; i++) {
        xdecref(runtime, values->item[i]);
    }
    values_free(runtime, values);
}

/* After values were emptied behind the order's back: keep in it only those that are set (again). */
static void values_mend_order(struct dict_values *values)
{
    uint8_t used = *values_used(values);
    *values_used(values) = 0;
    for (int64_t i = 0; i < used; i++) {
        int64_t number = *values_order(values, i);
        if (values->item[number] != NULL) {
            values_append(values, number);
        }
    }
}

void instance_clear_attributes(struct runtime *runtime, struct object *self)
{
    struct instance_prefix *prefix = instance_prefix_of(self);
    struct dict_values *values = prefix->values;
    if (values == NULL) {
        clear_place(runtime, &prefix->dict);
        return;
    }
    places_clear(runtime, values->item, (size_t)class_of(self)->keys->entries);
    values_mend_order(values);
}

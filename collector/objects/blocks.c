/* Blocks by their owner; see blocks.h. Follows the layouts that list.c, dict.c and class.c make. */
#include "collector/objects/blocks.h"

#include "collector/objects/attribute.h"
#include "collector/objects/dict.h"
#include "collector/objects/list.h"
#include "collector/objects/number.h"
#include "collector/objects/tuple.h"

static void tell(const void *p, const char *type, const char *part, block_visit_f *visit,
                 void *argument)
{
    if (p != NULL) {
        visit(argument, &(struct owned_block){p, type, part});
    }
}

static const void *values_block(const struct dict_values *values)
{
    return values == NULL ? NULL : (const char *)values - values_prefix(*values_places(values));
}

/* Where the block of an object begins: before its gc_head, and the two words of attributes. */
static const void *first_of(const struct object *object)
{
    if (!object_is_gc(object)) {
        return object;
    }
    const char *head = (const char *)gc_head_of(object);
    return (object->type->flags & TYPE_MANAGED_DICT) != 0 ? head - INSTANCE_PREFIX : head;
}

void object_each_block(const struct object *object, block_visit_f *visit, void *argument)
{
    const char *type = object->type->name;
    tell(first_of(object), type, "", visit, argument);
    if (list_is(object)) {
        tell(((const struct list *)(const void *)object)->items, type, "items", visit, argument);
    } else if (dict_is(object)) {
        const struct dict *dict = (const struct dict *)object;
        bool own = dict->keys->kind != KEYS_SPLIT && !keys_is_empty(dict->keys);
        tell(own ? dict->keys : NULL, type, "keys", visit, argument);
        tell(values_block(dict->values), type, "values", visit, argument);
    } else if ((object->type->flags & TYPE_MANAGED_DICT) != 0) {
        const struct dict_values *values = instance_prefix_of(object)->values;
        tell(values_block(values), type, "values", visit, argument);
    }
}

void class_each_block(const struct type *type, block_visit_f *visit, void *argument)
{
    if ((type->flags & TYPE_INSTANCE) != 0) {
        const struct class *class = (const struct class *)(const void *)type;
        tell(class, type->name, "class", visit, argument);
        tell(class->keys, type->name, "keys", visit, argument);
    }
}

/* `head` bytes stand before what the list links. */
static void each_free(const struct freelist *list, size_t head, const char *type,
                      block_visit_f *visit, void *argument)
{
    for (void *at = list->head; at != NULL; at = *freelist_link(at)) {
        tell((const char *)at - head, type, "free", visit, argument);
    }
}

void freelists_each_block(const struct runtime *runtime, block_visit_f *visit, void *argument)
{
    const struct freelists *lists = &runtime->freelists;
    const size_t head = sizeof(struct gc_head);
    each_free(&lists->list, head, list_type.name, visit, argument);
    each_free(&lists->dict, head, dict_type.name, visit, argument);
    each_free(&lists->keys, 0, "dict keys", visit, argument);
    each_free(&lists->floats, 0, float_type.name, visit, argument);
    for (int length = 1; length < FREELIST_TUPLE_LENGTHS; length++) {
        each_free(&lists->tuple[length], head, tuple_type.name, visit, argument);
    }
}

static void each_key(const struct dict_keys *keys, visit_f *visit, void *argument)
{
    if (keys == NULL || keys_is_empty(keys) || !keys_is_str(keys)) {
        return;
    }
    const struct str_entry *entry = keys_str_entries(keys);
    for (int64_t i = 0; i < keys->entries; i++) {
        if (entry[i].key != NULL) {
            visit(entry[i].key, argument);
        }
    }
}

void dict_each_str_key(const struct object *dict, visit_f *visit, void *argument)
{
    each_key(((const struct dict *)dict)->keys, visit, argument);
}

void class_each_key(const struct type *type, visit_f *visit, void *argument)
{
    if ((type->flags & TYPE_INSTANCE) != 0) {
        each_key(((const struct class *)(const void *)type)->keys, visit, argument);
    }
}

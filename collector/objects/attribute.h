/* Attributes of instances: what class.c and attribute.c share.
 *
 * Before the gc_head stand two words: the dict, and the inline values. At most one is not NULL. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_ATTRIBUTE_H
#define HEAPDYNO_COLLECTOR_OBJECTS_ATTRIBUTE_H

#include "collector/gc_head.h"
#include "collector/objects/class.h"
#include "collector/objects/dict_keys.h"
#include "collector/objects/dict_values.h"

struct class
{
    struct type type;
    uint32_t slots;
    bool deleted;           /* class_delete was called: the last instance frees the class */
    uint64_t instances;     /* alive; what instances count on a heap type in CPython */
    struct dict_keys *keys; /* shared by the values of all instances; NULL: no dict */
};

enum { INSTANCE_PREFIX = 16 };

struct instance_prefix {
    struct object *dict;
    struct dict_values *values;
};

_Static_assert(sizeof(struct instance_prefix) == INSTANCE_PREFIX, "part of the block size");

static inline struct class *class_of(const struct object *instance)
{
    return (struct class *)(uintptr_t)instance->type;
}

static inline struct instance_prefix *instance_prefix_of(const struct object *instance)
{
    return (struct instance_prefix *)(void *)gc_head_of(instance) - 1;
}

bool class_keys_new(struct runtime *runtime, struct class *class);
void class_keys_delete(struct runtime *runtime, struct class *class);

/* The empty values of a new instance; the class then has one spare name less, down to one. */
bool instance_values_new(struct runtime *runtime, struct object *instance);

/* At death: what the attributes hold, and their memory. */
void instance_release_attributes(struct runtime *runtime, struct object *instance);

/* In a collection: what the attributes hold; the array of values stays. */
void instance_clear_attributes(struct runtime *runtime, struct object *instance);

/* Visit the inline values, or the dict. Inlined into the collector's passes as well as into
 * traverse. */
static inline __attribute__((always_inline)) int
instance_visit_attributes(struct object *instance, visit_f *visit, void *argument)
{
    const struct instance_prefix *prefix = instance_prefix_of(instance);
    const struct dict_values *values = prefix->values;
    if (values == NULL) {
        return prefix->dict == NULL ? 0 : visit(prefix->dict, argument);
    }
    int stop = 0;
    for (int64_t i = 0, n = class_of(instance)->keys->entries; i < n && stop == 0; i++) {
        stop = values->item[i] == NULL ? 0 : visit(values->item[i], argument);
    }
    return stop;
}

#endif

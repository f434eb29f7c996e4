/* Classes and their instances.
 *
 *   with a dict      56 bytes: pre-header (dict, inline values), gc_head, object, weak references;
 *                    attributes in an array of values (mem domain) laid out by the class's shared
 * keys; a real dict is made when the shared keys are full (CPython 3.11) with slots       32 + 8n
 * bytes, +8 with weak references Death is subtype_dealloc's: untrack, trashcan, finalizer while
 * tracked, weak references, slots in order, values or dict, block. A class is no object here: its
 * instances are counted on it, but not as references; its owner deletes it. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_CLASS_H
#define HEAPDYNO_COLLECTOR_OBJECTS_CLASS_H

#include "base/check.h"
#include "collector/object.h"
#include "collector/runtime.h"

struct class_spec {
    const char *name; /* borrowed for the life of the class */
    uint32_t slots;   /* reference fields, in the order in which they are cleared */
    bool has_dict;    /* attributes by name, in inline values */
    bool has_weakrefs;
    finalize_f *finalize; /* __del__: at most once per object; NULL: none */
    uint32_t
        payload_bytes; /* plain bytes after the slots, for C types such as sockets; 0 in Python */
};

struct class; /* begins with its struct type */

/* New, the caller deletes it with class_delete; its shared keys are plain memory of the runtime's.
 */
struct class *class_new(struct runtime *runtime, const struct class_spec *spec);
/* While instances are alive (in cycles that nothing has collected yet), it waits for the last one. */
void class_delete(struct runtime *runtime, struct class *class);
const struct type *class_type(const struct class *class);

/* An instance, all slots empty; tracked. */
struct object *instance_new(struct runtime *runtime, struct class *class);
bool instance_of(const struct object *object, const struct class *class);

static inline struct object **instance_slots(const struct object *instance)
{
    return (struct object **)(uintptr_t)(instance + 1);
}

/* Slot `index`: borrowed or NULL. */
static inline struct object *instance_slot(const struct object *instance, uint32_t index)
{
    CHECK_SLOW(index < instance->type->layout.slot_count);
    return instance_slots(instance)[index];
}

/* Fill a slot that is empty; takes the reference over. */
static inline void instance_slot_init_take(struct object *instance, uint32_t index,
                                           struct object *value)
{
    CHECK_SLOW(instance_slot(instance, index) == NULL);
    instance_slots(instance)[index] = value;
}

/* Replace what a slot holds, then release that; NULL value empties. */
void instance_slot_set(struct runtime *runtime, struct object *instance, uint32_t index,
                       struct object *value);
/* The plain bytes of class_spec.payload_bytes. */
void *instance_payload(struct object *instance);

/* Attributes by name, an interned string; has_dict only. */
bool object_setattr(struct runtime *runtime, struct object *instance, struct object *name,
                    struct object *value);
struct object *object_getattr(struct object *instance,
                              struct object *name); /* borrowed, NULL: absent */
bool object_delattr(struct runtime *runtime, struct object *instance,
                    struct object *name); /* false: absent */
/* instance.__dict__, made if there is none yet: borrowed. NULL: no memory. */
struct object *object_dict(struct runtime *runtime, struct object *instance);
/* Whether a real dict was made. */
bool object_has_dict(const struct object *instance);

#endif

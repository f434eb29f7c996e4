/* Classes and instances: layout, birth, slots, and death in subtype_dealloc's order (CPython 3.11
 * Objects/typeobject.c). Attributes by name are in attribute.c.
 *
 * An instance is [pre-header: dict, values][gc_head][object][slots][weak references][payload]. */
#include "collector/objects/class.h"

#include "collector/gc_alloc.h"
#include "collector/objects/attribute.h"
#include "collector/objects/finalize.h"
#include "collector/objects/places.h"
#include "collector/objects/weakref.h"
#include "collector/trashcan.h"

static void instance_dealloc(struct runtime *runtime, struct object *self);
static void instance_dealloc_slots(struct runtime *runtime, struct object *self);
static int instance_traverse(struct object *self, visit_f *visit, void *argument);
static int instance_traverse_with_dict(struct object *self, visit_f *visit, void *argument);
static void instance_clear(struct runtime *runtime, struct object *self);

static uint32_t class_slots_end(const struct class_spec *spec)
{
    return (uint32_t)(sizeof(struct object) + spec->slots * sizeof(struct object *));
}

static struct type class_describe(const struct class_spec *spec)
{
    bool only_slots = !spec->has_dict && !spec->has_weakrefs && spec->finalize == NULL;
    uint32_t end = class_slots_end(spec);
    uint32_t weaklist = spec->has_weakrefs ? end : 0;
    end += spec->has_weakrefs ? (uint32_t)sizeof(struct weakref *) : 0;
    return (struct type){
        .name = spec->name,
        .flags = TYPE_GC | TYPE_INSTANCE | (spec->has_dict ? TYPE_MANAGED_DICT : 0u),
        .basic_bytes = end + ((spec->payload_bytes + 7) & ~7u),
        .weaklist_offset = weaklist,
        .layout = {.kind = spec->has_dict ? LAYOUT_ATTRIBUTES : LAYOUT_SLOTS,
                   .slot_offset = sizeof(struct object),
                   .slot_count = spec->slots},
        .dealloc = only_slots ? instance_dealloc_slots : instance_dealloc,
        .traverse = spec->has_dict ? instance_traverse_with_dict : instance_traverse,
        .clear = instance_clear,
        .finalize = spec->finalize,
    };
}

struct class *class_new(struct runtime *runtime, const struct class_spec *spec)
{
    const struct heap *heap = &runtime->heap[HEAP_OBJ];
    struct class *class = heap_alloc(heap, sizeof *class);
    if (class == NULL) {
        return NULL;
    }
    *class = (struct class){.type = class_describe(spec), .slots = spec->slots};
    if (spec->has_dict && !class_keys_new(runtime, class)) {
        heap_release(heap, class, sizeof *class);
        return NULL;
    }
    return class;
}

static void class_free(struct runtime *runtime, struct class *class)
{
    class_keys_delete(runtime, class);
    heap_release(&runtime->heap[HEAP_OBJ], class, sizeof *class);
}

void class_delete(struct runtime *runtime, struct class *class)
{
    class->deleted = true;
    if (class->instances == 0) {
        class_free(runtime, class);
    }
}

const struct type *class_type(const struct class *class)
{
    return &class->type;
}

bool instance_of(const struct object *object, const struct class *class)
{
    return object->type == &class->type;
}

static size_t instance_prefix(const struct type *type)
{
    return (type->flags & TYPE_MANAGED_DICT) != 0 ? INSTANCE_PREFIX : 0;
}

static inline void instance_free(struct runtime *runtime, struct object *self, size_t prefix)
{
    struct class *class = class_of(self);
    gc_free(runtime, self, prefix, class->type.basic_bytes);
    if (unlikely(--class->instances == 0) && class->deleted) {
        class_free(runtime, class);
    }
}

/* Type and fields set, tracked. */
static inline struct object *instance_born(struct runtime *runtime, struct class *class,
                                           size_t prefix)
{
    const struct type *type = &class->type;
    struct object *self = gc_alloc(runtime, prefix, type->basic_bytes);
    if (unlikely(self == NULL)) {
        return NULL;
    }
    object_init(self, type);
    class->instances++;
    places_init(instance_slots(self), (type->basic_bytes - sizeof *self) / sizeof(void *));
    gc_track_born(runtime, self);
    return self;
}

static struct object *instance_new_with_dict(struct runtime *runtime, struct class *class)
{
    struct object *self = instance_born(runtime, class, INSTANCE_PREFIX);
    if (likely(self != NULL) && unlikely(!instance_values_new(runtime, self))) {
        gc_untrack(self);
        instance_free(runtime, self, INSTANCE_PREFIX);
        return NULL;
    }
    return self;
}

struct object *instance_new(struct runtime *runtime, struct class *class)
{
    if ((class->type.flags & TYPE_MANAGED_DICT) != 0) {
        return instance_new_with_dict(runtime, class);
    }
    return instance_born(runtime, class, 0);
}

void instance_slot_set(struct runtime *runtime, struct object *self, uint32_t index,
                       struct object *value)
{
    CHECK_SLOW(index < class_of(self)->slots);
    struct object **place = &instance_slots(self)[index];
    struct object *old = *place;
    xincref(value);
    *place = value;
    xdecref(runtime, old);
}

void *instance_payload(struct object *self)
{
    const struct type *type = self->type;
    size_t offset = sizeof *self + class_of(self)->slots * sizeof(struct object *) +
                    (type->weaklist_offset != 0 ? sizeof(struct weakref *) : 0);
    return (char *)self + offset;
}

static inline void instance_clear_slots(struct runtime *runtime, struct object *self)
{
    places_clear(runtime, instance_slots(self), class_of(self)->slots);
}

static void instance_dealloc(struct runtime *runtime, struct object *self)
{
    const struct type *type = self->type;
    gc_untrack_if(self);
    if (!trashcan_begin(runtime, self)) {
        return;
    }
    if (type->finalize == NULL || object_finalize(runtime, self)) {
        if (type->weaklist_offset != 0 && *weakref_list(self) != NULL) {
            weakref_clear_all(runtime, self);
        }
        instance_clear_slots(runtime, self);
        if ((type->flags & TYPE_MANAGED_DICT) != 0) {
            instance_release_attributes(runtime, self);
        }
        instance_free(runtime, self, instance_prefix(type));
    }
    trashcan_end(runtime);
}

/* The same where a class has nothing but slots. */
static void instance_dealloc_slots(struct runtime *runtime, struct object *self)
{
    gc_untrack_if(self);
    if (!trashcan_begin(runtime, self)) {
        return;
    }
    instance_clear_slots(runtime, self);
    instance_free(runtime, self, 0);
    trashcan_end(runtime);
}

static int instance_traverse(struct object *self, visit_f *visit, void *argument)
{
    return places_traverse(instance_slots(self), class_of(self)->slots, visit, argument);
}

static int instance_traverse_with_dict(struct object *self, visit_f *visit, void *argument)
{
    int stop = instance_traverse(self, visit, argument);
    return stop != 0 ? stop : instance_visit_attributes(self, visit, argument);
}

/* tp_clear of a collection: slots, then values or dict. */
static void instance_clear(struct runtime *runtime, struct object *self)
{
    instance_clear_slots(runtime, self);
    if ((self->type->flags & TYPE_MANAGED_DICT) != 0) {
        instance_clear_attributes(runtime, self);
    }
}

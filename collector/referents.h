/* Walking what an object refers to without a call for each reference: by the layout that its type
 * declares. Same referents, in the same order, as its traverse; the collector's passes spend most
 * of their time here. */
#ifndef HEAPDYNO_COLLECTOR_REFERENTS_H
#define HEAPDYNO_COLLECTOR_REFERENTS_H

#include "collector/object.h"
#include "collector/objects/list.h"
#include "collector/objects/tuple.h"

/* Visit items[count], last to first; places may be empty. */
static inline __attribute__((always_inline)) void
referents_of_array(struct object *const *items, int64_t count, visit_f *visit, void *argument)
{
    while (--count >= 0) {
        if (items[count] != NULL) {
            visit(items[count], argument);
        }
    }
}

static inline __attribute__((always_inline)) void referents_of_slots(struct object *object,
                                                                     const struct layout *layout,
                                                                     visit_f *visit, void *argument)
{
    struct object **slot = (struct object **)(void *)((char *)object + layout->slot_offset);
    for (uint32_t i = 0; i < layout->slot_count; i++) {
        if (slot[i] != NULL) {
            visit(slot[i], argument);
        }
    }
}

/* Visit every referent; `visit` is inlined where the layout is known, its result is ignored. */
static inline __attribute__((always_inline)) void referents(struct object *object, visit_f *visit,
                                                            void *argument)
{
    const struct type *type = object->type;
    switch (type->layout.kind) {
    case LAYOUT_LEAF:
        break;
    case LAYOUT_LIST:
        referents_of_array(((struct list *)object)->items, list_length(object), visit, argument);
        break;
    case LAYOUT_TUPLE:
        referents_of_array(((struct tuple *)object)->items, tuple_length(object), visit, argument);
        break;
    case LAYOUT_SLOTS:
        referents_of_slots(object, &type->layout, visit, argument);
        break;
    case LAYOUT_CUSTOM:
        type->traverse(object, visit, argument);
        break;
    }
}

#endif

/* Walking what an object refers to without a call for each reference: by the layout that its type
 * declares. Same referents, in the same order, as its traverse; the collector's passes spend most
 * of their time here. */
#ifndef HEAPDYNO_COLLECTOR_REFERENTS_H
#define HEAPDYNO_COLLECTOR_REFERENTS_H

#include "collector/object.h"
#include "collector/objects/attribute.h"
#include "collector/objects/dict_visit.h"
#include "collector/objects/list.h"
#include "collector/objects/tuple.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Visit items last to first; places may be empty. */
ALWAYS_INLINE void referents_of_array(struct object *const *items, int64_t count, visit_f *visit,
                                      void *argument)
{
    while (--count >= 0) {
        if (items[count] != NULL) {
            visit(items[count], argument);
        }
    }
}

ALWAYS_INLINE void referents_of_slots(struct object *object, const struct layout *layout,
                                      visit_f *visit, void *argument)
{
    struct object **slot = (struct object **)(void *)((char *)object + layout->slot_offset);
    for (struct object **end = slot + layout->slot_count; slot != end; slot++) {
        if (*slot != NULL) {
            visit(*slot, argument);
        }
    }
}

/* Visit every referent of an object whose layout is neither that of a list nor of a tuple. */
ALWAYS_INLINE void referents_of_others(struct object *object, visit_f *visit, void *argument)
{
    const struct type *type = object->type;
    enum layout_kind kind = type->layout.kind;
    if (kind == LAYOUT_SLOTS || kind == LAYOUT_ATTRIBUTES) {
        referents_of_slots(object, &type->layout, visit, argument);
        if (kind == LAYOUT_ATTRIBUTES) {
            (void)instance_visit_attributes(object, visit, argument);
        }
    } else if (kind == LAYOUT_DICT) {
        (void)dict_visit(object, visit, argument);
    } else if (kind == LAYOUT_CUSTOM) {
        type->traverse(object, visit, argument);
    }
}

ALWAYS_INLINE void referents_of_list(struct object *object, visit_f *visit, void *argument)
{
    referents_of_array(((struct list *)object)->items, list_length(object), visit, argument);
}

/* Visit every referent; `visit` is inlined where the layout is known, its result is ignored. */
ALWAYS_INLINE void referents(struct object *object, visit_f *visit, void *argument)
{
    enum layout_kind kind = object->type->layout.kind;
    if (kind == LAYOUT_LIST) {
        referents_of_list(object, visit, argument);
    } else if (kind == LAYOUT_TUPLE) {
        referents_of_array(((struct tuple *)object)->items, tuple_length(object), visit, argument);
    } else {
        referents_of_others(object, visit, argument);
    }
}

#endif

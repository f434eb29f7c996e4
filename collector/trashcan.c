/* The trashcan's slow half: the list of objects that wait, linked through their heads.
 *
 * Draining begins one level deep, so that the deallocations it starts do not drain again: each
 * round goes TRASHCAN_LIMIT - 1 levels down. Source: CPython 3.11 Objects/object.c. */
#include "collector/trashcan.h"
#include "collector/gc_head.h"

void trashcan_deposit(struct runtime *runtime, struct object *object)
{
    CHECK_SLOW(object->refcount == 0);
    gc_set_later(object, runtime->trashcan.later);
    runtime->trashcan.later = object;
}

void trashcan_refuse(struct runtime *runtime, struct object *object)
{
    runtime->trashcan.levels++;
    trashcan_deposit(runtime, object);
}

void trashcan_drain(struct runtime *runtime)
{
    struct trashcan *can = &runtime->trashcan;
    if (can->levels != TRASHCAN_LIMIT) {
        return;
    }
    can->levels--;
    while (can->later != NULL) {
        struct object *object = can->later;
        can->later = gc_take_later(object);
        object->type->dealloc(runtime, object);
        CHECK_SLOW(can->levels == TRASHCAN_LIMIT - 1);
    }
    can->levels++;
}

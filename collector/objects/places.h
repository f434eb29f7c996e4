/* Runs of reference places, mostly a few. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_PLACES_H
#define HEAPDYNO_COLLECTOR_OBJECTS_PLACES_H

#include "collector/refcount.h"

/* Empty new places. Compilers make a call of memset out of the plain loop, which costs more than
 * the few stores; the empty assembly keeps them from it. */
static inline void places_init(struct object **place, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        place[i] = NULL;
        __asm__ volatile("");
    }
}

/* Release what `count` places hold, first to last, each emptied before. */
static inline void places_clear(struct runtime *runtime, struct object **place, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        clear_place(runtime, &place[i]);
    }
}

/* Visit what they hold, first to last. */
static inline int places_traverse(struct object *const *place, size_t count, visit_f *visit,
                                  void *argument)
{
    for (size_t i = 0; i < count; i++) {
        int stop = place[i] == NULL ? 0 : visit(place[i], argument);
        if (stop != 0) {
            return stop;
        }
    }
    return 0;
}

#endif

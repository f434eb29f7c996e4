/* Events: what the core tells its listeners. Events carry no time; the listener stamps them. */
#ifndef HEAPDYNO_COLLECTOR_EVENTS_H
#define HEAPDYNO_COLLECTOR_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "collector/object.h"

enum event_kind {
    EVENT_GC_BEGIN,  /* a collection starts: generation */
    EVENT_GC_END,    /* it ended: generation, and the counts below */
    EVENT_FINALIZE,  /* a finalizer is about to run: object */
    EVENT_UNDEFINED, /* CPython 3.11 would crash here: weak references went away while the tuple
                        for their callbacks was allocated (docs/model.md) */
    EVENT_CALLBACK,  /* a weak reference's callback is about to run: object = the weak reference */
};

struct event {
    enum event_kind kind;
    int generation;
    uint64_t examined;      /* GC_END: objects in the collected list after merging */
    uint64_t collected;     /* GC_END: as gc.collect would return it, without uncollectable */
    uint64_t uncollectable; /* GC_END */
    struct object *object;
};

struct listener {
    void *self;
    void (*hear)(void *self, const struct event *event);
};

enum { LISTENERS_MAX = 8 };

/* An array, not a chain; only collections and callbacks reach it, never a count or an allocation.
 */
struct listeners {
    size_t count;
    struct listener listener[LISTENERS_MAX];
};

static inline void listeners_tell(const struct listeners *self, const struct event *event)
{
    for (size_t i = 0; i < self->count; i++) {
        self->listener[i].hear(self->listener[i].self, event);
    }
}

#endif

/* The runtime: owner of heaps, free lists, caches, generations and listeners. Passed first to every
 * operation that can allocate or free; there is nothing global. */
#ifndef HEAPDYNO_COLLECTOR_RUNTIME_H
#define HEAPDYNO_COLLECTOR_RUNTIME_H

#include "allocators/allocator.h"
#include "base/error.h"
#include "base/option.h"
#include "collector/events.h"
#include "collector/freelist.h"
#include "collector/gc_state.h"
#include "collector/object.h"

struct collector;

/* Domains of the PyMem API, and the role `gc`: blocks of GC objects, obj's heap unless a collector
 * brings its own. Workloads that need plain memory ask for HEAP_MEM or HEAP_RAW. */
enum heap_role { HEAP_OBJ, HEAP_MEM, HEAP_RAW, HEAP_GC, HEAP_ROLES };

enum {
    SMALL_INT_MIN = -5,
    SMALL_INT_MAX = 256,
    SMALL_INTS = SMALL_INT_MAX - SMALL_INT_MIN + 1,
    TRASHCAN_LIMIT = 50, /* nested deallocations before the rest waits: _PyTrash_UNWIND_LEVEL */
};

/* Static singletons and caches (objects/singletons.h fills and reads them). Not blocks of any heap.
 */
struct singletons;

/* Bounds the depth of deallocation: PyTrash of 3.11. Counts all container kinds together. */
struct trashcan {
    int levels;           /* that may still nest: TRASHCAN_LIMIT when no deallocation runs */
    struct object *later; /* linked through the prev word of their gc heads, last in first out */
};

struct runtime {
    struct heap
        heap[HEAP_ROLES]; /* by value; the owner of the heaps closes them after the runtime */
    struct gc_state gc;
    struct freelists freelists;
    struct trashcan trashcan;
    struct singletons *singletons;
    struct listeners listeners;
    const struct collector *collector;
    void *collector_self;    /* the collector's own state, or NULL */
    bool check_counts;       /* Py_REF_DEBUG's job: runtime_check also audits totals */
    struct object *interned; /* dict of interned strings, or NULL */
    char check_text[192];    /* what runtime_check found last */
};

struct runtime_config {
    struct heap heap[HEAP_ROLES]; /* gc may have self NULL and no functions: then obj's */
    const struct collector *collector;
    const struct options *collector_options; /* of its own table */
};

/* Make a runtime. It borrows the heaps until runtime_close.
 *   false with the reason, nothing left open, when there is no memory or the collector refuses */
bool runtime_open(const struct runtime_config *config, struct runtime **out, struct error *error);

/* Collect what is left in cycles, whatever the collector, frozen or not, unheard by listeners and
 * outside the statistics: whoever made classes calls it before deleting them, since gc_collect need
 * not collect everything (none, frozen objects). Empties gc.garbage; survivors are in generation 2.
 */
void runtime_drain(struct runtime *runtime);

/* Release everything the runtime holds (gc.garbage, caches, free lists), then collect what is left
 * in cycles, whatever the collector. Objects that somebody still holds by a count stay allocated.
 *   returns  tracked objects still alive: 0 if nothing leaked */
uint64_t runtime_close(struct runtime *runtime);

/* Add a listener; false when LISTENERS_MAX are there. */
bool runtime_listen(struct runtime *runtime, struct listener listener);

/* Walk every invariant of rings, heads, counts, free lists and heaps.
 *   returns  NULL, or the first broken one as text (borrowed until the next call)
 *   cost     O(tracked objects); never on a timed path */
const char *runtime_check(struct runtime *runtime);

/* The heap of a role, for workloads that need plain memory. */
static inline const struct heap *runtime_heap(const struct runtime *runtime, enum heap_role role)
{
    return &runtime->heap[role];
}

/* Operations are at a boundary: a collector may run requested work here (cp313). */
void runtime_safe_point_slow(struct runtime *runtime);

static inline void runtime_safe_point(struct runtime *runtime)
{
    if (unlikely(runtime->gc.pending)) {
        runtime_safe_point_slow(runtime);
    }
}

#endif

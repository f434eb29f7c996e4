/* The state every collector of model cp311 shares: generations, counts, thresholds, statistics. */
#ifndef HEAPDYNO_COLLECTOR_GC_STATE_H
#define HEAPDYNO_COLLECTOR_GC_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/gc_head.h"
#include "collector/model.h"

/* Of one generation, since the start: gc.get_stats(). */
struct gc_stats {
    uint64_t collections;
    uint64_t collected;
    uint64_t uncollectable;
};

struct gc_state {
    /* count[0]: real allocations less real frees of GC blocks since the last collection, never
     * below 0; count[1], count[2]: collections of the generation below since the last of this one.
     */
    int64_t count[GENERATIONS];
    /* on_alloc is called when count[0] exceeds this. Derived by gc_retrigger: threshold[0] while
     * automatic collection may run, else INT64_MAX. */
    int64_t trigger;
    struct gc_head generation[GENERATIONS]; /* rings; new objects go to the end of [0] */
    struct gc_head permanent;               /* ring: frozen objects */
    int64_t threshold[GENERATIONS];
    bool enabled;
    bool collecting; /* a collection runs: another one would return 0 */
    bool pending;    /* cp313: requested, waits for a safe point */
    bool saveall;    /* DEBUG_SAVEALL */
    int64_t long_lived_total;
    int64_t long_lived_pending;
    struct gc_stats stats[GENERATIONS];
    struct object *garbage; /* a list, or NULL until something is put in; gc.garbage */
};

#endif

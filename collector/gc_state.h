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

/* What the end of the phase "setup" does. */
enum gc_freeze { GC_FREEZE_NEVER, GC_FREEZE_AFTER_SETUP, GC_FREEZE_COLLECTED };

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
    bool collecting;   /* a collection runs: another one would return 0 */
    bool pending;      /* something waits for a safe point */
    bool run_disabled; /* cp313: what was requested runs though gc was disabled meanwhile (3.12) */
    bool saveall;      /* DEBUG_SAVEALL */
    enum gc_freeze freeze;
    int64_t long_lived_total;
    int64_t long_lived_pending;
    struct gc_stats stats[GENERATIONS];
    /* gc.garbage: a list in no generation, part of the runtime and no block of a heap; only its
     * array is one. */
    struct object *garbage;
};

#endif

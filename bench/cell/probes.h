/* What a timed process carries: a listener for collections and the meter of the workload. All of it
 * is one block of fixed size that the child maps and touches before it reads its baseline. */
#ifndef HEAPDYNO_BENCH_PROBES_H
#define HEAPDYNO_BENCH_PROBES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/cell/arrivals.h"
#include "bench/cell/blocks.h"
#include "bench/cell/crew.h"
#include "bench/cell/histogram.h"
#include "bench/cell/memory.h"
#include "bench/cell/mmu.h"
#include "bench/cell/pause.h"
#include "collector/collector.h"
#include "workloads/workload.h"

enum { PAUSES_KEPT = 65536, PHASES_MAX = 16, PHASE_NAME_LENGTH = 32, PROBE_GENERATIONS = 3 };

struct generation_figures {
    uint64_t collections, collected, uncollectable, examined;
    uint64_t empty;    /* collections that found nothing … */
    uint64_t empty_ns; /* … and the sum of their pauses */
    uint64_t begin_ns; /* of the last collection of this generation or an older one; 0: none yet */
    struct histogram pause_ns;
};

/* What the allocator says at the end of a phase; HEAP_UNKNOWN where it does not. */
struct phase_heap {
    uint64_t live;      /* handed out at the domains' API, each block rounded up to 16 */
    uint64_t heap_live; /* the same as the obj heap rounds it, its headers included */
    uint64_t heap_free; /* free blocks of pools that are in use */
    uint64_t mapped;    /* what the obj heap holds of the system */
};

struct phase {
    char name[PHASE_NAME_LENGTH];
    uint64_t at_ns;
    uint64_t gc_ns; /* sum of pauses so far */
    uint64_t rss;
    struct memory_rollup rollup;
    struct phase_heap heap; /* counting processes only */
};

struct probes {
    struct runtime *runtime;       /* NULL: none of ours */
    struct crew_table *crew;       /* of workers that the workload forks */
    const struct count *count;     /* counting processes: what is handed out; NULL elsewhere */
    const struct heap *census;     /* … the heap that is asked at the end of each phase … */
    struct heap_stats *census_out; /* … and what it said at the end of `run` */
    uint64_t start_ns;
    uint64_t start_unix_ns; /* the same moment by the clock on the wall */
    uint64_t gc_begin_ns;
    uint64_t trash_peak; /* most objects that one collection found, the last one included */
    struct generation_figures generation[PROBE_GENERATIONS];
    struct histogram pause_ns; /* of all generations; like those, until the phase `run` ends */
    /* How long the objects that collections found had been trash, at most: since the last collection
     * that looked at all there was of their generation. One entry for each object. */
    struct histogram trash_age_ns;
    size_t pause_count;    /* kept in pause[]; the histograms have all */
    struct blocks blocks;  /* of the phase `run` */
    uint64_t operation_ns; /* when the operation under way began: as the last one ended */
    struct histogram latency_ns;
    struct arrivals arrivals;    /* at a fixed rate, which is set before the start */
    struct histogram metered_ns; /* from when an operation was to begin */
    uint64_t idle_ns;            /* waited for arrivals */
    uint64_t late_ns;            /* how late the last operation began */
    size_t phase_count;
    struct phase phase[PHASES_MAX];
    struct memory_regions regions; /* at the end of the phase `run` */
    uint64_t read_ns;              /* spent in reading memory, within phase `run` */
    uint64_t run_from_ns, run_to_ns;
    uint64_t run_cpu_ns; /* processor time of the phase `run`, while it lasts less its beginning */
    uint64_t run_from_gc_ns;
    struct pause pause[PAUSES_KEPT];
};

/* Listen to the runtime; `probes` is zeroed. False: no place for a listener. */
bool probes_attach(struct probes *self, struct runtime *runtime);

/* What hears collections: for who has no runtime of ours. */
struct listener probes_listener(struct probes *self);

/* The meter that marks operations and phases here. */
struct meter probes_meter(struct probes *self);

/* The time of the run phase in which the program had something to do: without the reading of
 * memory in between, and without waiting for arrivals. */
uint64_t probes_run_ns(const struct probes *self);

/* The workload starts, the workload has returned. */
void probes_start(struct probes *self);
void probes_stop(struct probes *self);

/* The phase `run` and the pauses that are kept of it. Where there were more than PAUSES_KEPT it ends
 * with the last one that was kept. */
struct mmu_log probes_mmu_log(const struct probes *self);

/* The phase of that name; NULL if it did not happen. */
const struct phase *probes_phase(const struct probes *self, const char *name);

#endif

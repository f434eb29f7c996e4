/* One start of the program under one setting: started, waited for, put under load, looked at, and
 * ended. */
#ifndef HEAPDYNO_BENCH_VERIFY_TRIAL_H
#define HEAPDYNO_BENCH_VERIFY_TRIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bench/record/journal.h"
#include "bench/verify/proposal.h"

/* What a trial gives; a figure that is not known is NAN. */
enum trial_figure {
    TRIAL_P50,
    TRIAL_P99,
    TRIAL_P999,
    TRIAL_MAX,
    TRIAL_THROUGHPUT,
    TRIAL_ERRORS,
    TRIAL_PSS,           /* of all processes at the end of the load: what they cost the machine */
    TRIAL_PRIVATE_DIRTY, /* of the workers */
    TRIAL_RSS,           /* of all processes: counts shared pages once for each */
    TRIAL_CPU,           /* of all processes, ns */
    TRIAL_GC,            /* in pauses, of all processes, ns */
    TRIAL_PAUSE_MAX,
    TRIAL_GEN0, /* collections, of all processes */
    TRIAL_GEN1,
    TRIAL_GEN2,
    TRIAL_FIGURES
};

struct trial {
    double figure[TRIAL_FIGURES];
    size_t processes, workers; /* watched; workers are forks of the first */
    uint64_t load_ns;          /* how long the load took */
};

/* How trials are made; the same for all. */
struct trial_plan {
    char **argv;       /* the program, ended by NULL */
    const char *load;  /* for the shell */
    const char *ready; /* repeated until it succeeds; NULL: wait warm_ns */
    uint64_t warm_ns, ready_limit_ns, load_limit_ns;
    struct journal *journal; /* takes the records of the processes */
};

/* Make trial number `index`.
 *   proposal  NULL: as the program is
 *   returns   false with the reason: it did not start, was never ready, ended under load, the load
 *             failed, nothing was watched; the program and its workers are gone in any case */
bool trial_run(const struct trial_plan *plan, const struct proposal *proposal, size_t index,
               struct trial *out, struct error *error);

#endif

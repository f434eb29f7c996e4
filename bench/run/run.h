/* A run: the measurements of a plan, one after the other, each record kept as soon as it is made. */
#ifndef HEAPDYNO_BENCH_RUN_H
#define HEAPDYNO_BENCH_RUN_H

#include "bench/record/journal.h"
#include "bench/run/plan.h"

struct run_summary {
    size_t timed[VERDICTS];
    size_t counted[VERDICTS]; /* latest records by verdict; instructions are counted too */
    size_t reruns;
    size_t differing;                    /* checksums that differ: among the failed */
    char why_skipped[RECORD_REASON_MAX]; /* the first cell's reason that cannot run here, or "" */
};

/* Make every measurement of the plan that the journal does not have, measure untrusted ones again,
 * compare checksums. False with the reason when a record could not be kept: those before are. */
bool run_plan(const struct plan *plan, struct journal *journal, bool quiet,
              struct run_summary *summary, struct error *error);

/* Whether the records of a run that is to go on can be read: false for those of another schema
 * version. */
bool run_can_resume(const struct journal *journal, struct error *error);

#endif

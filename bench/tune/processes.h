/* The measurer that really measures: fresh processes, interleaved by the run engine, whose records
 * stay in the folder of a run. Every rung is appended to the plan of that run (cells.tsv), so that a
 * search that was stopped goes on: it is the same search again, and what is measured is not measured
 * twice. */
#ifndef HEAPDYNO_BENCH_TUNE_PROCESSES_H
#define HEAPDYNO_BENCH_TUNE_PROCESSES_H

#include "bench/record/journal.h"
#include "bench/run/plan.h"
#include "bench/tune/search.h"
#include "bench/tune/setting.h"

struct processes {
    const struct settings *settings; /* borrowed */
    const char *workload;            /* SPEC, borrowed */
    const char *seed;
    struct journal *journal;
    struct plan plan; /* all measurements so far, those of a stopped search included */
    size_t done;      /* of them, those asked for again by this search */
    uint64_t rep;
    bool quiet;
    double used_s;     /* by all processes so far, in this search and before it was stopped */
    double overhead_s; /* of the supervisor, for each */
};

/* `resume`: the journal's folder has a plan already. */
bool processes_open(struct processes *self, bool resume, struct error *error);
void processes_close(struct processes *self);

struct measurer processes_measurer(struct processes *self);

#endif

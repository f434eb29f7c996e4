/* Tuning from a request to an answer: checks what is asked, searches in the folder of a run, prints
 * and keeps what was found. The folder holds tune.request, from which a stopped search goes on, and
 * tune.tsv, all settings that were measured. */
#ifndef HEAPDYNO_BENCH_TUNE_TUNE_H
#define HEAPDYNO_BENCH_TUNE_TUNE_H

#include "base/spec.h"
#include "bench/tune/processes.h"

/* What is asked, as text: checked by tune_check. */
struct tune_request {
    char workload[SPEC_TEXT_MAX]; /* SPEC; of a trace "replay:file=…" */
    char goal[512];
    char allocators[1024]; /* list besides pymalloc; "": those that are there */
    char python[16];
    enum tune_metric minimise;
    bool trace, batch, quick;
    uint64_t time_ns, seed;
};

bool tune_request_store(const struct tune_request *self, const char *path, struct error *error);
bool tune_request_load(struct tune_request *self, const char *path, struct error *error);

/* A request that was checked. About 30 KiB. */
struct tune {
    struct tune_request request;
    struct goals goals;
    struct settings settings;
    struct processes processes;
    struct search search;
    char seed[24];
    bool *endless;      /* [settings] */
    unsigned *distance; /* [settings] */
};

/* False with the reason: what is wrong with the request. Else closed by tune_close. */
bool tune_check(struct tune *self, const struct tune_request *request, struct error *error);
void tune_close(struct tune *self);

/* Where and how to search. */
struct tune_session {
    struct journal *journal; /* holds the records */
    bool resume;             /* its folder has measurements of this search */
    bool quiet;              /* no progress on stderr */
};

/* Search, print to stdout, keep tune.tsv. False with the reason when there is no answer. */
bool tune_run(struct tune *self, const struct tune_session *session, enum search_verdict *verdict,
              struct error *error);

#endif

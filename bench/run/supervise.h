/* One cell, supervised: a fresh process, its limits, both halves of its record. */
#ifndef HEAPDYNO_BENCH_SUPERVISE_H
#define HEAPDYNO_BENCH_SUPERVISE_H

#include "bench/run/process.h"
#include "bench/record/record.h"

/* One measurement to make. */
struct assignment {
    const char *line; /* the cell */
    const char *run;
    const char *raw_folder; /* where raw series go; NULL: nowhere */
    enum record_kind kind;
    uint64_t rep, order, attempt;
    struct process_limits limits;
};

struct supervisor;

/* Returns new, closed by supervisor_close; NULL: no memory. `seed` is for the padding. */
struct supervisor *supervisor_open(uint64_t seed);
void supervisor_close(struct supervisor *self);

/* The record of one assignment, always: borrowed until the next call.
 *   verdict  as the record has it
 *   returns  NULL when the line is malformed, with the reason (nothing was started) */
const char *supervise(struct supervisor *self, const struct assignment *assignment,
                      enum verdict *verdict, struct error *error);

/* The sentence behind the last verdict, "" for ok: borrowed until the next call. */
const char *supervisor_reason(const struct supervisor *self);

#endif

/* Replays of programs of the same run: where a plan has program=NAME… (or program=…/NAME.py) and
 * workload=replay:file=NAME, the trace NAME is recorded from that program before anything is
 * measured, under CPython as it is, into RUN/traces. */
#ifndef HEAPDYNO_BENCH_TRACES_H
#define HEAPDYNO_BENCH_TRACES_H

#include "bench/record/journal.h"
#include "bench/run/plan.h"

/* Record what is not there yet and let child processes find it ($HEAPDYNO_TRACES). False with the
 * reason: nothing to record with, a program that failed, two programs of one name. */
bool traces_record(const struct plan *plan, const struct journal *journal, bool quiet,
                   struct error *error);

#endif

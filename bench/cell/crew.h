/* The workers of a cell: processes that its workload forks. Each reads its own memory at the end of
 * its steps, at which all wait for each other (the share of a page depends on who else holds it),
 * and writes into a mapping that they share with the parent. Times and counts come from different
 * cells, as everywhere: a counting cell also has a page probe (pages.h) that tells through what a
 * worker came to own a page.
 * Not good at: what happens between two steps; smaps_rollup costs milliseconds. */
#ifndef HEAPDYNO_BENCH_CREW_H
#define HEAPDYNO_BENCH_CREW_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/cell/memory.h"
#include "bench/cell/pages.h"
#include "bench/record/json.h"
#include "workloads/workload.h"

enum { CREW_STEPS_MAX = 12, CREW_NAME_LENGTH = 24 };

/* The end of a step as one process saw it. */
struct crew_step {
    uint64_t at_ns; /* since the fork */
    struct memory_rollup rollup;
    struct page_figures pages; /* so far; counting processes only */
};

struct crew_member {
    bool ended, ok; /* its work returned; and returned true */
    struct outcome outcome;
    struct page_figures pages;
    uint64_t read_cpu_ns; /* processor time of reading memory */
    struct crew_step step[CREW_STEPS_MAX];
};

/* Shared by all processes; zeroed. */
struct crew_table {
    bool counting;   /* with a page probe in each worker, and no times */
    uint64_t forked; /* workers so far, of all crews */
    uint64_t cpu_ns; /* their processor time, without the reading of memory */
    uint64_t start_ns;
    uint64_t read_ns; /* that this crew spent in reading memory */
    unsigned workers;
    size_t steps;
    char name[CREW_STEPS_MAX][CREW_NAME_LENGTH];
    struct crew_step parent[CREW_STEPS_MAX]; /* as its first worker read it */
    struct crew_member member[CREW_WORKERS_MAX];
};

/* A table that forked processes share: mapped and touched. NULL: no memory. */
struct crew_table *crew_open(void);

/* What meter.fork asks for. A second crew of the same cell takes the first one's place. */
bool crew_run(struct crew_table *table, struct runtime *runtime, const struct crew *crew,
              struct outcome *outcome, struct error *error);

/* workers_forked, workers_cpu_ns, and of the last crew the array `workers`, one object for each worker and step, the parent being worker 0; nothing when
 * the workload forked none. */
void crew_print(const struct crew_table *table, struct json *json);

#endif

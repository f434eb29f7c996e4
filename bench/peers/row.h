/* One row of `make peers`: two sides taking turns, and what comes of it. */
#ifndef HEAPDYNO_BENCH_PEERS_ROW_H
#define HEAPDYNO_BENCH_PEERS_ROW_H

#include <sched.h>
#include <stdbool.h>
#include <stdio.h>

#include "bench/peers/counts.h"
#include "bench/peers/table.h"
#include "bench/report/stats.h"

enum { ROW_SAMPLES_MAX = 80 };

struct row {
    const struct peers_group *group;
    const char *name; /* the case */
    double goal;
    size_t samples;
    double ours[ROW_SAMPLES_MAX], theirs[ROW_SAMPLES_MAX], ratio[ROW_SAMPLES_MAX];
    double instructions; /* ours / theirs; 0: not counted */
    bool skipped;        /* a peer is not here, which is no failure */
    char reason[256];    /* why there are no figures */
};

/* What is known of a row, for people and for the file. */
struct row_result {
    double ours, theirs;
    struct interval ratio;
    const char *verdict; /* met, MISSED, unclear, or - without a goal */
    bool by_instructions;
};

/* How rows are measured. */
struct row_plan {
    const char *folder; /* of the programs */
    bool quick;
    cpu_set_t core; /* where both sides run, once they are ready */
};

/* Measure row->name of row->group. False: skipped or failed, with the reason. */
bool row_measure(struct row *row, const struct row_plan *plan);

/* Count instructions where they decide: `goal` so near 1 that times do not resolve it. */
void row_count(struct row *row, struct counts *counts);

struct row_result row_result(const struct row *row);

#endif

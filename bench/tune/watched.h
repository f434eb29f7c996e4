/* What another threshold would do to a program that was watched (heapdyno watch). A watch has no
 * graph, so nothing is measured again; each claim says what it rests on:
 *   measured on yours        rates, pauses, yield, as the watch has them
 *   model, exact             how often each generation is collected, given the rate at which tracked
 *                            objects are born and not freed at once: CPython's own rule
 *   extrapolated             time and trash: pauses of the young generation grow between not at all
 *                            (what is young dies by itself) and in proportion to the threshold */
#ifndef HEAPDYNO_BENCH_TUNE_WATCHED_H
#define HEAPDYNO_BENCH_TUNE_WATCHED_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum { WATCHED_GENERATIONS = 3, WATCHED_CELLS_MAX = 32 };

/* The processes of one cell of a watch, added up. */
struct watched {
    char workload[320], collector[160];
    unsigned minor; /* of Python 3 */
    uint64_t processes;
    double seconds; /* watched, of all processes */
    double collections[WATCHED_GENERATIONS], pause_ns[WATCHED_GENERATIONS];
    double collected[WATCHED_GENERATIONS], longest_ns[WATCHED_GENERATIONS];
    double threshold[WATCHED_GENERATIONS]; /* 0: it never collects by itself */
    double tracked, rss_bytes;             /* of one process; 0: not known */
    bool frozen;
};

/* A figure between two bounds. */
struct bounds {
    double lo, hi;
};

struct watched_forecast {
    double collections_per_s[WATCHED_GENERATIONS];
    struct bounds share; /* of the time, in pauses */
    struct bounds longest_ns;
    double trash_bytes; /* left lying before a young collection, of one process; NAN: not known */
};

/* Net births of tracked objects a second, of one process: each automatic collection follows
 * threshold0 + 1 of them. NAN: it never collected. */
double watched_births(const struct watched *self);

/* What thresholds (0/…: never collect) would do. False: too little was seen to say. */
bool watched_forecast(const struct watched *self, const uint32_t threshold[WATCHED_GENERATIONS],
                      struct watched_forecast *out);

/* Read the cells of a watch's run. Returns how many; 0 with the reason: no such run, no record of a
 * watched program in it. */
size_t watched_read(const char *run, struct watched cell[WATCHED_CELLS_MAX], struct error *error);

/* Tables and advice for each cell. */
void watched_print(const struct watched *cell, size_t count, FILE *out);

#endif

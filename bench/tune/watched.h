/* What another setting would do to a program that was watched (heapdyno watch). A watch has no
 * graph, so nothing is measured again; each claim says what it rests on:
 *   measured on yours        rates, pauses, yield, as the watch has them
 *   model, exact             how often each generation is collected, given the rate at which tracked
 *                            objects are born and not freed at once: CPython's own rule; two
 *                            bounds where a collection fills free lists, whose births are not counted
 *   extrapolated             time and trash: pauses of the young generation grow between not at all
 *                            (what is young dies by itself) and in proportion to the threshold
 * Not good at objects that outlive a present threshold and not a proposed one: their deaths are not
 * seen now and would count then, so that fewer collections come than are forecast. */
#ifndef HEAPDYNO_BENCH_TUNE_WATCHED_H
#define HEAPDYNO_BENCH_TUNE_WATCHED_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "bench/report/report_text.h"

enum { WATCHED_GENERATIONS = 3, WATCHED_CELLS_MAX = 32, BOUNDS_LENGTH = 2 * FIGURE_LENGTH + 8 };

/* The processes of one cell of a watch, added up; where the program was started several times
 * (heapdyno verify), the mean of a start. */
struct watched {
    char workload[320], collector[160];
    unsigned minor, patch;     /* of Python 3 */
    double processes, seconds; /* watched, of all of them */
    double cpu_ns;             /* of all */
    double collections[WATCHED_GENERATIONS], pause_ns[WATCHED_GENERATIONS];
    double collected[WATCHED_GENERATIONS], longest_ns[WATCHED_GENERATIONS];
    double threshold[WATCHED_GENERATIONS]; /* 0: it never collects by itself */
    double threshold_changes;              /* while it ran: forecasts take the last for all */
    double tracked, rss_bytes;             /* of one process; 0: not known */
    double rss_bytes_base, pss_bytes, private_dirty_bytes; /* the same */
    double rss_bytes_empty; /* of the first process of its program, before it did anything */
    double object_bytes;    /* of one tracked object and what hangs from it; 0: not known */
    double loaded;          /* tracked by the parent it was forked from; 0: no fork, or not known */
    bool frozen, forked, free_threaded;
};

/* Which starts of the program are read: of a run of heapdyno verify those under one setting. */
enum watched_starts { WATCHED_ALL, WATCHED_PRESENT, WATCHED_PROPOSED };

/* A figure between two bounds. */
struct bounds {
    double lo, hi;
};

struct watched_setting {
    uint32_t threshold[WATCHED_GENERATIONS]; /* 0/…: never collect */
    bool freeze;                             /* before each fork */
};

/* In the time watched. */
struct watched_forecast {
    struct bounds collections[WATCHED_GENERATIONS];
    struct bounds pause_ns; /* sum */
    struct bounds longest_ns;
    double trash_bytes; /* left lying before a young collection, of one process; NAN: not known */
};

/* Net births of tracked objects a second, of one process: each automatic collection follows
 * threshold0 + 1 of them. NAN: it never collected. */
double watched_births(const struct watched *self);

/* Whether the rule is one that we know, and the process collected by itself; else why not. */
const char *watched_unknown(const struct watched *self);

/* What a setting would do; what is unknown (watched_unknown) must not be asked. */
void watched_forecast(const struct watched *self, const struct watched_setting *setting,
                      struct watched_forecast *out);

/* How many young collections are enough to forecast from. */
enum { WATCHED_ENOUGH = 20 };

/* Read the cells of a watch's run. Returns how many; 0 with the reason: no such run, no record of a
 * watched program in it. */
size_t watched_read(const char *run, enum watched_starts starts,
                    struct watched cell[WATCHED_CELLS_MAX], struct error *error);

/* "1.2 ms to 3.4 ms", or once where both read the same. Returns text. */
const char *bounds_text(struct bounds bounds, enum figure_form form, char text[BOUNDS_LENGTH]);

/* Tables and advice for each cell of a run. */
void watched_print(const struct watched *cell, size_t count, const char *run, FILE *out);

#endif

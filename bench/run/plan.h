/* A plan: the measurements of a run, in the order in which they are made. Cells come from matrices
 * (allocators × collectors × thresholds × workloads and programs × seeds × rates) and from single
 * lines; each is measured
 * once per repetition, and counted once by a process of its own. Within a repetition the order is
 * shuffled, so that drift of the machine does not look like a difference. */
#ifndef HEAPDYNO_BENCH_PLAN_H
#define HEAPDYNO_BENCH_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bench/run/process.h"
#include "bench/record/record.h"

enum { PLAN_REPS_MAX = 1000, PLAN_ITEMS_MAX = 100000, PLAN_RERUNS = 2 };

/* Rows of option tables that the command line and the plan file share: one range for both. The
 * default is NULL where a plan may have said it already. */
#define PLAN_ROW_REPS                                                                              \
    {                                                                                              \
        .name = "reps", .type = OPTION_COUNT, .fallback = "3", .min = 1, .max = PLAN_REPS_MAX,     \
        .help = "timed processes of each cell"                                                     \
    }
#define PLAN_ROW_COUNTS                                                                            \
    {                                                                                              \
        .name = "counts", .type = OPTION_BOOL, .fallback = "on",                                   \
        .help = "no counting process beside the timed ones"                                        \
    }
#define PLAN_ROW_TIME_LIMIT(default_text, about)                                                   \
    {                                                                                              \
        .name = "time-limit", .type = OPTION_DURATION, .fallback = (default_text), .min = 1000000, \
        .max = UINT64_C(86400000000000), .help = (about)                                           \
    }
#define PLAN_ROW_MEMORY_LIMIT(about)                                                               \
    {                                                                                              \
        .name = "memory-limit", .type = OPTION_SIZE, .min = 1 << 20, .max = UINT64_C(1) << 50,     \
        .help = (about)                                                                            \
    }
/* How precise a time is to be, and with how many processes at most. */
#define PLAN_ROWS_PRECISION                                                                        \
    {.name = "half-width",                                                                         \
     .type = OPTION_REAL,                                                                          \
     .max = 1,                                                                                     \
     .help = "±, of the ratio of two such runs in run time: 3%"},                                  \
    {                                                                                              \
        .name = "max-reps", .type = OPTION_COUNT, .fallback = "100", .min = 3,                     \
        .max = PLAN_REPS_MAX, .help = "of one cell, for --half-width"                              \
    }

struct plan_item {
    char *line;  /* canonical; owned by the plan */
    char *label; /* the same, for people; owned by the plan */
    enum record_kind kind;
    uint64_t rep;
};

struct plan {
    size_t count, capacity;
    struct plan_item *item;
    struct process_limits limits; /* of each cell */
    uint64_t reruns;              /* how often an untrusted cell is measured again */
    uint64_t seed;                /* of the shuffle and the padding */
    bool instructions; /* each cell added has a process that counts instructions; not stored */
    bool no_raw;       /* raw pauses and series are not kept; not stored */
    uint64_t reps;     /* plan_read: instead of what [plan] says of it; 0: as it says */
    bool quick;        /* plan_read takes the sections [quick …] instead of the others */
};

/* Lists as cell_list_next reads them; NULL: the default of the cell's grammar. */
struct matrix {
    const char *allocator, *raw, *collector, *threshold, *workload, *program, *seed, *rate, *plugin;
    uint64_t reps;
    bool counts;
};

/* An empty plan with default limits (2 min, 75 % of memory). */
void plan_init(struct plan *self);
void plan_free(struct plan *self);

/* Add every cell of a matrix; thresholds multiply the collectors that have that option. Cells that
 * the plan has already are left out. False with the reason: a name, an option, too many cells. */
bool plan_add_matrix(struct plan *self, const struct matrix *matrix, struct error *error);

/* Add one measurement; one that is there already is left out. */
bool plan_add_item(struct plan *self, const char *line, enum record_kind kind, uint64_t rep,
                   struct error *error);

/* Add one cell: `reps` timed measurements, a counting one, and one of instructions if the plan has
 * those. */
bool plan_add_line(struct plan *self, const char *line, uint64_t reps, bool counts,
                   struct error *error);

/* Sort by repetition, counting processes with the first, and shuffle within each. */
void plan_shuffle(struct plan *self);

/* The same from measurement `from` on: those before stay where they are. */
void plan_shuffle_from(struct plan *self, size_t from);

/* Read an INI file; syntax: docs/sweeps.md. The message names the line. */
bool plan_read(struct plan *self, const char *path, struct error *error);

/* How many measurements are of this kind. */
size_t plan_count(const struct plan *self, enum record_kind kind);

/* The plan as text that plan_load reads back, one measurement a line: written once when a run
 * starts, read when it is resumed. */
bool plan_store(const struct plan *self, const char *path, struct error *error);
bool plan_load(struct plan *self, const char *path, struct error *error);

#endif

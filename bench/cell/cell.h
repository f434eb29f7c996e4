/* A cell: one choice of allocator, collector, workload and seed, as a line of text. The line is the
 * child's argument, the record's key, the plot's label, and what a person pastes under gdb.
 *
 *   allocator=pymalloc collector=cp311:threshold=700/10/10 workload=web:requests=20000 seed=1
 *
 * KEY=SPEC, separated by blanks; each key once, in any order:
 *   allocator  heap of obj and mem together; or obj=… mem=… for two heaps     (default pymalloc)
 *   raw        heap of the raw domain                                         (default malloc)
 *   collector  (default cp311)
 *   workload   must be given, or
 *   program    a real Python program, run by CPython 3.11 on the cell's allocator (program.h); its
 *              collector is cp311 or none, raw stays with malloc, the seed is PYTHONHASHSEED
 *   seed       0 … 2^64-1                                                     (default 1)
 *   rate       operations per second at which they arrive, 2000/s; a counting process ignores it
 *              (default: each begins when the one before ends)
 *   plugin     path of a shared object that holds an allocator
 * Parsing and printing round-trip. */
#ifndef HEAPDYNO_BENCH_CELL_H
#define HEAPDYNO_BENCH_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocators/wrapper.h"
#include "base/spec.h"
#include "bench/cell/program.h"
#include "collector/collector.h"
#include "workloads/workload.h"

enum cell_heap { CELL_OBJ, CELL_MEM, CELL_RAW, CELL_HEAPS };

enum { CELL_LINE_MAX = 8192, CELL_PATH_MAX = 256 };

/* About 200 KiB: keep none in arrays. */
struct cell {
    bool apart; /* mem has a heap of its own; else heap[CELL_MEM] equals heap[CELL_OBJ] */
    struct spec heap[CELL_HEAPS];
    bool real; /* `program` is run; else `workload` */
    struct spec collector, workload;
    struct program_spec program;
    uint64_t seed;
    uint64_t rate;              /* operations per second; 0: none given */
    char plugin[CELL_PATH_MAX]; /* "": none */
};

/* Read and check a line: syntax, names, options and ranges.
 *   plugin  the table of the shared object that the line names. NULL where it is not loaded (only
 *           a child does that): then an allocator that is not built in is taken as it is written.
 */
bool cell_parse(const char *line, const struct allocator *plugin, struct cell *out,
                struct error *error);

/* The path after plugin= in a line, decoded; "" if there is none. */
bool cell_plugin_path(const char *line, char path[CELL_PATH_MAX], struct error *error);

/* Print the line; false when it does not fit. SPEC_LABEL leaves defaults out. */
bool cell_print(const struct cell *self, const struct allocator *plugin, enum spec_form form,
                char *buffer, size_t length);

/* The SPEC of one part alone, as the line has it. */
bool cell_print_heap(const struct spec *spec, const struct allocator *plugin, enum spec_form form,
                     char *buffer, size_t length);
bool cell_print_collector(const struct spec *spec, enum spec_form form, char *buffer,
                          size_t length);
/* What is run: a workload's SPEC, or of a program KEY=SPEC: "program=json_work". */
bool cell_print_workload(const struct cell *self, enum spec_form form, char *buffer, size_t length);

/* What the specs of a checked cell stand for; cell_workload is for cells that have one. The option
 * rows of a workload are built into `storage`, which must outlive *options. */
const struct collector *cell_collector(const struct cell *self, struct options *options);
const struct workload *cell_workload(const struct cell *self, struct option storage[OPTIONS_MAX],
                                     struct options *options);

/* Step through a list as command lines and plans have it: "malloc,jemalloc:decay=0,arenas=1,bump".
 * A comma followed by k= goes on with the options, another starts the next item. Copies the item to
 * item[length] and moves *list behind it; false at the end, or with `error` filled. */
bool cell_list_next(const char **list, char *item, size_t length, struct error *error);

#endif

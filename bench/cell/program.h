/* Real Python programs as what a cell runs, instead of a workload of ours:
 *
 *   program=json_work:documents=400          one that ships (cpython/programs/json_work.py)
 *   program=path/to/app.py:args=-v%20in.csv  somebody's own: a path has a byte that no name has
 *
 * The bytes of a path that the SPEC grammar reserves are written %XX, as in a value. Such a cell is
 * run by CPython 3.11 itself with its objects on the cell's allocator (cpython/host.c); of the core
 * nothing is used. */
#ifndef HEAPDYNO_BENCH_PROGRAM_H
#define HEAPDYNO_BENCH_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/spec.h"

enum { PROGRAM_ARGUMENTS_MAX = 32, PROGRAM_TEXT_MAX = 4096, PROGRAM_SEED_MAX = UINT32_MAX };

/* One that ships. Its options are counts: its arguments, in this order. */
struct program {
    const char *name;
    const char *summary;
    const char *operation_unit; /* what one operation is; how many: the product of all options */
    const struct option *options;
    size_t option_count;
};

size_t program_count(void);
const struct program *program_at(size_t index);

/* The options of somebody's own. */
const struct option *program_own_options(size_t *count);

/* What a cell says. */
struct program_spec {
    char path[OPTION_TEXT_LENGTH]; /* of somebody's own; "": one that ships */
    struct spec_part part;         /* name (of one that ships) and options */
};

/* Read and check NAME[:k=v…] or PATH[:k=v…]. */
bool program_parse(const char *text, size_t length, struct program_spec *out, struct error *error);

/* Print it into buffer[length]; false when it does not fit. */
bool program_print(const struct program_spec *self, enum spec_form form, char *buffer,
                   size_t length);

/* The name, or the last part of the path. */
const char *program_name(const struct program_spec *self);

/* The operations of one run and their unit; 0: it does not state any. */
uint64_t program_operations(const struct program_spec *self, const char **unit);

/* What an interpreter is to be given: the script and its arguments. */
struct program_command {
    size_t count;
    char *argument[PROGRAM_ARGUMENTS_MAX + 1]; /* argument[0] is the script; NULL at the end */
    char text[PROGRAM_TEXT_MAX];
};

/* False with the reason: no such script, too many arguments. */
bool program_command(const struct program_spec *self, struct program_command *out,
                     struct error *error);

/* Names of variables that somebody's own program inherits, separated by blanks; "": none. */
void program_inherits(const struct program_spec *self, char names[OPTION_TEXT_LENGTH]);

#endif

/* The environment of a child: a short fixed list of inherited variables, those that the cell's
 * allocators read at start-up, and padding of random length against layout bias (Mytkowicz 2009).
 * Nothing else of the caller's environment reaches what is measured. */
#ifndef HEAPDYNO_BENCH_ENVIRON_H
#define HEAPDYNO_BENCH_ENVIRON_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/cell/cell.h"

enum { ENVIRON_ENTRIES = 64, ENVIRON_PAD_MAX = 4096 };

struct environ_block {
    size_t count;
    char *entry[ENVIRON_ENTRIES + 1]; /* "NAME=VALUE", NULL at the end; for execve */
    size_t used;
    char text[32768];
};

/* What the allocators and the interpreter of a cell want to find in their environment. */
void environ_of_cell(const struct cell *cell, const struct allocator *plugin,
                     struct environment *out);

/* Build the whole environment. pad < ENVIRON_PAD_MAX bytes are added as HEAPDYNO_PAD. */
bool environ_build(const struct environment *wanted, size_t pad, struct environ_block *out);

/* Add a variable; false: no room. */
bool environ_add(struct environ_block *out, const char *name, const char *value);

/* Add what the program of a cell inherits by name. */
bool environ_inherit(const struct cell *cell, struct environ_block *out);

/* Whether this process has the wanted variables and no other that an allocator would read. */
bool environ_fits(const struct environment *wanted);

/* For commands that run in the process they are typed in: where its environment is not the wanted
 * one, start the program anew with it, once. Returns when there is nothing to be done, or when it
 * cannot be done.
 *   argv  of the program: {"heapdyno", command, …, NULL}, as it was typed */
void environ_start_anew(const struct environment *wanted, char *const *argv);

#endif

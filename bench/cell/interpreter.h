/* The interpreter that runs a cell's program: heapdyno-python (cpython/host.c), a program of its own
 * beside this one, since nothing here links with libpython. What it is told, it finds in variables
 * that it takes out of its environment, but for the allocators: what the program starts by
 * sys.executable is to be on them as well. */
#ifndef HEAPDYNO_BENCH_INTERPRETER_H
#define HEAPDYNO_BENCH_INTERPRETER_H

#include "bench/cell/child.h"

#define INTERPRETER_ALLOCATOR "HEAPDYNO_PYTHON_ALLOCATOR" /* SPEC of obj, and of mem … */
#define INTERPRETER_MEM "HEAPDYNO_PYTHON_MEM"             /* … unless it has its own */
#define INTERPRETER_CELL "HEAPDYNO_PYTHON_CELL"           /* the line of the cell to be measured */
#define INTERPRETER_RECORD "HEAPDYNO_PYTHON_RECORD"       /* descriptor that its record goes to */
#define INTERPRETER_COUNTS "HEAPDYNO_PYTHON_COUNTS"       /* set: counts, and no times */
#define INTERPRETER_RAW "HEAPDYNO_PYTHON_RAW"             /* stem of its raw files */

/* Find it; false with the reason. */
bool interpreter_find(char *path, size_t length, struct error *error);

/* Become the interpreter that runs the program of this cell and writes its record to `fd`. Returns
 * only where that cannot be, with the verdict in `child`.
 *   line  of the cell, as it was read */
void interpreter_run(struct child *child, const char *line, int fd, const char *raw);

#endif

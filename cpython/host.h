/* heapdyno-python; see host.c. */
#ifndef HEAPDYNO_CPYTHON_HOST_H
#define HEAPDYNO_CPYTHON_HOST_H

#include "allocators/allocator.h"

/* Pre-initialise the interpreter and give it these heaps, which must live until the process ends:
 * blocks are freed until the very end. Does not return when the interpreter cannot start. */
void host_begin(int argc, char **argv, struct heap *obj, struct heap *mem);

/* Run the program of the cell that the environment names (bench/cell/interpreter.h) and write its
 * record. Returns the exit status of the process. */
int host_run_cell(int argc, char **argv);

#endif

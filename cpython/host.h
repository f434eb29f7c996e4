/* heapdyno-python; see host.c. */
#ifndef HEAPDYNO_CPYTHON_HOST_H
#define HEAPDYNO_CPYTHON_HOST_H

#include "allocators/allocator.h"
#include "base/address_map.h"

/* A heap that counts, for who frees by address alone: a tap must be told the size asked for. */
struct host_counted {
    struct heap *heap;
    struct address_map sizes; /* in units of 16 bytes */
};

/* Pre-initialise the interpreter and give it these heaps, which must live until the process ends:
 * blocks are freed until the very end. Does not return when the interpreter cannot start.
 *   counted  NULL, or counted[2] of obj and mem, which are used instead */
void host_begin(int argc, char **argv, struct heap *obj, struct heap *mem,
                struct host_counted *counted);

/* Run the program of the cell that the environment names (bench/cell/interpreter.h) and write its
 * record. Returns the exit status of the process. */
int host_run_cell(int argc, char **argv);

#endif

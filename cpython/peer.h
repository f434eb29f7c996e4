/* The micro-benchmarks' cases over a real interpreter, under the same names: what
 * peer_instructions.c takes from peer_objects.c. No byte code runs inside what is counted. */
#ifndef HEAPDYNO_CPYTHON_PEER_H
#define HEAPDYNO_CPYTHON_PEER_H

#include "bench/micro/case.h"

/* Append the cases of objects through the C API; the interpreter has been started. */
void peer_objects_add(struct micro_cases *cases);

#endif

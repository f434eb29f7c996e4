/* The smallest scenario that still shows a difference: delta debugging on operations (Zeller and
 * Hildebrandt, 2002, without the subsets). What is left out becomes smaller until no single
 * operation can go. */
#ifndef HEAPDYNO_CPYTHON_LOCKSTEP_MINIMISE_H
#define HEAPDYNO_CPYTHON_LOCKSTEP_MINIMISE_H

#include <stdio.h>

#include "cpython/lockstep.h"

/* Reduce `program` in place; it must show a difference when run from its start. false: it does not
 * (the difference depends on what ran before). */
bool lockstep_minimise(struct lockstep *self, struct scenario_program *program);

/* Print the program as a scenario, the difference as a comment above. */
void lockstep_print(const struct lockstep *self, const struct scenario_program *program, FILE *out);

#endif

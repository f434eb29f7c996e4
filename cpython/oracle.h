/* The oracle: CPython 3.11 itself as the backend of a scenario, embedded, and exactly controllable
 * from the first operation (docs/model.md says how it starts). One interpreter a process. */
#ifndef HEAPDYNO_CPYTHON_ORACLE_H
#define HEAPDYNO_CPYTHON_ORACLE_H

#include "base/error.h"
#include "cpython/requests.h"
#include "workloads/scenario/backend.h"

struct oracle;

extern const struct scenario_backend oracle_backend;

/* Start the interpreter; false with the reason. Never stopped: the process ends with it. */
bool oracle_start(struct oracle **out, struct error *error);

/* Bring the heap to the start of a run, with classes made anew.
 *   weakdict  the program makes weak dictionaries: import what they need before the start */
void oracle_open(struct oracle *self, bool weakdict);
/* End a run, after the machine has released its names: collect what is left.
 *   returns  objects of the run that are still alive */
int64_t oracle_close(struct oracle *self);

/* The requests of the obj and mem domains; recorded from oracle_open on when record is set. */
struct request_log *oracle_requests(struct oracle *self);

/* Objects of a generation in list order, by address: to compare order between runs. visit is called
 * for each; GENERATION_PERMANENT too. */
void oracle_each_object(struct oracle *self, int generation,
                        void (*visit)(void *argument, const struct scenario_object *object),
                        void *argument);

#endif

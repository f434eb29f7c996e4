/* The core as the backend of a scenario: our runtime, started as scenarios.md says. */
#ifndef HEAPDYNO_WORKLOADS_SCENARIO_CORE_H
#define HEAPDYNO_WORKLOADS_SCENARIO_CORE_H

#include <stdio.h>

#include "allocators/tap.h"
#include "collector/collector.h"
#include "workloads/scenario/backend.h"

struct core;

extern const struct scenario_backend core_backend;

struct core_config {
    struct heap obj, mem, raw; /* borrowed until core_close; obj and mem may be the same */
    const struct collector *collector;
    const struct options *collector_options;
    struct request_listener requests; /* hears obj (domain 0) and mem (1); hear may be NULL */
    bool births;                      /* keep the order of births, for core_print_leaks */
};

/* Bring up a runtime at the start of a run; false with the reason, nothing left open. */
bool core_open(const struct core_config *config, struct core **out, struct error *error);

/* What a closed core left behind; all zero when nothing leaked. */
struct core_leftovers {
    uint64_t objects;    /* tracked and alive after everything was collected */
    int64_t blocks;      /* not given back */
    struct error broken; /* an invariant that did not hold before the close; "": none */
};

/* End a run, after the machine has released its names: collect what is left, close the runtime. */
struct core_leftovers core_close(struct core *self);

struct runtime *core_runtime(struct core *self);

enum { CORE_CLASSES = 5 };

/* The types of the classes that a scenario's instances are of, made at the start. */
void core_classes(const struct core *self, const struct type *type[CORE_CLASSES]);

/* Call visit for each object of a generation (GENERATION_PERMANENT too), in list order. */
void core_each_object(struct core *self, int generation,
                      void (*visit)(void *argument, const struct scenario_object *object),
                      void *argument);

/* Print `leak TYPE REFCOUNT` for all that is alive, in the order of birth. */
void core_print_leaks(struct core *self, FILE *out);

#endif

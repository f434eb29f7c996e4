/* The machine: runs a program on a backend. Names, repeat, errors of the heap, the order of release
 * and every line of output are here, once for both sides. */
#ifndef HEAPDYNO_WORKLOADS_SCENARIO_MACHINE_H
#define HEAPDYNO_WORKLOADS_SCENARIO_MACHINE_H

#include <stdio.h>

#include "workloads/scenario/backend.h"
#include "workloads/scenario/scenario.h"

struct scenario_place {
    struct scenario_object *object; /* NULL: the name holds nothing */
    uint32_t born;                  /* when it was first created into, from 1; 0: never */
};

struct scenario_machine {
    const struct scenario_backend *backend;
    void *self; /* the backend's */
    const struct scenario_program *program;
    FILE *out;  /* NULL: nothing is printed, events are kept */
    bool trace; /* print each operation as it happens */
    size_t place_count;
    struct scenario_place *place; /* one a name */
    uint32_t births;
    const void *remembered[SCENARIO_LABELS];
    int64_t collected; /* result of the last collect */
    bool exited;
};

enum scenario_result {
    SCENARIO_OK,
    SCENARIO_ERROR,     /* an error of the heap: nothing changed */
    SCENARIO_NO_MEMORY, /* nothing changed */
};

/* Ready to run `program` (borrowed) on a backend at its start. false: no memory. */
bool machine_open(struct scenario_machine *self, const struct scenario_backend *backend,
                  void *backend_self, const struct scenario_program *program, FILE *out);
/* Make room for names that the program has got since. */
bool machine_grow(struct scenario_machine *self);
/* Release all names in the order in which they were first created; the machine keeps running. */
void machine_release(struct scenario_machine *self);
/* Release them and give back the machine's own memory. */
void machine_close(struct scenario_machine *self);

/* Run one operation; repeat and end are not operations here. */
enum scenario_result machine_step(struct scenario_machine *self, const struct scenario_op *op,
                                  struct error *error);
/* Run the whole program; on an error `line` says where. */
enum scenario_result machine_run(struct scenario_machine *self, struct scenario_error *error);

/* machine_verbs.c: run a verb on objects. */
enum scenario_result machine_verb(struct scenario_machine *self, const struct scenario_op *op,
                                  struct error *error);
/* machine_show.c: print the lines of a show. */
enum scenario_result machine_show(struct scenario_machine *self, const struct scenario_op *op,
                                  struct error *error);

/* Call a function of the machine's backend. */
#define BACKEND(machine, function, ...)                                                            \
    ((machine)->backend->function((machine)->self __VA_OPT__(, ) __VA_ARGS__))

/* How a line calls an ITEM. */
const char *machine_item_name(const struct scenario_machine *self, int64_t item);
/* The object of a name or none; NULL with the reason when the name holds nothing. */
struct scenario_object *machine_item(struct scenario_machine *self, int64_t item,
                                     struct error *error);
/* The same, and of this kind. */
struct scenario_object *machine_object(struct scenario_machine *self, int64_t name,
                                       enum scenario_kind kind, struct error *error);
/* How messages call a kind: "list", "weakref". */
const char *scenario_kind_name(enum scenario_kind kind);

#endif

/* Running a program: names and their release, repeats, the verbs of the collector. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "workloads/scenario/machine.h"

bool machine_grow(struct scenario_machine *self)
{
    size_t wanted = self->program->name_count;
    if (wanted <= self->place_count) {
        return true;
    }
    wanted = wanted < 16 ? 16 : wanted + wanted / 2;
    struct scenario_place *larger = reallocarray(self->place, wanted, sizeof *larger);
    if (larger == NULL) {
        return false;
    }
    memset(larger + self->place_count, 0, (wanted - self->place_count) * sizeof *larger);
    self->place = larger;
    self->place_count = wanted;
    return true;
}

bool machine_open(struct scenario_machine *self, const struct scenario_backend *backend,
                  void *backend_self, const struct scenario_program *program, FILE *out)
{
    *self = (struct scenario_machine){
        .backend = backend, .self = backend_self, .program = program, .out = out};
    if (!machine_grow(self)) {
        return false;
    }
    self->place[NAME_REBORN].object = BACKEND(self, reborn);
    self->place[NAME_REBORN].born = ++self->births;
    return true;
}

static int by_birth(const void *a, const void *b)
{
    const struct scenario_place *left = *(struct scenario_place *const *)a;
    const struct scenario_place *right = *(struct scenario_place *const *)b;
    return (left->born > right->born) - (left->born < right->born);
}

void machine_release(struct scenario_machine *self)
{
    struct scenario_place **order = calloc(self->place_count, sizeof *order);
    CHECK(order != NULL || self->place_count == 0);
    size_t held = 0;
    for (size_t i = 0; i < self->place_count; i++) {
        if (self->place[i].object != NULL) {
            order[held++] = &self->place[i];
        }
    }
    qsort(order, held, sizeof *order, by_birth);
    for (size_t i = 0; i < held; i++) {
        struct scenario_object *object = order[i]->object;
        order[i]->object = NULL;
        if (order[i] == &self->place[NAME_REBORN]) {
            BACKEND(self, release_reborn);
        } else {
            BACKEND(self, release, object);
        }
    }
    free(order);
}

void machine_close(struct scenario_machine *self)
{
    machine_release(self);
    free(self->place);
    self->place = NULL;
    self->place_count = 0;
}

static void run_collect(struct scenario_machine *self, int generation)
{
    self->collected = BACKEND(self, collect, generation);
    if (self->out != NULL) {
        fprintf(self->out, "collect %d %lld\n", generation, (long long)self->collected);
    }
}

/* The names go, then the collection of an ending interpreter runs. */
static void run_exit(struct scenario_machine *self)
{
    machine_release(self);
    BACKEND(self, collect, SCENARIO_GENERATIONS - 1);
    self->exited = true;
}

static enum scenario_result step(struct scenario_machine *self, const struct scenario_op *op,
                                 struct error *error)
{
    if (scenario_is_show(op->verb)) {
        return machine_show(self, op, error);
    }
    switch (op->verb) {
    case VERB_COLLECT:
        run_collect(self, (int)op->operand[0]);
        return SCENARIO_OK;
    case VERB_ENABLE:
    case VERB_DISABLE:
        BACKEND(self, set_enabled, op->verb == VERB_ENABLE);
        return SCENARIO_OK;
    case VERB_THRESHOLD:
        BACKEND(self, set_threshold, op->operand);
        return SCENARIO_OK;
    case VERB_FREEZE:
        BACKEND(self, freeze);
        return SCENARIO_OK;
    case VERB_UNFREEZE:
        BACKEND(self, unfreeze);
        return SCENARIO_OK;
    case VERB_SAVEALL:
        BACKEND(self, set_saveall, op->operand[0] != 0);
        return SCENARIO_OK;
    case VERB_EXIT:
        run_exit(self);
        return SCENARIO_OK;
    default:
        return machine_verb(self, op, error);
    }
}

enum scenario_result machine_step(struct scenario_machine *self, const struct scenario_op *op,
                                  struct error *error)
{
    enum scenario_result result = step(self, op, error);
    if (self->backend->safe_point != NULL) {
        BACKEND(self, safe_point);
    }
    return result;
}

static void print_trace(const struct scenario_machine *self, const struct scenario_op *op)
{
    char line[SCENARIO_LINE_MAX + 1];
    scenario_print(self->program, op, line, sizeof line);
    fprintf(self->out, "+ %s\n", line);
}

enum scenario_result machine_run(struct scenario_machine *self, struct scenario_error *error)
{
    struct scenario_cursor cursor = {.at = 0};
    const struct scenario_op *op;
    while ((op = scenario_next(self->program, &cursor)) != NULL) {
        if (self->trace) {
            print_trace(self, op);
        }
        enum scenario_result result = machine_step(self, op, &error->error);
        if (result != SCENARIO_OK) {
            error->line = op->line;
            if (result == SCENARIO_NO_MEMORY) {
                error_set(&error->error, "out of memory");
            }
            return result;
        }
    }
    return SCENARIO_OK;
}

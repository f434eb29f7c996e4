/* Listening to a scenario: the site of a request is the line that runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/inside/inside.h"
#include "collector/objects/blocks.h"
#include "workloads/scenario/core.h"
#include "workloads/scenario/run.h"

/* What a run is made of. */
struct session {
    struct inside *inside;
    const char *path;
    struct scenario_program program;
    struct scenario_machine machine;
    struct core *core;
    uint32_t *site; /* of each operation, once it has run */
};

static void hear(void *self_, const struct request *request)
{
    struct inside *self = self_;
    live_hear(&self->live, request, self->site);
}

static void enter_line(struct session *self, const struct scenario_op *op)
{
    uint32_t *site = &self->site[op - self->program.op];
    if (*site != 0) {
        self->inside->site = *site;
        return;
    }
    char line[SCENARIO_LINE_MAX + 1], text[120];
    scenario_print(&self->program, op, line, sizeof line);
    snprintf(text, sizeof text, "line %u: %.100s", op->line, line);
    self->inside->site = *site = names_of(&self->inside->sites, text);
}

static void take_over(void *self_, const struct owned_block *owned)
{
    struct inside *self = self_;
    struct live_block *block = live_find(&self->live, owned->p);
    if (block != NULL && owned->part[0] == '\0') {
        block->site = self->site;
    }
}

/* A new object whose block waited in a free list: no request said so, but the line is its birth.
 * (A name that was dropped holds none.) */
static void note_birth(struct session *self, const struct scenario_op *op)
{
    if (scenario_verb_row(op->verb)->operand[0] == OPERAND_BIND && op->verb != VERB_ALIAS) {
        const struct object *object = (const void *)self->machine.place[op->operand[0]].object;
        if (object != NULL && object->refcount == 1) {
            object_each_block(object, take_over, self->inside);
        }
    }
}

static int say(const struct session *self, uint32_t line, const char *text, int status)
{
    fprintf(stderr, "%s:%u: %s\n", self->path, line, text);
    return status;
}

static int run_lines(struct session *self)
{
    struct scenario_cursor cursor = {.at = 0};
    const struct scenario_op *op;
    struct error error;
    self->inside->runtime = core_runtime(self->core);
    inside_moment(self->inside, "start", 0);
    while ((op = scenario_next(&self->program, &cursor)) != NULL) {
        enter_line(self, op);
        enum scenario_result result = machine_step(&self->machine, op, &error);
        if (result != SCENARIO_OK) {
            return say(self, op->line, error.text,
                       result == SCENARIO_NO_MEMORY ? SCENARIO_EXIT_FAILED : SCENARIO_EXIT_USAGE);
        }
        note_birth(self, op);
        inside_moment(self->inside, "", op->line);
    }
    inside_moment(self->inside, "end", 0);
    return SCENARIO_EXIT_OK;
}

static int run_core(struct session *self, const struct core_config *config)
{
    struct error error;
    if (!core_open(config, &self->core, &error)) {
        fprintf(stderr, "%s: %s\n", self->path, error.text);
        return SCENARIO_EXIT_FAILED;
    }
    int status = SCENARIO_EXIT_FAILED;
    self->site = calloc(self->program.op_count + 1, sizeof *self->site);
    if (self->site != NULL &&
        machine_open(&self->machine, &core_backend, self->core, &self->program, NULL)) {
        self->inside->machine = &self->machine;
        core_classes(self->core, self->inside->class_type);
        status = run_lines(self);
        machine_close(&self->machine);
    }
    free(self->site);
    core_close(self->core);
    return status;
}

static int run_heaps(struct session *self, const struct cell *cell)
{
    struct heap raw, heap;
    struct error error;
    if (!heap_open(&cell->heap[CELL_RAW], NULL, (struct heap){0}, &raw, &error)) {
        fprintf(stderr, "heapdyno inside: %s\n", error.text);
        return SCENARIO_EXIT_USAGE;
    }
    if (!heap_open(&cell->heap[CELL_OBJ], NULL, raw, &heap, &error)) {
        fprintf(stderr, "heapdyno inside: %s\n", error.text);
        heap_close(&raw);
        return SCENARIO_EXIT_USAGE;
    }
    struct options options;
    const struct core_config config = {
        .obj = heap,
        .mem = heap,
        .raw = raw,
        .collector = cell_collector(cell, &options),
        .collector_options = &options,
        .requests = {self->inside, hear},
    };
    int status = run_core(self, &config);
    heap_close(&heap);
    heap_close(&raw);
    return status;
}

int inside_scenario(struct inside *self, const char *path, const struct cell *cell)
{
    struct session session = {.inside = self, .path = path};
    scenario_init(&session.program);
    int status = scenario_load(path, &session.program);
    if (status == SCENARIO_EXIT_OK) {
        status = run_heaps(&session, cell);
    }
    scenario_free(&session.program);
    return status;
}

/* Both sides of a run, and one operation on each: see lockstep.h. Our side goes first, because it
 * can tell when CPython's would be undefined. */
#include "cpython/lockstep.h"

#include <string.h>

#include "allocators/wrapper.h"
#include "base/check.h"

static void hear_request(void *self, const struct request *request)
{
    request_log_hear(self, request);
}

static void hear_event(void *self, const struct event *event)
{
    if (event->kind == EVENT_UNDEFINED) {
        ((struct lockstep *)self)->undefined = true;
    }
}

static bool open_heap(const char *name, struct heap raw, struct heap *out, struct error *error)
{
    struct spec spec;
    return spec_parse(name, strlen(name), &spec, error) && heap_open(&spec, NULL, raw, out, error);
}

bool lockstep_start(struct lockstep *self, struct error *error)
{
    *self = (struct lockstep){.step = 0};
    const struct collector *collector = collector_find("cp311");
    options_default(&self->collector_options, collector->options, collector->option_count);
    return open_heap("malloc", (struct heap){0}, &self->heap, error) &&
           oracle_start(&self->oracle, error);
}

void lockstep_begin(struct lockstep *self, const struct scenario_program *program)
{
    struct error error;
    const struct core_config config = {
        .obj = self->heap,
        .mem = self->heap,
        .raw = self->heap,
        .collector = collector_find("cp311"),
        .collector_options = &self->collector_options,
        .requests = {&self->requests, hear_request},
    };
    bool open = core_open(&config, &self->core, &error);
    CHECK(open);
    struct listener listener = {self, hear_event};
    runtime_listen(core_runtime(self->core), listener);
    oracle_open(self->oracle, program->uses_weakdict);
    open = machine_open(&self->ours, &core_backend, self->core, program, NULL) &&
           machine_open(&self->theirs, &oracle_backend, self->oracle, program, NULL);
    CHECK(open);
    request_log_start(&self->requests);
    request_log_start(oracle_requests(self->oracle));
    self->program = program;
    self->undefined = false;
    self->step = 0;
    self->events = 0;
    self->totals.runs++;
}

static bool same_result(struct lockstep *self, enum scenario_result ours,
                        enum scenario_result theirs, const struct error *our_error,
                        const struct error *their_error)
{
    if (ours != theirs) {
        return error_set(&self->difference, "result %d, CPython %d (%s)", ours, theirs,
                         ours == SCENARIO_OK ? their_error->text : our_error->text);
    }
    if (ours != SCENARIO_OK && strcmp(our_error->text, their_error->text) != 0) {
        return error_set(&self->difference, "error '%s', CPython '%s'", our_error->text,
                         their_error->text);
    }
    if (self->ours.collected != self->theirs.collected) {
        return error_set(&self->difference, "collect gives %lld, CPython %lld",
                         (long long)self->ours.collected, (long long)self->theirs.collected);
    }
    return true;
}

enum lockstep_verdict lockstep_step(struct lockstep *self, const struct scenario_op *op)
{
    struct error our_error = {""};
    struct error their_error = {""};
    bool grown = machine_grow(&self->ours) && machine_grow(&self->theirs);
    CHECK(grown);
    enum scenario_result ours = machine_step(&self->ours, op, &our_error);
    if (self->undefined) {
        self->totals.undefined++;
        return LOCKSTEP_UNDEFINED;
    }
    enum scenario_result theirs = machine_step(&self->theirs, op, &their_error);
    bool walk = ++self->step % LOCKSTEP_WALK == 0;
    if (!same_result(self, ours, theirs, &our_error, &their_error) || !lockstep_compare(self) ||
        (walk && !lockstep_compare_walk(self))) {
        return LOCKSTEP_DIFFERENT;
    }
    self->totals.walks += walk;
    self->totals.operations += ours == SCENARIO_OK;
    self->totals.refused += ours != SCENARIO_OK;
    return ours == SCENARIO_OK ? LOCKSTEP_SAME : LOCKSTEP_REFUSED;
}

static void add_totals(struct lockstep *self)
{
    struct scenario_state state;
    self->theirs.backend->state(self->theirs.self, &state);
    for (int i = 0; i < SCENARIO_GENERATIONS; i++) {
        self->totals.collections[i] += (uint64_t)state.stats[i].collections;
        self->totals.collected += (uint64_t)state.stats[i].collected;
    }
}

bool lockstep_end(struct lockstep *self)
{
    bool same = true;
    bool known = self->undefined;
    add_totals(self);
    machine_close(&self->ours);
    self->totals.undefined += self->undefined && !known;
    if (self->undefined) {
        oracle_backend.set_enabled(self->oracle, false); /* no collection, no crash */
    } else {
        machine_release(&self->theirs);
        same = lockstep_compare(self) && lockstep_compare_walk(self);
    }
    machine_close(&self->theirs);
    int64_t alive = oracle_close(self->oracle);
    struct core_leftovers left = core_close(self->core);
    self->requests.recording = false;
    if (same && (left.objects != 0 || left.blocks != 0 || left.broken.text[0] != '\0')) {
        return error_set(&self->difference, "at the end %llu objects and %lld blocks are left%s%s",
                         (unsigned long long)left.objects, (long long)left.blocks,
                         left.broken.text[0] != '\0' ? ", " : "", left.broken.text);
    }
    if (same && alive != 0 && !self->undefined) {
        return error_set(&self->difference, "at the end CPython holds %lld objects",
                         (long long)alive);
    }
    return same;
}

/* A scenario from a string on our core, for tests: with any allocator, and all it prints in memory. */
#ifndef HEAPDYNO_TESTS_SCENARIO_RUN_H
#define HEAPDYNO_TESTS_SCENARIO_RUN_H

#include "tests/allocators.h"

#include "workloads/scenario/core.h"
#include "workloads/scenario/machine.h"

struct scenario_outcome_text {
    enum scenario_result result;
    struct scenario_error error;
    struct core_leftovers left;
    bool opened;      /* the runtime came up */
    bool undefined;   /* the core met what CPython 3.11 leaves undefined */
    char *text;       /* all that was printed; the caller frees */
    char *leaks;      /* what core_print_leaks says; the caller frees */
    uint64_t refused; /* requests that +fault refused */
};

static inline void scenario_hear(void *self, const struct event *event)
{
    if (event->kind == EVENT_UNDEFINED) {
        *(bool *)self = true;
    }
}

static inline void scenario_run_core(const struct core_config *config,
                                     const struct scenario_program *program,
                                     struct scenario_outcome_text *out)
{
    struct core *core;
    struct scenario_machine machine;
    size_t size;
    out->opened = core_open(config, &core, &out->error.error);
    if (!out->opened) {
        return;
    }
    runtime_listen(core_runtime(core), (struct listener){&out->undefined, scenario_hear});
    FILE *stream = open_memstream(&out->text, &size);
    assert_true(machine_open(&machine, &core_backend, core, program, stream));
    out->result = machine_run(&machine, &out->error);
    machine_release(&machine);
    fclose(stream);
    stream = open_memstream(&out->leaks, &size);
    core_print_leaks(core, stream);
    fclose(stream);
    machine_close(&machine);
    out->left = core_close(core);
}

/* Run `text`, which must be of good form. */
static inline struct scenario_outcome_text scenario_run(const char *text, const char *allocator)
{
    struct scenario_outcome_text out = {.opened = false};
    struct scenario_program program;
    struct options options;
    struct heap heap = test_heap(allocator);
    struct heap raw = test_heap("malloc");
    const struct collector *collector = collector_find("cp311");
    options_default(&options, collector->options, collector->option_count);
    scenario_init(&program);
    if (!scenario_parse(&program, text, strlen(text), &out.error)) {
        fail_msg("line %u: %s", out.error.line, out.error.error.text);
    }
    const struct core_config config = {.obj = heap,
                                       .mem = heap,
                                       .raw = raw,
                                       .collector = collector,
                                       .collector_options = &options,
                                       .births = true};
    scenario_run_core(&config, &program, &out);
    struct heap_stats stats;
    heap_stats(&heap, &stats);
    out.refused = stats.requests_refused == HEAP_UNKNOWN ? 0 : stats.requests_refused;
    const char *broken = heap_check(&heap);
    if (broken != NULL) {
        fail_msg("%s", broken);
    }
    heap_close(&heap);
    heap_close(&raw);
    scenario_free(&program);
    return out;
}

static inline void scenario_outcome_free(struct scenario_outcome_text *self)
{
    free(self->text);
    free(self->leaks);
    self->text = self->leaks = NULL;
}

#endif

/* heapdyno scenario FILE: run a heap program on the core and print what it asks to be shown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocators/wrapper.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/cell/environ.h"
#include "workloads/scenario/core.h"
#include "workloads/scenario/run.h"

enum { ARGUMENTS_MAX = 16 };

static const struct option scenario_options[] = {
    {"allocator", OPTION_TEXT, "pymalloc", 0, 0, NULL, "heap of the obj and mem domains, a SPEC"},
    {"collector", OPTION_TEXT, "cp311", 0, 0, NULL, "a SPEC; only cp311 is CPython 3.11's"},
    {"leaks", OPTION_BOOL, "off", 0, 0, NULL, "print what is alive at the end, oldest first"},
    {"trace", OPTION_BOOL, "off", 0, 0, NULL, "print each operation and collection as it happens"},
};

static const struct usage usage = {
    .command = "scenario",
    .operands = "FILE",
    .about =
        "Runs a heap program, one operation a line (- reads standard input); docs/scenarios.md\n"
        "has the verbs. Exit status: 1 no memory or something leaked, 2 an error in FILE.\n",
    .options = scenario_options,
    .option_count = sizeof scenario_options / sizeof scenario_options[0],
    .operand_min = 1,
    .operand_max = 1,
};

/* What a run is made of, to be closed from the last to the first. */
struct session {
    struct heap raw, heap;
    struct options collector_options;
    struct core *core;
    bool leaks, trace;
    const char *path;
};

static const char *given(const struct arguments *arguments, const char *name)
{
    const char *text = arguments_text(arguments, name);
    return text != NULL ? text : options_text(&arguments->options, name);
}

static bool open_heap(const char *text, struct heap raw, struct heap *out, struct error *error)
{
    struct spec spec;
    return spec_parse(text, strlen(text), &spec, error) && heap_spec_check(&spec, NULL, error) &&
           heap_open(&spec, NULL, raw, out, error);
}

static const struct collector *read_collector(const char *text, struct options *options,
                                              struct error *error)
{
    struct spec spec;
    if (!spec_parse(text, strlen(text), &spec, error)) {
        return NULL;
    }
    const struct collector *collector = collector_find(spec.part[0].name);
    if (collector == NULL || spec.part_count > 1) {
        error_set(error, "unknown collector '%s'", text);
        return NULL;
    }
    return spec_options(&spec.part[0], collector->options, collector->option_count, options, error)
               ? collector
               : NULL;
}

static void trace_event(void *self, const struct event *event)
{
    (void)self;
    if (event->kind == EVENT_GC_BEGIN) {
        printf("- collection of generation %d begins\n", event->generation);
    } else if (event->kind == EVENT_GC_END) {
        printf("- collection of generation %d: %llu examined, %llu collected\n", event->generation,
               (unsigned long long)event->examined, (unsigned long long)event->collected);
    }
}

static int say_left(const char *path, const struct core_leftovers *left)
{
    if (left->objects == 0 && left->blocks == 0 && left->broken.text[0] == '\0') {
        return EXIT_OK;
    }
    fprintf(stderr, "%s: %llu objects and %lld blocks leaked%s%s\n", path,
            (unsigned long long)left->objects, (long long)left->blocks,
            left->broken.text[0] != '\0' ? "; " : "", left->broken.text);
    return EXIT_BAD_RUN;
}

static int run_machine(struct session *session, const struct scenario_program *program)
{
    struct scenario_machine machine;
    if (!machine_open(&machine, &core_backend, session->core, program, stdout)) {
        fprintf(stderr, "%s: out of memory\n", session->path);
        return EXIT_BAD_RUN;
    }
    machine.trace = session->trace;
    if (session->trace) {
        runtime_listen(core_runtime(session->core), (struct listener){NULL, trace_event});
    }
    int status = scenario_execute(&machine, session->path);
    machine_release(&machine);
    if (session->leaks) {
        core_print_leaks(session->core, stdout);
    }
    machine_close(&machine);
    return status;
}

static int run_program(struct session *session, const struct collector *collector,
                       const struct scenario_program *program)
{
    struct error error;
    const struct core_config config = {
        .obj = session->heap,
        .mem = session->heap,
        .raw = session->raw,
        .collector = collector,
        .collector_options = &session->collector_options,
        .births = session->leaks,
    };
    if (!core_open(&config, &session->core, &error)) {
        fprintf(stderr, "%s: %s\n", session->path, error.text);
        return EXIT_BAD_RUN;
    }
    int status = run_machine(session, program);
    struct core_leftovers left = core_close(session->core);
    int leaked = say_left(session->path, &left);
    return status != EXIT_OK ? status : leaked;
}

static int run_file(struct session *session, const struct collector *collector)
{
    struct scenario_program program;
    scenario_init(&program);
    int status = scenario_load(session->path, &program);
    if (status == EXIT_OK) {
        status = run_program(session, collector, &program);
    }
    scenario_free(&program);
    return status;
}

/* Some allocators read their environment as the program starts, or need it to be loaded at all:
 * where it is not so, start anew, once. Returns when there is nothing to be done. */
static void ensure_environment(const char *allocator, char *const *anew)
{
    struct environment wanted = {.count = 0};
    struct spec spec;
    struct error error;
    if (!spec_parse(allocator, strlen(allocator), &spec, &error) ||
        !heap_spec_check(&spec, NULL, &error)) {
        return; /* what is wrong is said when the heap is opened */
    }
    heap_environment(&spec, NULL, &wanted);
    environ_start_anew(&wanted, anew);
}

int cmd_scenario(int argc, char **argv)
{
    struct arguments arguments;
    struct error error;
    char *anew[ARGUMENTS_MAX + 2] = {"heapdyno"};
    int status;
    for (int i = 0; i < argc && i < ARGUMENTS_MAX; i++) {
        anew[i + 1] = argv[i]; /* reading moves operands to the front */
    }
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    if (argc <= ARGUMENTS_MAX) {
        ensure_environment(given(&arguments, "allocator"), anew);
    }
    struct session session = {
        .path = arguments.operand[0],
        .leaks = options_on(&arguments.options, "leaks"),
        .trace = options_on(&arguments.options, "trace"),
    };
    const struct collector *collector =
        read_collector(given(&arguments, "collector"), &session.collector_options, &error);
    if (collector == NULL) {
        return usage_error(&usage, "%s", error.text);
    }
    if (!open_heap("malloc", (struct heap){0}, &session.raw, &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    if (!open_heap(given(&arguments, "allocator"), session.raw, &session.heap, &error)) {
        heap_close(&session.raw);
        return usage_error(&usage, "%s", error.text);
    }
    status = run_file(&session, collector);
    const char *broken = heap_check(&session.heap);
    if (broken != NULL) {
        fprintf(stderr, "%s: %s\n", session.path, broken);
        status = status == EXIT_OK ? EXIT_BAD_RUN : status;
    }
    heap_close(&session.heap);
    heap_close(&session.raw);
    fflush(stdout);
    return status;
}

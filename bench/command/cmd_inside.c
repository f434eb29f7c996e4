/* heapdyno inside: what is in a heap, who asked for it, what grew, and who refers to whom. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/cell/environ.h"
#include "bench/cell/memory.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/inside/inside.h"

enum { ARGUMENTS_MAX = 48 };

static const struct option inside_options[] = {
    {"sites", OPTION_BOOL, "off", 0, 0, NULL,
     "blocks and bytes by allocation site and type, the largest first"},
    {"types", OPTION_BOOL, "off", 0, 0, NULL, "objects by type, the most numerous first"},
    {"growth", OPTION_BOOL, "off", 0, 0, NULL,
     "what grew between --since and --at, by type; with --sites by site as well"},
    {"leaks", OPTION_BOOL, "off", 0, 0, NULL,
     "the same, with a full collection before each: collect, count, run, collect, count"},
    {"top", OPTION_COUNT, "10", 1, 1000000, NULL, "rows of a table"},
    {"at", OPTION_TEXT, NULL, 0, 0, NULL,
     "the moment to look: the end of a phase (run), so many operations, a line of a scenario, end"},
    {"since", OPTION_TEXT, NULL, 0, 0, NULL,
     "the moment to compare with (end of setup; start of a scenario)"},
    {"dot", OPTION_PATH, NULL, 0, 0, NULL,
     "write who refers to whom as Graphviz DOT (- is stdout)"},
    {"around", OPTION_TEXT, "garbage", 0, 0, NULL,
     "centre of the graph: garbage (a cycle), TYPE, TYPE#N, a name of the scenario"},
    {"depth", OPTION_COUNT, "2", 0, 100, NULL, "references to follow from there"},
    {"width", OPTION_COUNT, "8", 1, 400, NULL, "neighbours of one object that are drawn"},
    {"refs", OPTION_CHOICE, "both", 0, 0, "both|out|in",
     "follow what it refers to (out), what refers to it (in), or both"},
};

static const struct usage usage = {
    .command = "inside",
    .operands = "FILE.scn | KEY=SPEC…",
    .about = "Looks into the heap of a scenario, or of a cell (workload=…); docs/inside.md.\n"
             "    heapdyno inside workload=web --growth --sites\n"
             "    heapdyno inside leak.scn --dot leak.dot --around garbage\n"
             "Exit status: 1 the workload failed, 2 nothing of that name, or it was asked wrong.\n",
    .options = inside_options,
    .option_count = COUNT_OF(inside_options),
    .operand_min = 1,
    .operand_max = 16,
};

/* All that this process needs, outside of the heaps that it looks into. */
struct launch {
    struct arguments arguments;
    struct inside_request request;
    struct inside inside;
    struct child child;
    const char *scenario; /* NULL: a workload */
    char line[CELL_LINE_MAX];
    char *argv[ARGUMENTS_MAX + 2]; /* as given: reading moves operands to the front */
};

static const char *given(const struct arguments *arguments, const char *name, const char *fallback)
{
    const char *text = arguments_text(arguments, name);
    return text != NULL ? text : fallback;
}

static void read_request(struct launch *self)
{
    const struct arguments *arguments = &self->arguments;
    const struct options *options = &arguments->options;
    bool scenario = self->scenario != NULL;
    self->request = (struct inside_request){
        .sites = options_on(options, "sites"),
        .types = options_on(options, "types"),
        .growth = options_on(options, "growth"),
        .leaks = options_on(options, "leaks"),
        .top = (size_t)options_number(options, "top"),
        .at = given(arguments, "at", scenario ? "end" : "run"),
        .since = given(arguments, "since", scenario ? "start" : "setup"),
        .dot = arguments_text(arguments, "dot"),
        .graph = {.around = given(arguments, "around", "garbage"),
                  .depth = (unsigned)options_number(options, "depth"),
                  .width = (size_t)options_number(options, "width"),
                  .direction = options_number(options, "refs") == 0   ? GRAPH_BOTH
                               : options_number(options, "refs") == 1 ? GRAPH_OUT
                                                                      : GRAPH_IN},
    };
    struct inside_request *request = &self->request;
    request->growth = request->growth || arguments_text(arguments, "since") != NULL;
    if (!request->sites && !request->growth && !request->leaks && request->dot == NULL) {
        request->types = true;
        request->sites = !options_on(options, "types");
    }
}

/* The cell, or what a scenario runs on: a cell whose workload does nothing. */
static bool read_cell(struct launch *self, struct error *error)
{
    bool scenario = strchr(self->arguments.operand[0], '=') == NULL;
    self->scenario = scenario ? self->arguments.operand[0] : NULL;
    size_t from = scenario ? 1 : 0;
    if (!arguments_join(&self->arguments, from, self->line, sizeof self->line - 16)) {
        return error_set(error, "the line is too long");
    }
    if (scenario && strstr(self->line, "workload=") != NULL) {
        return error_set(error, "a scenario and a workload exclude each other");
    }
    if (scenario) {
        strcat(self->line, " workload=null");
    }
    if (!cell_parse(self->line, NULL, &self->child.cell, error)) {
        return false;
    }
    if (self->child.cell.real) {
        return error_set(error, "program: its heap is not ours; heapdyno snapshot shows it");
    }
    return self->child.cell.plugin[0] == '\0' ||
           error_set(error, "plugin: heaps of shared objects are not looked into");
}

static int run_workload(struct launch *self, char *what, size_t length)
{
    struct child *child = &self->child;
    inside_watch(&self->inside, child);
    child_run(child);
    snprintf(what, length, "%.60s", child->workload->name);
    if (child->verdict == CHILD_OK) {
        return EXIT_OK;
    }
    fprintf(stderr, "heapdyno inside: %s\n", child->reason);
    return child->verdict == CHILD_SKIPPED ? EXIT_USAGE : EXIT_BAD_RUN;
}

static int look(struct launch *self)
{
    char what[64];
    struct error error;
    int status;
    inside_open(&self->inside, &self->request);
    if (self->scenario != NULL) {
        snprintf(what, sizeof what, "%.60s", self->scenario);
        status = inside_scenario(&self->inside, self->scenario, &self->child.cell);
    } else {
        status = run_workload(self, what, sizeof what);
    }
    bool piped = self->request.dot != NULL && strcmp(self->request.dot, "-") == 0;
    if (status == EXIT_OK && !inside_print(&self->inside, what, piped ? stderr : stdout, &error)) {
        status = usage_error(&usage, "%s", error.text);
    }
    inside_close(&self->inside);
    fflush(stdout);
    return status;
}

int cmd_inside(int argc, char **argv)
{
    struct launch *self = memory_map(sizeof *self);
    struct error error;
    int status;
    if (self == NULL || argc > ARGUMENTS_MAX) {
        return usage_error(&usage, self == NULL ? "no memory" : "too many arguments");
    }
    memcpy(self->argv, argv - 1, ((size_t)argc + 2) * sizeof *argv);
    if (!arguments_read(&usage, argc, argv, &self->arguments, &status)) {
        return status;
    }
    if (!read_cell(self, &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    struct environment wanted;
    environ_of_cell(&self->child.cell, NULL, &wanted);
    environ_start_anew(&wanted, self->argv);
    read_request(self);
    return look(self);
}

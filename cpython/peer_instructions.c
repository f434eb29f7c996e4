/* build/peers/cpython: the micro-benchmarks' cases over the real interpreter, for callgrind.
 *
 *   cpython [--quick] cpython [PART-OF-A-NAME…]   as build/instructions, whose names these are
 *   cpython --environment cpython                 what the process must find in its environment */
#include <Python.h>

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "bench/micro/instructions.h"
#include "cpython/peer.h"
#include "cpython/peer_blocks.h"

static void *open_pattern(void *world, const struct micro_case *self, uint64_t *items,
                          struct error *error)
{
    (void)world;
    struct pattern_state *state = pattern_open(self, items, error);
    if (state != NULL) {
        pattern_start(state, python_ops);
    }
    return state;
}

static void run_pattern(void *state, uint64_t operations)
{
    pattern_run(state, python_ops, operations);
}

static void close_pattern(void *state)
{
    pattern_drop(state, python_ops);
    pattern_close(state);
}

static const struct micro_functions patterns = {open_pattern, run_pattern, close_pattern};

struct graph {
    const char *name;
    int n;
    bool slow;
};

static const struct graph graphs[] = {
    {"lists", 20000, false},  {"ring", 20000, false},      {"instances", 20000, false},
    {"random", 20000, false}, {"tree", 20000, false},      {"lists", 200000, true},
    {"ring", 200000, true},   {"instances", 200000, true}, {"random", 200000, true},
};

static bool python_do(const char *text)
{
    return PyRun_SimpleString(text) == 0;
}

static void *open_graph(void *world, const struct micro_case *self, uint64_t *items,
                        struct error *error)
{
    const struct graph *graph = self->shape;
    char line[128];
    (void)world;
    snprintf(line, sizeof line, "root = shapes.%s(%d)\n", graph->name, graph->n);
    *items = (uint64_t)graph->n;
    return python_do(line) ? PyObject_GetAttrString(PyImport_AddModule("gc"), "collect")
                           : (error_set(error, "the graph cannot be built"), NULL);
}

static void run_graph(void *collect, uint64_t operations)
{
    for (uint64_t i = 0; i < operations; i++) {
        PyObject *cycle = PyList_New(0);
        CHECK(cycle != NULL && PyList_Append(cycle, cycle) == 0);
        Py_DECREF(cycle);
        PyObject *found = PyObject_CallNoArgs(collect);
        CHECK(found != NULL && PyLong_AsLong(found) == 1);
        Py_DECREF(found);
    }
}

static void close_graph(void *collect)
{
    Py_DECREF((PyObject *)collect);
}

static const struct micro_functions collections = {open_graph, run_graph, close_graph};

static void collections_add(struct micro_cases *cases)
{
    for (size_t i = 0; i < COUNT_OF(graphs); i++) {
        struct micro_case *one =
            micro_case_add(cases, "collect/%s/%d", graphs[i].name, graphs[i].n);
        one->functions = &collections;
        one->shape = &graphs[i];
        one->slow = graphs[i].slow;
    }
}

static bool python_start(void)
{
    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.use_hash_seed = 1;
    config.hash_seed = 0;
    config.site_import = 0;
    config.install_signal_handlers = 0;
    config.pathconfig_warnings = 0;
    PyStatus status = PyConfig_SetString(&config, &config.home, PEER_HOME);
    if (!PyStatus_Exception(status)) {
        status = Py_InitializeFromConfig(&config);
    }
    PyConfig_Clear(&config);
    return !PyStatus_Exception(status) && python_do("import sys, gc\n"
                                                    "sys.dont_write_bytecode = True\n"
                                                    "sys.path.insert(0, 'bench/peers')\n"
                                                    "import shapes\n"
                                                    "gc.disable(); gc.collect(); gc.freeze()\n");
}

int main(int argc, char **argv)
{
    struct micro_cases cases = {0};
    bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    argv += quick;
    argc -= quick;
    if (argc == 3 && strcmp(argv[1], "--environment") == 0) {
        printf("GLIBC_TUNABLES=%s\n", MICRO_TUNABLES);
        return 0;
    }
    if (argc < 2 || !python_start()) {
        fprintf(stderr, "cpython: the interpreter does not start\n");
        return 1;
    }
    printf("%s\n", Py_GetVersion());
    patterns_add(&cases, &patterns);
    peer_objects_add(&cases);
    collections_add(&cases);
    return instructions_run(NULL, &cases, argv + 2, quick);
}

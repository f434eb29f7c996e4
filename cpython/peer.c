/* heapdyno_peer: CPython 3.11's own allocator and object core, called from C inside the stock
 * interpreter, which does nothing meanwhile. `run(case)` serves an allocation pattern over
 * PyObject_Malloc, `run(program, depth, node, collector)` trees of tuples or slot instances;
 * see worker.h. The interpreter's own objects are frozen out of collections. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include "bench/peers/trees.h"
#include "bench/peers/worker.h"
#include "cpython/peer_blocks.h"

static void pattern_serve_run(void *state, uint64_t operations)
{
    pattern_run(state, python_ops, operations);
}

/* Use up what the interpreter's allocator has free of its own: full pools of every size, then as many
 * pools as an arena has. What is measured then takes memory of its own, as on our side. */
static void python_use_up(void)
{
    enum { POOL = 16 * 1024, HEADER = 48, LARGEST = 512, ARENA_POOLS = 64 };
    for (size_t size = 16; size <= LARGEST; size += 16) {
        size_t pools = size < LARGEST ? 1 : ARENA_POOLS;
        while ((uintptr_t)PyObject_Malloc(size) % POOL != HEADER) {
        }
        for (size_t i = 1; i < pools * ((POOL - HEADER) / size); i++) {
            CHECK(PyObject_Malloc(size) != NULL);
        }
    }
}

static int serve_pattern(const char *name)
{
    static const struct micro_functions none;
    struct micro_cases cases = {0};
    struct error error;
    patterns_add(&cases, &none);
    patterns_add_large(&cases, &none);
    for (size_t i = 0; i < cases.count; i++) {
        if (strcmp(cases.at[i].name, name) != 0) {
            continue;
        }
        struct worker worker = {.run = pattern_serve_run, .items = 1, .batch = cases.at[i].batch};
        worker.state = pattern_open(&cases.at[i], &worker.items, &error);
        if (worker.state == NULL) {
            printf("skip %s\n", error.text);
            return 2;
        }
        python_use_up();
        pattern_start(worker.state, python_ops);
        int status = worker_serve(&worker);
        pattern_drop(worker.state, python_ops);
        pattern_close(worker.state);
        return status;
    }
    printf("skip no case %s\n", name);
    return 2;
}

/* Nodes: tuples of two, or instances of a class with four slots. */
struct python_nodes {
    PyTypeObject *type;
    PyObject *zero;
};

static void *tuple_make(void *self, void *left, void *right)
{
    (void)self;
    PyObject *node = PyTuple_New(2);
    CHECK(node != NULL);
    PyTuple_SET_ITEM(node, 0, left != NULL ? left : Py_NewRef(Py_None));
    PyTuple_SET_ITEM(node, 1, right != NULL ? right : Py_NewRef(Py_None));
    return node;
}

static void *tuple_child(void *node, int side)
{
    PyObject *child = PyTuple_GET_ITEM(node, side);
    return child == Py_None ? NULL : child;
}

static void tuple_link(void *node, int side, void *child)
{
    Py_SETREF(PyTuple_GET_ITEM(node, side), child);
}

TREES_RECURSION(tuples, tuple_make, tuple_child, tuple_link)

/* The slots lie behind the head, in order. */
static PyObject **slots_of(void *node)
{
    return (PyObject **)((char *)node + sizeof(PyObject));
}

static void *slots_make(void *opened, void *left, void *right)
{
    const struct python_nodes *self = opened;
    PyObject *node = self->type->tp_alloc(self->type, 0);
    CHECK(node != NULL);
    slots_of(node)[0] = left;
    slots_of(node)[1] = right;
    slots_of(node)[2] = Py_NewRef(self->zero);
    slots_of(node)[3] = Py_NewRef(self->zero);
    return node;
}

static void *slots_child(void *node, int side)
{
    return slots_of(node)[side];
}

static void slots_link(void *node, int side, void *child)
{
    Py_XSETREF(slots_of(node)[side], child);
}

TREES_RECURSION(slots, slots_make, slots_child, slots_link)

static void python_drop(void *self, void *root)
{
    (void)self;
    Py_DECREF((PyObject *)root);
}

static void *python_array(void *self, size_t count)
{
    (void)self;
    PyObject *array = PyList_New((Py_ssize_t)count);
    PyObject *zero = PyFloat_FromDouble(0);
    CHECK(array != NULL && zero != NULL);
    for (size_t i = 0; i < count; i++) {
        PyObject *item =
            i < count / 2 ? PyFloat_FromDouble(1.0 / (double)(i + 1)) : Py_NewRef(zero);
        CHECK(item != NULL);
        PyList_SET_ITEM(array, (Py_ssize_t)i, item);
    }
    Py_DECREF(zero);
    return array;
}

/* type('Node', (), {'__slots__': …}); its slots must lie where slots_of looks. */
static PyTypeObject *make_class(void)
{
    PyObject *type = PyObject_CallFunction((PyObject *)&PyType_Type, "s(){s(ssss)}", "Node",
                                           "__slots__", "a", "b", "c", "d");
    CHECK(type != NULL);
    CHECK(((PyTypeObject *)type)->tp_basicsize ==
          (Py_ssize_t)(sizeof(PyObject) + 4 * sizeof(PyObject *)));
    return (PyTypeObject *)type;
}

static void call_gc(const char *method)
{
    PyObject *gc = PyImport_ImportModule("gc");
    CHECK(gc != NULL);
    PyObject *result = PyObject_CallMethod(gc, method, NULL);
    CHECK(result != NULL);
    Py_DECREF(result);
    Py_DECREF(gc);
}

static int serve_trees(const char *program, const char *depth, const char *node, const char *gc)
{
    struct python_nodes nodes = {make_class(), PyLong_FromLong(0)};
    bool slots = strcmp(node, "slots") == 0;
    struct trees trees = {{&nodes, slots ? slots_make : tuple_make,
                           slots ? slots_child : tuple_child, slots ? slots_link : tuple_link,
                           python_drop, python_array, python_drop},
                          slots ? slots_build : tuples_build,
                          slots ? slots_populate : tuples_populate,
                          slots ? slots_count : tuples_count,
                          false,
                          0};
    if (!trees_parse(&trees, program, depth)) {
        puts("skip usage: binary_trees|gcbench DEPTH tuples|slots on|off");
        return 2;
    }
    call_gc("collect");
    call_gc("freeze");
    call_gc(strcmp(gc, "off") == 0 ? "disable" : "enable");
    return worker_serve(
        &(struct worker){.state = &trees, .run = trees_run, .items = 1, .batch = 1});
}

static PyObject *peer_run(PyObject *module, PyObject *arguments)
{
    const char *text, *depth = NULL, *node = NULL, *gc = NULL;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "s|sss", &text, &depth, &node, &gc)) {
        return NULL;
    }
    return PyLong_FromLong(gc != NULL ? serve_trees(text, depth, node, gc) : serve_pattern(text));
}

/* What a Python function spends. */
static uint64_t call_spend(void *function, uint64_t operations)
{
    PyObject *spent = PyObject_CallFunction(function, "K", (unsigned long long)operations);
    CHECK(spent != NULL);
    uint64_t ns = PyLong_AsUnsignedLongLong(spent);
    Py_DECREF(spent);
    return ns;
}

static PyObject *peer_serve(PyObject *module, PyObject *arguments)
{
    PyObject *function;
    unsigned long long items;
    const char *note = NULL;
    (void)module;
    if (!PyArg_ParseTuple(arguments, "OK|z", &function, &items, &note)) {
        return NULL;
    }
    struct worker worker = {
        .state = function, .spend = call_spend, .items = items, .batch = 1, .note = note};
    return PyLong_FromLong(worker_serve(&worker));
}

static PyMethodDef methods[] = {
    {"run", peer_run, METH_VARARGS, "Serve one case."},
    {"serve", peer_serve, METH_VARARGS,
     "serve(spend, items[, note]): call spend(operations), which returns nanoseconds."},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "heapdyno_peer",
                                        .m_size = 0, .m_methods = methods};

PyMODINIT_FUNC PyInit_heapdyno_peer(void);

PyMODINIT_FUNC PyInit_heapdyno_peer(void)
{
    return PyModule_Create(&definition);
}

/* Cases of objects through the C API, line by line what bench/micro/object_cases.c does. Instances
 * are made by tp_alloc (slots) and tp_new (attributes), which is less than a call of the class. */
#include "cpython/peer.h"

#include <Python.h>

#include "base/check.h"
#include "bench/micro/object_cases.h"

struct peer {
    void (*run)(struct peer *self, uint64_t n);
    PyObject *other, *one, *names[2], *arguments;
    PyTypeObject *pair, *plain;
    PyObject *many[OBJECTS];
};

typedef void peer_run_f(struct peer *self, uint64_t n);

struct peer_shape {
    const char *name;
    peer_run_f *run;
    uint64_t length, items;
    bool gc, slow;
};

static void forget(PyObject *object)
{
    CHECK(object != NULL);
    Py_DECREF(object);
}

static void peer_count_same(struct peer *self, uint64_t n)
{
    PyObject *object = self->other;
    REPEAT(n)
    {
        Py_INCREF(object);
        barrier();
        Py_DECREF(object);
        barrier();
    }
}

static void peer_count_many(struct peer *self, uint64_t n)
{
    for (size_t k = 0; k < OBJECTS && self->many[k] == NULL; k++) {
        self->many[k] = PyList_New(0);
    }
    for (uint64_t i = 0; i < n; i += OBJECTS) {
        for (size_t k = 0; k < OBJECTS; k++) {
            Py_INCREF(self->many[k]);
        }
        barrier();
        for (size_t k = 0; k < OBJECTS; k++) {
            Py_DECREF(self->many[k]);
        }
        barrier();
    }
}

#define HIT(function, birth)                                                                       \
    static void function(struct peer *self, uint64_t n)                                            \
    {                                                                                              \
        (void)self;                                                                                \
        REPEAT(n)                                                                                  \
        {                                                                                          \
            forget(birth);                                                                         \
        }                                                                                          \
    }

#define MISS(function, birth)                                                                      \
    static void function(struct peer *self, uint64_t n)                                            \
    {                                                                                              \
        for (uint64_t i = 0; i < n; i += OBJECTS) {                                                \
            for (size_t k = 0; k < OBJECTS; k++) {                                                 \
                self->many[k] = birth;                                                             \
            }                                                                                      \
            for (size_t k = 0; k < OBJECTS; k++) {                                                 \
                forget(self->many[k]);                                                             \
                self->many[k] = NULL;                                                              \
            }                                                                                      \
        }                                                                                          \
    }

HIT(peer_list_hit, PyList_New(0))
HIT(peer_dict_hit, PyDict_New())
HIT(peer_float_hit, PyFloat_FromDouble(1.5))
HIT(peer_int, PyLong_FromLong(100000))
HIT(peer_str, PyUnicode_FromStringAndSize("twelve chars", 12))
HIT(peer_tuple, PyTuple_Pack(2, self->other, self->other))
HIT(peer_slots, self->pair->tp_alloc(self->pair, 0))
MISS(peer_list_miss, PyList_New(0))
MISS(peer_dict_miss, PyDict_New())
MISS(peer_float_miss, PyFloat_FromDouble(1.5))

static void append_times(struct peer *self, int times)
{
    PyObject *list = PyList_New(0);
    CHECK(list != NULL);
    for (int k = 0; k < times; k++) {
        CHECK(PyList_Append(list, self->other) == 0);
    }
    Py_DECREF(list);
}

static void peer_append_3(struct peer *self, uint64_t n)
{
    REPEAT(n)
    {
        append_times(self, 3);
    }
}

static void peer_append_1000(struct peer *self, uint64_t n)
{
    for (uint64_t i = 0; i < n; i += 1000) {
        append_times(self, 1000);
    }
}

static void dict_births(struct peer *self, PyObject *key, uint64_t n)
{
    REPEAT(n)
    {
        PyObject *dict = PyDict_New();
        CHECK(dict != NULL && PyDict_SetItem(dict, key, self->other) == 0);
        Py_DECREF(dict);
    }
}

static void dict_stores(struct peer *self, PyObject *key, uint64_t n)
{
    PyObject *dict = PyDict_New();
    CHECK(dict != NULL);
    REPEAT(n)
    {
        CHECK(PyDict_SetItem(dict, key, self->other) == 0);
    }
    Py_DECREF(dict);
}

/* Each function over the string key, and over the int key. */
#define BOTH(function, over)                                                                       \
    static void function##_str(struct peer *self, uint64_t n)                                      \
    {                                                                                              \
        over(self, self->names[0], n);                                                             \
    }                                                                                              \
    static void function##_int(struct peer *self, uint64_t n)                                      \
    {                                                                                              \
        PyObject *key = PyLong_FromLong(1);                                                        \
        over(self, key, n);                                                                        \
        Py_DECREF(key);                                                                            \
    }

BOTH(peer_dict_1, dict_births)
BOTH(peer_store, dict_stores)

static void peer_load_str(struct peer *self, uint64_t n)
{
    PyObject *dict = PyDict_New();
    CHECK(dict != NULL && PyDict_SetItem(dict, self->names[0], self->other) == 0);
    REPEAT(n)
    {
        CHECK(PyDict_GetItemWithError(dict, self->names[0]) != NULL);
    }
    Py_DECREF(dict);
}

static void peer_attributes(struct peer *self, uint64_t n)
{
    REPEAT(n)
    {
        PyObject *instance = self->plain->tp_new(self->plain, self->arguments, NULL);
        CHECK(instance != NULL);
        CHECK(PyObject_SetAttr(instance, self->names[0], self->other) == 0);
        CHECK(PyObject_SetAttr(instance, self->names[1], self->other) == 0);
        Py_DECREF(instance);
    }
}

static void peer_setattr(struct peer *self, uint64_t n)
{
    REPEAT(n)
    {
        CHECK(PyObject_SetAttr(self->one, self->names[0], self->other) == 0);
    }
}

HIT(peer_getattr, PyObject_GetAttr(self->one, self->names[0]))

/* Slots are filled through their descriptors' places, as the C API leaves no other way that is as
 * short: the first two fields behind the head. */
static PyObject *tree_of_nodes(struct peer *self, int depth)
{
    PyObject *node = self->pair->tp_alloc(self->pair, 0);
    CHECK(node != NULL);
    PyObject **slots = (PyObject **)(node + 1);
    for (int side = 0; side < 2 && depth > 0; side++) {
        slots[side] = tree_of_nodes(self, depth - 1);
    }
    return node;
}

static PyObject *tree_of_tuples(struct peer *self, int depth)
{
    PyObject *node = PyTuple_New(2);
    CHECK(node != NULL);
    for (int side = 0; side < 2; side++) {
        PyTuple_SET_ITEM(node, side,
                         depth > 0 ? tree_of_tuples(self, depth - 1) : Py_NewRef(self->other));
    }
    return node;
}

HIT(peer_nodes, tree_of_nodes(self, TREE_DEPTH))
HIT(peer_tuples, tree_of_tuples(self, TREE_DEPTH))

#define TREE_ITEMS ((2U << TREE_DEPTH) - 1)

static const struct peer_shape shapes[] = {
    {"count/same", peer_count_same, 10000, 1, false, false},
    {"count/500", peer_count_many, 20 * OBJECTS, 1, false, false},
    {"list/hit", peer_list_hit, 5000, 1, false, false},
    {"list/miss", peer_list_miss, 10 * OBJECTS, 1, false, false},
    {"list/3 appends", peer_append_3, 5000, 1, false, false},
    {"append/1000", peer_append_1000, 10000, 1, false, false},
    {"tuple/2", peer_tuple, 5000, 1, false, false},
    {"dict/hit", peer_dict_hit, 5000, 1, false, false},
    {"dict/miss", peer_dict_miss, 10 * OBJECTS, 1, false, false},
    {"dict/1 str key", peer_dict_1_str, 5000, 1, false, false},
    {"dict/1 int key", peer_dict_1_int, 5000, 1, false, false},
    {"d[str]=v", peer_store_str, 5000, 1, false, false},
    {"d[int]=v", peer_store_int, 5000, 1, false, false},
    {"d[str]", peer_load_str, 5000, 1, false, false},
    {"slots/2", peer_slots, 5000, 1, false, false},
    {"attributes/2", peer_attributes, 5000, 1, false, false},
    {"setattr", peer_setattr, 5000, 1, false, false},
    {"getattr", peer_getattr, 5000, 1, false, false},
    {"float/hit", peer_float_hit, 5000, 1, false, false},
    {"float/miss", peer_float_miss, 10 * OBJECTS, 1, false, false},
    {"int", peer_int, 5000, 1, false, false},
    {"str/12", peer_str, 5000, 1, false, false},
    {"trees/nodes/gc off", peer_nodes, 1, TREE_ITEMS, false, true},
    {"trees/nodes/gc 700", peer_nodes, 1, TREE_ITEMS, true, true},
    {"trees/tuples/gc off", peer_tuples, 1, TREE_ITEMS, false, true},
    {"trees/tuples/gc 700", peer_tuples, 1, TREE_ITEMS, true, true},
};

static PyObject *evaluated(const char *expression)
{
    PyObject *globals = PyModule_GetDict(PyImport_AddModule("__main__"));
    PyObject *result = PyRun_String(expression, Py_eval_input, globals, globals);
    if (result == NULL) {
        PyErr_Print();
        UNREACHABLE(expression);
    }
    return result;
}

static void *peer_open(void *world, const struct micro_case *one, uint64_t *items,
                       struct error *error)
{
    const struct peer_shape *shape = one->shape;
    (void)world;
    (void)error;
    struct peer *self = micro_map(sizeof *self);
    self->run = shape->run;
    *items = shape->items;
    self->pair = (PyTypeObject *)evaluated("type('Pair', (), {'__slots__': ('a', 'b')})");
    self->plain = (PyTypeObject *)evaluated("type('Plain', (), {})");
    self->names[0] = PyUnicode_InternFromString("first");
    self->names[1] = PyUnicode_InternFromString("second");
    self->arguments = PyTuple_New(0);
    self->other = PyList_New(0);
    self->one = self->plain->tp_new(self->plain, self->arguments, NULL);
    CHECK(self->one != NULL && PyObject_SetAttr(self->one, self->names[0], self->other) == 0);
    shape->gc ? PyGC_Enable() : PyGC_Disable();
    return self;
}

static void peer_run(void *opened, uint64_t operations)
{
    struct peer *self = opened;
    self->run(self, operations);
}

static void peer_close(void *opened)
{
    (void)opened; /* the process of the case ends here */
}

static const struct micro_functions functions = {peer_open, peer_run, peer_close};

void peer_objects_add(struct micro_cases *cases)
{
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct micro_case *one = micro_case_add(cases, "%s", shapes[i].name);
        one->functions = &functions;
        one->shape = &shapes[i];
        one->length = shapes[i].length;
        one->slow = shapes[i].slow;
    }
}

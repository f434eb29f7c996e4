/* What the files of the oracle share; only they see Python.h. Internal headers, so that state is
 * read where it lies, without allocating. */
#ifndef HEAPDYNO_CPYTHON_ORACLE_PRIVATE_H
#define HEAPDYNO_CPYTHON_ORACLE_PRIVATE_H

#define PY_SSIZE_T_CLEAN
#define Py_BUILD_CORE 1
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <Python.h>
#include <structmember.h>
#include "internal/pycore_dict.h"
#include "internal/pycore_gc.h"
#include "internal/pycore_interp.h"
#include "internal/pycore_object.h"
#include "internal/pycore_pystate.h"
#pragma GCC diagnostic pop

#if PY_VERSION_HEX >> 16 != 0x030b && PY_VERSION_HEX >> 16 != 0x030d
#error "the oracle is CPython 3.11, or 3.13 for the golden files of cp313"
#endif

#include "cpython/oracle.h"
#include "workloads/scenario/scenario.h"

/* What CPython calls on each request of one domain. */
struct oracle_hook {
    struct oracle *oracle;
    int domain;
    PyMemAllocatorEx below; /* CPython's own */
};

struct oracle {
    PyInterpreterState *interpreter;
    struct _gc_runtime_state *gc;
    PyObject *collect, *freeze, *unfreeze; /* of the module gc */
    PyObject *slots_class, *final_class, *phoenix_class;
    PyObject *weakdict_class; /* NULL until a program needs it */
    PyObject *attribute[SCENARIO_ATTRIBUTES];
    PyObject *slot[SCENARIO_SLOTS];
    PyObject *sizeof_name;
    /* Of one run. */
    PyObject *plain_class; /* new each time: shared keys remember their instances */
    PyObject *reborn;
    bool reborn_open;            /* false once it was released: phoenixes stay dead then */
    PyGC_Head interpreter_aside; /* objects older than any run */
    PyGC_Head run_aside;         /* the classes of this run */
    int64_t live_at_start;
    struct scenario_log log;
    struct request_log requests;
    struct oracle_hook hook[2]; /* obj, mem */
};

/* oracle_hooks.c: count and record requests from now on. */
void oracle_hook(struct oracle *self);

/* oracle_types.c: classes of finalizable objects, and callbacks. */
bool oracle_make_types(struct oracle *self);
PyObject *oracle_new_final(struct oracle *self, int label, bool phoenix);
void oracle_link(PyObject *final, PyObject *item);
PyObject *oracle_new_callback(int label);

/* oracle_state.c */
void oracle_state(void *self, struct scenario_state *out);
void oracle_sizes(void *self, int64_t out[SCENARIO_GENERATIONS + 1]);
int64_t oracle_refcount(void *self, const struct scenario_object *object);
bool oracle_immortal(void *self, const struct scenario_object *object);
bool oracle_tracked(void *self, const struct scenario_object *object);
int oracle_generation(void *self, const struct scenario_object *object);
int64_t oracle_size(void *self, const struct scenario_object *object);
bool oracle_alive(void *self, const struct scenario_object *weakref);

/* gc.collect(generation), leaving no request of its own in the log. */
int64_t oracle_collect(void *self, int generation);

static inline PyObject *py(const struct scenario_object *object)
{
    return (PyObject *)(uintptr_t)object;
}

static inline struct scenario_object *opaque(PyObject *object)
{
    return (struct scenario_object *)(void *)object;
}

#endif

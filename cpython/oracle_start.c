/* The interpreter, and the start and end of a run. Every run starts from the state that
 * scenarios.md gives: classes and names made, collect, freeze, collect, what the interpreter itself
 * holds set aside, counts and statistics zero, free lists empty, type cache clear. */
#include "cpython/oracle_private.h"

#include <stdlib.h>

#include "base/check.h"
#include "cpython/oracle_version.h"

#ifndef ORACLE_HOME
#define ORACLE_HOME L"/usr"
#endif

static void ring_init(PyGC_Head *ring)
{
    _PyGCHead_SET_NEXT(ring, ring);
    ring->_gc_prev = (uintptr_t)ring;
}

/* Move everything of `from` behind what `to` holds. */
static void ring_move(PyGC_Head *from, PyGC_Head *to)
{
    if (_PyGCHead_NEXT(from) == from) {
        return;
    }
    PyGC_Head *first = _PyGCHead_NEXT(from);
    PyGC_Head *last = _PyGCHead_PREV(from);
    PyGC_Head *tail = _PyGCHead_PREV(to);
    _PyGCHead_SET_NEXT(tail, first);
    _PyGCHead_SET_PREV(first, tail);
    _PyGCHead_SET_NEXT(last, to);
    _PyGCHead_SET_PREV(to, last);
    ring_init(from);
}

static bool status_ok(PyStatus status, struct error *error)
{
    return !PyStatus_Exception(status) ||
           error_set(error, "CPython does not start: %s",
                     status.err_msg != NULL ? status.err_msg : "no reason given");
}

static bool interpreter_start(struct oracle *self, struct error *error)
{
    PyPreConfig preconfig;
    PyPreConfig_InitIsolatedConfig(&preconfig);
    if (!status_ok(Py_PreInitialize(&preconfig), error)) {
        return false;
    }
    oracle_hook(self);
    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.use_hash_seed = 1;
    config.hash_seed = 0;
    config.site_import = 0;
    config.install_signal_handlers = 0;
    config.pathconfig_warnings = 0;
    bool ok = status_ok(PyConfig_SetString(&config, &config.home, ORACLE_HOME), error) &&
              status_ok(Py_InitializeFromConfig(&config), error);
    PyConfig_Clear(&config);
    return ok;
}

static void make_names(struct oracle *self)
{
    char text[8];
    for (int i = 0; i < SCENARIO_ATTRIBUTES; i++) {
        PyOS_snprintf(text, sizeof text, "x%d", i);
        self->attribute[i] = PyUnicode_InternFromString(text);
    }
    for (int i = 0; i < SCENARIO_SLOTS; i++) {
        PyOS_snprintf(text, sizeof text, "s%d", i);
        self->slot[i] = PyUnicode_InternFromString(text);
    }
}

static PyObject *make_class(const char *name, PyObject *dict)
{
    PyObject *class = PyObject_CallFunction((PyObject *)&PyType_Type, "s()N", name, dict);
    if (class == NULL) {
        PyErr_Print();
        UNREACHABLE("no class");
    }
    return class;
}

static bool make_classes(struct oracle *self)
{
    PyObject *gc = PyImport_ImportModule("gc");
    self->collect = PyObject_GetAttrString(gc, "collect");
    self->freeze = PyObject_GetAttrString(gc, "freeze");
    self->unfreeze = PyObject_GetAttrString(gc, "unfreeze");
    Py_DECREF(gc);
    PyObject *slots = PyTuple_New(SCENARIO_SLOTS);
    for (int i = 0; i < SCENARIO_SLOTS; i++) {
        Py_INCREF(self->slot[i]);
        PyTuple_SET_ITEM(slots, i, self->slot[i]);
    }
    self->slots_class = make_class("Slots", Py_BuildValue("{sN}", "__slots__", slots));
    return oracle_make_types(self);
}

bool oracle_start(struct oracle **out, struct error *error)
{
    struct oracle *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return error_set(error, "out of memory");
    }
    if (!interpreter_start(self, error)) {
        return false;
    }
    self->interpreter = PyInterpreterState_Get();
    self->gc = &self->interpreter->gc;
    ring_init(&self->interpreter_aside);
    ring_init(&self->run_aside);
    make_names(self);
    if (!make_classes(self)) {
        return error_set(error, "CPython makes no classes");
    }
    *out = self;
    return true;
}

static void import_weakdict(struct oracle *self)
{
    PyObject *weakref = PyImport_ImportModule("weakref");
    self->weakdict_class =
        weakref == NULL ? NULL : PyObject_GetAttrString(weakref, "WeakValueDictionary");
    if (self->weakdict_class == NULL) {
        PyErr_Print();
        UNREACHABLE("no WeakValueDictionary");
    }
    Py_DECREF(weakref);
}

/* Collect, freeze, collect; then move what is frozen to `aside`. */
static void set_aside(struct oracle *self, PyGC_Head *aside)
{
    oracle_collect(self, 2);
    Py_DECREF(PyObject_CallNoArgs(self->freeze));
    oracle_collect(self, 2);
    ring_move(&self->gc->permanent_generation.head, aside);
}

static void zero_counters(struct oracle *self)
{
    static const int thresholds[SCENARIO_GENERATIONS] = {ORACLE_THRESHOLD0, 10, 10};
    struct _gc_runtime_state *gc = self->gc;
    for (int i = 0; i < SCENARIO_GENERATIONS; i++) {
        gc->generations[i].count = 0;
        gc->generations[i].threshold = thresholds[i];
        gc->generation_stats[i] = (struct gc_generation_stats){0, 0, 0};
    }
    gc->long_lived_total = gc->long_lived_pending = 0;
    gc->debug = 0;
    gc->enabled = 1;
}

void oracle_open(struct oracle *self, bool weakdict)
{
    self->requests.recording = false;
    if (weakdict && self->weakdict_class == NULL) {
        import_weakdict(self);
    }
    set_aside(self, &self->interpreter_aside);
    self->plain_class = make_class("Plain", PyDict_New());
    self->reborn = PyList_New(0);
    PyObject_GC_UnTrack(self->reborn);
    set_aside(self, &self->run_aside);
    zero_counters(self);
    PyType_ClearCache();
    self->reborn_open = true;
    self->log.count = 0;
    self->live_at_start = self->requests.live;
}

int64_t oracle_close(struct oracle *self)
{
    self->requests.recording = false;
    self->gc->debug = 0;
    self->gc->enabled = 0;
    self->reborn_open = false;
    Py_CLEAR(self->reborn);
    PyList_SetSlice(self->gc->garbage, 0, PyList_GET_SIZE(self->gc->garbage), NULL);
    ring_move(&self->gc->permanent_generation.head,
              &self->gc->generations[SCENARIO_GENERATIONS - 1].head);
    while (oracle_collect(self, 2) > 0) {
    }
    int64_t size[SCENARIO_GENERATIONS + 1];
    oracle_sizes(self, size);
    ring_move(&self->run_aside, &self->gc->generations[SCENARIO_GENERATIONS - 1].head);
    Py_CLEAR(self->plain_class);
    oracle_collect(self, 2);
    self->log.count = 0;
    return size[0] + size[1] + size[2];
}

struct request_log *oracle_requests(struct oracle *self)
{
    return &self->requests;
}

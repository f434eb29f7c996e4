/* The objects a scenario calls final and phoenix: heap types from a spec, with a finalizer and no
 * dealloc of their own, so that subtype_dealloc governs their death. And the callback of a weak
 * reference, a builtin function whose self is the cached int of its label. */
#include "cpython/oracle_private.h"

struct final {
    PyObject base;
    PyObject *field;
    PyObject *weakrefs;
    int64_t label;
};

/* CPython's function pointers carry no context of ours. Set once, when the types are made. */
static struct oracle *the_oracle;

static int final_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((struct final *)self)->field);
    Py_VISIT(Py_TYPE(self));
    return 0;
}

static int final_clear(PyObject *self)
{
    Py_CLEAR(((struct final *)self)->field);
    return 0;
}

static void final_finalize(PyObject *self)
{
    scenario_log_add(&the_oracle->log, SCENARIO_FINALIZE, (int)((struct final *)self)->label);
}

static void phoenix_finalize(PyObject *self)
{
    final_finalize(self);
    if (the_oracle->reborn_open && PyList_Append(the_oracle->reborn, self) < 0) {
        Py_FatalError("no memory for a phoenix");
    }
}

/* The field must be a member that may be written: clear_slots empties no other. */
static PyMemberDef final_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(struct final, weakrefs), READONLY, NULL},
    {"field", T_OBJECT_EX, offsetof(struct final, field), 0, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyObject *make_class(const char *name, destructor finalize)
{
    PyType_Slot slots[] = {
        {Py_tp_traverse, (void *)final_traverse},
        {Py_tp_clear, (void *)final_clear},
        {Py_tp_finalize, (void *)finalize},
        {Py_tp_members, final_members},
        {0, NULL},
    };
    PyType_Spec spec = {name, (int)sizeof(struct final), 0, Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC,
                        slots};
    return PyType_FromSpec(&spec);
}

bool oracle_make_types(struct oracle *self)
{
    the_oracle = self;
    self->final_class = make_class("heapdyno.Final", final_finalize);
    self->phoenix_class = make_class("heapdyno.Phoenix", phoenix_finalize);
    return self->final_class != NULL && self->phoenix_class != NULL;
}

PyObject *oracle_new_final(struct oracle *self, int label, bool phoenix)
{
    PyTypeObject *type = (PyTypeObject *)(phoenix ? self->phoenix_class : self->final_class);
    PyObject *object = type->tp_alloc(type, 0);
    if (object != NULL) {
        ((struct final *)object)->label = label;
    }
    return object;
}

void oracle_link(PyObject *object, PyObject *item)
{
    Py_INCREF(item);
    Py_XSETREF(((struct final *)object)->field, item);
}

static PyObject *callback(PyObject *label, PyObject *weakref)
{
    (void)weakref;
    scenario_log_add(&the_oracle->log, SCENARIO_CALLBACK, (int)PyLong_AsLong(label));
    Py_RETURN_NONE;
}

PyObject *oracle_new_callback(int label)
{
    static PyMethodDef definition = {"callback", callback, METH_O, NULL};
    PyObject *self = PyLong_FromLong(label);
    PyObject *function = PyCFunction_New(&definition, self);
    Py_DECREF(self);
    return function;
}

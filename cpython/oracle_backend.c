/* Each operation of a scenario through CPython's C API, as scenarios.md gives it. */
#include "cpython/oracle_private.h"

#include "base/check.h"
#include "cpython/oracle_version.h"

/* CPython never runs out of memory here: the oracle is not for +fault. */
static void must(bool done)
{
    if (!done) {
        PyErr_Print();
        UNREACHABLE("an operation that CPython refused");
    }
}

static struct scenario_object *born(PyObject *object)
{
    must(object != NULL);
    return opaque(object);
}

static struct scenario_object *none(void *self)
{
    (void)self;
    return opaque(Py_None);
}

static struct scenario_object *reborn(void *self)
{
    return opaque(((struct oracle *)self)->reborn);
}

static struct scenario_object *new_list(void *self)
{
    (void)self;
    return born(PyList_New(0));
}

static struct scenario_object *new_tuple(void *self, struct scenario_object *const *items,
                                         size_t count)
{
    (void)self;
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    must(tuple != NULL);
    for (size_t i = 0; i < count; i++) {
        Py_INCREF(py(items[i]));
        PyTuple_SET_ITEM(tuple, (Py_ssize_t)i, py(items[i]));
    }
    return opaque(tuple);
}

static struct scenario_object *new_dict(void *self)
{
    (void)self;
    return born(PyDict_New());
}

static struct scenario_object *new_instance(void *self, enum scenario_kind kind)
{
    struct oracle *oracle = self;
    return born(
        PyObject_CallNoArgs(kind == KIND_OBJECT ? oracle->plain_class : oracle->slots_class));
}

static struct scenario_object *new_final(void *self, int label, bool phoenix)
{
    return born(oracle_new_final(self, label, phoenix));
}

static struct scenario_object *new_float(void *self)
{
    (void)self;
    return born(PyFloat_FromDouble(0.5));
}

static struct scenario_object *new_int(void *self, int64_t value)
{
    (void)self;
    return born(PyLong_FromLong(value));
}

static struct scenario_object *new_str(void *self, int64_t length)
{
    (void)self;
    PyObject *str = PyUnicode_New(length, 127);
    must(str != NULL);
    memset(PyUnicode_1BYTE_DATA(str), 'a', (size_t)length);
    return opaque(str);
}

static struct scenario_object *new_interned(void *self, const char *text)
{
    (void)self;
    return born(PyUnicode_InternFromString(text));
}

static struct scenario_object *new_weakref(void *self, struct scenario_object *target, int label)
{
    (void)self;
    PyObject *callback = label == LABEL_ABSENT ? NULL : oracle_new_callback(label);
    PyObject *weakref = PyWeakref_NewRef(py(target), callback);
    Py_XDECREF(callback);
    return born(weakref);
}

static struct scenario_object *new_weakdict(void *self)
{
    return born(PyObject_CallNoArgs(((struct oracle *)self)->weakdict_class));
}

static void take(void *self, struct scenario_object *object)
{
    (void)self;
    Py_INCREF(py(object));
}

static void release(void *self, struct scenario_object *object)
{
    (void)self;
    Py_DECREF(py(object));
}

static enum scenario_outcome list_append(void *self, struct scenario_object *list,
                                         struct scenario_object *item)
{
    (void)self;
    must(PyList_Append(py(list), py(item)) == 0);
    return HEAP_DONE;
}

static void list_set(void *self, struct scenario_object *list, int64_t index,
                     struct scenario_object *item)
{
    (void)self;
    Py_INCREF(py(item));
    must(PyList_SetItem(py(list), index, py(item)) == 0);
}

static enum scenario_outcome list_pop(void *self, struct scenario_object *list)
{
    (void)self;
    Py_ssize_t length = PyList_GET_SIZE(py(list));
    must(PyList_SetSlice(py(list), length - 1, length, NULL) == 0);
    return HEAP_DONE;
}

static enum scenario_outcome dict_put(void *self, struct scenario_object *dict, int64_t key,
                                      struct scenario_object *item)
{
    (void)self;
    PyObject *cached = PyLong_FromLong(key);
    must(PyDict_SetItem(py(dict), cached, py(item)) == 0);
    Py_DECREF(cached);
    return HEAP_DONE;
}

static enum scenario_outcome dict_remove(void *self, struct scenario_object *dict, int64_t key)
{
    (void)self;
    PyObject *cached = PyLong_FromLong(key);
    bool present = PyDict_Contains(py(dict), cached) == 1; /* an error would allocate */
    if (present) {
        must(PyDict_DelItem(py(dict), cached) == 0);
    }
    Py_DECREF(cached);
    return present ? HEAP_DONE : HEAP_ABSENT;
}

static enum scenario_outcome attr_set(void *self, struct scenario_object *object, int name,
                                      struct scenario_object *item)
{
    must(PyObject_SetAttr(py(object), ((struct oracle *)self)->attribute[name], py(item)) == 0);
    return HEAP_DONE;
}

static enum scenario_outcome attr_remove(void *self, struct scenario_object *object, int name)
{
    PyObject *attribute = ((struct oracle *)self)->attribute[name];
    if (!version_has_attribute(py(object), attribute)) {
        return HEAP_ABSENT;
    }
    must(PyObject_SetAttr(py(object), attribute, NULL) == 0);
    return HEAP_DONE;
}

static void slot_set(void *self, struct scenario_object *object, int slot,
                     struct scenario_object *item)
{
    must(PyObject_SetAttr(py(object), ((struct oracle *)self)->slot[slot], py(item)) == 0);
}

static void link_set(void *self, struct scenario_object *final, struct scenario_object *item)
{
    (void)self;
    oracle_link(py(final), py(item));
}

static enum scenario_outcome weakdict_put(void *self, struct scenario_object *weakdict, int64_t key,
                                          struct scenario_object *target)
{
    (void)self;
    PyObject *cached = PyLong_FromLong(key);
    must(PyObject_SetItem(py(weakdict), cached, py(target)) == 0);
    Py_DECREF(cached);
    return HEAP_DONE;
}

/* The int that a builtin returns is a request of its own when it is not a cached one; it is the
 * last of its call, and is taken back. */
int64_t oracle_collect(void *self, int generation)
{
    struct oracle *oracle = self;
    PyObject *argument = PyLong_FromLong(generation);
    PyObject *result = PyObject_Vectorcall(oracle->collect, &argument, 1, NULL);
    Py_DECREF(argument);
    must(result != NULL);
    int64_t collected = PyLong_AsLong(result);
    bool recording = oracle->requests.recording;
    if (recording && !oracle_immortal(self, opaque(result))) {
        request_log_forget_last(&oracle->requests);
    }
    oracle->requests.recording = false;
    Py_DECREF(result);
    oracle->requests.recording = recording;
    return collected;
}

static void set_enabled(void *self, bool on)
{
    (void)self;
    if (on) {
        PyGC_Enable();
    } else {
        PyGC_Disable();
    }
}

static void set_threshold(void *self, const int64_t threshold[SCENARIO_GENERATIONS])
{
    for (int i = 0; i < SCENARIO_GENERATIONS; i++) {
        ((struct oracle *)self)->gc->generations[i].threshold = (int)threshold[i];
    }
}

static void freeze(void *self)
{
    Py_DECREF(PyObject_CallNoArgs(((struct oracle *)self)->freeze));
}

static void unfreeze(void *self)
{
    Py_DECREF(PyObject_CallNoArgs(((struct oracle *)self)->unfreeze));
}

static void set_saveall(void *self, bool on)
{
    enum { SAVEALL = 32 }; /* gc.DEBUG_SAVEALL */
    ((struct oracle *)self)->gc->debug = on ? SAVEALL : 0;
}

static void safe_point(void *self)
{
    (void)self;
    if (ORACLE_SAFE_POINTS) {
        must(PyErr_CheckSignals() == 0);
    }
}

static void release_reborn(void *self)
{
    struct oracle *oracle = self;
    oracle->reborn_open = false;
    must(PyList_SetSlice(oracle->reborn, 0, PyList_GET_SIZE(oracle->reborn), NULL) == 0);
}

static enum scenario_kind kind(void *self, const struct scenario_object *object)
{
    const struct oracle *oracle = self;
    PyObject *type = (PyObject *)Py_TYPE(py(object));
    const struct {
        const void *type;
        enum scenario_kind kind;
    } kinds[] = {
        {&PyList_Type, KIND_LIST},
        {oracle->slots_class, KIND_SLOTS},
        {oracle->plain_class, KIND_OBJECT},
        {oracle->final_class, KIND_FINAL},
        {oracle->phoenix_class, KIND_FINAL},
        {&PyTuple_Type, KIND_TUPLE},
        {&PyDict_Type, KIND_DICT},
        {&_PyWeakref_RefType, KIND_WEAKREF},
        {&PyLong_Type, KIND_INT},
        {&PyUnicode_Type, KIND_STR},
        {&PyFloat_Type, KIND_FLOAT},
        {oracle->weakdict_class, KIND_WEAKDICT},
        {&_PyNone_Type, KIND_NONE},
    };
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (kinds[i].type == type) {
            return kinds[i].kind;
        }
    }
    return KIND_OTHER;
}

static int64_t length(void *self, const struct scenario_object *object)
{
    (void)self;
    return PyList_Check(py(object)) ? PyList_GET_SIZE(py(object)) : PyObject_Size(py(object));
}

static struct scenario_log *log_of(void *self)
{
    return &((struct oracle *)self)->log;
}

const struct scenario_backend oracle_backend = {
    .name = "CPython 3.11",
    .none = none,
    .reborn = reborn,
    .new_list = new_list,
    .new_tuple = new_tuple,
    .new_dict = new_dict,
    .new_instance = new_instance,
    .new_final = new_final,
    .new_float = new_float,
    .new_int = new_int,
    .new_str = new_str,
    .new_interned = new_interned,
    .new_weakref = new_weakref,
    .new_weakdict = new_weakdict,
    .take = take,
    .release = release,
    .list_append = list_append,
    .list_set = list_set,
    .list_pop = list_pop,
    .dict_put = dict_put,
    .dict_remove = dict_remove,
    .attr_set = attr_set,
    .attr_remove = attr_remove,
    .slot_set = slot_set,
    .link_set = link_set,
    .weakdict_put = weakdict_put,
    .collect = oracle_collect,
    .set_enabled = set_enabled,
    .set_threshold = set_threshold,
    .freeze = freeze,
    .unfreeze = unfreeze,
    .set_saveall = set_saveall,
    .safe_point = safe_point,
    .release_reborn = release_reborn,
    .kind = kind,
    .length = length,
    .state = oracle_state,
    .sizes = oracle_sizes,
    .refcount = oracle_refcount,
    .immortal = oracle_immortal,
    .tracked = oracle_tracked,
    .generation = oracle_generation,
    .size = oracle_size,
    .alive = oracle_alive,
    .log = log_of,
};

/* Reading CPython's state where it lies: interpreter and object structs, no call that allocates.
 * The one exception is sys.getsizeof, done with collections off and its requests unheard. */
#include "cpython/oracle_private.h"

#include "base/check.h"

void oracle_state(void *self, struct scenario_state *out)
{
    const struct oracle *oracle = self;
    const struct _gc_runtime_state *gc = oracle->gc;
    const PyInterpreterState *interpreter = oracle->interpreter;
    for (int i = 0; i < SCENARIO_GENERATIONS; i++) {
        out->count[i] = gc->generations[i].count;
        out->threshold[i] = gc->generations[i].threshold;
        out->stats[i].collections = gc->generation_stats[i].collections;
        out->stats[i].collected = gc->generation_stats[i].collected;
        out->stats[i].uncollectable = gc->generation_stats[i].uncollectable;
    }
    out->enabled = gc->enabled;
    out->long_lived_total = gc->long_lived_total;
    out->long_lived_pending = gc->long_lived_pending;
    out->lists = interpreter->list.numfree;
    out->dicts = interpreter->dict_state.numfree;
    out->keys = interpreter->dict_state.keys_numfree;
    out->floats = interpreter->float_state.numfree;
    _Static_assert(PyTuple_NFREELISTS == SCENARIO_TUPLE_LENGTHS, "3.11 keeps lengths 1 to 20");
    for (int i = 0; i < SCENARIO_TUPLE_LENGTHS; i++) {
        out->tuples[i] = interpreter->tuple.numfree[i];
    }
    out->blocks = oracle->requests.live - oracle->live_at_start;
    out->garbage = PyList_GET_SIZE(gc->garbage);
}

static PyGC_Head *ring_of(struct oracle *self, int generation)
{
    return generation == GENERATION_PERMANENT ? &self->gc->permanent_generation.head
                                              : &self->gc->generations[generation].head;
}

void oracle_each_object(struct oracle *self, int generation,
                        void (*visit)(void *argument, const struct scenario_object *object),
                        void *argument)
{
    PyGC_Head *ring = ring_of(self, generation);
    for (PyGC_Head *head = _PyGCHead_NEXT(ring); head != ring; head = _PyGCHead_NEXT(head)) {
        visit(argument, opaque((PyObject *)(head + 1)));
    }
}

static void count_one(void *argument, const struct scenario_object *object)
{
    (void)object;
    ++*(int64_t *)argument;
}

void oracle_sizes(void *self, int64_t out[SCENARIO_GENERATIONS + 1])
{
    for (int i = 0; i <= SCENARIO_GENERATIONS; i++) {
        out[i] = 0;
        oracle_each_object(self, i, count_one, &out[i]);
    }
}

int64_t oracle_refcount(void *self, const struct scenario_object *object)
{
    (void)self;
    return Py_REFCNT(py(object));
}

bool oracle_immortal(void *self, const struct scenario_object *object)
{
    (void)self;
    PyObject *o = py(object);
    if (PyLong_CheckExact(o)) {
        long value = PyLong_AsLong(o);
        return value >= -_PY_NSMALLNEGINTS && value < _PY_NSMALLPOSINTS;
    }
    return o == Py_None || (PyTuple_CheckExact(o) && PyTuple_GET_SIZE(o) == 0);
}

bool oracle_tracked(void *self, const struct scenario_object *object)
{
    (void)self;
    return PyObject_GC_IsTracked(py(object));
}

struct search {
    const struct scenario_object *wanted;
    bool found;
};

static void search_one(void *argument, const struct scenario_object *object)
{
    struct search *search = argument;
    search->found = search->found || search->wanted == object;
}

int oracle_generation(void *self, const struct scenario_object *object)
{
    for (int i = 0; i <= SCENARIO_GENERATIONS; i++) {
        struct search search = {object, false};
        oracle_each_object(self, i, search_one, &search);
        if (search.found) {
            return i;
        }
    }
    return GENERATION_UNTRACKED;
}

int64_t oracle_size(void *self, const struct scenario_object *object)
{
    struct oracle *oracle = self;
    bool recording = oracle->requests.recording;
    int enabled = oracle->gc->enabled;
    int count = oracle->gc->generations[0].count;
    oracle->requests.recording = false;
    oracle->gc->enabled = 0;
    size_t size = _PySys_GetSizeOf(py(object));
    CHECK(oracle->gc->generations[0].count == count);
    oracle->gc->enabled = enabled;
    oracle->requests.recording = recording;
    return (int64_t)size;
}

bool oracle_alive(void *self, const struct scenario_object *weakref)
{
    (void)self;
    return PyWeakref_GET_OBJECT(py(weakref)) != Py_None;
}

/* An instance keeps its attributes in values that its class's shared keys lay out, or in a dict. */
bool oracle_has_attribute(PyObject *object, PyObject *name)
{
    PyDictValues *values = *_PyObject_ValuesPointer(object);
    if (values == NULL) {
        PyObject *dict = *_PyObject_ManagedDictPointer(object);
        return dict != NULL && PyDict_Contains(dict, name) == 1;
    }
    PyDictKeysObject *keys = ((PyHeapTypeObject *)Py_TYPE(object))->ht_cached_keys;
    for (Py_ssize_t i = 0; i < keys->dk_nentries; i++) {
        if (DK_UNICODE_ENTRIES(keys)[i].me_key == name) {
            return values->values[i] != NULL;
        }
    }
    return false;
}

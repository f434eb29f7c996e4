/* Reading CPython's state where it lies: interpreter and object structs, no call that allocates.
 * The one exception is sys.getsizeof, done with collections off and its requests unheard. */
#include "cpython/oracle_private.h"

#include "base/check.h"
#include "cpython/oracle_version.h"

void oracle_state(void *self, struct scenario_state *out)
{
    const struct oracle *oracle = self;
    const struct _gc_runtime_state *gc = oracle->gc;
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
    version_freelists(oracle->interpreter, out);
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

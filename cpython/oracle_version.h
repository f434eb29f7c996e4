/* Where CPython 3.11 and 3.13 differ for the oracle: free lists, inline values, the start thresholds,
 * and when a collection that was asked for runs. 3.11 is what lockstep compares with; 3.13 only
 * writes the golden files of the collector cp313. */
#ifndef HEAPDYNO_CPYTHON_ORACLE_VERSION_H
#define HEAPDYNO_CPYTHON_ORACLE_VERSION_H

#if PY_VERSION_HEX >= 0x030d0000

enum { ORACLE_THRESHOLD0 = 2000, ORACLE_SAFE_POINTS = 1 };

/* Exported, but no longer in a header that takes itself alone. */
PyAPI_FUNC(size_t) _PySys_GetSizeOf(PyObject *);

static inline void version_freelists(const PyInterpreterState *interpreter,
                                     struct scenario_state *out)
{
    const struct _Py_object_freelists *freelists = &interpreter->object_state.freelists;
    out->lists = freelists->lists.numfree;
    out->dicts = freelists->dicts.numfree;
    out->keys = freelists->dictkeys.numfree;
    out->floats = freelists->floats.numfree;
    for (int i = 0; i < SCENARIO_TUPLE_LENGTHS; i++) {
        out->tuples[i] = freelists->tuples.numfree[i];
    }
}

static inline bool version_has_attribute(PyObject *object, PyObject *name)
{
    PyObject *value;
    int found = PyObject_GetOptionalAttr(object, name, &value); /* absent: no exception is made */
    Py_XDECREF(value);
    return found == 1;
}

#else

enum { ORACLE_THRESHOLD0 = 700, ORACLE_SAFE_POINTS = 0 };

static inline void version_freelists(const PyInterpreterState *interpreter,
                                     struct scenario_state *out)
{
    out->lists = interpreter->list.numfree;
    out->dicts = interpreter->dict_state.numfree;
    out->keys = interpreter->dict_state.keys_numfree;
    out->floats = interpreter->float_state.numfree;
    _Static_assert(PyTuple_NFREELISTS == SCENARIO_TUPLE_LENGTHS, "3.11 keeps lengths 1 to 20");
    for (int i = 0; i < SCENARIO_TUPLE_LENGTHS; i++) {
        out->tuples[i] = interpreter->tuple.numfree[i];
    }
}

/* An instance keeps its attributes in values that its class's shared keys lay out, or in a dict. */
static inline bool version_has_attribute(PyObject *object, PyObject *name)
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

#endif

#endif

/* snapshot(): the live object graph of this process into a file (docs/snapshot-format.md): every
 * tracked object, generation by generation in list order, and whatever they refer to by
 * tp_traverse, with types and sizes and without a value.
 *
 * Three walks: the first finds the objects and counts references to them, then they are numbered by
 * address, so that neighbours in memory are neighbours in the file (short distances, and a loader
 * that makes them in that order gets the same locality); the second writes them, the third the
 * lists. Under the GIL, without one Python object of its own that the collector would see: sizes
 * come from the C functions behind __sizeof__ of built-in types, whose ints are of no GC type.
 * Not seen: that string keys belong to their dict (tp_traverse passes them over; they are there as
 * objects), other interpreters, memory that other types own outside. */
#define Py_BUILD_CORE_MODULE 1
#include "cpython/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <internal/pycore_gc.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>
#include <time.h>
#include <unistd.h>

#include "cpython/recorder_set.h"
#include "workloads/snapshot_encode.h"

struct snapshot_walk {
    struct _gc_runtime_state *gc;
    struct set objects, types;
    PyCFunction *sizer; /* __sizeof__ of types[…]; NULL: basic and item bytes say it */
    uint32_t *to;       /* what the object at hand refers to */
    size_t count, room;
    struct snapshot_encoder encoder;
};

static PyGC_Head *walk_ring(const struct snapshot_walk *self, int list)
{
    return list < 3 ? &self->gc->generations[list].head : &self->gc->permanent_generation.head;
}

static PyObject *walk_object_of(PyGC_Head *head)
{
    return (PyObject *)(void *)(head + 1);
}

/* First walk ----------------------------------------------------------------------------------- */

static int visit_find(PyObject *object, void *self_)
{
    struct snapshot_walk *self = self_;
    uint32_t number = set_put(&self->objects, object);
    if (number == SET_NONE) {
        return -1;
    }
    self->objects.member[number].count++;
    return 0;
}

static int walk_traverse(PyObject *object, visitproc visit, struct snapshot_walk *self)
{
    traverseproc traverse = Py_TYPE(object)->tp_traverse;
    return traverse != NULL && PyObject_IS_GC(object) ? traverse(object, visit, self) : 0;
}

/* Keys that tp_traverse passes over are there all the same, between the others: they are counted by
 * nobody, so they are held from outside. */
static bool walk_find_keys(struct snapshot_walk *self, PyObject *dict)
{
    PyObject *key;
    for (Py_ssize_t at = 0; PyDict_Next(dict, &at, &key, NULL);) {
        if (set_put(&self->objects, key) == SET_NONE) {
            return false;
        }
    }
    return true;
}

/* False: no memory. */
static bool walk_find(struct snapshot_walk *self)
{
    for (int list = 0; list < SNAPSHOT_LISTS; list++) {
        PyGC_Head *ring = walk_ring(self, list);
        for (PyGC_Head *head = _PyGCHead_NEXT(ring); head != ring; head = _PyGCHead_NEXT(head)) {
            if (set_put(&self->objects, walk_object_of(head)) == SET_NONE) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < self->objects.count; i++) {
        PyObject *object = self->objects.member[i].p;
        if (set_put(&self->types, Py_TYPE(object)) == SET_NONE ||
            walk_traverse(object, visit_find, self) != 0 ||
            (PyDict_CheckExact(object) && !walk_find_keys(self, object))) {
            return false;
        }
    }
    return set_sort(&self->objects);
}

/* Types ---------------------------------------------------------------------------------------- */

static enum snapshot_kind kind_of(const PyTypeObject *type)
{
    const PyTypeObject *const exact[SNAPSHOT_KINDS] = {
        [SNAPSHOT_LIST] = &PyList_Type, [SNAPSHOT_TUPLE] = &PyTuple_Type,
        [SNAPSHOT_DICT] = &PyDict_Type, [SNAPSHOT_STR] = &PyUnicode_Type,
        [SNAPSHOT_INT] = &PyLong_Type,
    };
    for (int kind = 1; kind < SNAPSHOT_KINDS; kind++) {
        if (type == exact[kind]) {
            return (enum snapshot_kind)kind;
        }
    }
    return SNAPSHOT_OTHER;
}

/* Of ints, and of a static type of the interpreter's own: such names have no module in front. */
static PyCFunction find_sizer(PyTypeObject *type)
{
    if (PyType_FastSubclass(type, Py_TPFLAGS_LONG_SUBCLASS)) {
        type = &PyLong_Type; /* 3.12 has no ob_size in them */
    }
    PyMethodDef *method = type->tp_methods;
    if ((type->tp_flags & Py_TPFLAGS_HEAPTYPE) != 0 || strchr(type->tp_name, '.') != NULL) {
        return NULL;
    }
    for (; method != NULL && method->ml_name != NULL; method++) {
        if (strcmp(method->ml_name, "__sizeof__") == 0 && method->ml_flags == METH_NOARGS) {
            return method->ml_meth;
        }
    }
    return NULL;
}

static unsigned type_flags(const PyTypeObject *type)
{
    unsigned flags = (type->tp_flags & Py_TPFLAGS_HEAPTYPE) != 0 ? SNAPSHOT_TYPE_HEAP : 0;
#ifdef Py_TPFLAGS_MANAGED_DICT
    flags |= (type->tp_flags & Py_TPFLAGS_MANAGED_DICT) != 0 ? SNAPSHOT_TYPE_PREFIX : 0;
#endif
    return flags;
}

/* False: no memory. */
static bool walk_types(struct snapshot_walk *self)
{
    self->sizer = calloc(self->types.count + 1, sizeof(*self->sizer));
    for (size_t i = 0; i < self->types.count && self->sizer != NULL; i++) {
        PyTypeObject *type = self->types.member[i].p;
        self->types.member[i].count = kind_of(type);
        self->sizer[i] = find_sizer(type);
        snapshot_put_type(&self->encoder, kind_of(type), type_flags(type),
                          (uint64_t)type->tp_basicsize, type->tp_name);
    }
    return self->sizer != NULL;
}

/* Second walk ---------------------------------------------------------------------------------- */

static int visit_number(PyObject *object, void *self_)
{
    struct snapshot_walk *self = self_;
    if (self->count == self->room) {
        size_t room = self->room * 2 + 1024;
        uint32_t *to = realloc(self->to, room * sizeof(*to));
        if (to == NULL) {
            return -1;
        }
        self->to = to;
        self->room = room;
    }
    self->to[self->count] = set_find(&self->objects, object);
    return self->to[self->count++] == SET_NONE ? -1 : 0;
}

static uint64_t object_bytes(PyObject *object, PyCFunction sizer)
{
    enum { ITEMS_BITS = 32 };
    const PyTypeObject *type = Py_TYPE(object);
    if (sizer != NULL) {
        PyObject *number = sizer(object, NULL);
        uint64_t bytes = number == NULL ? 0 : PyLong_AsUnsignedLongLong(number);
        Py_XDECREF(number);
        PyErr_Clear();
        return bytes;
    }
    uint64_t bytes = (uint64_t)type->tp_basicsize;
    if (type->tp_itemsize != 0 && !PyType_Check(object)) {
        Py_ssize_t size = ((PyVarObject *)object)->ob_size;
        uint64_t items = (uint64_t)(size < 0 ? -size : size);
        /* Some have item bytes and no ob_size: what lies there is a pointer. */
        bytes += items >> ITEMS_BITS == 0 ? items * (uint64_t)type->tp_itemsize : 0;
    }
    return bytes;
}

/* A list's items, a dict's keys or, where those are shared, values; NULL: none of its own. */
static const void *own_table(PyObject *object, enum snapshot_kind kind)
{
    if (kind == SNAPSHOT_LIST) {
        return ((PyListObject *)object)->ob_item;
    }
    const PyDictObject *dict = kind == SNAPSHOT_DICT ? (PyDictObject *)object : NULL;
    if (dict == NULL || dict->ma_used == 0) {
        return NULL; /* the keys of empty dicts are everybody's */
    }
    return dict->ma_values != NULL ? (const void *)dict->ma_values : (const void *)dict->ma_keys;
}

/* How many objects have lower addresses. */
static uint32_t walk_rank(const struct snapshot_walk *self, const void *p)
{
    size_t low = 0, high = self->objects.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        bool below = (uintptr_t)self->objects.member[middle].p < (uintptr_t)p;
        low = below ? middle + 1 : low;
        high = below ? high : middle;
    }
    return (uint32_t)low;
}

/* Known objects only: SET_NONE cannot come, unless traverse differs from one call to the next. */
static bool walk_put_object(struct snapshot_walk *self, const struct set_member *member)
{
    PyObject *object = member->p;
    uint32_t type = set_find(&self->types, Py_TYPE(object));
    self->count = 0;
    if (walk_traverse(object, visit_number, self) != 0) {
        return false;
    }
    bool gc = PyObject_IS_GC(object);
    enum snapshot_kind kind = (enum snapshot_kind)self->types.member[type].count;
    uint64_t used = kind == SNAPSHOT_DICT ? (uint64_t)((PyDictObject *)object)->ma_used : 0;
    const void *table = gc ? own_table(object, kind) : NULL;
    struct snapshot_object_record record = {
        .type = type,
        .flags = (gc ? SNAPSHOT_GC : 0U) |
                 (gc && _PyObject_GC_IS_TRACKED(object) ? SNAPSHOT_TRACKED : 0U) |
                 ((uint64_t)Py_REFCNT(object) > member->count ? SNAPSHOT_HELD : 0U) |
                 (used > 0 && self->count == 2 * used ? SNAPSHOT_KEYED : 0U) |
                 (table != NULL ? SNAPSHOT_TABLE : 0U),
        .table = table != NULL ? walk_rank(self, table) : 0,
        .bytes = object_bytes(object, self->sizer[type]),
        .to = self->to,
        .count = self->count,
    };
    snapshot_put_object(&self->encoder, &record);
    return !self->encoder.failed;
}

/* The whole graph into the encoder. False: no memory. */
static bool walk_write(struct snapshot_walk *self, const char *command)
{
    snapshot_begin(&self->encoder, command);
    if (!walk_types(self)) {
        return false;
    }
    for (size_t i = 0; i < self->objects.count; i++) {
        if (!walk_put_object(self, &self->objects.member[i])) {
            return false;
        }
    }
    for (int list = 0; list < SNAPSHOT_LISTS; list++) {
        PyGC_Head *ring = walk_ring(self, list);
        for (PyGC_Head *head = _PyGCHead_NEXT(ring); head != ring; head = _PyGCHead_NEXT(head)) {
            uint32_t number = set_find(&self->objects, walk_object_of(head));
            snapshot_put_listed(&self->encoder, (unsigned)list, number);
        }
    }
    return !self->encoder.failed;
}

/* The collection that CPython makes of it ------------------------------------------------------- */

static uint64_t thread_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static int order_ns(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* gc.collect() so many times. False with an exception. */
static bool measure_collect(struct snapshot_head *head)
{
    PyObject *module = PyImport_ImportModule("gc");
    for (int i = 0; i < SNAPSHOT_TIMES && module != NULL; i++) {
        uint64_t begun = thread_cpu_ns();
        PyObject *result = PyObject_CallMethod(module, "collect", NULL);
        head->collect_ns[i] = thread_cpu_ns() - begun;
        if (result == NULL) {
            Py_CLEAR(module);
        } else if (i == 0) {
            head->collected = PyLong_AsUnsignedLongLong(result);
        }
        Py_XDECREF(result);
    }
    qsort(head->collect_ns, SNAPSHOT_TIMES, sizeof(head->collect_ns[0]), order_ns);
    Py_XDECREF(module);
    return module != NULL;
}

/* ---------------------------------------------------------------------------------------------- */

/* A new file, whole or not there. False with an exception. */
static bool write_file(const char *path, const uint8_t *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        PyErr_SetFromErrnoWithFilename(PyExc_OSError, path);
        return false;
    }
    ssize_t wrote = 1;
    while (length > 0 && (wrote > 0 || errno == EINTR)) {
        wrote = write(fd, bytes, length);
        bytes += wrote > 0 ? wrote : 0;
        length -= wrote > 0 ? (size_t)wrote : 0;
    }
    int failed = length > 0 ? errno : 0;
    if (close(fd) != 0 && failed == 0) {
        failed = errno;
    }
    if (failed != 0) {
        unlink(path);
        errno = failed;
        PyErr_SetFromErrnoWithFilename(PyExc_OSError, path);
    }
    return failed == 0;
}

/* As sys.hexversion, of the Python that runs. */
static uint64_t running_version(void)
{
    unsigned part[3] = {0, 0, 0};
    sscanf(Py_GetVersion(), "%u.%u.%u", &part[0], &part[1], &part[2]);
    return (uint64_t)(part[0] << 24 | (part[1] & 255) << 16 | (part[2] & 255) << 8);
}

static bool snapshot_take(const char *path, const char *command, long moment, bool collect)
{
    struct snapshot_walk walk = {.gc = &PyInterpreterState_Main()->gc};
    struct snapshot_head head = {.python = running_version(), .moment = (uint64_t)moment};
    int collecting = walk.gc->collecting;
    if (collecting && moment != SNAPSHOT_ASKED) {
        PyErr_SetString(PyExc_RuntimeError, "a collection runs");
        return false;
    }
    bool ok = walk_find(&walk) && walk_write(&walk, command);
    set_free(&walk.objects);
    set_free(&walk.types);
    free(walk.to);
    free(walk.sizer);
    walk.gc->collecting = 0; /* only callbacks of one that is over are left: there may be another */
    if (!ok) {
        PyErr_NoMemory();
    } else if (!collect || measure_collect(&head)) {
        ok = snapshot_finish(&walk.encoder, &head);
        ok = ok ? write_file(path, walk.encoder.bytes, walk.encoder.length)
                : (PyErr_NoMemory(), false);
    } else {
        ok = false;
    }
    walk.gc->collecting = collecting;
    free(walk.encoder.bytes);
    return ok;
}

/* SNAPSHOT_ASKED is for the callback at the end of a collection, when CPython says that it still runs
 * and nothing of it is left to do. Positions only: names would come as a tuple, which is a tracked object. */
PyObject *recorder_snapshot(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    (void)module;
    if (count < 1 || count > 4) {
        PyErr_SetString(PyExc_TypeError, "snapshot(path, command='', moment=0, collect=True)");
        return NULL;
    }
    const char *path = PyUnicode_AsUTF8(args[0]);
    const char *command = count > 1 && path != NULL ? PyUnicode_AsUTF8(args[1]) : "";
    long moment = count > 2 && command != NULL ? PyLong_AsLong(args[2]) : SNAPSHOT_CALLED;
    if (path == NULL || command == NULL || PyErr_Occurred()) {
        return NULL;
    }
    if (moment < SNAPSHOT_CALLED || moment > SNAPSHOT_ASKED) {
        PyErr_SetString(PyExc_ValueError, "no such moment");
        return NULL;
    }
    if (!snapshot_take(path, command, moment, count < 4 || PyObject_IsTrue(args[3]) == 1)) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* The module heapdyno_recorder: start, stop, what happens at fork, exec and exit, and the one piece
 * of state. See recorder.h. */
#include "cpython/recorder.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

/* The allocators of CPython are global, and so is who listens to them. */
static struct recorder recorder = {.file = {.fd = -1}};

uint64_t recorder_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

bool recorder_begin(struct recorder *self)
{
    if (!recorder_marks_start(self)) {
        return false;
    }
    if (self->table.page == NULL && !table_open(&self->table)) {
        return false;
    }
    trace_encoder_init(&self->encoder, self->buffer);
    self->pending.p = NULL;
    self->patience = RECORDER_PATIENCE;
    self->start_ns = self->flush_ns = recorder_now_ns();
    self->state = RECORDER_ON;
    return true;
}

void recorder_end(struct recorder *self, enum trace_reason reason)
{
    if (self->state != RECORDER_ON) {
        return;
    }
    if (reason != TRACE_WRITE_FAILED) {
        recorder_marks_settle(self, FREED_NONE);
        if (self->state != RECORDER_ON) {
            return; /* it could not be written */
        }
        recorder_file_flush(self, reason);
    }
    self->state = self->signal != 0 ? RECORDER_WAITING : RECORDER_OFF;
    recorder_file_close(self);
    table_close(&self->table);
    if (self->state == RECORDER_OFF) {
        recorder_hooks_remove(self);
    }
}

/* Between two requests: the clock and the sizes. */
static void recorder_check_limits(struct recorder *self)
{
    enum { FLUSH_NS = 1000000000 };
    uint64_t now = recorder_now_ns();
    self->patience = RECORDER_PATIENCE;
    if (self->for_ns != 0 && now - self->start_ns >= self->for_ns) {
        recorder_end(self, TRACE_TIME_OVER);
    } else if (self->file.most_bytes != 0 &&
               self->file.offset + self->encoder.length + RECORDER_BUFFER / 4 >
                   self->file.most_bytes) {
        recorder_end(self, TRACE_SIZE_OVER);
    } else if (now - self->flush_ns >= FLUSH_NS && !recorder_file_flush(self, TRACE_OPEN)) {
        recorder_end(self, TRACE_WRITE_FAILED);
    }
}

void recorder_look(struct recorder *self)
{
    if (self->toggle) {
        if (self->state == RECORDER_ON) {
            self->toggle = 0;
            recorder_end(self, TRACE_STOPPED);
        } else if (self->state == RECORDER_WAITING && recorder_begin(self)) {
            self->toggle = 0;
        }
        return;
    }
    if (self->state == RECORDER_ON) {
        recorder_check_limits(self);
    }
}

static void on_signal(int number)
{
    (void)number;
    recorder.toggle = 1;
}

/* In the child of a fork: it goes on in a file of its own, which is made when there is something to
 * write: a child that only calls exec leaves none. */
static void on_fork(void)
{
    struct recorder *self = &recorder;
    bool on = self->state == RECORDER_ON;
    recorder_file_close(self);
    self->file.child = true;
    if (!on) {
        return;
    }
    uint64_t start_ns = self->start_ns;
    table_close(&self->table);
    if (!recorder_begin(self)) {
        self->state = RECORDER_OFF;
        return;
    }
    if (self->for_ns != 0) {
        uint64_t passed = self->start_ns - start_ns;
        self->for_ns = passed < self->for_ns ? self->for_ns - passed : 1;
    }
}

/* Functions of other modules that the recorder must see called: their C function is replaced in
 * place, which makes no object and no call more. */
typedef void watched_f(void);

struct watched {
    const char *module, *name;
    watched_f *ours;
    int flags; /* how it is called; another kind is left alone */
    watched_f *theirs;
};

enum { WATCH_COLLECT, WATCH_EXIT, WATCH_EXECV, WATCH_EXECVE, WATCH_COUNT };

static PyObject *watch_collect(PyObject *module, PyObject *const *args, Py_ssize_t count,
                               PyObject *names);
static PyObject *watch_exit(PyObject *module, PyObject *const *args, Py_ssize_t count,
                            PyObject *names);
static PyObject *watch_execv(PyObject *module, PyObject *const *args, Py_ssize_t count);
static PyObject *watch_execve(PyObject *module, PyObject *const *args, Py_ssize_t count,
                              PyObject *names);

enum { CALL_FAST = METH_FASTCALL, CALL_FAST_NAMES = METH_FASTCALL | METH_KEYWORDS };

static struct watched watched[WATCH_COUNT] = {
    [WATCH_COLLECT] = {"gc", "collect", (watched_f *)watch_collect, CALL_FAST_NAMES, NULL},
    [WATCH_EXIT] = {"posix", "_exit", (watched_f *)watch_exit, CALL_FAST_NAMES, NULL},
    [WATCH_EXECV] = {"posix", "execv", (watched_f *)watch_execv, CALL_FAST, NULL},
    [WATCH_EXECVE] = {"posix", "execve", (watched_f *)watch_execve, CALL_FAST_NAMES, NULL},
};

static PyObject *watch_theirs(int which, PyObject *module, PyObject *const *args, Py_ssize_t count,
                              PyObject *names)
{
    watched_f *theirs = watched[which].theirs;
    if (watched[which].flags == CALL_FAST) {
        return ((_PyCFunctionFast)theirs)(module, args, count);
    }
    return ((_PyCFunctionFastWithKeywords)theirs)(module, args, count, names);
}

static void recorder_sync(struct recorder *self)
{
    if (recorder_room(self)) {
        recorder_marks_settle(self, FREED_NONE);
        recorder_marks_correct(self);
    }
}

static PyObject *watch_collect(PyObject *module, PyObject *const *args, Py_ssize_t count,
                               PyObject *names)
{
    struct recorder *self = &recorder;
    PyObject *argument = count > 0 || names != NULL ? args[0] : NULL;
    if (self->state == RECORDER_ON) {
        uint64_t generation = TRACE_GENERATIONS - 1;
        if (argument != NULL && PyLong_CheckExact(argument)) {
            int overflow; /* no exception, no allocation */
            generation = (uint64_t)PyLong_AsLongAndOverflow(argument, &overflow);
        }
        recorder_sync(self);
        if (generation < TRACE_GENERATIONS) {
            recorder_marks_request(self, generation);
        }
    }
    PyObject *result = watch_theirs(WATCH_COLLECT, module, args, count, names);
    if (self->state == RECORDER_ON) {
        recorder_sync(self);
    }
    return result;
}

/* The process ends here, or goes on as another program. */
static void recorder_leave(struct recorder *self)
{
    if (self->state == RECORDER_ON) {
        recorder_sync(self);
        recorder_file_flush(self, TRACE_EXIT);
    }
}

static PyObject *watch_exit(PyObject *module, PyObject *const *args, Py_ssize_t count,
                            PyObject *names)
{
    recorder_leave(&recorder);
    return watch_theirs(WATCH_EXIT, module, args, count, names);
}

static PyObject *watch_execv(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    recorder_leave(&recorder);
    return watch_theirs(WATCH_EXECV, module, args, count, NULL);
}

static PyObject *watch_execve(PyObject *module, PyObject *const *args, Py_ssize_t count,
                              PyObject *names)
{
    recorder_leave(&recorder);
    return watch_theirs(WATCH_EXECVE, module, args, count, names);
}

/* Replace what is there; a function of another kind is left alone. */
static bool watch_all(void)
{
    for (int i = 0; i < WATCH_COUNT; i++) {
        PyObject *module = PyImport_ImportModule(watched[i].module);
        if (module == NULL) {
            return false;
        }
        PyObject *function = PyObject_GetAttrString(module, watched[i].name);
        Py_DECREF(module);
        if (function == NULL) {
            return false;
        }
        if (PyCFunction_CheckExact(function) && watched[i].theirs == NULL &&
            PyCFunction_GET_FLAGS(function) == watched[i].flags) {
            PyMethodDef *method = ((PyCFunctionObject *)function)->m_ml;
            watched[i].theirs = (watched_f *)method->ml_meth;
            method->ml_meth = (PyCFunction)watched[i].ours;
        }
        Py_DECREF(function);
    }
    return true;
}

static bool start_signal(struct recorder *self, int number)
{
    self->signal = number;
    if (number == 0) {
        return true;
    }
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    if (sigaction(number, &action, NULL) != 0) {
        PyErr_SetFromErrno(PyExc_OSError);
        return false;
    }
    return true;
}

static PyObject *module_start(PyObject *module, PyObject *args, PyObject *names)
{
    (void)module;
    static char *keywords[] = {"path", "command", "for_ns", "most_bytes", "signal", NULL};
    struct recorder *self = &recorder;
    const char *path, *command = "";
    unsigned long long for_ns = 0, most_bytes = 0;
    int number = 0;
    if (!PyArg_ParseTupleAndKeywords(args, names, "s|sKKi", keywords, &path, &command, &for_ns,
                                     &most_bytes, &number)) {
        return NULL;
    }
    if (self->state != RECORDER_OFF) {
        PyErr_SetString(PyExc_RuntimeError, "already recording");
        return NULL;
    }
    if (!recorder_marks_open(self) || !watch_all() || !start_signal(self, number)) {
        return NULL;
    }
    snprintf(self->file.path, sizeof(self->file.path), "%s", path);
    snprintf(self->file.command, sizeof(self->file.command), "%s", command);
    self->file.most_bytes = most_bytes;
    self->for_ns = for_ns;
    self->state = RECORDER_WAITING;
    if (number == 0 && !recorder_begin(self)) {
        self->state = RECORDER_OFF;
        PyErr_SetString(PyExc_RuntimeError, "cannot begin: no memory, or a collection runs");
        return NULL;
    }
    recorder_hooks_install(self);
    Py_RETURN_NONE;
}

static PyObject *module_stop(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    recorder.signal = 0;
    recorder_end(&recorder, TRACE_EXIT);
    recorder.state = RECORDER_OFF;
    recorder_hooks_remove(&recorder);
    Py_RETURN_NONE;
}

static PyMethodDef module_methods[] = {
    {"start", (PyCFunction)(watched_f *)module_start, METH_VARARGS | METH_KEYWORDS,
     "start(path, command='', for_ns=0, most_bytes=0, signal=0): record this process.\n"
     "With a signal, the first one starts and the next one stops."},
    {"stop", module_stop, METH_NOARGS, "stop(): end the trace."},
    {"snapshot", (PyCFunction)(watched_f *)recorder_snapshot, METH_FASTCALL,
     "snapshot(path, command='', moment=0, collect=True): the object graph into a new file;\n"
     "with collect, the CPU time of three gc.collect() too."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "heapdyno_recorder",
    .m_doc = "Records the requests and collections of this process, or its object graph.",
    .m_size = -1,
    .m_methods = module_methods,
};

PyMODINIT_FUNC PyInit_heapdyno_recorder(void);
PyMODINIT_FUNC PyInit_heapdyno_recorder(void)
{
    char built_for[16];
    int length =
        snprintf(built_for, sizeof built_for, "%d.%d.", PY_MAJOR_VERSION, PY_MINOR_VERSION);
    if (strncmp(Py_GetVersion(), built_for, (size_t)length) != 0) {
        PyErr_Format(PyExc_ImportError, "the recorder was built for Python %s", built_for);
        return NULL;
    }
    PyObject *module = PyModule_Create(&module_definition);
    if (module != NULL) {
        pthread_atfork(NULL, NULL, on_fork);
    }
    return module;
}

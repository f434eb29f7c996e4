/* A cell whose load is a real program: the same record as of a workload, of which the collector's
 * part comes from gc.callbacks and the memory's from the same probes. The interpreter's start is the
 * phase `setup`; the phase `run` ends after the last function of atexit, before the interpreter takes
 * itself down.
 *
 * The program collects when it would without the probes, give or take three births: those of what the
 * interpreter is made to hold are taken off its count again; what free lists gave, and the dict that
 * CPython makes for gc.callbacks after a full collection has emptied them, is not. Not good at: processes that
 * the program forks, which write no record; their memory is in the samples of the supervisor. */
#define Py_BUILD_CORE_MODULE 1

#include <Python.h>

/* After Python.h. */
#include <internal/pycore_interp.h>
#include <internal/pycore_pystate.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/cell/interpreter.h"
#include "bench/cell/memory.h"
#include "cpython/host.h"

struct host {
    struct child *child;
    struct host_counted counted[2]; /* obj, mem */
    int fd;
    struct stat record; /* what fd was at the start */
    char raw[PATH_MAX]; /* "": none */
    pid_t pid;
    uint64_t collections; /* before the program's first line */
};

static uint64_t number_of(PyObject *info, const char *name)
{
    PyObject *value = PyDict_GetItemString(info, name);
    int overflow = 0;
    long long number =
        value != NULL && PyLong_Check(value) ? PyLong_AsLongLongAndOverflow(value, &overflow) : 0;
    return overflow != 0 ? UINT64_MAX : number > 0 ? (uint64_t)number : 0;
}

/* gc.callbacks: (phase, info). No tuple of arguments, which would be a birth. */
static PyObject *on_gc(PyObject *capsule, PyObject *const *arguments, Py_ssize_t count)
{
    struct host *self = PyCapsule_GetPointer(capsule, NULL);
    const char *phase = self != NULL && count == 2 ? PyUnicode_AsUTF8(arguments[0]) : NULL;
    if (phase == NULL || !PyDict_Check(arguments[1])) {
        PyErr_SetString(PyExc_TypeError, "heapdyno_pause is for gc.callbacks");
        return NULL;
    }
    PyObject *info = arguments[1];
    struct listener listener = probes_listener(&self->child->probes);
    uint64_t generation = number_of(info, "generation");
    struct event event = {.kind = EVENT_GC_BEGIN};
    if (strcmp(phase, "stop") == 0) {
        event = (struct event){.kind = EVENT_GC_END,
                               .generation = (int)generation,
                               .collected = number_of(info, "collected"),
                               .uncollectable = number_of(info, "uncollectable")};
    }
    if (generation < PROBE_GENERATIONS) { /* the program may call what it finds there */
        listener.hear(listener.self, &event);
    }
    Py_RETURN_NONE;
}

static void end_phase(struct host *self, const char *name)
{
    struct meter meter = probes_meter(&self->child->probes);
    meter.phase(meter.self, name);
}

/* Collections of all generations since the interpreter started. */
static uint64_t collections(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < PROBE_GENERATIONS; i++) {
        sum += (uint64_t)PyInterpreterState_Get()->gc.generation_stats[i].collections;
    }
    return sum;
}

/* Those that ran while gc.callbacks was without our function. */
static uint64_t missed(const struct host *self)
{
    uint64_t heard = self->collections;
    for (int i = 0; i < PROBE_GENERATIONS; i++) {
        heard += self->child->probes.generation[i].collections;
    }
    return collections() > heard ? collections() - heard : 0;
}

/* The last of atexit: registered first, called last. */
static PyObject *on_exit_of_program(PyObject *capsule, PyObject *none)
{
    struct host *self = PyCapsule_GetPointer(capsule, NULL);
    (void)none;
    if (self == NULL) {
        return NULL;
    }
    if (getpid() == self->pid) {
        end_phase(self, "run");
        self->child->collections_missed = missed(self);
    }
    Py_RETURN_NONE;
}

/* Call `name` of a module with these arguments, which are taken over; false with an exception. */
static bool call(PyObject *module, const char *name, PyObject *arguments)
{
    PyObject *function = arguments != NULL ? PyObject_GetAttrString(module, name) : NULL;
    PyObject *result = function != NULL ? PyObject_Call(function, arguments, NULL) : NULL;
    Py_XDECREF(arguments);
    Py_XDECREF(function);
    Py_XDECREF(result);
    return result != NULL;
}

/* A built-in module, of which the program will know nothing: its own import makes it anew. */
static PyObject *import_unseen(const char *name)
{
    PyObject *modules = PyImport_GetModuleDict();
    bool there = PyDict_GetItemString(modules, name) != NULL;
    PyObject *module = PyImport_ImportModule(name);
    if (module != NULL && !there && PyDict_DelItemString(modules, name) != 0) {
        Py_CLEAR(module);
    }
    return module;
}

/* gc.set_threshold, gc.disable, gc.freeze as the cell's collector has them. */
static bool set_collector(const struct host *self)
{
    const struct options *options = &self->child->collector_options;
    bool none = strcmp(self->child->collector->name, "none") == 0;
    if (none || !options_on(options, "gc")) {
        PyGC_Disable();
    }
    if (none ||
        !(options_get(options, "threshold")->changed || options_get(options, "freeze")->changed)) {
        return true;
    }
    const struct option_value *threshold = options_get(options, "threshold");
    long long part[OPTION_PARTS] = {0, 10, 10};
    for (unsigned i = 0; i < threshold->parts; i++) {
        part[i] = (long long)threshold->part[i];
    }
    const char *freeze = options_text(options, "freeze");
    PyObject *gc = import_unseen("gc");
    bool ok = gc != NULL &&
              call(gc, "set_threshold", Py_BuildValue("(LLL)", part[0], part[1], part[2])) &&
              (strcmp(freeze, "collect_after_setup") != 0 || call(gc, "collect", PyTuple_New(0))) &&
              (strcmp(freeze, "never") == 0 || call(gc, "freeze", PyTuple_New(0)));
    Py_XDECREF(gc);
    return ok;
}

/* Births since the last collection: what decides when the next one comes. */
static int *births(void)
{
    return &PyInterpreterState_Get()->gc.generations[0].count;
}

/* Hear of collections and of the end, set the collector. */
static bool attach(struct host *self)
{
    static const PyMethodDef gc_method = {"heapdyno_pause", (PyCFunction)(void (*)(void))on_gc,
                                          METH_FASTCALL, NULL};
    static const PyMethodDef exit_method = {"heapdyno_end", on_exit_of_program, METH_NOARGS, NULL};
    PyObject *capsule = PyCapsule_New(self, NULL, NULL);
    PyObject *hear = PyCFunction_New((PyMethodDef *)&gc_method, capsule);
    PyObject *end = PyCFunction_New((PyMethodDef *)&exit_method, capsule);
    PyObject *exits = import_unseen("atexit");
    bool ok = hear != NULL && end != NULL && exits != NULL &&
              PyList_Append(PyInterpreterState_Get()->gc.callbacks, hear) == 0 &&
              call(exits, "register", PyTuple_Pack(1, end)) && set_collector(self);
    Py_XDECREF(exits);
    Py_XDECREF(end);
    Py_XDECREF(hear);
    Py_XDECREF(capsule);
    return ok;
}

/* Between the interpreter's start and the program's first line. */
static bool set_up(struct host *self)
{
    int before = *births();
    if (!attach(self)) {
        return false;
    }
    if (*births() > before) { /* else it was frozen or collected: all counts are 0 */
        *births() = before;
    }
    self->collections = collections();
    end_phase(self, "setup");
    return true;
}

/* The interpreter from its start to its end; the exit status of the program. */
static int run_interpreter(struct host *self, int argc, char **argv)
{
    PyConfig config;
    struct child *child = self->child;
    host_begin(argc, argv, &child->heap[CELL_OBJ], &child->heap[CELL_MEM],
               child->counting ? self->counted : NULL);
    PyConfig_InitPythonConfig(&config);
    PyStatus result = PyConfig_SetBytesArgv(&config, argc, argv);
    if (!PyStatus_Exception(result)) {
        result = Py_InitializeFromConfig(&config);
    }
    PyConfig_Clear(&config);
    if (PyStatus_Exception(result)) {
        Py_ExitStatusException(result);
    }
    snprintf(child->python, sizeof child->python, "%.*s", (int)strcspn(Py_GetVersion(), " "),
             Py_GetVersion());
    if (!set_up(self)) {
        PyErr_Print();
        return 1;
    }
    return Py_RunMain();
}

/* Take what interpreter.h says out of the environment, and what is the harness's own: a program holds a
 * copy of all of it. False with the reason. */
static bool take_environment(struct host *self, struct error *error)
{
    static const char *const taken[] = {
        INTERPRETER_CELL, INTERPRETER_RECORD,      INTERPRETER_COUNTS, INTERPRETER_RAW,
        "HEAPDYNO_PAD",   "HEAPDYNO_STARTED_ANEW", "HEAPDYNO_TRACES",  "HEAPDYNO_PROGRAMS"};
    const char *fd = getenv(INTERPRETER_RECORD), *raw = getenv(INTERPRETER_RAW);
    self->fd = fd != NULL ? atoi(fd) : STDOUT_FILENO;
    snprintf(self->raw, sizeof self->raw, "%s", raw != NULL ? raw : "");
    self->child->counting = getenv(INTERPRETER_COUNTS) != NULL;
    if (fstat(self->fd, &self->record) != 0 || fcntl(self->fd, F_SETFD, FD_CLOEXEC) != 0) {
        return error_set(error, "descriptor %d: %s", self->fd, strerror(errno));
    }
    bool ok = child_read(self->child, getenv(INTERPRETER_CELL), error) &&
              (self->child->cell.real || error_set(error, "the cell has no program"));
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        unsetenv(taken[i]);
    }
    return ok;
}

/* The program may have closed the descriptor, and opened another file by its number. */
static bool write_record(struct host *self)
{
    struct stat now;
    if (fstat(self->fd, &now) != 0 || now.st_dev != self->record.st_dev ||
        now.st_ino != self->record.st_ino) {
        fputs("heapdyno python: the program closed the descriptor of its record\n", stderr);
        return false;
    }
    return child_write(self->child, self->fd, self->raw[0] != '\0' ? self->raw : NULL);
}

/* The interpreter has ended, by its end or by the exit of the program: what on_exit calls. */
static void finish(int status, void *self_)
{
    struct host *self = self_;
    struct child *child = self->child;
    const char *unit;
    if (getpid() != self->pid) {
        return; /* forked: the record is its parent's */
    }
    probes_stop(&child->probes);
    child_usage_end(child);
    child->rss_after_free = memory_rss();
    if (status != 0) {
        child_end(child, CHILD_FAILED, "%s ended with exit status %d",
                  program_name(&child->cell.program), status);
    }
    child->outcome.operations = program_operations(&child->cell.program, &unit);
    child->operation_unit = child->outcome.operations > 0 ? unit : NULL;
    child_close_heaps(child);
    if (!write_record(self) || child->verdict == CHILD_FAILED) {
        _exit(1);
    }
}

static int run_program(struct host *self, int argc, char **argv)
{
    struct child *child = self->child;
    self->counted[0].heap = &child->heap[CELL_OBJ];
    self->counted[1].heap = &child->heap[CELL_MEM];
    if (on_exit(finish, self) != 0) {
        fputs("heapdyno python: no place for the end of the program\n", stderr);
        return 1;
    }
    child_usage_begin(child);
    probes_start(&child->probes);
    return run_interpreter(self, argc, argv);
}

int host_run_cell(int argc, char **argv)
{
    struct error error;
    struct host *self = memory_map(sizeof *self);
    struct child *child = self != NULL ? memory_map(sizeof *child) : NULL;
    if (child == NULL) {
        fputs("heapdyno python: no memory\n", stderr);
        return 1;
    }
    self->child = child;
    self->pid = getpid();
    if (!take_environment(self, &error)) {
        fprintf(stderr, "heapdyno python: %s\n", error.text);
        return 2;
    }
    if (child->verdict == CHILD_OK) {
        child->collector = cell_collector(&child->cell, &child->collector_options);
        child->rss_base = memory_rss();
        if (child_open_heaps(child)) {
            return run_program(self, argc, argv);
        }
    }
    return write_record(self) && child->verdict != CHILD_FAILED ? 0 : 1;
}

/* The recorder: an extension module for a stock CPython 3.9 to 3.13 that writes what the program asks of
 * the obj and mem allocators, and when the collector ran, as a trace (docs/trace-format.md).
 *
 *   recorder.c        the module: start, stop, fork, signals, ends of the process
 *   recorder_hooks.c  the wrapped allocators
 *   recorder_marks.c  which blocks are GC objects, and which collections ran, from the collector's
 *                     own counters: between two requests they say it all, and nothing is disturbed
 *   recorder_file.c   chunks into the file, whole at every moment
 *   recorder_snapshot.c  snapshot(): the object graph, apart from all the rest
 *
 * Everything runs under the GIL, as obj and mem requests do; only the signal handler does not, and
 * it sets one flag. Not seen: the raw domain, other interpreters than the main one. */
#ifndef HEAPDYNO_CPYTHON_RECORDER_H
#define HEAPDYNO_CPYTHON_RECORDER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <signal.h>

#include "cpython/recorder_table.h"
#include "workloads/trace_encode.h"

struct _gc_runtime_state; /* CPython's own */

enum {
    RECORDER_BUFFER = 1 << 16,
    RECORDER_PATIENCE = 1024, /* events between two looks at the clock */
    RECORDER_ROOM = 1024,
    RECORDER_PATH = 4096,
};

/* Why the wrapped allocators do not record. */
enum recorder_state {
    RECORDER_OFF,     /* not started, or finished */
    RECORDER_WAITING, /* for the signal */
    RECORDER_ON,
};

struct recorder;

/* The context of one wrapped allocator. */
struct recorder_hook {
    PyMemAllocatorEx inner;
    struct recorder *recorder;
    enum trace_domain domain;
};

/* The file of one process. */
struct recorder_file {
    char path[RECORDER_PATH];   /* as asked for */
    char opened[RECORDER_PATH]; /* as named in the end: path, path.PID or path.PID.N */
    bool child;                 /* only names with a PID are tried */
    int fd;                     /* -1: not opened before the first chunk */
    uint64_t offset;            /* behind the last chunk: where the end lies, and the next goes */
    uint64_t most_bytes;
    struct trace_totals written; /* of what lies in the file */
    struct trace_gc_state head;
    char command[RECORDER_PATH];
};

/* The last allocation: its mark is known at the next event. */
struct recorder_pending {
    void *p; /* NULL: none */
    uint64_t size;
    unsigned flags; /* enum trace_class_flag */
    bool due;       /* if it is of a GC object, a collection follows */
};

/* The collector as the recorder last saw it. */
struct recorder_marks {
    struct _gc_runtime_state *gc;
    uint64_t count[TRACE_GENERATIONS]; /* as a reader of the trace has them */
    uint64_t enabled;
    uint64_t threshold[TRACE_GENERATIONS];
    uint64_t collections; /* of all generations together */
    struct {
        uint64_t collections, collected, uncollectable;
    } stats[TRACE_GENERATIONS];
    bool in_collection;
    uint64_t generation;         /* of it */
    struct trace_gc_begin begin; /* what is known of the next one: flags, time, sizes */
    bool begin_known;            /* its generation too */
    bool ending;                 /* the last collection is over, its callbacks still run */
    uint64_t begun_ns;           /* of the present one; 0: unknown */
    uint64_t sized_collections, sized_count; /* when begin.objects were counted */
};

struct recorder {
    enum recorder_state state;
    bool installed;
    struct recorder_hook hook[TRACE_DOMAINS];
    struct recorder_pending pending;
    struct recorder_marks marks;
    struct table table;
    struct trace_encoder encoder;
    struct recorder_file file;
    unsigned patience;
    uint64_t start_ns, flush_ns;
    uint64_t for_ns; /* 0: no end */
    volatile sig_atomic_t toggle;
    int signal; /* 0: none */
    uint8_t buffer[RECORDER_BUFFER + TRACE_TAIL_MAX];
};

/* recorder_file.c ----------------------------------------------------------------------------- */

/* Write what waits and the end behind it. False: it could not be written, the file has its end. */
bool recorder_file_flush(struct recorder *self, enum trace_reason reason);
void recorder_file_close(struct recorder *self);

/* recorder_marks.c ---------------------------------------------------------------------------- */

/* What is known of the block that the present event frees. */
enum recorder_freed { FREED_NONE, FREED_PLAIN, FREED_GC, FREED_UNKNOWN };

/* Find the collector's state, and check it against what the gc module says; a Python exception if
 * they differ. */
bool recorder_marks_open(struct recorder *self);

/* Take the present state as the trace's first. False: a collection runs, try later. */
bool recorder_marks_start(struct recorder *self);

/* Put the pending allocation with its mark, and collections that ran since.
 *   returns  for FREED_UNKNOWN: count[0] fell by this free */
bool recorder_marks_settle(struct recorder *self, enum recorder_freed freed);

/* After the event itself: put a correction if the counts are not as the trace explains them. */
void recorder_marks_correct(struct recorder *self);

/* What an allocation that may be a GC object's is filled with, in its first two words: its birth
 * writes zeros there. Not a pointer, not a count. */
#define RECORDER_PATTERN UINT64_C(0xd1a60ba5e11e57ed)

/* GC blocks are of obj, never zeroed, and hold a head and an object at least. */
static inline bool recorder_may_be_gc(const struct recorder_pending *pending)
{
    return pending->p != NULL && pending->size >= 32 && pending->flags == 0;
}

/* Before the request `pending` of obj: settings, and whether a collection is due. */
void recorder_marks_due(struct recorder *self);

/* gc.collect(generation) is called: now, with nothing pending. */
void recorder_marks_request(struct recorder *self, uint64_t generation);

/* The next GC object may make a collection due, or would by the settings recorded last. */
bool recorder_marks_near(const struct recorder_marks *self);

/* recorder_snapshot.c ------------------------------------------------------------------------- */

/* snapshot(path, command='', moment=0, collect=True): the object graph into a new file. */
PyObject *recorder_snapshot(PyObject *module, PyObject *const *args, Py_ssize_t count);

/* recorder_hooks.c ---------------------------------------------------------------------------- */

void recorder_hooks_install(struct recorder *self);
/* Put the inner allocators back, unless something else was put over ours since. */
void recorder_hooks_remove(struct recorder *self);

/* recorder.c ---------------------------------------------------------------------------------- */

/* Begin a trace now. False: later. */
bool recorder_begin(struct recorder *self);
/* End it. */
void recorder_end(struct recorder *self, enum trace_reason reason);
/* The flag of the signal is set, or the patience is over. */
void recorder_look(struct recorder *self);

uint64_t recorder_now_ns(void);

/* Keep room for what one request can put. False: nothing can be written, the recording is over. */
static inline bool recorder_room(struct recorder *self)
{
    if (self->encoder.length > RECORDER_BUFFER - RECORDER_ROOM &&
        !recorder_file_flush(self, TRACE_OPEN)) {
        recorder_end(self, TRACE_WRITE_FAILED);
    }
    return self->state == RECORDER_ON;
}

#endif

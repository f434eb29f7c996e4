/* The trace reader: one event at a time, in bounded memory (one chunk), from a file that nobody
 * vouches for. Every byte is under a checksum, every number is checked against what the format
 * allows, and the totals at the end against what was read: a file cut or altered anywhere gives an
 * error with the offset, never a crash and never other events. What needs the whole history (is
 * this block still alive?) is checked by trace_program_load. */
#ifndef HEAPDYNO_WORKLOADS_TRACE_H
#define HEAPDYNO_WORKLOADS_TRACE_H

#include <stdio.h>

#include "base/error.h"
#include "workloads/trace_format.h"

enum { TRACE_TEXT_MAX = 4096 };

/* What the first chunk says. Text is cut, and bytes that do not print are '?'. */
struct trace_head {
    char python[64];
    char command[TRACE_TEXT_MAX];
    struct trace_gc_state gc;
};

enum trace_kind {
    TRACE_ALLOC,      /* block, domain, size, gc, zeroed; old: it was resized from an older one */
    TRACE_RESIZE,     /* block, size */
    TRACE_FREE,       /* block */
    TRACE_FREE_OLD,   /* domain, counted: a block older than the trace */
    TRACE_GC_STARTS,  /* begin */
    TRACE_GC_STOPS,   /* end */
    TRACE_SETTING,    /* enabled, number[3]: thresholds */
    TRACE_CORRECTION, /* number[3]: counts */
    TRACE_HELD,       /* nothing: the next allocation cannot collect */
    TRACE_TIME,       /* number[0]: nanoseconds since the trace began */
};

struct trace_event {
    enum trace_kind kind;
    enum trace_domain domain;
    bool gc;      /* a block of a GC object: its birth counts */
    bool counted; /* FREE_OLD: count[0] fell */
    bool zeroed;
    bool old;
    bool enabled;
    uint64_t block; /* ordinal of its allocation, from 0 */
    uint64_t size;
    uint64_t number[TRACE_GENERATIONS];
    struct trace_gc_begin begin;
    struct trace_gc_end end;
};

struct trace_reader;

/* Open a file, or take over a stream (closed by trace_close, also on failure); reads the head.
 *   name   used in messages
 *   returns  new, caller closes with trace_close; NULL with the reason */
struct trace_reader *trace_open(const char *path, struct error *error);
struct trace_reader *trace_open_stream(FILE *stream, const char *name, struct error *error);
void trace_close(struct trace_reader *self);

const struct trace_head *trace_head(const struct trace_reader *self);

enum trace_result { TRACE_BAD, TRACE_EVENT, TRACE_FINISHED };

/* Read the next event. FINISHED: the whole file was read and is whole. BAD: `error` says what is
 * wrong at which offset, and every further call is BAD too. */
enum trace_result trace_next(struct trace_reader *self, struct trace_event *event,
                             struct error *error);

/* What the END chunk says; valid once FINISHED. */
enum trace_reason trace_reason(const struct trace_reader *self);
const struct trace_totals *trace_totals(const struct trace_reader *self);

/* "killed or still running", "program ended", … */
const char *trace_reason_text(enum trace_reason reason);

#endif

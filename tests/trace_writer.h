/* A trace in memory, for tests and the fuzz target: the recorder's encoder over a growing file. */
#ifndef HEAPDYNO_TESTS_TRACE_WRITER_H
#define HEAPDYNO_TESTS_TRACE_WRITER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/trace_encode.h"

enum { WRITER_BUFFER = 1 << 16 };

struct trace_writer {
    struct trace_encoder encoder;
    uint8_t buffer[WRITER_BUFFER];
    uint8_t *file;
    size_t length;
};

static inline void writer_bytes(struct trace_writer *self, const void *bytes, size_t length)
{
    self->file = realloc(self->file, self->length + length);
    if (self->file == NULL) {
        abort();
    }
    memcpy(self->file + self->length, bytes, length);
    self->length += length;
}

/* What waits in the buffer becomes a chunk. */
static inline void writer_chunk(struct trace_writer *self, enum trace_chunk chunk)
{
    size_t length = trace_chunk_seal(&self->encoder, chunk);
    writer_bytes(self, self->buffer, length);
}

static inline void writer_begin(struct trace_writer *self)
{
    struct trace_gc_state gc = {.enabled = 1, .threshold = {700, 10, 10}};
    self->file = NULL;
    self->length = 0;
    trace_encoder_init(&self->encoder, self->buffer);
    writer_bytes(self, TRACE_MAGIC, TRACE_MAGIC_BYTES);
    trace_put_head(&self->encoder, "3.11.2", "python3 test.py", &gc);
    writer_chunk(self, TRACE_CHUNK_HEAD);
}

static inline void writer_room(struct trace_writer *self)
{
    if (self->encoder.length + TRACE_EVENT_MAX > WRITER_BUFFER) {
        writer_chunk(self, TRACE_CHUNK_DATA);
    }
}

static inline void writer_end(struct trace_writer *self, enum trace_reason reason)
{
    uint8_t tail[TRACE_TAIL_MAX];
    if (self->encoder.length > TRACE_CHUNK_HEADER_BYTES) {
        writer_chunk(self, TRACE_CHUNK_DATA);
    }
    size_t length = trace_tail_seal(&self->encoder, reason, tail);
    writer_bytes(self, tail, length);
}

/* A stream over bytes that stay the caller's. */
static inline FILE *writer_stream(const uint8_t *bytes, size_t length)
{
    /* fmemopen refuses no bytes at all. */
    FILE *stream = length == 0 ? fopen("/dev/null", "rb") : fmemopen((void *)bytes, length, "rb");
    if (stream == NULL) {
        abort();
    }
    return stream;
}

#endif

/* Inside the trace reader: a cursor over a payload, the chunks of a stream, the reader itself.
 * Only trace.c, trace_chunk.c and trace_event.c include this, and snapshot.c for the cursor. */
#ifndef HEAPDYNO_WORKLOADS_TRACE_READ_H
#define HEAPDYNO_WORKLOADS_TRACE_READ_H

#include <stdio.h>

#include "base/error.h"
#include "workloads/trace.h"

/* A part of a payload that is being read. Once `bad` is set, numbers read as 0. */
struct trace_cursor {
    const uint8_t *at, *end;
    bool bad;
};

static inline unsigned trace_take_byte(struct trace_cursor *self)
{
    if (self->at == self->end) {
        self->bad = true;
        return 0;
    }
    return *self->at++;
}

static inline uint64_t trace_take_number(struct trace_cursor *self)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        unsigned byte = trace_take_byte(self);
        if (shift == 63 && byte > 1) {
            break; /* a 65th bit */
        }
        number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128) {
            return number;
        }
    }
    self->bad = true;
    return 0;
}

/* Exactly `count` numbers must remain. */
static inline bool trace_take_numbers(struct trace_cursor *self, uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        numbers[i] = trace_take_number(self);
    }
    return !self->bad && self->at == self->end;
}

/* A length and that many bytes, as a cursor of their own. */
static inline struct trace_cursor trace_take_part(struct trace_cursor *self)
{
    uint64_t length = trace_take_number(self);
    if (length > (size_t)(self->end - self->at)) {
        self->bad = true;
        length = 0;
    }
    struct trace_cursor part = {self->at, self->at + length, self->bad};
    self->at += length;
    return part;
}

/* The chunks of a stream, one in memory at a time. */
struct trace_chunks {
    FILE *stream;
    char name[256];
    struct trace_crc crc;
    uint8_t *payload;           /* [TRACE_CHUNK_MAX], the caller's */
    struct trace_cursor cursor; /* over payload */
    uint64_t payload_offset;    /* in the file */
    uint64_t next_offset;       /* of the chunk behind it */
    uint32_t sequence;          /* expected of it */
};

/* Check the magic of the stream. Of `self`, stream and payload are given. */
bool trace_chunks_open(struct trace_chunks *self, const char *name, struct error *error);

/* Read the next chunk whole and check it; unknown types are OTHER. */
bool trace_chunks_next(struct trace_chunks *self, enum trace_chunk *chunk, struct error *error);

/* The stream must be at its end. */
bool trace_chunks_at_end(struct trace_chunks *self, struct error *error);

/* error_set with file and the offset of the cursor's `at`; always false. */
bool trace_chunks_bad(const struct trace_chunks *self, const uint8_t *at, const char *what,
                      struct error *error);

enum reader_state { READER_OPEN, READER_FINISHED, READER_BAD };

struct trace_reader {
    struct trace_chunks chunks;
    enum reader_state state;
    struct trace_head head;
    uint64_t class_table[TRACE_CLASSES];
    uint64_t next_block;
    uint64_t last_freed;
    bool in_collection;
    uint64_t generation;         /* of the collection that is open */
    struct trace_totals counted; /* of what was read */
    struct trace_totals totals;  /* as END says */
    enum trace_reason reason;
    char stream_buffer[4096];
    uint8_t payload[TRACE_CHUNK_MAX];
};

/* Read events of the present chunk until one is known. FINISHED: the chunk is used up. */
enum trace_result trace_read_event(struct trace_reader *self, struct trace_event *event,
                                   struct error *error);

#endif

/* The trace writer: events into a buffer, a buffer into a chunk. Header only, because the recorder
 * (a Python extension that links with nothing of ours) and the tests share it. The caller owns the
 * buffer, the file and the ordinals of its blocks (trace_encoder.next_block before each
 * allocation).
 */
#ifndef HEAPDYNO_WORKLOADS_TRACE_ENCODE_H
#define HEAPDYNO_WORKLOADS_TRACE_ENCODE_H

#include <string.h>

#include "workloads/trace_format.h"

/* No event is longer: a caller keeps this much room. */
enum { TRACE_EVENT_MAX = 128 };

struct trace_encoder {
    uint8_t *buffer; /* the caller's; TRACE_CHUNK_HEADER_BYTES are kept free at its start */
    size_t length;
    uint64_t next_block; /* ordinal of the next allocation */
    uint64_t last_freed;
    uint32_t sequence; /* of the next chunk */
    uint64_t class_table[TRACE_CLASSES];
    struct trace_totals totals;
    struct trace_crc crc;
};

static inline void trace_encoder_init(struct trace_encoder *self, uint8_t *buffer)
{
    memset(self, 0, sizeof(*self));
    self->buffer = buffer;
    self->length = TRACE_CHUNK_HEADER_BYTES;
    trace_crc_init(&self->crc);
}

static inline void trace_put_byte(struct trace_encoder *self, unsigned byte)
{
    self->buffer[self->length++] = (uint8_t)byte;
}

static inline void trace_put_number(struct trace_encoder *self, uint64_t number)
{
    while (number >= 128) {
        trace_put_byte(self, (unsigned)(number & 127) | 128);
        number >>= 7;
    }
    trace_put_byte(self, (unsigned)number);
}

/* A tag with `count` numbers behind its length. */
static inline void trace_put_numbers(struct trace_encoder *self, unsigned tag,
                                     const uint64_t *numbers, size_t count)
{
    trace_put_byte(self, tag);
    size_t place = self->length++;
    for (size_t i = 0; i < count; i++) {
        trace_put_number(self, numbers[i]);
    }
    /* TRACE_EVENT_MAX bounds it below 128: one byte holds it. */
    self->buffer[place] = (uint8_t)(self->length - place - 1);
}

/* At most `most` bytes of a string. */
static inline void trace_put_text(struct trace_encoder *self, unsigned tag, const char *text,
                                  size_t most)
{
    size_t length = strlen(text);
    length = length < most ? length : most;
    trace_put_byte(self, tag);
    trace_put_number(self, length);
    memcpy(self->buffer + self->length, text, length);
    self->length += length;
}

/* The block next_block was allocated; flags are of enum trace_class_flag. */
static inline void trace_put_alloc(struct trace_encoder *self, uint64_t size, unsigned flags)
{
    uint64_t class = (size << 3 | flags) + 1; /* 0 stands for: nothing yet */
    uint64_t *entry = &self->class_table[trace_class_slot(size, flags)];
    if (*entry == class) {
        trace_put_byte(self, TRACE_ALLOC_CLASS + (unsigned)(entry - self->class_table));
    } else {
        *entry = class;
        trace_put_byte(self, TRACE_ALLOC_NEW + flags);
        trace_put_number(self, size);
    }
    self->next_block++;
    self->totals.allocations[(flags & TRACE_CLASS_MEM) != 0]++;
    self->totals.gc_allocations += (flags & TRACE_CLASS_GC) != 0;
}

/* `block`, allocated in this trace, was freed. The shorter of two distances is written. */
static inline void trace_put_free(struct trace_encoder *self, uint64_t block)
{
    uint64_t far = self->next_block - 1 - block;
    uint64_t beside = trace_zigzag((int64_t)(block - self->last_freed));
    self->last_freed = block;
    self->totals.frees++;
    if (far < TRACE_NEAR) {
        trace_put_byte(self, TRACE_FREE_NEAR + (unsigned)far);
    } else if (beside < TRACE_NEAR) {
        trace_put_byte(self, TRACE_FREE_BESIDE_1 + (unsigned)beside);
    } else if (beside / 2 < far) {
        beside -= TRACE_NEAR;
        trace_put_byte(self, TRACE_FREE_BESIDE + (unsigned)(beside & 15));
        trace_put_number(self, beside >> 4);
    } else {
        far -= TRACE_NEAR;
        trace_put_byte(self, TRACE_FREE_FAR + (unsigned)(far & 31));
        trace_put_number(self, far >> 5);
    }
}

static inline void trace_put_resize(struct trace_encoder *self, uint64_t block, uint64_t size)
{
    uint64_t numbers[] = {self->next_block - 1 - block, size};
    trace_put_numbers(self, TRACE_TAG_RESIZE, numbers, 2);
    self->totals.resizes++;
}

static inline void trace_put_free_old(struct trace_encoder *self, enum trace_domain domain,
                                      bool counted)
{
    uint64_t number = (uint64_t)domain + (counted ? 2 : 0);
    trace_put_numbers(self, TRACE_TAG_FREE_OLD, &number, 1);
    self->totals.old_frees++;
}

static inline void trace_put_resize_old(struct trace_encoder *self, enum trace_domain domain,
                                        uint64_t size)
{
    uint64_t numbers[] = {(uint64_t)domain, size};
    trace_put_numbers(self, TRACE_TAG_RESIZE_OLD, numbers, 2);
    self->next_block++;
    self->totals.resizes++;
    self->totals.old_resizes++;
}

static inline void trace_put_gc_begin(struct trace_encoder *self,
                                      const struct trace_gc_begin *begin)
{
    trace_put_numbers(self, TRACE_TAG_GC_BEGIN, (const uint64_t *)begin,
                      sizeof(*begin) / sizeof(uint64_t));
}

static inline void trace_put_gc_end(struct trace_encoder *self, const struct trace_gc_end *end)
{
    trace_put_numbers(self, TRACE_TAG_GC_END, (const uint64_t *)end,
                      sizeof(*end) / sizeof(uint64_t));
    self->totals.collections[end->generation]++;
}

static inline void trace_put_settings(struct trace_encoder *self, bool enabled,
                                      const uint64_t threshold[TRACE_GENERATIONS])
{
    uint64_t numbers[] = {enabled, threshold[0], threshold[1], threshold[2]};
    trace_put_numbers(self, TRACE_TAG_SETTINGS, numbers, 4);
}

static inline void trace_put_counts(struct trace_encoder *self,
                                    const uint64_t count[TRACE_GENERATIONS])
{
    trace_put_numbers(self, TRACE_TAG_COUNTS, count, TRACE_GENERATIONS);
    self->totals.corrections++;
}

static inline void trace_put_held(struct trace_encoder *self)
{
    trace_put_numbers(self, TRACE_TAG_HELD, NULL, 0);
}

static inline void trace_put_time(struct trace_encoder *self, uint64_t at_ns)
{
    trace_put_numbers(self, TRACE_TAG_TIME, &at_ns, 1);
}

/* Fields of HEAD. `command` is cut at 4,000 bytes. */
static inline void trace_put_head(struct trace_encoder *self, const char *python,
                                  const char *command, const struct trace_gc_state *gc)
{
    uint64_t version = TRACE_VERSION;
    trace_put_numbers(self, TRACE_HEAD_VERSION, &version, 1);
    trace_put_text(self, TRACE_HEAD_PYTHON, python, 64);
    trace_put_text(self, TRACE_HEAD_COMMAND, command, 4000);
    trace_put_numbers(self, TRACE_HEAD_GC, (const uint64_t *)gc, sizeof(*gc) / sizeof(uint64_t));
}

static inline void trace_put_end(struct trace_encoder *self, enum trace_reason reason)
{
    uint64_t number = reason;
    trace_put_numbers(self, TRACE_END_REASON, &number, 1);
    trace_put_numbers(self, TRACE_END_TOTALS, (const uint64_t *)&self->totals, TRACE_TOTALS);
}

static inline void trace_put_u32(uint8_t *place, uint32_t value)
{
    for (int i = 0; i < 4; i++) {
        place[i] = (uint8_t)(value >> (8 * i));
    }
}

/* Close the buffer as a chunk: its bytes are buffer[returned length]. The next event starts over at
 * the buffer's start, once the caller has written them away. */
static inline size_t trace_chunk_seal(struct trace_encoder *self, enum trace_chunk chunk)
{
    uint8_t *header = self->buffer;
    size_t payload = self->length - TRACE_CHUNK_HEADER_BYTES;
    memcpy(header, trace_chunk_name(chunk), 4);
    trace_put_u32(header + 4, self->sequence++);
    trace_put_u32(header + 8, (uint32_t)payload);
    uint32_t crc = trace_crc_add(&self->crc, 0, header, 12);
    crc = trace_crc_add(&self->crc, crc, header + TRACE_CHUNK_HEADER_BYTES, payload);
    trace_put_u32(header + 12, crc);
    size_t length = self->length;
    self->length = TRACE_CHUNK_HEADER_BYTES;
    return length;
}

/* Put an END chunk into tail[], for the place behind the chunk sealed last: written with every
 * chunk and overwritten by the next, it makes the file whole at every moment. pre: nothing waits
 * in the buffer.   returns its bytes, at most TRACE_TAIL_MAX */
enum { TRACE_TAIL_MAX = TRACE_CHUNK_HEADER_BYTES + 2 * TRACE_EVENT_MAX };

static inline size_t trace_tail_seal(struct trace_encoder *self, enum trace_reason reason,
                                     uint8_t tail[TRACE_TAIL_MAX])
{
    uint8_t *buffer = self->buffer;
    self->buffer = tail;
    trace_put_end(self, reason);
    size_t length = trace_chunk_seal(self, TRACE_CHUNK_END);
    self->sequence--;
    self->buffer = buffer;
    return length;
}

#endif

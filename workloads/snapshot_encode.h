/* The snapshot writer: a whole file in memory, which the caller writes away. Header only, because
 * the recorder (a Python extension that links with nothing of ours), the workload `heap` and the
 * tests share it. Order of calls: begin, types, objects, list after list, finish. */
#ifndef HEAPDYNO_WORKLOADS_SNAPSHOT_ENCODE_H
#define HEAPDYNO_WORKLOADS_SNAPSHOT_ENCODE_H

#include <stdlib.h>
#include <string.h>

#include "workloads/snapshot_format.h"

struct snapshot_encoder {
    uint8_t *bytes; /* malloc; the caller frees it, whatever happened */
    size_t length, room;
    bool failed; /* no memory: everything put since is lost */
    uint64_t text_bytes;
    uint64_t objects, references, types; /* put so far */
    uint64_t listed[SNAPSHOT_LISTS];
    uint64_t last; /* index put before in a list */
};

struct snapshot_object_record {
    uint64_t type;
    unsigned flags;     /* enum snapshot_object_flag */
    uint64_t bytes;     /* without GC head and prefix, with what it owns outside */
    const uint32_t *to; /* [count] indices of objects, in the order of tp_traverse */
    size_t count;
    uint32_t table; /* SNAPSHOT_TABLE: objects with lower addresses than its table */
};

static inline bool snapshot_room(struct snapshot_encoder *self, size_t more)
{
    if (self->failed || self->room - self->length >= more) {
        return !self->failed;
    }
    size_t room = self->room * 2 + more + 4096;
    uint8_t *bytes = (uint8_t *)realloc(self->bytes, room);
    self->failed = bytes == NULL;
    if (bytes != NULL) {
        self->bytes = bytes;
        self->room = room;
    }
    return bytes != NULL;
}

/* Room was asked for. */
static inline void snapshot_put_number(struct snapshot_encoder *self, uint64_t number)
{
    while (number >= 128) {
        self->bytes[self->length++] = (uint8_t)((number & 127) | 128);
        number >>= 7;
    }
    self->bytes[self->length++] = (uint8_t)number;
}

static inline void snapshot_put_bytes(struct snapshot_encoder *self, const void *bytes, size_t n)
{
    if (n > 0 && snapshot_room(self, n)) {
        memcpy(self->bytes + self->length, bytes, n);
        self->length += n;
    }
}

/* Not strnlen, of which gcc 12 says under ASan that its bound is larger than a literal. */
static inline size_t snapshot_cut(const char *text, size_t most)
{
    size_t length = strlen(text);
    return length < most ? length : most;
}

/* `text`, the command, is cut at SNAPSHOT_TEXT_MAX. */
static inline void snapshot_begin(struct snapshot_encoder *self, const char *text)
{
    static const struct snapshot_head empty;
    memset(self, 0, sizeof(*self));
    snapshot_put_bytes(self, SNAPSHOT_MAGIC, SNAPSHOT_MAGIC_BYTES);
    snapshot_put_bytes(self, &empty, sizeof(empty));
    self->text_bytes = snapshot_cut(text, SNAPSHOT_TEXT_MAX);
    snapshot_put_bytes(self, text, self->text_bytes);
}

/* `name` is cut at SNAPSHOT_NAME_MAX. */
static inline void snapshot_put_type(struct snapshot_encoder *self, enum snapshot_kind kind,
                                     unsigned flags, uint64_t basic_bytes, const char *name)
{
    size_t length = snapshot_cut(name, SNAPSHOT_NAME_MAX);
    if (snapshot_room(self, 4 * TRACE_VARINT_MAX)) {
        snapshot_put_number(self, kind);
        snapshot_put_number(self, flags);
        snapshot_put_number(self, basic_bytes);
        snapshot_put_number(self, length);
        snapshot_put_bytes(self, name, length);
        self->types++;
    }
}

static inline void snapshot_put_object(struct snapshot_encoder *self,
                                       const struct snapshot_object_record *record)
{
    if (!snapshot_room(self, (record->count + 4) * TRACE_VARINT_MAX)) {
        return;
    }
    snapshot_put_number(self, record->type << SNAPSHOT_FLAG_BITS | record->flags);
    snapshot_put_number(self, record->bytes);
    snapshot_put_number(self, record->count);
    uint64_t from = self->objects++;
    if ((record->flags & SNAPSHOT_TABLE) != 0) {
        snapshot_put_number(self, trace_zigzag((int64_t)record->table - (int64_t)from));
    }
    for (size_t i = 0; i < record->count; i++) {
        snapshot_put_number(self, trace_zigzag((int64_t)record->to[i] - (int64_t)from));
        from = record->to[i];
    }
    self->references += record->count;
}

/* The next object of list 0 … 3; lists one after the other. */
static inline void snapshot_put_listed(struct snapshot_encoder *self, unsigned list, uint32_t index)
{
    if (snapshot_room(self, TRACE_VARINT_MAX)) {
        uint64_t last = self->listed[list] == 0 ? 0 : self->last;
        snapshot_put_number(self, trace_zigzag((int64_t)index - (int64_t)last));
        self->last = index;
        self->listed[list]++;
    }
}

static inline void snapshot_put_u32(struct snapshot_encoder *self, uint32_t number)
{
    uint8_t bytes[4];
    for (int i = 0; i < 4; i++) {
        bytes[i] = (uint8_t)(number >> (8 * i));
    }
    snapshot_put_bytes(self, bytes, sizeof(bytes));
}

/* Fill counts, head, end mark and checksum. Of *head python, moment and the collection are given.
 *   false   no memory */
static inline bool snapshot_finish(struct snapshot_encoder *self, struct snapshot_head *head)
{
    if (!snapshot_room(self, SNAPSHOT_END_BYTES)) {
        return false;
    }
    head->version = SNAPSHOT_VERSION;
    head->file_bytes = self->length + SNAPSHOT_END_BYTES;
    head->objects = self->objects;
    head->references = self->references;
    head->types = self->types;
    memcpy(head->listed, self->listed, sizeof(head->listed));
    head->text_bytes = self->text_bytes;
    const uint64_t *number = (const uint64_t *)(const void *)head;
    for (size_t i = 0; i < (size_t)SNAPSHOT_HEAD_NUMBERS * 8; i++) {
        self->bytes[SNAPSHOT_MAGIC_BYTES + i] = (uint8_t)(number[i / 8] >> (8 * (i % 8)));
    }
    struct trace_crc crc;
    trace_crc_init(&crc);
    snapshot_put_bytes(self, SNAPSHOT_END, 4);
    snapshot_put_u32(self, trace_crc_add(&crc, 0, self->bytes, self->length));
    return !self->failed;
}

#endif

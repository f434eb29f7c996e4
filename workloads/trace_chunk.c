/* Chunks of a trace: header, length, checksum, order. A chunk is read whole before a byte of it is
 * believed, so memory stays below TRACE_CHUNK_MAX whatever the file says. */
#include <string.h>

#include "workloads/trace_read.h"

static uint32_t chunk_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static bool chunk_fail(const struct trace_chunks *self, uint64_t offset, const char *what,
                       struct error *error)
{
    return error_set(error, "%s: byte %llu: %s", self->name, (unsigned long long)offset, what);
}

bool trace_chunks_bad(const struct trace_chunks *self, const uint8_t *at, const char *what,
                      struct error *error)
{
    uint64_t offset = self->payload_offset + (uint64_t)(at - self->payload);
    return chunk_fail(self, offset, what, error);
}

/* Fill bytes[length] from the stream. */
static bool chunk_read(struct trace_chunks *self, uint8_t *bytes, size_t length,
                       struct error *error)
{
    size_t got = fread(bytes, 1, length, self->stream);
    if (got == length) {
        self->next_offset += length;
        return true;
    }
    const char *what = ferror(self->stream) ? "cannot be read" : "the file ends here: it was cut";
    return chunk_fail(self, self->next_offset + got, what, error);
}

bool trace_chunks_open(struct trace_chunks *self, const char *name, struct error *error)
{
    snprintf(self->name, sizeof(self->name), "%s", name);
    trace_crc_init(&self->crc);
    uint8_t magic[TRACE_MAGIC_BYTES];
    if (!chunk_read(self, magic, sizeof(magic), error)) {
        return false;
    }
    if (memcmp(magic, TRACE_MAGIC, sizeof(magic)) != 0) {
        return chunk_fail(self, 0, "not a trace: it does not begin with \"hdtrace\"", error);
    }
    return true;
}

static enum trace_chunk chunk_type(const uint8_t *header)
{
    for (enum trace_chunk type = TRACE_CHUNK_HEAD; type < TRACE_CHUNK_OTHER; type++) {
        if (memcmp(header, trace_chunk_name(type), 4) == 0) {
            return type;
        }
    }
    return TRACE_CHUNK_OTHER;
}

bool trace_chunks_next(struct trace_chunks *self, enum trace_chunk *chunk, struct error *error)
{
    uint64_t start = self->next_offset;
    uint8_t header[TRACE_CHUNK_HEADER_BYTES];
    if (!chunk_read(self, header, sizeof(header), error)) {
        return false;
    }
    uint32_t length = chunk_u32(header + 8);
    if (length > TRACE_CHUNK_MAX) {
        return chunk_fail(self, start + 8, "a chunk longer than a mebibyte: the file is damaged",
                          error);
    }
    self->payload_offset = self->next_offset;
    if (!chunk_read(self, self->payload, length, error)) {
        return false;
    }
    uint32_t crc = trace_crc_add(&self->crc, 0, header, 12);
    crc = trace_crc_add(&self->crc, crc, self->payload, length);
    if (crc != chunk_u32(header + 12)) {
        return chunk_fail(self, start, "wrong checksum: this chunk is damaged", error);
    }
    if (chunk_u32(header + 4) != self->sequence) {
        return chunk_fail(self, start + 4, "a chunk is missing, doubled or moved", error);
    }
    self->sequence++;
    self->cursor = (struct trace_cursor){self->payload, self->payload + length, false};
    *chunk = chunk_type(header);
    return true;
}

bool trace_chunks_at_end(struct trace_chunks *self, struct error *error)
{
    if (fgetc(self->stream) != EOF) {
        return chunk_fail(self, self->next_offset, "bytes behind the end of the trace", error);
    }
    return true;
}

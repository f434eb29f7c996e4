/* The trace reader: head, end, and the way from one chunk to the next. trace_chunk.c reads and
 * checks the bytes, trace_event.c says what they mean. */
#include "workloads/trace.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "workloads/trace_read.h"

static void reader_text(struct trace_cursor *part, char *text, size_t size)
{
    size_t length = 0;
    while (part->at < part->end) {
        unsigned byte = *part->at++;
        if (length + 1 < size) {
            text[length++] = byte >= 32 && byte < 127 ? (char)byte : '?';
        }
    }
    text[length] = '\0';
}

/* Read the fields of HEAD; NULL or what is wrong. */
static const char *reader_head_fields(struct trace_reader *self, struct trace_cursor *cursor)
{
    uint64_t version = 0;
    bool gc = false;
    while (cursor->at < cursor->end && !cursor->bad) {
        unsigned tag = trace_take_byte(cursor);
        struct trace_cursor part = trace_take_part(cursor);
        if (tag == TRACE_HEAD_VERSION) {
            version = trace_take_number(&part);
        } else if (tag == TRACE_HEAD_PYTHON) {
            reader_text(&part, self->head.python, sizeof(self->head.python));
        } else if (tag == TRACE_HEAD_COMMAND) {
            reader_text(&part, self->head.command, sizeof(self->head.command));
        } else if (tag == TRACE_HEAD_GC) {
            gc = trace_take_numbers(&part, (uint64_t *)&self->head.gc,
                                    sizeof(self->head.gc) / sizeof(uint64_t));
        }
    }
    if (cursor->bad) {
        return "the head is damaged";
    }
    if (version != TRACE_VERSION) {
        return "a trace of another version: this program reads version 1";
    }
    return gc ? NULL : "the head does not give the collector's state";
}

static bool reader_head(struct trace_reader *self, struct error *error)
{
    enum trace_chunk chunk;
    if (!trace_chunks_next(&self->chunks, &chunk, error)) {
        return false;
    }
    const char *wrong = chunk == TRACE_CHUNK_HEAD ? reader_head_fields(self, &self->chunks.cursor)
                                                  : "the first chunk is no head";
    return wrong == NULL || trace_chunks_bad(&self->chunks, self->chunks.cursor.at, wrong, error);
}

struct trace_reader *trace_open_stream(FILE *stream, const char *name, struct error *error)
{
    /* Mapped, as the glibc heap may be one that is measured. */
    struct trace_reader *self =
        mmap(NULL, sizeof(*self), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (self == MAP_FAILED) {
        fclose(stream);
        error_set(error, "%s: no memory to read it", name);
        return NULL;
    }
    setvbuf(stream, self->stream_buffer, _IOFBF, sizeof(self->stream_buffer));
    self->chunks.stream = stream;
    self->chunks.payload = self->payload;
    if (!trace_chunks_open(&self->chunks, name, error) || !reader_head(self, error)) {
        trace_close(self);
        return NULL;
    }
    return self;
}

struct trace_reader *trace_open(const char *path, struct error *error)
{
    FILE *stream = fopen(path, "rbe");
    if (stream == NULL) {
        error_set(error, "%s: %s", path, strerror(errno));
        return NULL;
    }
    return trace_open_stream(stream, path, error);
}

void trace_close(struct trace_reader *self)
{
    if (self != NULL) {
        fclose(self->chunks.stream);
        munmap(self, sizeof(*self));
    }
}

const struct trace_head *trace_head(const struct trace_reader *self)
{
    return &self->head;
}

enum trace_reason trace_reason(const struct trace_reader *self)
{
    return self->reason;
}

const struct trace_totals *trace_totals(const struct trace_reader *self)
{
    return &self->totals;
}

const char *trace_reason_text(enum trace_reason reason)
{
    switch (reason) {
    case TRACE_OPEN:
        return "the process was killed, or still runs";
    case TRACE_EXIT:
        return "the program ended";
    case TRACE_STOPPED:
        return "stopped on request";
    case TRACE_TIME_OVER:
        return "the time was over";
    case TRACE_SIZE_OVER:
        return "the greatest size was reached";
    case TRACE_WRITE_FAILED:
        return "the file could not be written";
    case TRACE_REASONS:
        break;
    }
    return "unknown";
}

/* Read the END chunk, and compare it with what was counted. */
static bool reader_end(struct trace_reader *self, struct error *error)
{
    struct trace_cursor *cursor = &self->chunks.cursor;
    bool totals = false;
    uint64_t reason = TRACE_REASONS;
    while (cursor->at < cursor->end && !cursor->bad) {
        unsigned tag = trace_take_byte(cursor);
        struct trace_cursor part = trace_take_part(cursor);
        if (tag == TRACE_END_REASON) {
            reason = trace_take_number(&part);
        } else if (tag == TRACE_END_TOTALS) {
            totals = trace_take_numbers(&part, (uint64_t *)&self->totals, TRACE_TOTALS);
        }
    }
    const char *wrong = NULL;
    if (cursor->bad || !totals || reason >= TRACE_REASONS) {
        wrong = "the end is damaged";
    } else if (memcmp(&self->totals, &self->counted, sizeof(self->totals)) != 0) {
        wrong = "the totals at the end are not those of the events";
    }
    if (wrong != NULL) {
        return trace_chunks_bad(&self->chunks, cursor->at, wrong, error);
    }
    self->reason = (enum trace_reason)reason;
    return trace_chunks_at_end(&self->chunks, error);
}

/* Go to the next chunk of events. FINISHED: there is none. */
static enum trace_result reader_chunk(struct trace_reader *self, struct error *error)
{
    for (;;) {
        enum trace_chunk chunk;
        if (!trace_chunks_next(&self->chunks, &chunk, error)) {
            return TRACE_BAD;
        }
        if (chunk == TRACE_CHUNK_DATA) {
            return TRACE_EVENT;
        }
        if (chunk == TRACE_CHUNK_END) {
            return reader_end(self, error) ? TRACE_FINISHED : TRACE_BAD;
        }
        if (chunk == TRACE_CHUNK_HEAD) {
            trace_chunks_bad(&self->chunks, self->chunks.payload, "a second head", error);
            return TRACE_BAD;
        }
    }
}

enum trace_result trace_next(struct trace_reader *self, struct trace_event *event,
                             struct error *error)
{
    if (self->state == READER_BAD) {
        error_set(error, "%s: already found to be damaged", self->chunks.name);
        return TRACE_BAD;
    }
    enum trace_result result = TRACE_FINISHED;
    while (self->state == READER_OPEN) {
        result = trace_read_event(self, event, error);
        if (result != TRACE_FINISHED) {
            break;
        }
        result = reader_chunk(self, error);
        if (result != TRACE_EVENT) {
            break;
        }
    }
    if (result == TRACE_BAD) {
        self->state = READER_BAD;
    } else if (result == TRACE_FINISHED) {
        self->state = READER_FINISHED;
    }
    return result;
}

/* libFuzzer target: any bytes are read as a trace, as they are; and as the events of a chunk whose
 * checksum is right. Events that can be read are written again by the encoder: that trace must read
 * to its end with the same events, and must load as a program or be refused with a reason. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "tests/trace_writer.h"
#include "workloads/trace_program.h"

enum { EVENTS_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

struct events {
    struct trace_event event[EVENTS_MAX];
    size_t count;
};

/* Read a file in memory; keeps what was read before the end, or before what is wrong. */
static enum trace_result read_file(const uint8_t *bytes, size_t length, struct events *events)
{
    struct error error = {""};
    events->count = 0;
    struct trace_reader *reader = trace_open_stream(writer_stream(bytes, length), "F", &error);
    enum trace_result result = TRACE_BAD;
    while (reader != NULL && events->count < EVENTS_MAX) {
        result = trace_next(reader, &events->event[events->count], &error);
        if (result != TRACE_EVENT) {
            break;
        }
        events->count++;
    }
    CHECK(result != TRACE_BAD || strstr(error.text, "F: ") == error.text);
    trace_close(reader);
    return result;
}

static void write_alloc(struct trace_encoder *encoder, const struct trace_event *event)
{
    unsigned flags = (event->domain == TRACE_MEM ? TRACE_CLASS_MEM : 0U) |
                     (event->gc ? TRACE_CLASS_GC : 0U) | (event->zeroed ? TRACE_CLASS_ZEROED : 0U);
    if (event->old) {
        trace_put_resize_old(encoder, event->domain, event->size);
    } else {
        trace_put_alloc(encoder, event->size, flags);
    }
}

static void write_event(struct trace_encoder *encoder, const struct trace_event *event)
{
    switch (event->kind) {
    case TRACE_ALLOC:
        write_alloc(encoder, event);
        break;
    case TRACE_RESIZE:
        trace_put_resize(encoder, event->block, event->size);
        break;
    case TRACE_FREE:
        trace_put_free(encoder, event->block);
        break;
    case TRACE_FREE_OLD:
        trace_put_free_old(encoder, event->domain, event->counted);
        break;
    case TRACE_GC_STARTS:
        trace_put_gc_begin(encoder, &event->begin);
        break;
    case TRACE_GC_STOPS:
        trace_put_gc_end(encoder, &event->end);
        break;
    case TRACE_SETTING:
        trace_put_settings(encoder, event->enabled, event->number);
        break;
    case TRACE_CORRECTION:
        trace_put_counts(encoder, event->number);
        break;
    case TRACE_HELD:
        trace_put_held(encoder);
        break;
    case TRACE_TIME:
        trace_put_time(encoder, event->number[0]);
        break;
    }
}

/* Through a file of memory: the loader opens its trace by name, twice. */
static void load(const uint8_t *bytes, size_t length)
{
    char path[64];
    struct trace_program program;
    struct error error = {""};
    int fd = memfd_create("trace", MFD_CLOEXEC);
    CHECK(fd >= 0 && write(fd, bytes, length) == (ssize_t)length);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (trace_program_load(&program, path, 0, &error)) {
        CHECK(program.live_blocks <= program.slot_count);
        for (size_t i = 0; i < program.op_count; i++) {
            CHECK(program.ops[i].slot < program.slot_count);
        }
        trace_program_unload(&program);
    } else {
        CHECK(error.text[0] != '\0');
    }
    close(fd);
}

static void write_again(const struct events *events, struct trace_writer *writer,
                        struct events *again)
{
    writer_begin(writer);
    for (size_t i = 0; i < events->count; i++) {
        writer_room(writer);
        write_event(&writer->encoder, &events->event[i]);
    }
    writer_end(writer, TRACE_EXIT);
    enum trace_result result = read_file(writer->file, writer->length, again);
    CHECK(result == TRACE_FINISHED || events->count == EVENTS_MAX);
    CHECK(again->count == events->count);
    CHECK(memcmp(again->event, events->event, events->count * sizeof events->event[0]) == 0);
    load(writer->file, writer->length);
    free(writer->file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    static struct trace_writer writer;
    static struct events events, again;
    read_file(bytes, count, &events);
    if (count > WRITER_BUFFER - TRACE_EVENT_MAX) {
        return 0;
    }
    writer_begin(&writer);
    memcpy(writer.buffer + writer.encoder.length, bytes, count);
    writer.encoder.length += count;
    writer_end(&writer, TRACE_EXIT);
    read_file(writer.file, writer.length, &events);
    free(writer.file);
    write_again(&events, &writer, &again);
    return 0;
}

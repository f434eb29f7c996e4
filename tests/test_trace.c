/* The trace format: what is written is read; what was cut or altered is an error with an offset. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "tests/trace_writer.h"
#include "workloads/trace.h"

enum { BLOCKS = 400 };

static uint64_t test_seed(void)
{
    const char *text = getenv("SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 1;
    print_message("SEED=%" PRIu64 "\n", seed);
    return seed;
}

/* A random but legal trace, and what a reader must say of it. */
struct sample {
    struct trace_writer writer;
    struct trace_event event[8 * BLOCKS];
    size_t count;
    uint64_t alive[BLOCKS];
    size_t alive_count;
};

static struct trace_event *sample_event(struct sample *self, enum trace_kind kind)
{
    struct trace_event *event = &self->event[self->count++];
    *event = (struct trace_event){.kind = kind};
    return event;
}

static void sample_alloc(struct sample *self, struct rng *rng)
{
    struct trace_event *event = sample_event(self, TRACE_ALLOC);
    unsigned flags = (unsigned)rng_below(rng, 8);
    event->block = self->writer.encoder.next_block;
    event->size = rng_below(rng, 4) != 0 ? 16 * rng_below(rng, 12) : rng_next(rng) >> 30;
    event->domain = (flags & TRACE_CLASS_MEM) != 0 ? TRACE_MEM : TRACE_OBJ;
    event->gc = (flags & TRACE_CLASS_GC) != 0;
    event->zeroed = (flags & TRACE_CLASS_ZEROED) != 0;
    self->alive[self->alive_count++] = event->block;
    trace_put_alloc(&self->writer.encoder, event->size, flags);
}

static void sample_resize_old(struct sample *self, struct rng *rng)
{
    struct trace_event *event = sample_event(self, TRACE_ALLOC);
    event->old = true;
    event->block = self->writer.encoder.next_block;
    event->size = rng_below(rng, 5000);
    self->alive[self->alive_count++] = event->block;
    trace_put_resize_old(&self->writer.encoder, TRACE_OBJ, event->size);
}

static void sample_on_block(struct sample *self, struct rng *rng, bool free)
{
    struct trace_event *event = sample_event(self, free ? TRACE_FREE : TRACE_RESIZE);
    size_t at = rng_below(rng, self->alive_count);
    event->block = self->alive[at];
    if (free) {
        self->alive[at] = self->alive[--self->alive_count];
        trace_put_free(&self->writer.encoder, event->block);
    } else {
        event->size = rng_below(rng, 100000);
        trace_put_resize(&self->writer.encoder, event->block, event->size);
    }
}

static void sample_collection(struct sample *self, struct rng *rng)
{
    struct trace_event *event = sample_event(self, TRACE_GC_STARTS);
    struct trace_gc_begin *begin = &event->begin;
    *begin = (struct trace_gc_begin){.generation = rng_below(rng, 3), .count = {701, 3, 1}};
    begin->at_ns = rng_next(rng);
    trace_put_gc_begin(&self->writer.encoder, begin);
    struct trace_event *end = sample_event(self, TRACE_GC_STOPS);
    end->end = (struct trace_gc_end){.generation = begin->generation, .collected = 12};
    trace_put_gc_end(&self->writer.encoder, &end->end);
}

static void sample_other(struct sample *self, struct rng *rng)
{
    struct trace_event *event = sample_event(self, TRACE_HELD);
    for (int i = 0; i < TRACE_GENERATIONS; i++) {
        event->number[i] = rng_next(rng) >> rng_below(rng, 64);
    }
    event->kind = (enum trace_kind[]){TRACE_SETTING, TRACE_CORRECTION, TRACE_HELD, TRACE_TIME,
                                      TRACE_FREE_OLD}[rng_below(rng, 5)];
    if (event->kind == TRACE_SETTING) {
        event->enabled = true;
        trace_put_settings(&self->writer.encoder, true, event->number);
    } else if (event->kind == TRACE_CORRECTION) {
        trace_put_counts(&self->writer.encoder, event->number);
    } else if (event->kind == TRACE_HELD) {
        memset(event->number, 0, sizeof(event->number));
        trace_put_held(&self->writer.encoder);
    } else if (event->kind == TRACE_TIME) {
        event->number[1] = event->number[2] = 0;
        trace_put_time(&self->writer.encoder, event->number[0]);
    } else {
        memset(event->number, 0, sizeof(event->number));
        event->counted = true;
        event->domain = TRACE_MEM;
        trace_put_free_old(&self->writer.encoder, TRACE_MEM, true);
    }
}

static struct sample *sample_make(uint64_t seed)
{
    struct sample *self = calloc(1, sizeof(*self));
    struct rng rng;
    rng_seed(&rng, seed);
    writer_begin(&self->writer);
    while (self->writer.encoder.next_block < BLOCKS) {
        uint64_t dice = rng_below(&rng, 100);
        if (dice < 50 || self->alive_count == 0) {
            sample_alloc(self, &rng);
        } else if (dice < 90) {
            sample_on_block(self, &rng, dice < 85);
        } else if (dice < 92) {
            sample_resize_old(self, &rng);
        } else if (dice < 95) {
            sample_collection(self, &rng);
        } else {
            sample_other(self, &rng);
        }
        if (dice == 7) {
            writer_chunk(&self->writer, TRACE_CHUNK_DATA);
        }
    }
    writer_end(&self->writer, TRACE_EXIT);
    return self;
}

static void sample_delete(struct sample *self)
{
    free(self->writer.file);
    free(self);
}

/* Read bytes[length]; FINISHED only if the events are those of `sample`. */
static enum trace_result read_all(const uint8_t *bytes, size_t length, const struct sample *sample,
                                  struct error *error)
{
    *error = (struct error){0};
    struct trace_reader *reader = trace_open_stream(writer_stream(bytes, length), "T", error);
    if (reader == NULL) {
        return TRACE_BAD;
    }
    struct trace_event event;
    enum trace_result result = TRACE_EVENT;
    size_t count = 0;
    while ((result = trace_next(reader, &event, error)) == TRACE_EVENT) {
        if (sample != NULL) {
            assert_true(count < sample->count);
            assert_memory_equal(&event, &sample->event[count], sizeof(event));
        }
        count++;
    }
    if (result == TRACE_FINISHED) {
        assert_int_equal(trace_reason(reader), TRACE_EXIT);
        assert_true(sample == NULL || count == sample->count);
    } else {
        struct error again;
        assert_int_equal(trace_next(reader, &event, &again), TRACE_BAD);
    }
    trace_close(reader);
    return result;
}

static void test_what_is_written_is_read(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    for (uint64_t i = 0; i < 20; i++) {
        struct sample *sample = sample_make(seed + i);
        struct error error;
        enum trace_result result =
            read_all(sample->writer.file, sample->writer.length, sample, &error);
        assert_string_equal(error.text, "");
        assert_int_equal(result, TRACE_FINISHED);
        sample_delete(sample);
    }
}

static void test_a_cut_is_found_at_every_byte(void **state)
{
    (void)state;
    struct sample *sample = sample_make(test_seed());
    struct error error;
    for (size_t length = 0; length < sample->writer.length; length++) {
        assert_int_equal(read_all(sample->writer.file, length, NULL, &error), TRACE_BAD);
        assert_non_null(strstr(error.text, "T: "));
    }
    sample_delete(sample);
}

static void test_a_flipped_bit_is_found_everywhere(void **state)
{
    (void)state;
    struct sample *sample = sample_make(test_seed());
    struct error error;
    for (size_t at = 0; at < sample->writer.length; at++) {
        uint8_t bit = (uint8_t)(1 << at % 8);
        sample->writer.file[at] ^= bit;
        assert_int_equal(read_all(sample->writer.file, sample->writer.length, NULL, &error),
                         TRACE_BAD);
        sample->writer.file[at] ^= bit;
    }
    sample_delete(sample);
}

static void test_bytes_behind_the_end_are_found(void **state)
{
    (void)state;
    struct sample *sample = sample_make(1);
    struct error error;
    writer_bytes(&sample->writer, "", 1);
    assert_int_equal(read_all(sample->writer.file, sample->writer.length, NULL, &error), TRACE_BAD);
    assert_non_null(strstr(error.text, "bytes behind the end"));
    sample_delete(sample);
}

/* What a later version may add: tags, fields and chunks that this one does not know. */
static void test_unknown_tags_and_chunks_are_skipped(void **state)
{
    (void)state;
    static struct trace_writer writer;
    uint64_t numbers[] = {1, 2, 3};
    writer_begin(&writer);
    trace_put_alloc(&writer.encoder, 48, TRACE_CLASS_GC);
    trace_put_numbers(&writer.encoder, 0x3f, numbers, 3);
    trace_put_numbers(&writer.encoder, 0, numbers, 0);
    trace_put_free(&writer.encoder, 0);
    writer_chunk(&writer, TRACE_CHUNK_DATA);
    trace_put_text(&writer.encoder, 1, "hello", 5);
    writer_chunk(&writer, TRACE_CHUNK_OTHER);
    writer_end(&writer, TRACE_EXIT);
    struct error error;
    struct sample *sample = calloc(1, sizeof(*sample));
    *sample_event(sample, TRACE_ALLOC) =
        (struct trace_event){.kind = TRACE_ALLOC, .gc = true, .size = 48};
    sample_event(sample, TRACE_FREE);
    assert_int_equal(read_all(writer.file, writer.length, sample, &error), TRACE_FINISHED);
    free(sample);
    free(writer.file);
}

/* Legal checksums around illegal contents. */
static void expect_payload(const char *bytes, size_t length, const char *message)
{
    static struct trace_writer writer;
    struct error error;
    writer_begin(&writer);
    memcpy(writer.buffer + writer.encoder.length, bytes, length);
    writer.encoder.length += length;
    writer_end(&writer, TRACE_EXIT);
    assert_int_equal(read_all(writer.file, writer.length, NULL, &error), TRACE_BAD);
    if (strstr(error.text, message) == NULL) {
        fail_msg("expected \"%s\", got \"%s\"", message, error.text);
    }
    free(writer.file);
}

static void test_illegal_events_are_refused(void **state)
{
    (void)state;
    expect_payload("\xc0", 1, "a block before the first one");
    expect_payload("\x80", 1, "not introduced");
    expect_payload("\xe2", 1, "a block that was not allocated");
    expect_payload("\x78", 1, "a reserved byte");
    expect_payload("\x70", 1, "a size that no process has");
    expect_payload("\x70\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11, "a size that no process");
    expect_payload("\x70\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12, "a size that no pro");
    expect_payload("\x40\xff", 2, "a distance");
    expect_payload("\x01\x05", 2, "leaves the chunk");
    expect_payload("\x02\x01\x07", 3, "a damaged free");
    expect_payload("\x02\x02\x01\x01", 4, "a damaged free");
    expect_payload("\x05\x06\0\0\0\0\0\0", 8, "did not start");
    expect_payload("\x04\x08\x03\0\0\0\0\0\0\0", 10, "a damaged start");
    expect_payload("\x70\x10", 2, "the totals at the end");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_a_cut_is_found_at_every_byte),
        cmocka_unit_test(test_a_flipped_bit_is_found_everywhere),
        cmocka_unit_test(test_bytes_behind_the_end_are_found),
        cmocka_unit_test(test_unknown_tags_and_chunks_are_skipped),
        cmocka_unit_test(test_illegal_events_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A trace as a program: slots for its blocks, and the collections that its counts demand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/trace_writer.h"
#include "workloads/trace_program.h"

static bool load_bytes(const struct trace_writer *writer, struct trace_program *program,
                       uint64_t limit, struct error *error)
{
    char path[] = "/tmp/heapdyno-trace-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, writer->file, writer->length), (ssize_t)writer->length);
    close(fd);
    bool ok = trace_program_load(program, path, limit, error);
    unlink(path);
    return ok;
}

static void test_a_block_dies_once(void **state)
{
    (void)state;
    static struct trace_writer writer;
    struct trace_program program;
    struct error error;
    writer_begin(&writer);
    trace_put_alloc(&writer.encoder, 48, 0);
    trace_put_free(&writer.encoder, 0);
    trace_put_resize(&writer.encoder, 0, 10);
    writer_end(&writer, TRACE_EXIT);
    assert_false(load_bytes(&writer, &program, 0, &error));
    assert_non_null(strstr(error.text, "resizes block 0, which is not alive"));
    free(writer.file);
    writer_begin(&writer);
    trace_put_alloc(&writer.encoder, UINT64_C(1) << 33, 0);
    writer_end(&writer, TRACE_EXIT);
    assert_false(load_bytes(&writer, &program, 0, &error));
    assert_non_null(strstr(error.text, "less than 4 GiB"));
    free(writer.file);
    assert_false(trace_program_load(&program, "/nowhere/at.all", 0, &error));
    assert_false(trace_program_load(&program, "/", 0, &error));
}

static void test_a_program_reuses_slots(void **state)
{
    (void)state;
    struct trace_program program;
    struct error error = {0};
    static struct trace_writer writer;
    writer_begin(&writer);
    for (uint64_t i = 0; i < 100; i++) {
        trace_put_alloc(&writer.encoder, i, i % 8 & ~(unsigned)TRACE_CLASS_GC);
        if (i >= 3) {
            trace_put_free(&writer.encoder, i - 3);
        }
    }
    writer_end(&writer, TRACE_EXIT);
    assert_true(load_bytes(&writer, &program, 0, &error));
    assert_int_equal(program.slot_count, 4);
    assert_int_equal(program.op_count, 197);
    assert_int_equal(program.live_blocks, 3);
    trace_program_unload(&program);
    assert_true(load_bytes(&writer, &program, 50, &error));
    assert_int_equal(program.op_count, 50);
    trace_program_unload(&program);
    free(writer.file);
}

/* From 3.12 on: due from the fourth allocation on, run when the trace says so, by the counts of then. */
static void test_counts_wait_for_safe_points(void **state)
{
    (void)state;
    struct trace_gc_state gc = {.enabled = 1, .threshold = {3, 2, 10}};
    struct trace_counts counts;
    trace_counts_init(&counts, &gc);
    counts.safe_points = true;
    struct trace_event alloc = {.kind = TRACE_ALLOC, .gc = true};
    struct trace_event begin = {.kind = TRACE_GC_STARTS};
    begin.begin.flags = TRACE_GC_AUTOMATIC;
    for (int k = 0; k < 9; k++) {
        trace_counts_hear(&counts, &alloc, false);
    }
    assert_int_equal(counts.expected[0], 0);
    trace_counts_hear(&counts, &begin, false);
    assert_int_equal(counts.expected[0], 1);
    assert_int_equal(counts.misses + counts.surprises, 0);
    trace_counts_hear(&counts, &begin, false); /* not due */
    assert_int_equal(counts.surprises, 1);
    assert_false(trace_counts_safe_points("3.11.9"));
    assert_true(trace_counts_safe_points("3.12.1"));
    assert_true(trace_counts_safe_points("4.0"));
    assert_false(trace_counts_safe_points("no version"));
}

/* Thresholds 3/2/10: the counts demand exactly what is recorded here. */
static void test_counts_demand_the_collections(void **state)
{
    (void)state;
    struct trace_gc_state gc = {.enabled = 1, .threshold = {3, 2, 10}};
    struct trace_counts counts;
    trace_counts_init(&counts, &gc);
    struct trace_event alloc = {.kind = TRACE_ALLOC, .gc = true};
    struct trace_event free_event = {.kind = TRACE_FREE};
    const int expected[] = {0, 0, 0, 1};
    trace_counts_hear(&counts, &free_event, true); /* floored at 0 */
    for (size_t i = 0; i < 4; i++) {
        for (int k = 0; k < 4; k++) {
            assert_int_equal(counts.due, TRACE_NOT_DUE);
            trace_counts_hear(&counts, &alloc, false);
        }
        assert_int_equal(counts.due, expected[i]);
        struct trace_event begin = {.kind = TRACE_GC_STARTS};
        begin.begin.generation = (uint64_t)expected[i];
        begin.begin.flags = TRACE_GC_AUTOMATIC;
        struct trace_event end = {.kind = TRACE_GC_STOPS};
        end.end.generation = (uint64_t)expected[i];
        trace_counts_hear(&counts, &begin, false);
        trace_counts_hear(&counts, &end, false);
    }
    assert_int_equal(counts.recorded[0], 3);
    assert_int_equal(counts.recorded[1], 1);
    assert_int_equal(counts.misses + counts.surprises, 0);
    struct trace_event held = {.kind = TRACE_HELD};
    for (int k = 0; k < 3; k++) {
        trace_counts_hear(&counts, &alloc, false);
    }
    trace_counts_hear(&counts, &held, false);
    trace_counts_hear(&counts, &alloc, false);
    assert_int_equal(counts.due, TRACE_NOT_DUE);
    trace_counts_hear(&counts, &alloc, false);
    assert_int_equal(counts.due, 0);
    trace_counts_finish(&counts);
    assert_int_equal(counts.misses, 1);
}

/* What follows the last request belongs to the trace too. */
static void test_regress_last_collection_is_read(void **state)
{
    (void)state;
    static struct trace_writer writer;
    struct trace_program program;
    struct error error;
    const struct trace_gc_begin begin = {.generation = 2};
    const struct trace_gc_end end = {.generation = 2, .collected = 5, .uncollectable = 1};
    writer_begin(&writer);
    trace_put_alloc(&writer.encoder, 64, TRACE_CLASS_GC);
    trace_put_gc_begin(&writer.encoder, &begin);
    trace_put_gc_end(&writer.encoder, &end);
    writer_end(&writer, TRACE_STOPPED);
    assert_true(load_bytes(&writer, &program, 0, &error));
    assert_int_equal(program.reason, TRACE_STOPPED);
    assert_int_equal(program.counts.requested[2], 1);
    assert_int_equal(program.counts.collected[2], 5);
    assert_int_equal(program.counts.uncollectable[2], 1);
    assert_int_equal(program.counts.misses + program.counts.surprises, 0);
    trace_program_unload(&program);
    free(writer.file);
}

/* A quarter of the long-lived objects must be new before a full collection is due. */
static void test_full_collections_wait_for_a_quarter(void **state)
{
    (void)state;
    struct trace_gc_state gc = {
        .enabled = 1, .threshold = {1, 0, 0}, .count = {1, 1, 1}, .long_lived_total = 403};
    const struct trace_event alloc = {.kind = TRACE_ALLOC, .gc = true};
    struct trace_counts counts;
    for (gc.long_lived_pending = 99; gc.long_lived_pending <= 100; gc.long_lived_pending++) {
        trace_counts_init(&counts, &gc);
        trace_counts_hear(&counts, &alloc, false);
        assert_int_equal(counts.due, gc.long_lived_pending < 100 ? 1 : 2);
    }
    gc.threshold[0] = 0;
    trace_counts_init(&counts, &gc);
    trace_counts_hear(&counts, &alloc, false);
    assert_int_equal(counts.due, TRACE_NOT_DUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_block_dies_once),
        cmocka_unit_test(test_a_program_reuses_slots),
        cmocka_unit_test(test_counts_demand_the_collections),
        cmocka_unit_test(test_counts_wait_for_safe_points),
        cmocka_unit_test(test_regress_last_collection_is_read),
        cmocka_unit_test(test_full_collections_wait_for_a_quarter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

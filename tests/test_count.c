/* The counting listener against figures worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "bench/cell/count.h"

/* A heap that says it maps as many bytes as it is told. */
static void say_mapped(void *self, struct heap_stats *out)
{
    out->mapped_bytes = *(uint64_t *)self;
}

static void hear(struct count *count, struct request request)
{
    struct request_listener listener = count_listener(count);
    listener.hear(listener.self, &request);
}

static void test_count_follows_live_bytes(void **state)
{
    (void)state;
    struct count *count = calloc(1, sizeof *count);
    char block[4];
    hear(count, (struct request){REQUEST_ALLOC, 0, &block[0], NULL, 1, 0});
    hear(count, (struct request){REQUEST_CALLOC, 1, &block[1], NULL, 17, 0});
    hear(count, (struct request){REQUEST_RESIZE, 2, &block[2], NULL, 100, 0}); /* a birth */
    assert_int_equal(count->live_bytes, 16 + 32 + 112);
    hear(count, (struct request){REQUEST_RESIZE, 1, &block[3], &block[1], 600, 17});
    assert_int_equal(count->live_bytes, 16 + 608 + 112);
    assert_int_equal(count->bytes_requested, 1 + 17 + 100 + 583);
    hear(count, (struct request){REQUEST_RELEASE, 0, &block[0], NULL, 16, 0}); /* rounded: legal */
    hear(count, (struct request){REQUEST_RELEASE, 0, NULL, NULL, 0, 0});
    assert_int_equal(count->releases, 1);
    assert_int_equal(count->live_blocks, 2);
    assert_int_equal(count->live_bytes_peak, 16 + 608 + 112);
    assert_int_equal(count->requests[0] + count->requests[1] + count->requests[2], 3);
    assert_int_equal(count->resizes, 1);
    free(count);
}

static void test_count_of_failures_changes_nothing(void **state)
{
    (void)state;
    struct count *count = calloc(1, sizeof *count);
    char block;
    hear(count, (struct request){REQUEST_ALLOC, 0, NULL, NULL, 64, 0});
    hear(count, (struct request){REQUEST_ALLOC, 0, &block, NULL, 64, 0});
    hear(count, (struct request){REQUEST_RESIZE, 0, NULL, &block, 1 << 20, 64});
    assert_int_equal(count->failures, 2);
    assert_int_equal(count->live_bytes, 64);
    assert_int_equal(count->live_blocks, 1);
    free(count);
}

static void test_count_classes(void **state)
{
    (void)state;
    static const struct {
        size_t size;
        uint64_t class;
    } rows[] = {
        {0, 16},     {1, 16},      {16, 16},     {17, 32},           {512, 512},
        {513, 1024}, {1024, 1024}, {1025, 2048}, {1 << 20, 1 << 20}, {(1 << 20) + 1, 1 << 21}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct count *count = calloc(1, sizeof *count);
        char block;
        hear(count, (struct request){REQUEST_ALLOC, 0, &block, NULL, rows[i].size, 0});
        for (unsigned c = 0; c < COUNT_CLASSES; c++) {
            assert_int_equal(count->class_allocs[c], count_class_size(c) == rows[i].class);
        }
        free(count);
    }
}

static void test_count_reads_mapped_bytes_at_peaks(void **state)
{
    (void)state;
    uint64_t mapped = 4096;
    const struct heap_methods methods = {.stats = say_mapped};
    struct heap heap = {.self = &mapped, .methods = &methods};
    struct count *count = calloc(1, sizeof *count);
    char block;
    count->heap[0] = &heap;
    hear(count, (struct request){REQUEST_ALLOC, 0, &block, NULL, 1000, 0});
    assert_int_equal(count->mapped_bytes_peak, 4096);
    mapped = 1 << 20;
    hear(count, (struct request){REQUEST_RELEASE, 0, &block, NULL, 1000, 0});
    assert_int_equal(count->mapped_bytes_peak, 4096);
    hear(count, (struct request){REQUEST_ALLOC, 0, &block, NULL, 2000, 0});
    assert_int_equal(count->mapped_bytes_peak, 1 << 20);
    mapped = 0; /* the highest stays */
    count_read_mapped(count);
    assert_int_equal(count->mapped_bytes_peak, 1 << 20);
    free(count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_count_follows_live_bytes),
        cmocka_unit_test(test_count_of_failures_changes_nothing),
        cmocka_unit_test(test_count_classes),
        cmocka_unit_test(test_count_reads_mapped_bytes_at_peaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

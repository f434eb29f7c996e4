/* Conformance: every allocator that is there, bare and behind every wrapper, keeps the contract at
 * the top of allocators/allocator.h. */
#include "tests/allocators.h"

/* Alone, behind each wrapper, and behind two. */
static size_t specs(char text[][64], size_t limit)
{
    size_t count = 0;
    for (size_t i = 0; i < allocator_count(); i++) {
        const struct allocator *allocator = allocator_at(i);
        const char *why = allocator->unavailable != NULL ? allocator->unavailable() : NULL;
        if (why != NULL) {
            printf("skipped %s: %s\n", allocator->name, why);
            continue;
        }
        snprintf(text[count++], 64, "%s", allocator->name);
        for (size_t j = 0; j < wrapper_count(); j++) {
            const char *other = wrapper_at((j + 1) % wrapper_count())->name;
            const char *name = wrapper_at(j)->name;
            snprintf(text[count++], 64, "%s+%s", allocator->name, name);
            snprintf(text[count++], 64, "%s+%s+%s", allocator->name, name, other);
        }
        assert_true(count + 1 + 2 * wrapper_count() < limit);
    }
    return count;
}

/* Run `check` on a fresh heap of each kind, which must be sound afterwards. */
static void each_heap(void (*check)(const struct heap *heap))
{
    static char text[128][64];
    size_t count = specs(text, 128);
    assert_true(count >= 3);
    for (size_t i = 0; i < count; i++) {
        struct heap heap = test_heap(text[i]);
        check(&heap);
        const char *why = heap_check(&heap);
        if (why != NULL) {
            fail_msg("%s: %s", text[i], why);
        }
        heap_close(&heap);
        assert_null(heap.self);
    }
}

static void check_alignment(const struct heap *heap)
{
    for (size_t size = 0; size < 5000; size = size < 600 ? size + 1 : size * 2) {
        void *p = heap_alloc(heap, size);
        void *q = heap_calloc(heap, size);
        assert_non_null(p);
        assert_non_null(q);
        assert_int_equal((uintptr_t)p % HEAP_ALIGNMENT, 0);
        assert_int_equal((uintptr_t)q % HEAP_ALIGNMENT, 0);
        test_fill(p, size, 1);
        test_fill(q, size, 2);
        assert_true(test_filled(p, size, 1));
        heap_release(heap, p, size);
        heap_release(heap, q, size);
    }
}

static void test_blocks_are_aligned(void **state)
{
    (void)state;
    each_heap(check_alignment);
}

static int compare_pointers(const void *a, const void *b)
{
    uintptr_t x = *(const uintptr_t *)a;
    uintptr_t y = *(const uintptr_t *)b;
    return (x > y) - (x < y);
}

static void check_size_zero(const struct heap *heap)
{
    uintptr_t block[100];
    for (size_t i = 0; i < 100; i++) {
        void *p = i % 3 == 0   ? heap_alloc(heap, 0)
                  : i % 3 == 1 ? heap_calloc(heap, 0)
                               : heap_resize(heap, NULL, 0, 0);
        assert_non_null(p);
        block[i] = (uintptr_t)p;
    }
    qsort(block, 100, sizeof(block[0]), compare_pointers);
    for (size_t i = 1; i < 100; i++) {
        assert_true(block[i - 1] != block[i]);
    }
    for (size_t i = 0; i < 100; i++) {
        heap_release(heap, (void *)block[i], 0);
    }
}

static void test_size_zero_is_unique(void **state)
{
    (void)state;
    each_heap(check_size_zero);
}

static void check_null(const struct heap *heap)
{
    heap_release(heap, NULL, 0);
    void *p = heap_resize(heap, NULL, 0, 40);
    assert_non_null(p);
    test_fill(p, 40, 3);
    heap_release(heap, p, 40);
}

static void test_null_is_accepted(void **state)
{
    (void)state;
    each_heap(check_null);
}

/* From every size to every size of a list that has both sides of each class limit. */
static void check_resize(const struct heap *heap)
{
    static const size_t sizes[] = {0,   1,   15,  16,  17,  48,   300,  384,  385,
                                   400, 496, 511, 512, 513, 1024, 4096, 5000, 200000};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        for (size_t j = 0; j < COUNT_OF(sizes); j++) {
            size_t kept = sizes[i] < sizes[j] ? sizes[i] : sizes[j];
            void *p = heap_alloc(heap, sizes[i]);
            assert_non_null(p);
            test_fill(p, sizes[i], i);
            p = heap_resize(heap, p, sizes[i], sizes[j]);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % HEAP_ALIGNMENT, 0);
            assert_true(test_filled(p, kept, i));
            test_fill(p, sizes[j], j);
            p = heap_resize(heap, p, sizes[j], 64);
            assert_non_null(p);
            assert_true(test_filled(p, sizes[j] < 64 ? sizes[j] : 64, j));
            heap_release(heap, p, 64);
        }
    }
}

static void test_resize_keeps_contents(void **state)
{
    (void)state;
    each_heap(check_resize);
}

static void check_calloc(const struct heap *heap)
{
    for (size_t size = 1; size < 70000; size = size * 3 / 2 + 1) {
        void *p = heap_alloc(heap, size); /* leaves dirt behind */
        assert_non_null(p);
        memset(p, 0xff, size);
        heap_release(heap, p, size);
        unsigned char *q = heap_calloc(heap, size);
        assert_non_null(q);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(q[i], 0);
        }
        heap_release(heap, q, size);
    }
}

static void test_calloc_is_zeroed(void **state)
{
    (void)state;
    each_heap(check_calloc);
}

/* Too much for any machine: refused, and the block given to resize is still there. */
static void check_too_large(const struct heap *heap)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 31, SIZE_MAX / 2 + 1};
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        assert_null(heap_alloc(heap, sizes[i]));
        assert_null(heap_calloc(heap, sizes[i]));
        void *p = heap_alloc(heap, 100);
        assert_non_null(p);
        test_fill(p, 100, 9);
        assert_null(heap_resize(heap, p, 100, sizes[i]));
        assert_true(test_filled(p, 100, 9));
        heap_release(heap, p, 100);
    }
}

static void test_too_large_is_refused(void **state)
{
    (void)state;
    if (test_is_valgrind()) {
        skip(); /* it reports such sizes as errors */
    }
    each_heap(check_too_large);
}

static void check_cold_calls(const struct heap *heap)
{
    struct heap_stats stats;
    void *p = heap_alloc(heap, 400);
    assert_non_null(p);
    heap_stats(heap, &stats);
    assert_true(stats.mapped_bytes >= 400); /* HEAP_UNKNOWN is larger than any */
    assert_true(stats.live_bytes >= 400);
    if (heap->methods->size_of != NULL) {
        assert_true(heap->methods->size_of(heap->self, p) >= 400);
    }
    heap_release(heap, p, 400);
    heap_trim(heap);
    assert_null(heap_check(heap));
}

static void test_cold_calls_are_safe(void **state)
{
    (void)state;
    each_heap(check_cold_calls);
}

static void test_registry_is_sorted_and_sound(void **state)
{
    (void)state;
    for (size_t i = 0; i < allocator_count(); i++) {
        const struct allocator *allocator = allocator_at(i);
        assert_true(i == 0 || strcmp(allocator_at(i - 1)->name, allocator->name) < 0);
        assert_ptr_equal(allocator_find(allocator->name), allocator);
        assert_int_equal(allocator->abi, ALLOCATOR_ABI);
        assert_int_equal(allocator->struct_size, sizeof(struct allocator));
        assert_non_null(allocator->summary);
        assert_non_null(allocator->open);
        for (size_t j = 1; j < allocator->option_count; j++) {
            assert_true(strcmp(allocator->options[j - 1].name, allocator->options[j].name) < 0);
        }
    }
    for (size_t i = 0; i < wrapper_count(); i++) {
        const struct wrapper *wrapper = wrapper_at(i);
        assert_true(i == 0 || strcmp(wrapper_at(i - 1)->name, wrapper->name) < 0);
        assert_ptr_equal(wrapper_find(wrapper->name), wrapper);
    }
    assert_null(allocator_find("no-such"));
    assert_null(wrapper_find("no-such"));
}

int main(int argc, char **argv)
{
    (void)argc;
    test_environment(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry_is_sorted_and_sound),
        cmocka_unit_test(test_blocks_are_aligned),
        cmocka_unit_test(test_size_zero_is_unique),
        cmocka_unit_test(test_null_is_accepted),
        cmocka_unit_test(test_resize_keeps_contents),
        cmocka_unit_test(test_calloc_is_zeroed),
        cmocka_unit_test(test_too_large_is_refused),
        cmocka_unit_test(test_cold_calls_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

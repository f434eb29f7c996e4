/* The pools that `heapdyno snapshot --predict` loads into: where blocks lie, by the version of
 * Python, and that they keep what is in them through any order of requests. */
#include "base/rng.h"
#include "tests/allocators.h"
#include "workloads/heap_load.h"

enum { POOL_HEADER = 48, BLOCK = 64, STEPS = 20000, SLOTS = 200, SIZE_MAX_TRIED = 700 };

/* Blocks of one size side by side as many as a pool holds; the next pool is another's. */
static void check_pools(uint64_t python, size_t pool_bytes)
{
    struct heap raw = test_heap("malloc"), heap;
    assert_true(heap_pools_open(python, raw, &heap));
    size_t whole = (pool_bytes - POOL_HEADER) / BLOCK;
    char *first = heap_alloc(&heap, BLOCK), *other = heap_alloc(&heap, 2 * BLOCK);
    assert_int_equal((uintptr_t)first % pool_bytes, POOL_HEADER);
    assert_ptr_equal(other, first + pool_bytes);
    for (size_t i = 1; i < whole; i++) {
        assert_ptr_equal(heap_alloc(&heap, i % 2 == 0 ? BLOCK : BLOCK - 15), first + i * BLOCK);
    }
    assert_ptr_equal(heap_alloc(&heap, BLOCK), first + 2 * pool_bytes);
    heap_release(&heap, first, BLOCK);
    assert_ptr_equal(heap_calloc(&heap, BLOCK), first);
    heap_close(&heap);
    heap_close(&raw);
}

static void test_pools_are_those_of_the_version(void **state)
{
    (void)state;
    check_pools(0x03091200, 4096);
    check_pools(0x030a0d00, 16384);
    check_pools(0x030d0000, 16384);
}

static void test_blocks_keep_their_content(void **state)
{
    (void)state;
    struct heap raw = test_heap("malloc"), heap;
    struct rng rng;
    rng_seed(&rng, test_seed());
    unsigned char *block[SLOTS] = {NULL};
    size_t size[SLOTS] = {0};
    assert_true(heap_pools_open(0x03091200, raw, &heap));
    for (int step = 0; step < STEPS; step++) {
        size_t i = rng_below(&rng, SLOTS), wanted = rng_below(&rng, SIZE_MAX_TRIED);
        for (size_t k = 0; k < size[i]; k++) {
            assert_int_equal(block[i][k], i);
        }
        if (rng_below(&rng, 3) == 0) {
            heap_release(&heap, block[i], size[i]);
            block[i] = NULL;
            size[i] = 0;
            continue;
        }
        block[i] = heap_resize(&heap, block[i], size[i], wanted);
        assert_non_null(block[i]);
        assert_int_equal((uintptr_t)block[i] % HEAP_ALIGNMENT, 0);
        for (size_t k = 0; k < size[i] && k < wanted; k++) {
            assert_int_equal(block[i][k], i);
        }
        memset(block[i], (int)i, wanted);
        size[i] = wanted;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        heap_release(&heap, block[i], size[i]);
    }
    heap_close(&heap);
    heap_close(&raw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pools_are_those_of_the_version),
        cmocka_unit_test(test_blocks_keep_their_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

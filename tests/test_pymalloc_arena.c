/* pymalloc's arenas: pools in each, which arena serves, when one goes back, what holds it, and a
 * process with little address space. */
#include "tests/pymalloc_heap.h"

#include <sys/resource.h>
#include <sys/wait.h>

/* 64 pools in an arena at a pool's multiple; 63 one page behind it. */
static void test_alignment_costs_a_pool(void **state)
{
    (void)state;
    static const char *const specs[] = {"pymalloc", "pymalloc:align=page"};
    for (size_t i = 0; i < 2; i++) {
        struct heap heap = test_heap(specs[i]);
        size_t blocks = (64 - i) * 31;
        for (size_t j = 0; j < blocks; j++) {
            assert_non_null(heap_alloc(&heap, 512));
        }
        assert_int_equal(stats_of(&heap).arenas, 1);
        assert_int_equal(stats_of(&heap).pools, 64 - i);
        assert_non_null(heap_alloc(&heap, 512));
        assert_int_equal(stats_of(&heap).arenas, 2);
        assert_int_equal(stats_of(&heap).mapped_bytes, 2 << 20);
        close_sound(&heap);
    }
}

enum { ARENA_BLOCKS = 64 * 31 }; /* of 512 bytes */

/* Release the blocks of one pool of an arena filled with 512-byte blocks in order. */
static void release_pool(struct heap *heap, void **block, size_t arena, size_t pool)
{
    for (size_t i = 0; i < 31; i++) {
        heap_release(heap, block[arena * ARENA_BLOCKS + pool * 31 + i], 512);
    }
}

/* New pools come from the arena with the fewest free ones, whatever the order of release. */
static void test_fullest_arena_serves_first(void **state)
{
    (void)state;
    static void *block[4 * ARENA_BLOCKS];
    struct heap heap = test_heap("pymalloc");
    for (size_t i = 0; i < 4 * ARENA_BLOCKS; i++) {
        block[i] = heap_alloc(&heap, 512);
    }
    assert_int_equal(stats_of(&heap).arenas, 4);
    static const size_t free_pools[4] = {3, 1, 5, 2};
    for (size_t round = 0; round < 5; round++) {
        for (size_t arena = 0; arena < 4; arena++) {
            if (round < free_pools[arena]) {
                release_pool(&heap, block, arena, 10 + round);
                assert_null(heap_check(&heap));
            }
        }
    }
    static const size_t order[] = {1, 3, 3, 0, 0, 0, 2, 2, 2, 2, 2, 4};
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        uintptr_t place = offset_of(&heap, heap_alloc(&heap, 512));
        assert_int_equal(place >> 20, order[i]);
        for (size_t j = 1; j < 31; j++) {
            heap_alloc(&heap, 512);
        }
    }
    close_sound(&heap);
}

/* A free arena goes back to the OS, but for the last usable one. */
static void test_free_arenas_go_back(void **state)
{
    (void)state;
    static void *block[4 * ARENA_BLOCKS];
    struct heap heap = test_heap("pymalloc");
    for (size_t i = 0; i < 4 * ARENA_BLOCKS; i++) {
        block[i] = heap_alloc(&heap, 512);
    }
    static const size_t expected[4] = {4, 3, 2, 1}; /* arenas after each was emptied */
    for (size_t arena = 0; arena < 4; arena++) {
        for (size_t pool = 0; pool < 64; pool++) {
            release_pool(&heap, block, arena, pool);
        }
        assert_null(heap_check(&heap));
        assert_int_equal(stats_of(&heap).arenas, expected[arena]);
    }
    struct heap_stats stats = stats_of(&heap);
    assert_int_equal(stats.arenas_total, 4);
    assert_int_equal(stats.arenas_highwater, 4);
    assert_int_equal(stats.live_blocks, 0);
    assert_int_equal(stats.pools, 0);
    unsigned char *p = heap_calloc(&heap, 512);
    assert_non_null(p);
    close_sound(&heap);
}

/* 400,000 blocks of 64 bytes; survivors spread over the pools hold all arenas, one holds one. */
static void test_survivors_hold_arenas(void **state)
{
    (void)state;
    enum { COUNT = 400000, STEP = 510 };
    void **block = calloc(COUNT, sizeof(*block));
    assert_non_null(block);
    struct heap heap = test_heap("pymalloc");
    for (size_t i = 0; i < COUNT; i++) {
        block[i] = heap_alloc(&heap, 64);
    }
    uint64_t arenas = stats_of(&heap).arenas;
    assert_int_equal(stats_of(&heap).pools, (COUNT + 254) / 255);
    assert_int_equal(arenas, ((COUNT + 254) / 255 + 63) / 64);
    for (size_t i = 0; i < COUNT; i++) {
        if (i % STEP != 0) {
            heap_release(&heap, block[i], 64);
        }
    }
    assert_int_equal(stats_of(&heap).arenas, arenas);
    assert_int_equal(stats_of(&heap).live_blocks, (COUNT + STEP - 1) / STEP);
    assert_int_equal(stats_of(&heap).pools, (COUNT + STEP - 1) / STEP);
    for (size_t i = STEP; i < COUNT; i += STEP) {
        heap_release(&heap, block[i], 64);
    }
    assert_int_equal(stats_of(&heap).live_blocks, 1);
    assert_int_equal(stats_of(&heap).arenas, 1); /* the survivor's is the last usable one */
    free(block);
    close_sound(&heap);
}

/* In a process with little address space: a smaller region, then the raw heap, then NULL. */
static void child_with_little_space(void)
{
    struct rlimit limit = {UINT64_C(1) << 28, UINT64_C(1) << 28};
    if (setrlimit(RLIMIT_AS, &limit) != 0) {
        _exit(2);
    }
    struct heap heap = test_heap("pymalloc");
    size_t span = ((struct pymalloc *)heap.self)->span;
    size_t count = 0;
    while (heap_alloc(&heap, 512) != NULL) {
        count++;
    }
    struct heap_stats stats = stats_of(&heap);
    bool ok = span < (UINT64_C(1) << 28) && stats.arenas == span >> 20 &&
              stats.live_blocks == count && count > stats.arenas * ARENA_BLOCKS &&
              heap_check(&heap) == NULL;
    _exit(ok ? 0 : 1);
}

static void test_little_address_space_is_enough(void **state)
{
    (void)state;
    if (test_is_slow()) {
        skip(); /* sanitizers need the address space themselves */
    }
    pid_t child = fork();
    if (child == 0) {
        child_with_little_space();
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment_costs_a_pool),
        cmocka_unit_test(test_fullest_arena_serves_first),
        cmocka_unit_test(test_free_arenas_go_back),
        cmocka_unit_test(test_survivors_hold_arenas),
        cmocka_unit_test(test_little_address_space_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

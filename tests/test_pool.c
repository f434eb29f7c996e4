/* pool's own promises: blocks come back last first, small ones never come from the raw heap, what
 * its magazines hold is bounded and counted, and trimming gives memory back. */
#include "tests/allocators.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include "allocators/pool.h"

static struct heap_stats stats_of(const struct heap *heap)
{
    struct heap_stats stats;
    heap_stats(heap, &stats);
    return stats;
}

static void test_blocks_come_back_last_first(void **state)
{
    (void)state;
    struct heap heap = test_heap("pool");
    void *block[20];
    for (size_t i = 0; i < 20; i++) {
        block[i] = heap_alloc(&heap, 100);
    }
    for (size_t i = 0; i < 20; i++) {
        heap_release(&heap, block[i], 112);
    }
    for (size_t i = 20; i-- > 0;) {
        assert_ptr_equal(heap_alloc(&heap, 97), block[i]);
    }
    assert_null(heap_check(&heap));
    heap_close(&heap);
}

/* Fresh blocks ascend, so that what is allocated together lies together. */
static void test_fresh_blocks_ascend(void **state)
{
    (void)state;
    struct heap heap = test_heap("pool");
    char *first = heap_alloc(&heap, 64);
    for (size_t i = 1; i < 255; i++) {
        assert_ptr_equal(heap_alloc(&heap, 64), first + 64 * i);
    }
    assert_int_equal(stats_of(&heap).pools, 1);
    heap_close(&heap);
}

/* A resize keeps its place within a class only: the size given to release must say the class. */
static void test_resize_follows_the_class(void **state)
{
    (void)state;
    struct heap heap = test_heap("pool");
    void *p = heap_alloc(&heap, 500);
    assert_ptr_equal(heap_resize(&heap, p, 500, 512), p);
    void *q = heap_resize(&heap, p, 512, 496);
    assert_ptr_not_equal(q, p);
    void *large = heap_resize(&heap, q, 496, 10000);
    assert_int_equal(stats_of(&heap).live_bytes, 10000);
    void *small = heap_resize(&heap, large, 10000, 100);
    const struct pool_heap *self = heap.self;
    assert_true((uintptr_t)small - self->pools.base < self->pools.span);
    assert_int_equal(stats_of(&heap).live_bytes, 112);
    heap_release(&heap, small, 100);
    assert_int_equal(stats_of(&heap).live_blocks, 0);
    heap_close(&heap);
}

/* All sizes, many of each, released: the magazines hold less than 256 KiB, and arenas go back. */
static void test_magazines_are_bounded(void **state)
{
    (void)state;
    enum { COUNT = 64000 };
    void **block = calloc(COUNT, sizeof(*block));
    assert_non_null(block);
    struct heap heap = test_heap("pool");
    for (size_t i = 0; i < COUNT; i++) {
        block[i] = heap_alloc(&heap, 1 + i % 512);
    }
    uint64_t arenas = stats_of(&heap).arenas;
    assert_true(arenas >= 16);
    for (size_t i = 0; i < COUNT; i++) {
        heap_release(&heap, block[i], 1 + i % 512);
    }
    const struct pool_heap *self = heap.self;
    size_t held = 0;
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        held += magazine_count(&self->magazine[i]) * class_size(i);
    }
    assert_true(held > 0 && held < 256 * 1024);
    assert_int_equal(stats_of(&heap).live_blocks, 0);
    assert_null(heap_check(&heap));
    heap_trim(&heap);
    assert_null(heap_check(&heap));
    assert_int_equal(stats_of(&heap).arenas, 1);
    assert_int_equal(stats_of(&heap).pools, 0);
    void *p = heap_calloc(&heap, 512); /* its pool's pages are fresh */
    assert_non_null(p);
    assert_null(heap_check(&heap));
    free(block);
    heap_close(&heap);
}

static void test_check_finds_damage(void **state)
{
    (void)state;
    struct heap heap = test_heap("pool");
    struct pool_heap *self = heap.self;
    void *p = heap_alloc(&heap, 64);
    heap_release(&heap, p, 64);
    assert_null(heap_check(&heap));
    struct magazine *magazine = &self->magazine[3];
    void *block = magazine->top[-1];
    magazine->top[-1] = (char *)block + 8;
    assert_non_null(heap_check(&heap));
    magazine->top[-1] = self;
    assert_non_null(heap_check(&heap));
    magazine->top[-1] = block;
    void **top = magazine->top;
    magazine->top = magazine->end;
    assert_non_null(heap_check(&heap));
    magazine->top = top;
    assert_null(heap_check(&heap));
    heap_close(&heap);
}

/* Without arenas small requests fail, though the raw heap could serve them. */
static void child_without_arenas(void)
{
    struct rlimit limit = {UINT64_C(1) << 28, UINT64_C(1) << 28};
    if (setrlimit(RLIMIT_AS, &limit) != 0) {
        _exit(2);
    }
    struct heap heap = test_heap("pool");
    const struct pool_heap *self = heap.self;
    size_t count = 0;
    for (void *p; (p = heap_alloc(&heap, 512)) != NULL; count++) {
        if ((uintptr_t)p - self->pools.base >= self->pools.span) {
            _exit(3);
        }
    }
    bool ok = count == self->pools.arena_limit * 64 * 31 && heap_alloc(&heap, 2000) != NULL &&
              heap_check(&heap) == NULL;
    _exit(ok ? 0 : 1);
}

static void test_small_blocks_are_never_raw(void **state)
{
    (void)state;
    if (test_is_slow()) {
        skip(); /* sanitizers need the address space themselves */
    }
    pid_t child = fork();
    if (child == 0) {
        child_without_arenas();
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_come_back_last_first),
        cmocka_unit_test(test_fresh_blocks_ascend),
        cmocka_unit_test(test_resize_follows_the_class),
        cmocka_unit_test(test_magazines_are_bounded),
        cmocka_unit_test(test_check_finds_damage),
        cmocka_unit_test(test_small_blocks_are_never_raw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

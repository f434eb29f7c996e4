/* pool's own promises: blocks come back last first, small ones never come from the raw heap, what
 * lies idle is bounded and counted, and memory goes back. */
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
    assert_int_equal((uintptr_t)first % 64, 0);
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

/* Every size up to the largest is served from a block of its class, at most a quarter larger. */
static void test_classes(void **state)
{
    (void)state;
    struct heap heap = test_heap("pool");
    for (size_t size = 1; size <= BLOCK_MAX; size++) {
        size_t room = block_size(block_class(size));
        assert_true(room >= size && (room - size < 16 || 4 * (room - size) < size));
        assert_true(block_class(size) == 0 || block_size(block_class(size) - 1) < size);
        void *p = heap_alloc(&heap, size);
        assert_int_equal(heap.methods->size_of(heap.self, p), room);
        assert_ptr_equal(heap_resize(&heap, p, size, room), p);
        heap_release(&heap, p, room);
    }
    struct heap_stats stats = stats_of(&heap);
    assert_int_equal(stats.class_count, BLOCK_CLASSES);
    assert_int_equal(stats.class[BLOCK_CLASSES - 1].size, BLOCK_MAX);
    assert_int_equal(stats.live_blocks, 0);
    assert_null(heap_check(&heap));
    heap_close(&heap);
}

/* All sizes, many of each, released in the same order: as soon as the last is gone, one arena stays,
 * and trimming leaves its first pages. */
static void test_memory_goes_back(void **state)
{
    (void)state;
    enum { COUNT = 64000 };
    void **block = calloc(COUNT, sizeof(*block));
    assert_non_null(block);
    struct heap heap = test_heap("pool");
    for (size_t i = 0; i < COUNT; i++) {
        block[i] = heap_alloc(&heap, 1 + i % BLOCK_MAX);
    }
    assert_true(stats_of(&heap).arenas >= 64);
    for (size_t i = 0; i < COUNT; i++) {
        heap_release(&heap, block[i], 1 + i % BLOCK_MAX);
    }
    assert_null(heap_check(&heap));
    assert_int_equal(stats_of(&heap).live_blocks, 0);
    assert_int_equal(stats_of(&heap).pools, 0);
    assert_int_equal(stats_of(&heap).arenas, 1);
    heap_trim(&heap);
    assert_null(heap_check(&heap));
    void *p = heap_calloc(&heap, 512); /* its pool's pages are fresh */
    assert_non_null(p);
    assert_null(heap_check(&heap));
    free(block);
    heap_close(&heap);
}

/* Of a full pool's blocks fewer than an eighth lie idle; the next release makes them usable. */
static void test_an_eighth_is_worth_using(void **state)
{
    (void)state;
    enum { POOL_BLOCKS = 255, IDLE = 255 / 8 - 1 };
    void *block[POOL_BLOCKS];
    struct heap heap = test_heap("pool");
    for (size_t i = 0; i < POOL_BLOCKS; i++) {
        block[i] = heap_alloc(&heap, 64);
    }
    char *other = heap_alloc(&heap, 64); /* its pool is current now */
    for (size_t i = 0; i < IDLE; i++) {
        heap_release(&heap, block[i], 64);
    }
    assert_int_equal(stats_of(&heap).class[3].blocks_used, POOL_BLOCKS + 1 - IDLE);
    assert_null(heap_check(&heap));
    for (size_t i = 1; i < POOL_BLOCKS; i++) {
        assert_ptr_equal(heap_alloc(&heap, 64), other + 64 * i);
    }
    heap_release(&heap, block[IDLE], 64);
    assert_null(heap_check(&heap));
    for (size_t i = IDLE + 1; i-- > 0;) {
        assert_ptr_equal(heap_alloc(&heap, 64), block[i]);
    }
    assert_int_equal(stats_of(&heap).pools, 2);
    heap_close(&heap);
}

/* A loop over one block keeps its pool; trimming takes it. */
static void test_an_empty_current_pool_stays(void **state)
{
    (void)state;
    struct heap heap = test_heap("pool");
    struct pool_heap *self = heap.self;
    void *p = heap_alloc(&heap, 64);
    for (size_t i = 0; i < 5; i++) {
        heap_release(&heap, p, 64);
        assert_ptr_equal(self->current[3], pool_of(p));
        assert_null(heap_check(&heap));
        assert_ptr_equal(heap_alloc(&heap, 64), p);
    }
    heap_trim(&heap);
    assert_ptr_equal(self->current[3], pool_of(p));
    heap_release(&heap, p, 64);
    heap_trim(&heap);
    assert_ptr_equal(self->current[3], &self->queue[3]);
    assert_null(heap_check(&heap));
    heap_close(&heap);
}

static void expect_damage(const struct heap *heap, uint32_t *field)
{
    assert_null(heap_check(heap));
    (*field)++;
    assert_non_null(heap_check(heap));
    (*field)--;
    assert_null(heap_check(heap));
}

static void test_check_finds_damage(void **state)
{
    (void)state;
    void *block[8]; /* of 2048 bytes, 7 fill a pool */
    struct heap heap = test_heap("pool");
    struct pool_heap *self = heap.self;
    for (size_t i = 0; i < 8; i++) {
        block[i] = heap_alloc(&heap, BLOCK_MAX);
    }
    struct pool *pool = pool_of(block[0]);
    expect_damage(&heap, &pool->used); /* full */
    expect_damage(&heap, &pool->arena);
    expect_damage(&heap, &pool->capacity);
    heap_release(&heap, block[0], BLOCK_MAX);
    expect_damage(&heap, &pool->used); /* partial */
    expect_damage(&heap, &pool->class);
    expect_damage(&heap, &self->current[0]->class);
    struct pool *next = pool->next;
    pool->next = pool;
    assert_non_null(heap_check(&heap));
    pool->next = next;
    void *free_blocks = pool->free;
    pool->free = (char *)free_blocks + 8;
    assert_non_null(heap_check(&heap));
    pool->free = NULL;
    assert_non_null(heap_check(&heap));
    pool->free = free_blocks;
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
    bool ok = count == self->pools.arena_limit * 64 * 31 && heap_alloc(&heap, 3000) != NULL &&
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
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_memory_goes_back),
        cmocka_unit_test(test_an_eighth_is_worth_using),
        cmocka_unit_test(test_an_empty_current_pool_stays),
        cmocka_unit_test(test_check_finds_damage),
        cmocka_unit_test(test_small_blocks_are_never_raw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

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

/* What was released is handed out last first, once what is ready is used up. */
static void test_blocks_come_back_last_first(void **state)
{
    (void)state;
    enum { COUNT = 4096 / 128 }; /* a page is made ready at a time */
    struct heap heap = test_heap("pool");
    void *block[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        block[i] = heap_alloc(&heap, 120);
    }
    for (size_t i = 0; i < COUNT; i++) {
        heap_release(&heap, block[i], 128);
    }
    for (size_t i = COUNT; i-- > 0;) {
        assert_ptr_equal(heap_alloc(&heap, 113), block[i]);
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
    assert_int_equal((uintptr_t)first % POOL_SIZE, 0);
    for (size_t i = 1; i < POOL_SIZE / 64; i++) {
        assert_ptr_equal(heap_alloc(&heap, 64), first + 64 * i);
    }
    assert_int_equal(stats_of(&heap).pools, 1);
    heap_close(&heap);
}

/* The lowest idle pool is taken, whichever became idle last. */
static void test_low_addresses_first(void **state)
{
    (void)state;
    enum { POOLS_USED = 100, BLOCKS = POOL_SIZE / 1024 };
    struct heap heap = test_heap("pool");
    char *block[POOLS_USED * BLOCKS];
    for (size_t i = 0; i < COUNT_OF(block); i++) {
        block[i] = heap_alloc(&heap, 1024);
    }
    static const size_t emptied[] = {7, 70, 3, 99, 50};
    for (size_t i = 0; i < COUNT_OF(emptied); i++) {
        for (size_t k = 0; k < BLOCKS; k++) {
            heap_release(&heap, block[emptied[i] * BLOCKS + k], 1024);
        }
    }
    assert_null(heap_check(&heap));
    static const size_t sorted[] = {3, 7, 50, 70};
    for (size_t i = 0; i < COUNT_OF(sorted); i++) {
        size_t size = 100 + 16 * i; /* each time another class */
        assert_ptr_equal(heap_alloc(&heap, size), block[sorted[i] * BLOCKS]);
    }
    assert_null(heap_check(&heap));
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
    assert_true(pool_number(heap.self, small) < POOLS);
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
        uint32_t class = (uint32_t)size_class(size);
        size_t room = block_size(class);
        assert_true(room >= size && (room - size < 16 || 4 * (room - size) < size));
        assert_true(block_size(class - 1) < size);
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

/* All sizes, many of each, released in the same order: as soon as the last is gone one arena stays,
 * and trimming leaves none. */
static void test_memory_goes_back(void **state)
{
    (void)state;
    enum { COUNT = 128000 };
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
    assert_int_equal(stats_of(&heap).arenas, 0);
    void *p = heap_calloc(&heap, 512);
    assert_non_null(p);
    assert_null(heap_check(&heap));
    free(block);
    heap_close(&heap);
}

/* Fill so many arenas with blocks of 1 KiB, then release all. */
static void grow_and_shrink(struct heap *heap, size_t arenas)
{
    void **last = NULL;
    for (size_t i = 0; i < arenas * (ARENA_SIZE / 1024); i++) {
        void **block = heap_alloc(heap, 1024);
        *block = last;
        last = block;
    }
    while (last != NULL) {
        void **block = last;
        last = *block;
        heap_release(heap, block, 1024);
    }
    assert_null(heap_check(heap));
}

/* A program that needs the same again and again keeps it, up to the option; one that needed much
 * once does not. */
static void test_what_is_needed_again_stays(void **state)
{
    (void)state;
    struct heap heap = test_heap("pool:keep=8");
    grow_and_shrink(&heap, 6);
    assert_int_equal(stats_of(&heap).arenas, 1);
    grow_and_shrink(&heap, 6);
    assert_int_equal(stats_of(&heap).arenas, 6);
    uint64_t mapped = stats_of(&heap).arenas_total;
    for (size_t i = 0; i < 10; i++) {
        grow_and_shrink(&heap, 6);
    }
    assert_int_equal(stats_of(&heap).arenas_total, mapped);
    grow_and_shrink(&heap, 300); /* 292 go back, and for each 16 of them one fewer stays */
    assert_int_equal(stats_of(&heap).arenas, 1);
    grow_and_shrink(&heap, 20);
    assert_int_equal(stats_of(&heap).arenas, 8);
    heap_close(&heap);

    heap = test_heap("pool:keep=0");
    grow_and_shrink(&heap, 3);
    assert_int_equal(stats_of(&heap).arenas, 0);
    heap_close(&heap);
}

/* Of a class of many pools up to an eighth of a full one lies idle; the next release makes it
 * usable. Of the first pool nothing does. */
static void test_an_eighth_is_worth_using(void **state)
{
    (void)state;
    enum { POOL_BLOCKS = POOL_SIZE / 64, FILLED = 130, WORTH = POOL_BLOCKS / 8 };
    static void *block[FILLED][POOL_BLOCKS];
    struct heap heap = test_heap("pool");
    for (size_t i = 0; i < FILLED * POOL_BLOCKS; i++) {
        block[i / POOL_BLOCKS][i % POOL_BLOCKS] = heap_alloc(&heap, 64);
    }
    void *other = heap_alloc(&heap, 64); /* its pool is current now */
    for (size_t i = 0; i < WORTH - 1; i++) {
        heap_release(&heap, block[FILLED - 1][i], 64);
    }
    assert_int_equal(stats_of(&heap).class[3].blocks_used, FILLED * POOL_BLOCKS + 2 - WORTH);
    assert_null(heap_check(&heap));
    for (size_t i = 1; i < POOL_BLOCKS; i++) {
        assert_ptr_equal(heap_alloc(&heap, 64), (char *)other + 64 * i);
    }
    heap_release(&heap, block[FILLED - 1][WORTH - 1], 64);
    assert_null(heap_check(&heap));
    for (size_t i = WORTH; i-- > 0;) {
        assert_ptr_equal(heap_alloc(&heap, 64), block[FILLED - 1][i]);
    }
    heap_release(&heap, block[0][5], 64);
    assert_ptr_equal(heap_alloc(&heap, 64), block[0][5]);
    assert_null(heap_check(&heap));
    heap_close(&heap);
}

/* A loop over one block keeps its pool; trimming takes it. */
static void test_an_empty_current_pool_stays(void **state)
{
    (void)state;
    struct heap heap = test_heap("pool");
    struct pool_heap *self = heap.self;
    uint32_t class = (uint32_t)size_class(64);
    void *p = heap_alloc(&heap, 64);
    size_t number = pool_number(self, p);
    for (size_t i = 0; i < 1000; i++) {
        heap_release(&heap, p, 64);
        assert_int_equal(self->current[class], number);
        assert_null(heap_check(&heap));
        p = heap_alloc(&heap, 64);
        assert_int_equal(pool_number(self, p), number);
    }
    heap_trim(&heap);
    assert_int_equal(self->current[class], number);
    heap_release(&heap, p, 64);
    heap_trim(&heap);
    assert_int_equal(self->current[class], RINGS + class);
    assert_int_equal(stats_of(&heap).arenas, 0);
    assert_null(heap_check(&heap));
    heap_close(&heap);
}

/* Size 0 takes a block of the smallest class, also while others of it are ready. */
static void test_size_zero_loses_nothing(void **state)
{
    (void)state;
    struct heap heap = test_heap("pool");
    void *first = heap_alloc(&heap, 1), *zero = heap_alloc(&heap, 0);
    assert_ptr_equal(zero, (char *)first + 16);
    assert_null(heap_check(&heap));
    heap_release(&heap, zero, 0);
    heap_release(&heap, first, 1);
    assert_int_equal(stats_of(&heap).live_blocks, 0);
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

static void expect_damaged_bit(const struct heap *heap, uint64_t *bits, uint32_t at)
{
    assert_null(heap_check(heap));
    *bits ^= bit_of(at);
    assert_non_null(heap_check(heap));
    *bits ^= bit_of(at);
    assert_null(heap_check(heap));
}

static void test_check_finds_damage(void **state)
{
    (void)state;
    enum { BLOCKS = POOL_SIZE / BLOCK_MAX };
    void *block[BLOCKS + 1];
    struct heap heap = test_heap("pool");
    struct pool_heap *self = heap.self;
    for (size_t i = 0; i <= BLOCKS; i++) {
        block[i] = heap_alloc(&heap, BLOCK_MAX);
    }
    uint32_t full = (uint32_t)pool_number(self, block[0]);
    uint32_t current = (uint32_t)pool_number(self, block[BLOCKS]);
    struct arena *arena = arena_of(self, full);
    struct arena_group *group = &self->group[full / ARENA_POOLS / 64];
    expect_damage(&heap, &self->count[full]);
    expect_damage(&heap, &self->count[current]);
    expect_damage(&heap, &self->pools[BLOCK_CLASSES]);
    expect_damage(&heap, &self->spare);
    expect_damage(&heap, &self->current[1]);
    expect_damaged_bit(&heap, &arena->idle, full);
    expect_damaged_bit(&heap, &arena->held, full);
    expect_damaged_bit(&heap, &arena->held, current);
    expect_damaged_bit(&heap, &group->open, full / ARENA_POOLS);
    expect_damaged_bit(&heap, &group->mapped, full / ARENA_POOLS);
    heap_release(&heap, block[0], BLOCK_MAX); /* it is partial now */
    expect_damage(&heap, &self->count[full]);
    expect_damage(&heap, &self->pool[full].next);
    expect_damage(&heap, &self->pool[full].prev);
    void *list = self->free[full];
    self->free[full] = (char *)list + 8;
    assert_non_null(heap_check(&heap));
    self->free[full] = NULL;
    assert_non_null(heap_check(&heap));
    self->free[full] = list;
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
        if (pool_number(self, p) >= POOLS) {
            _exit(3);
        }
    }
    bool ok = count == (self->arena_limit - ARENA_FIRST) * (ARENA_SIZE / 512) && count > 0 &&
              heap_alloc(&heap, 3000) != NULL && heap_check(&heap) == NULL;
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
        cmocka_unit_test(test_low_addresses_first),
        cmocka_unit_test(test_memory_goes_back),
        cmocka_unit_test(test_what_is_needed_again_stays),
        cmocka_unit_test(test_size_zero_loses_nothing),
        cmocka_unit_test(test_an_eighth_is_worth_using),
        cmocka_unit_test(test_an_empty_current_pool_stays),
        cmocka_unit_test(test_check_finds_damage),
        cmocka_unit_test(test_small_blocks_are_never_raw),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

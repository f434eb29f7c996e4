/* pymalloc's facts, one by one: those of CPython 3.11 (numbers F100 to F108 are the ones printed by
 * real interpreters), its figures, and that its check finds damage. */
#include "tests/allocators.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include "allocators/pymalloc.h"
#include "allocators/tap.h"

static struct heap_stats stats_of(const struct heap *heap)
{
    struct heap_stats stats;
    heap_stats(heap, &stats);
    return stats;
}

/* Bytes from the first arena's start; huge for a raw block. */
static uintptr_t offset_of(const struct heap *heap, const void *p)
{
    return (uintptr_t)p - ((const struct pymalloc *)heap->self)->base;
}

static bool is_pooled(const struct heap *heap, const void *p)
{
    return offset_of(heap, p) < ((const struct pymalloc *)heap->self)->span;
}

static void close_sound(struct heap *heap)
{
    const char *why = heap_check(heap);
    if (why != NULL) {
        fail_msg("%s", why);
    }
    heap_close(heap);
}

/* F106: fresh blocks ascend from offset 48; floor(16336 / size) of them, then the next pool. */
static void test_pool_holds_what_cpython_says(void **state)
{
    (void)state;
    static const size_t known[][2] = {{16, 1021}, {48, 340}, {64, 255}, {512, 31}};
    struct heap heap = test_heap("pymalloc");
    for (size_t size = 16; size <= 512; size += 16) {
        uintptr_t first = offset_of(&heap, heap_alloc(&heap, size));
        uintptr_t next = first + size;
        size_t count = 1;
        assert_int_equal(first % POOL_SIZE, 48);
        for (;; count++, next += size) {
            uintptr_t place = offset_of(&heap, heap_alloc(&heap, size - count % 16));
            if (place / POOL_SIZE != first / POOL_SIZE) {
                assert_int_equal(place % POOL_SIZE, 48);
                break;
            }
            assert_int_equal(place, next);
        }
        assert_int_equal(count, 16336 / size);
        for (size_t i = 0; i < COUNT_OF(known); i++) {
            assert_true(known[i][0] != size || known[i][1] == count);
        }
    }
    close_sound(&heap);
}

/* F100 to F103: the block released last is given out first. */
static void test_released_blocks_come_back_last_first(void **state)
{
    (void)state;
    struct heap heap = test_heap("pymalloc");
    void *block[10];
    for (size_t i = 0; i < 10; i++) {
        block[i] = heap_alloc(&heap, 40);
    }
    for (size_t i = 0; i < 10; i++) {
        heap_release(&heap, block[i], 40);
        assert_ptr_equal(heap_alloc(&heap, 33), block[i]);
    }
    for (size_t i = 2; i < 7; i++) {
        heap_release(&heap, block[i], 40);
    }
    for (size_t i = 7; i-- > 2;) {
        assert_ptr_equal(heap_calloc(&heap, 48), block[i]);
    }
    close_sound(&heap);
}

/* F108: a full pool that gets a block back is the first of its class again. */
static void test_full_pool_goes_to_the_front(void **state)
{
    (void)state;
    struct heap heap = test_heap("pymalloc");
    void *block[3 * 31];
    for (size_t i = 0; i < 3 * 31 - 1; i++) { /* two full pools, a third with one block free */
        block[i] = heap_alloc(&heap, 512);
    }
    heap_release(&heap, block[5], 512);  /* the first pool */
    heap_release(&heap, block[40], 512); /* the second, now before the first */
    assert_ptr_equal(heap_alloc(&heap, 512), block[40]);
    assert_ptr_equal(heap_alloc(&heap, 512), block[5]);
    assert_int_equal(offset_of(&heap, heap_alloc(&heap, 512)) / POOL_SIZE,
                     offset_of(&heap, block[70]) / POOL_SIZE);
    close_sound(&heap);
}

/* Requests that reached the raw heap, by size. */
struct heard {
    size_t count;
    struct request last;
};

static void heard_count(void *self, const struct request *request)
{
    struct heard *heard = self;
    heard->count++;
    heard->last = *request;
}

static struct heap pymalloc_over(struct heard *heard)
{
    struct spec *spec = calloc(1, sizeof(*spec));
    struct heap raw = test_heap("malloc");
    struct heap tapped;
    struct heap heap;
    struct error error;
    assert_true(heap_tap(raw, 7, (struct request_listener){heard, heard_count}, &tapped));
    assert_true(spec_parse("pymalloc", 8, spec, &error));
    assert_true(heap_open(spec, NULL, tapped, &heap, &error));
    free(spec);
    return heap;
}

/* F105: 512 bytes come from a pool, 513 and 0 from the raw heap; a raw block stays raw when it
 * shrinks, and a pooled one moves there when it grows. */
static void test_large_requests_go_to_raw(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct heap heap = pymalloc_over(&heard);
    struct heap raw = ((struct pymalloc *)heap.self)->raw;
    void *small = heap_alloc(&heap, 512);
    assert_true(is_pooled(&heap, small));
    assert_int_equal(heard.count, 0);

    void *large = heap_calloc(&heap, 513);
    assert_false(is_pooled(&heap, large));
    assert_int_equal(heard.last.kind, REQUEST_CALLOC);
    large = heap_resize(&heap, large, 513, 100);
    assert_false(is_pooled(&heap, large));
    assert_int_equal(heard.last.kind, REQUEST_RESIZE);
    assert_int_equal(heard.last.domain, 7);
    assert_int_equal(stats_of(&heap).live_bytes, 512 + 112);
    heap_release(&heap, large, 100);
    assert_int_equal(heard.last.kind, REQUEST_RELEASE);
    assert_int_equal(heard.count, 3);

    void *nothing = heap_alloc(&heap, 0);
    assert_false(is_pooled(&heap, nothing));
    small = heap_resize(&heap, small, 512, 600);
    assert_false(is_pooled(&heap, small));
    assert_int_equal(heard.last.kind, REQUEST_ALLOC);
    assert_int_equal(stats_of(&heap).live_blocks, 2);
    heap_release(&heap, small, 600);
    heap_release(&heap, nothing, 0);
    assert_int_equal(stats_of(&heap).live_blocks, 0);
    close_sound(&heap);
    heap_close(&raw);
}

/* A resize stays in place if it fits and keeps more than three quarters: 385 of 512, not 384. */
static void test_resize_moves_when_a_quarter_is_wasted(void **state)
{
    (void)state;
    struct heap heap = test_heap("pymalloc");
    void *p = heap_alloc(&heap, 500);
    assert_ptr_equal(heap_resize(&heap, p, 500, 512), p);
    assert_ptr_equal(heap_resize(&heap, p, 512, 385), p);
    assert_ptr_equal(heap_resize(&heap, p, 385, 500), p); /* its class is still 512 */
    void *q = heap_resize(&heap, p, 500, 384);
    assert_ptr_not_equal(q, p);
    void *tiny = heap_alloc(&heap, 1);
    assert_ptr_equal(heap_resize(&heap, tiny, 1, 16), tiny);
    assert_ptr_not_equal(heap_resize(&heap, tiny, 16, 12), tiny); /* 4 x 12 > 3 x 16 fails */
    close_sound(&heap);
}

/* An emptied pool keeps the order of its free list for its own class; another class starts anew. */
static void test_recycled_pool_keeps_its_list(void **state)
{
    (void)state;
    struct heap heap = test_heap("pymalloc");
    void *a = heap_alloc(&heap, 32);
    void *b = heap_alloc(&heap, 32);
    void *c = heap_alloc(&heap, 32);
    heap_release(&heap, a, 32);
    heap_release(&heap, c, 32);
    heap_release(&heap, b, 32); /* empty now */
    assert_int_equal(stats_of(&heap).pools, 0);
    assert_ptr_equal(heap_alloc(&heap, 32), b);
    assert_ptr_equal(heap_alloc(&heap, 32), c);
    heap_release(&heap, b, 32);
    heap_release(&heap, c, 32);
    void *other = heap_alloc(&heap, 48);
    assert_int_equal(offset_of(&heap, other), 48);
    assert_int_equal(offset_of(&heap, heap_alloc(&heap, 48)), 96);
    close_sound(&heap);
}

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

/* Holes of one class cannot serve another: half of the 144-byte blocks go, 16-byte ones still need
 * new pools. */
static void test_holes_serve_their_class_only(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    void **block = calloc(COUNT, sizeof(*block));
    struct heap heap = test_heap("pymalloc");
    for (size_t i = 0; i < COUNT; i++) {
        block[i] = heap_alloc(&heap, 144);
    }
    uint64_t pools = stats_of(&heap).pools;
    for (size_t i = 0; i < COUNT; i += 2) {
        heap_release(&heap, block[i], 144);
    }
    for (size_t i = 0; i < COUNT; i++) {
        assert_non_null(heap_alloc(&heap, 16));
    }
    struct heap_stats stats = stats_of(&heap);
    assert_int_equal(stats.pools, pools + (COUNT + 1020) / 1021);
    assert_int_equal(stats.class[8].size, 144);
    assert_int_equal(stats.class[8].pools, pools);
    assert_int_equal(stats.class[8].blocks_used, COUNT / 2);
    assert_int_equal(stats.class[8].blocks_free, pools * (16336 / 144) - COUNT / 2);
    assert_int_equal(stats.class[0].blocks_used, COUNT);
    assert_int_equal(stats.live_bytes, COUNT / 2 * 144 + COUNT * 16); /* F107 too */
    free(block);
    close_sound(&heap);
}

/* Damage that a program can do is found. */
static void test_check_finds_damage(void **state)
{
    (void)state;
    if (test_is_slow()) {
        skip(); /* the write itself would be reported */
    }
    struct heap heap = test_heap("pymalloc");
    void **p = heap_alloc(&heap, 64);
    void **q = heap_alloc(&heap, 64);
    heap_release(&heap, p, 64);
    void *link = *p;
    *p = (char *)q + 8; /* written after its release */
    assert_non_null(heap_check(&heap));
    *p = p;
    assert_non_null(heap_check(&heap));
    *p = link;
    assert_null(heap_check(&heap));
    struct pool *pool = pool_of(q);
    pool->used++; /* a stray write into the header */
    assert_non_null(heap_check(&heap));
    pool->used--;
    pool->class ++;
    assert_non_null(heap_check(&heap));
    pool->class --;
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

/* AddressSanitizer knows our blocks: it reports in a child what a program does with them. */
static void misuse_released(struct heap *heap, char *p)
{
    heap_release(heap, p, 40);
    p[20] = 1;
}

static void misuse_end(struct heap *heap, char *p)
{
    (void)heap;
    p[40] = 1;
}

static void misuse_twice(struct heap *heap, char *p)
{
    heap_release(heap, p, 40);
    heap_release(heap, p, 40);
}

static void misuse_shrunk(struct heap *heap, char *p)
{
    p = heap_resize(heap, p, 40, 37);
    p[39] = 1;
}

static void test_address_sanitizer_reports_misuse(void **state)
{
    (void)state;
#ifndef __SANITIZE_ADDRESS__
    skip();
#endif
    void (*const misuse[])(struct heap * heap, char *p) = {misuse_released, misuse_end,
                                                           misuse_twice, misuse_shrunk};
    for (size_t i = 0; i < COUNT_OF(misuse); i++) {
        char text[4096] = "";
        int ends[2];
        int status;
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            dup2(ends[1], STDERR_FILENO);
            struct heap heap = test_heap("pymalloc");
            misuse[i](&heap, heap_alloc(&heap, 40));
            _exit(0);
        }
        close(ends[1]);
        for (size_t n = 0, got = 1; got > 0 && n < sizeof(text) - 1; n += got) {
            ssize_t bytes = read(ends[0], text + n, sizeof(text) - 1 - n);
            got = bytes > 0 ? (size_t)bytes : 0;
        }
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(status != 0);
        assert_non_null(strstr(text, "use-after-poison"));
    }
}

static void test_bad_options_are_refused(void **state)
{
    (void)state;
    static const char *const specs[] = {"pymalloc:arena=3m", "pymalloc:arena=1k",
                                        "pymalloc:align=byte", "pymalloc:pool=4k"};
    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        struct heap heap;
        struct error error = {""};
        assert_false(test_heap_try(specs[i], &heap, &error));
        assert_true(strlen(error.text) > 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool_holds_what_cpython_says),
        cmocka_unit_test(test_released_blocks_come_back_last_first),
        cmocka_unit_test(test_full_pool_goes_to_the_front),
        cmocka_unit_test(test_large_requests_go_to_raw),
        cmocka_unit_test(test_resize_moves_when_a_quarter_is_wasted),
        cmocka_unit_test(test_recycled_pool_keeps_its_list),
        cmocka_unit_test(test_alignment_costs_a_pool),
        cmocka_unit_test(test_fullest_arena_serves_first),
        cmocka_unit_test(test_free_arenas_go_back),
        cmocka_unit_test(test_survivors_hold_arenas),
        cmocka_unit_test(test_holes_serve_their_class_only),
        cmocka_unit_test(test_check_finds_damage),
        cmocka_unit_test(test_little_address_space_is_enough),
        cmocka_unit_test(test_address_sanitizer_reports_misuse),
        cmocka_unit_test(test_bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

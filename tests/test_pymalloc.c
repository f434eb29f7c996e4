/* pymalloc's blocks and pools, fact by fact: those of CPython 3.11 (numbers F100 to F108 are the ones
 * printed by real interpreters). Arenas: test_pymalloc_arena.c; damage: test_pymalloc_check.c. */
#include "tests/pymalloc_heap.h"

#include "allocators/tap.h"

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
        cmocka_unit_test(test_holes_serve_their_class_only),
        cmocka_unit_test(test_bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

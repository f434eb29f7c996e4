/* The wrappers and the tap: what +debug reports, which requests +fault fails, that +sized needs no
 * sizes, and what a tap hears. */
#include "tests/allocators.h"

#include <signal.h>
#include <sys/wait.h>

#include "allocators/tap.h"
#include "base/rng.h"

/* Run `act` on a heap in a child; its wait status, and its stderr in text[length]. */
static int child_status(const char *spec, void (*act)(struct heap *heap), char *text, size_t length)
{
    int ends[2];
    int status;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        struct heap heap = test_heap(spec);
        act(&heap);
        _exit(0);
    }
    close(ends[1]);
    size_t used = 0;
    for (ssize_t n; (n = read(ends[0], text + used, length - 1 - used)) > 0;) {
        used += (size_t)n;
    }
    text[used] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void do_double_release(struct heap *heap)
{
    void *p = heap_alloc(heap, 48);
    heap_release(heap, p, 48);
    heap_release(heap, heap_alloc(heap, 48), 48); /* something in between */
    heap_release(heap, p, 48);
}

static void do_wrong_size(struct heap *heap)
{
    heap_release(heap, heap_alloc(heap, 48), 49);
}

static void do_wrong_old_size(struct heap *heap)
{
    heap_resize(heap, heap_alloc(heap, 48), 17, 100);
}

static void do_write_past_end(struct heap *heap)
{
    char *p = heap_alloc(heap, 41);
    *(volatile char *)(p + 41) = 0;
    heap_release(heap, p, 41);
}

static void do_write_before_start(struct heap *heap)
{
    char *p = heap_alloc(heap, 40);
    *(volatile char *)(p - 1) = 0;
    heap_resize(heap, p, 40, 50);
}

static void do_write_after_release(struct heap *heap)
{
    char *p = heap_alloc(heap, 40);
    heap_release(heap, p, 40);
    *(volatile char *)(p + 8) = 1;
    heap_trim(heap); /* the quarantine is emptied */
}

static void do_unknown(struct heap *heap)
{
    char *p = heap_alloc(heap, 40);
    heap_release(heap, p + 16, 40);
}

static void do_resize_released(struct heap *heap)
{
    void *p = heap_alloc(heap, 40);
    heap_release(heap, p, 40);
    heap_resize(heap, p, 40, 80);
}

static void test_debug_reports_misuse(void **state)
{
    (void)state;
    static const struct {
        void (*act)(struct heap *heap);
        const char *message;
    } misuse[] = {
        {do_double_release, "double release: block"},
        {do_wrong_size, "wrong size: block"},
        {do_wrong_old_size, "given as 17 bytes"},
        {do_write_past_end, "written past its end: block"},
        {do_write_before_start, "written before its start: block"},
        {do_write_after_release, "written after its release: block"},
        {do_unknown, "no block of this heap"},
        {do_resize_released, "double release: block"},
    };
    for (size_t i = 0; i < COUNT_OF(misuse); i++) {
        char text[4096];
        int status = child_status("pymalloc+debug", misuse[i].act, text, sizeof(text));
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
        if (strstr(text, misuse[i].message) == NULL) {
            fail_msg("expected \"%s\", got \"%s\"", misuse[i].message, text);
        }
        assert_non_null(strstr(text, "request 1"));
    }
}

static void do_leak(struct heap *heap)
{
    heap_release(heap, heap_alloc(heap, 1), 1);
    heap_alloc(heap, 48);
    heap_calloc(heap, 10);
    heap_close(heap);
}

static void do_nothing_wrong(struct heap *heap)
{
    void *p = heap_alloc(heap, 33);
    heap_release(heap, p, 48); /* rounds up to the same */
    p = heap_resize(heap, heap_alloc(heap, 100), 112, 0);
    heap_release(heap, p, 0);
    heap_close(heap);
}

static void test_debug_tells_what_was_not_released(void **state)
{
    (void)state;
    char text[4096];
    assert_int_equal(child_status("malloc+debug", do_leak, text, sizeof(text)), 0);
    assert_non_null(strstr(text, "2 blocks (58 bytes) were never released"));
    assert_non_null(strstr(text, "48 bytes from request 2"));
    assert_int_equal(child_status("malloc+debug", do_nothing_wrong, text, sizeof(text)), 0);
    assert_string_equal(text, "");
}

static void test_debug_stops_at_a_request(void **state)
{
    (void)state;
    char text[4096];
    int status = child_status("malloc+debug:stop=2", do_leak, text, sizeof(text));
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTRAP);
    assert_int_equal(child_status("malloc+debug:stop=9", do_leak, text, sizeof(text)), 0);
}

/* check finds damage without a release; figures are those of the caller. */
static void test_debug_checks_and_counts(void **state)
{
    (void)state;
    struct heap heap = test_heap("pymalloc+debug:quarantine=4");
    struct heap_stats stats;
    unsigned char *p = heap_alloc(&heap, 40);
    assert_int_equal(p[0], 0xCD);
    assert_int_equal(p[39], 0xCD);
    assert_null(heap_check(&heap));
    p[40] ^= 1;
    assert_string_equal(heap_check(&heap), "written past its end");
    p[40] ^= 1;
    assert_null(heap_check(&heap));
    void *block[100];
    for (size_t i = 0; i < 100; i++) {
        block[i] = heap_alloc(&heap, i);
    }
    for (size_t i = 0; i < 100; i += 2) {
        heap_release(&heap, block[i], i);
    }
    assert_null(heap_check(&heap));
    heap_stats(&heap, &stats);
    assert_int_equal(stats.live_blocks, 51);
    assert_int_equal(stats.live_bytes, 40 + 50 * 50);
    assert_int_equal(stats.requests, 101);
    assert_int_equal(heap.methods->size_of(heap.self, block[33]), 33);
    for (size_t i = 1; i < 100; i += 2) {
        heap_release(&heap, block[i], i);
    }
    heap_release(&heap, p, 40);
    assert_null(heap_check(&heap));
    heap_close(&heap);
}

/* Which of twenty requests fail, as bits. */
static uint32_t failures(const char *spec)
{
    struct heap heap = test_heap(spec);
    struct heap_stats stats;
    uint32_t bits = 0;
    for (unsigned i = 1; i <= 20; i++) {
        void *p = i % 3 == 0   ? heap_alloc(&heap, 40)
                  : i % 3 == 1 ? heap_calloc(&heap, 40)
                               : heap_resize(&heap, NULL, 0, 40);
        bits |= (uint32_t)(p == NULL) << i;
        heap_release(&heap, p, p != NULL ? 40 : 0);
    }
    heap_stats(&heap, &stats);
    assert_int_equal(stats.requests, 20);
    assert_int_equal(stats.requests_refused, __builtin_popcount(bits));
    heap_close(&heap);
    return bits;
}

static void test_fault_fails_the_chosen_requests(void **state)
{
    (void)state;
    assert_int_equal(failures("pymalloc+fault"), 0);
    assert_int_equal(failures("pymalloc+fault:at=1"), 1 << 1);
    assert_int_equal(failures("malloc+fault:at=20"), 1 << 20);
    assert_int_equal(failures("malloc+fault:at=21"), 0);
    assert_int_equal(failures("bump+fault:from=18"), 7 << 18);
    assert_int_equal(failures("pymalloc+fault:every=8"), 1 << 8 | 1 << 16);
    assert_int_equal(failures("pymalloc+debug+fault:at=3,every=10"), 1 << 3 | 1 << 10 | 1 << 20);
    assert_int_equal(failures("pymalloc+fault:at=7+sized"), 1 << 7);
}

/* A refused resize leaves the block as it was, behind every wrapper. */
static void test_fault_leaves_the_block(void **state)
{
    (void)state;
    static const char *const specs[] = {"pymalloc+fault:at=2", "pymalloc+fault:at=2+sized",
                                        "pymalloc+fault:at=2+debug", "malloc+sized+fault:at=2"};
    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        struct heap heap = test_heap(specs[i]);
        void *p = heap_alloc(&heap, 100);
        test_fill(p, 100, i);
        assert_null(heap_resize(&heap, p, 100, 1000));
        assert_true(test_filled(p, 100, i));
        p = heap_resize(&heap, p, 100, 1000);
        assert_non_null(p);
        assert_true(test_filled(p, 100, i));
        heap_release(&heap, p, 1000);
        assert_null(heap_check(&heap));
        heap_close(&heap);
    }
}

/* A consumer without sizes gives any: release(p, 0), resize(p, 0, n). */
static void test_sized_needs_no_sizes(void **state)
{
    (void)state;
    uint64_t seed = test_seed();
    struct rng rng;
    struct {
        void *p;
        size_t size;
    } slot[200] = {0};
    struct heap heap = test_heap("pymalloc+debug+sized");
    rng_seed(&rng, seed);
    for (size_t i = 0; i < 20000; i++) {
        size_t j = rng_below(&rng, 200);
        size_t size = rng_below(&rng, 1200);
        if (slot[j].p == NULL) {
            slot[j].p = heap_alloc(&heap, size);
        } else if (rng_below(&rng, 2) == 0) {
            slot[j].p = heap_resize(&heap, slot[j].p, 0, size);
        } else {
            heap_release(&heap, slot[j].p, 0);
            slot[j].p = NULL;
            continue;
        }
        assert_non_null(slot[j].p);
        slot[j].size = size;
        assert_int_equal(heap.methods->size_of(heap.self, slot[j].p), size);
    }
    for (size_t j = 0; j < 200; j++) {
        heap_release(&heap, slot[j].p, 0);
    }
    assert_null(heap_check(&heap));
    heap_close(&heap);
}

struct heard {
    struct request request[16];
    size_t count;
};

static void heard_add(void *self, const struct request *request)
{
    struct heard *heard = self;
    heard->request[heard->count++ % 16] = *request;
}

static void test_tap_hears_each_request_once(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct heap heap;
    struct request_listener listener = {&heard, heard_add};
    assert_true(heap_tap(test_heap("pymalloc+fault:at=4"), 3, listener, &heap));
    void *p = heap_alloc(&heap, 40);
    void *q = heap_resize(&heap, p, 40, 700); /* falls through to raw: still one request */
    heap_release(&heap, q, 700);
    heap_release(&heap, NULL, 0); /* is none */
    void *z = heap_calloc(&heap, 8);
    assert_null(heap_alloc(&heap, 5));
    heap_release(&heap, z, 8);

    const struct request expected[] = {
        {REQUEST_ALLOC, 3, p, NULL, 40, 0},    {REQUEST_RESIZE, 3, q, p, 700, 40},
        {REQUEST_RELEASE, 3, q, NULL, 700, 0}, {REQUEST_CALLOC, 3, z, NULL, 8, 0},
        {REQUEST_ALLOC, 3, NULL, NULL, 5, 0},  {REQUEST_RELEASE, 3, z, NULL, 8, 0},
    };
    assert_int_equal(heard.count, COUNT_OF(expected));
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        assert_int_equal(heard.request[i].kind, expected[i].kind);
        assert_int_equal(heard.request[i].domain, expected[i].domain);
        assert_ptr_equal(heard.request[i].p, expected[i].p);
        assert_ptr_equal(heard.request[i].old_p, expected[i].old_p);
        assert_int_equal(heard.request[i].size, expected[i].size);
        assert_int_equal(heard.request[i].old_size, expected[i].old_size);
    }
    struct heap_stats stats;
    heap_stats(&heap, &stats);
    assert_int_equal(stats.requests, 4);
    assert_true(heap.methods->size_of(heap.self, heap_alloc(&heap, 40)) == 48);
    heap_trim(&heap);
    assert_null(heap_check(&heap));
    heap_close(&heap);
}

/* Where the allocator has no size_of, no wrapper but those that know sizes pretends to have one. */
static void test_size_of_is_absent_where_unknown(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        bool present;
    } known[] = {{"bump", false},       {"bump+fault", false},      {"bump+debug", true},
                 {"bump+sized", true},  {"bump+sized+fault", true}, {"pymalloc+fault", true},
                 {"malloc+fault", true}};
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        struct heap heap = test_heap(known[i].spec);
        assert_int_equal(heap.methods->size_of != NULL, known[i].present);
        heap_close(&heap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_debug_reports_misuse),
        cmocka_unit_test(test_debug_tells_what_was_not_released),
        cmocka_unit_test(test_debug_stops_at_a_request),
        cmocka_unit_test(test_debug_checks_and_counts),
        cmocka_unit_test(test_fault_fails_the_chosen_requests),
        cmocka_unit_test(test_fault_leaves_the_block),
        cmocka_unit_test(test_sized_needs_no_sizes),
        cmocka_unit_test(test_tap_hears_each_request_once),
        cmocka_unit_test(test_size_of_is_absent_where_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

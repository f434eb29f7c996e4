/* pymalloc's check finds damage, and AddressSanitizer knows its blocks. */
#include "tests/pymalloc_heap.h"

#include <sys/wait.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check_finds_damage),
        cmocka_unit_test(test_address_sanitizer_reports_misuse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* replay: the committed traces on every allocator, collections as recorded, broken allocators. */
#include "tests/allocators.h"

#include "tests/trace_writer.h"
#include "tests/workload_stand.h"

#include <sys/resource.h>

static const char *const traces[] = {"compile", "json", "web"};
static const char *const heaps[] = {"malloc",         "pymalloc", "pool",
                                    "bump",           "jemalloc", "mimalloc",
                                    "pymalloc+debug", "tcmalloc", "malloc+sized"};

static bool run_on(const char *allocator, const char *options, struct stand_result *result)
{
    const struct stand_cell cell = {.allocator = allocator,
                                    .collector = "none",
                                    .workload = workload_find("replay"),
                                    .options = options};
    return stand_run(&cell, result);
}

static void test_every_allocator_gives_the_same(void **state)
{
    (void)state;
    static struct stand_result result;
    for (size_t t = 0; t < COUNT_OF(traces); t++) {
        uint64_t checksum = 0, operations = 0;
        int ran = 0;
        for (size_t i = 0; i < COUNT_OF(heaps); i++) {
            char options[64];
            snprintf(options, sizeof options, "file=%s", traces[t]);
            if (!run_on(heaps[i], options, &result)) {
                print_message("%s: skipped: %s\n", heaps[i], result.error.text);
                continue;
            }
            assert_string_equal(result.outcome.error.text, "");
            assert_true(result.outcome.ok);
            assert_null(result.check);
            assert_int_equal(result.live_blocks, 0);
            assert_true(ran == 0 || result.outcome.checksum == checksum);
            assert_true(ran == 0 || result.outcome.operations == operations);
            checksum = result.outcome.checksum;
            operations = result.outcome.operations;
            ran++;
        }
        assert_true(ran >= 3);
        assert_true(operations > 200000);
    }
}

static void test_collections_are_those_recorded(void **state)
{
    (void)state;
    static struct stand_result result;
    for (size_t t = 0; t < COUNT_OF(traces); t++) {
        char options[64];
        uint64_t all = 0;
        snprintf(options, sizeof options, "file=%s", traces[t]);
        assert_true(run_on("malloc", options, &result));
        assert_true(result.outcome.replayed);
        for (int i = 0; i < GENERATIONS; i++) {
            assert_int_equal(result.outcome.generation[i].collections,
                             result.outcome.generation[i].recorded);
            all += result.outcome.generation[i].recorded;
        }
        assert_true(all > 0);
    }
}

/* A small trace with every kind of request, in a file whose name the caller removes. */
static void write_small_trace(char *path)
{
    static struct trace_writer writer;
    writer_begin(&writer);
    for (uint64_t i = 0; i < 300; i++) {
        trace_put_alloc(&writer.encoder, i * 7 % 900, i % 4 == 3 ? 5 : (unsigned)(i % 4));
        if (i % 3 == 0) {
            trace_put_resize(&writer.encoder, i, i * 13 % 5000);
        }
        if (i % 2 == 0) {
            trace_put_free(&writer.encoder, i / 2);
        }
    }
    trace_put_resize_old(&writer.encoder, TRACE_MEM, 100);
    writer_end(&writer, TRACE_EXIT);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, writer.file, writer.length), (ssize_t)writer.length);
    close(fd);
    free(writer.file);
}

static void test_every_request_has_failed_once(void **state)
{
    (void)state;
    static struct stand_result result;
    char path[] = "/tmp/heapdyno-replay-XXXXXX";
    char options[64];
    uint64_t failed = 0;
    write_small_trace(path);
    snprintf(options, sizeof options, "file=%s", path);
    for (unsigned at = 1; at < 2000 && !result.outcome.ok; at++) {
        char allocator[64];
        snprintf(allocator, sizeof allocator, "malloc+fault:at=%u", at);
        assert_true(run_on(allocator, options, &result));
        assert_int_equal(result.live_blocks, 0);
        if (result.opened && !result.outcome.ok) {
            assert_string_equal(result.outcome.error.text, "out of memory");
            failed++;
        }
    }
    unlink(path);
    assert_true(result.outcome.ok);
    assert_int_equal(failed, 300 + 100 + 1);
}

static void test_options_limit_and_touch(void **state)
{
    (void)state;
    static struct stand_result ends, all;
    assert_true(run_on("malloc", "requests=5000,touch=ends", &ends));
    assert_true(run_on("malloc", "requests=5000,touch=all", &all));
    assert_int_equal(ends.outcome.operations, 5000);
    assert_int_equal(ends.outcome.checksum, all.outcome.checksum);
    assert_true(run_on("malloc", "size=tiny", &ends));
    assert_true(ends.outcome.ok && ends.outcome.operations < 2000);
}

/* Pages that the replay of one block of 8 MiB touches, which is cut to 64 bytes at once, or not. */
static long faults_of_block(bool cut)
{
    static struct trace_writer writer;
    static struct stand_result result;
    struct rusage before, after;
    char path[] = "/tmp/heapdyno-replay-XXXXXX", options[64];
    writer_begin(&writer);
    trace_put_alloc(&writer.encoder, 8 << 20, TRACE_OBJ);
    trace_put_alloc(&writer.encoder, 100, TRACE_OBJ);
    if (cut) {
        trace_put_resize(&writer.encoder, 0, 64);
    }
    writer_end(&writer, TRACE_EXIT);
    int fd = mkstemp(path);
    assert_int_equal(write(fd, writer.file, writer.length), (ssize_t)writer.length);
    close(fd);
    free(writer.file);
    snprintf(options, sizeof options, "file=%s", path);
    getrusage(RUSAGE_SELF, &before);
    assert_true(run_on("pymalloc", options, &result));
    getrusage(RUSAGE_SELF, &after);
    unlink(path);
    assert_true(result.outcome.ok);
    return after.ru_minflt - before.ru_minflt;
}

/* A buffer that is cut down was not filled. */
static void test_a_buffer_is_not_touched_beyond_its_end(void **state)
{
    (void)state;
    faults_of_block(true); /* what a first run loads */
    long cut = faults_of_block(true), whole = faults_of_block(false);
    print_message("page faults: %ld cut, %ld whole\n", cut, whole);
    assert_true(whole > cut + 1500);
}

static void test_a_missing_trace_says_so(void **state)
{
    (void)state;
    static struct stand_result result;
    assert_true(run_on("malloc", "file=nosuch", &result));
    assert_false(result.outcome.ok);
    assert_non_null(strstr(result.outcome.error.text, "file=nosuch: no such trace"));
    assert_true(run_on("malloc", "file=../nosuch.trace", &result));
    assert_false(result.outcome.ok);
    assert_non_null(strstr(result.outcome.error.text, "No such file"));
    assert_true(run_on("malloc", "file=workloads/list.def", &result));
    assert_false(result.outcome.ok);
    assert_non_null(strstr(result.outcome.error.text, "not a trace"));
}

/* Allocators that are wrong in one way each. */
enum flaw { FLAW_NONE, FLAW_TWICE, FLAW_DIRTY, FLAW_FORGETS };

struct flawed {
    enum flaw flaw;
    int count;
    void *last;
};

static void *flawed_alloc(void *self, size_t size)
{
    struct flawed *flawed = self;
    if (flawed->flaw == FLAW_TWICE && ++flawed->count == 50) {
        flawed->last = malloc(4096);
    }
    if (flawed->flaw == FLAW_TWICE && flawed->count > 50 && size < 4096) {
        return flawed->last;
    }
    return malloc(size + 16);
}

static void *flawed_calloc(void *self, size_t size)
{
    struct flawed *flawed = self;
    void *p = calloc(1, size + 16);
    if (flawed->flaw == FLAW_DIRTY && p != NULL && size > 0) {
        ((char *)p)[size - 1] = 1;
    }
    return p;
}

static void *flawed_resize(void *self, void *p, size_t old_size, size_t new_size)
{
    struct flawed *flawed = self;
    if (flawed->flaw != FLAW_FORGETS) {
        return realloc(p, new_size + 16);
    }
    (void)old_size;
    free(p);
    return calloc(1, new_size + 16);
}

static void flawed_release(void *self, void *p, size_t size)
{
    (void)size;
    const struct flawed *flawed = self;
    if (flawed->flaw != FLAW_TWICE) {
        free(p);
    }
}

static void flawed_close(void *self)
{
    (void)self;
}

static void expect_flaw(enum flaw flaw, const char *message)
{
    static const struct heap_methods methods = {.alloc = flawed_alloc,
                                                .calloc = flawed_calloc,
                                                .resize = flawed_resize,
                                                .release = flawed_release,
                                                .close = flawed_close};
    struct flawed flawed = {.flaw = flaw};
    const struct workload *workload = workload_find("replay");
    struct option storage[OPTIONS_MAX];
    struct options options;
    struct error error;
    struct rng rng;
    /* Only the heaps of the runtime are used by a replay. */
    static struct runtime runtime;
    for (int i = 0; i < HEAP_ROLES; i++) {
        runtime.heap[i] = heap_make(&flawed, &methods);
    }
    rng_seed(&rng, 1);
    assert_true(stand_options(workload, "file=json,requests=50000", storage, &options, &error));
    struct meter meter = {0};
    struct outcome outcome = {0};
    workload->run(&runtime, &options, &rng, &meter, &outcome);
    assert_string_equal(outcome.error.text, message);
    assert_int_equal(outcome.ok, flaw == FLAW_NONE);
    if (flawed.last != NULL) {
        free(flawed.last);
    }
}

static void test_a_broken_allocator_is_found(void **state)
{
    (void)state;
    expect_flaw(FLAW_NONE, "");
    expect_flaw(FLAW_DIRTY, "the allocator is broken: calloc gave memory that is not zero");
    expect_flaw(FLAW_FORGETS, "the allocator is broken: resize lost what a block held");
#ifndef __SANITIZE_ADDRESS__ /* it leaks, and writes over itself */
    expect_flaw(FLAW_TWICE, "the allocator is broken: a block lost what was written to it");
#endif
}

int main(int argc, char **argv)
{
    (void)argc;
    test_environment(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocator_gives_the_same),
        cmocka_unit_test(test_collections_are_those_recorded),
        cmocka_unit_test(test_every_request_has_failed_once),
        cmocka_unit_test(test_options_limit_and_touch),
        cmocka_unit_test(test_a_buffer_is_not_touched_beyond_its_end),
        cmocka_unit_test(test_a_missing_trace_says_so),
        cmocka_unit_test(test_a_broken_allocator_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

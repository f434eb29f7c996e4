/* The allocators that are libraries: loaded beside glibc's malloc without touching it, with the
 * settings that options ask for, and with a clear message where they cannot be had. A library that
 * is not installed is skipped by name.
 *
 * Settings are read at start-up, so the test starts itself again: `test_alloc_foreign setting SPEC
 * EXPECTED` prints nothing and exits 0 if the library has them, and `… refused` if jemalloc is
 * refused for want of thread-local storage. */
#include "tests/allocators.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <sys/wait.h>

static const char *const libraries[] = {"jemalloc", "mimalloc", "tcmalloc"};

static bool is_there(const char *name)
{
    const char *why = allocator_find(name)->unavailable();
    if (why != NULL) {
        printf("skipped %s: %s\n", name, why);
    }
    return why == NULL;
}

static size_t rss_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    fclose(file);
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* 64 MiB in blocks of 4000 bytes: its own figures grow, glibc's do not; trimmed, most goes back. */
static void check_apart_from_glibc(const char *name)
{
    enum { COUNT = 16384, SIZE = 4000 };
    static void *block[COUNT];
    struct heap heap = test_heap(name);
    struct heap_stats before;
    struct heap_stats after;
    size_t glibc = mallinfo2().uordblks;
    heap_stats(&heap, &before);
    for (size_t i = 0; i < COUNT; i++) {
        block[i] = heap_alloc(&heap, SIZE);
        assert_non_null(block[i]);
        memset(block[i], 1, SIZE);
    }
    assert_int_equal(mallinfo2().uordblks, glibc);
    heap_stats(&heap, &after);
    assert_true(after.live_bytes - before.live_bytes >= (uint64_t)COUNT * SIZE);
    assert_true(after.live_bytes - before.live_bytes <= (uint64_t)COUNT * SIZE * 5 / 4);
    assert_true(heap.methods->size_of(heap.self, block[0]) >= SIZE);
    size_t rss_full = rss_bytes();
    for (size_t i = 0; i < COUNT; i++) {
        heap_release(&heap, block[i], SIZE);
    }
    heap_trim(&heap);
    heap_stats(&heap, &after);
    if (after.live_bytes >= before.live_bytes + (uint64_t)COUNT * SIZE / 100) {
        fail_msg("%s: %llu bytes live before, %llu after", name,
                 (unsigned long long)before.live_bytes, (unsigned long long)after.live_bytes);
    }
    assert_true(test_is_slow() || rss_full - rss_bytes() > (size_t)COUNT * SIZE / 2);
    heap_close(&heap);
}

static void test_library_is_apart_from_glibc(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(libraries); i++) {
        if (is_there(libraries[i])) {
            check_apart_from_glibc(libraries[i]);
        }
    }
}

/* A number, and the file it came from. */
/* jemalloc and tcmalloc believe the size given to a release: a resized block must be of the class of
 * a fresh one. (mimalloc only checks that the size is not too large.) */
static void check_resized_class(const char *name)
{
    struct heap heap = test_heap(name);
    for (size_t old_size = 1; old_size < 70000; old_size += 1 + old_size / 5) {
        for (size_t new_size = 1; new_size < 70000; new_size += 1 + new_size / 5) {
            void *resized = heap_resize(&heap, heap_alloc(&heap, old_size), old_size, new_size);
            void *fresh = heap_alloc(&heap, new_size);
            assert_non_null(resized);
            assert_int_equal(heap.methods->size_of(heap.self, resized),
                             heap.methods->size_of(heap.self, fresh));
            heap_release(&heap, resized, new_size);
            heap_release(&heap, fresh, new_size);
        }
    }
    heap_close(&heap);
}

static void test_resized_blocks_are_of_their_class(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(libraries); i++) {
        if (strcmp(libraries[i], "mimalloc") != 0 && is_there(libraries[i])) {
            check_resized_class(libraries[i]);
        }
    }
}

static void test_version_names_the_file(void **state)
{
    (void)state;
    assert_true(strchr(allocator_find("malloc")->version(), '.') != NULL);
    for (size_t i = 0; i < COUNT_OF(libraries); i++) {
        if (is_there(libraries[i])) {
            struct heap heap = test_heap(libraries[i]);
            const char *version = allocator_find(libraries[i])->version();
            printf("%s: %s\n", libraries[i], version);
            assert_non_null(strstr(version, libraries[i]));
            assert_non_null(strchr(version, '/'));
            assert_true(strcspn(version, "0123456789") < strcspn(version, "/"));
            heap_close(&heap);
        }
    }
}

static void test_wrong_file_is_refused(void **state)
{
    (void)state;
    static const char *const specs[][2] = {
        {"jemalloc:library=/nowhere/libjemalloc.so", "/nowhere/libjemalloc.so"},
        {"mimalloc:library=/etc/passwd", "/etc/passwd"},
        {"tcmalloc:library=libm.so.6", "tc_malloc"},
    };
    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        struct heap heap;
        struct error error = {""};
        if (is_there(libraries[i])) {
            assert_false(test_heap_try(specs[i][0], &heap, &error));
            assert_non_null(strstr(error.text, specs[i][1]));
        }
    }
}

/* Start this program again in `environment` alone; its exit status. */
static int again(const struct environment *environment, const char *mode, const char *spec,
                 const char *expected)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        unsetenv("GLIBC_TUNABLES");
        for (size_t i = 0; i < environment->count; i++) {
            setenv(environment->variable[i].name, environment->variable[i].value, 1);
        }
        execl(program_invocation_name, "test_alloc_foreign", mode, spec, expected, (char *)NULL);
        _exit(99);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}

/* The environment that a specification implies. */
static void implied(const char *text, struct environment *out)
{
    struct spec *spec = calloc(1, sizeof(*spec));
    struct error error;
    assert_non_null(spec);
    assert_true(spec_parse(text, strlen(text), spec, &error));
    heap_environment(spec, NULL, out);
    free(spec);
}

/* In the child: jemalloc without the tunable. */
static int run_refused(void)
{
    struct heap heap;
    struct error error = {""};
    bool opened = test_heap_try("jemalloc", &heap, &error);
    if (!opened && strstr(error.text, "GLIBC_TUNABLES=glibc.rtld.optional_static_tls") == NULL) {
        fprintf(stderr, "%s\n", error.text);
    }
    return !opened && strstr(error.text, "GLIBC_TUNABLES=glibc.rtld.optional_static_tls") != NULL
               ? 0
               : 1;
}

static void test_missing_tunable_is_explained(void **state)
{
    (void)state;
    struct environment none = {0};
    if (is_there("jemalloc")) {
        assert_int_equal(again(&none, "refused", "", ""), 0);
    }
}

/* In the child: what the opened library says of a setting, against what is expected. */
static int run_setting(const char *text, const char *expected)
{
    static const char *const names[] = {"libjemalloc.so.2", "libtcmalloc_minimal.so.4"};
    struct heap heap = test_heap(text);
    size_t number = 0;
    size_t size = sizeof(number);
    char name[128];
    snprintf(name, sizeof(name), "%.*s", (int)strcspn(expected, "="), expected);
    void *library = dlopen(names[text[0] == 't'], RTLD_LAZY | RTLD_NOLOAD);
    void *address =
        dlsym(library, text[0] == 't' ? "MallocExtension_GetNumericProperty" : "mallctl");
    if (text[0] == 't') {
        int (*get)(const char *, size_t *);
        memcpy(&get, &address, sizeof(get));
        get(name, &number);
    } else {
        int (*mallctl)(const char *, void *, size_t *, void *, size_t);
        memcpy(&mallctl, &address, sizeof(mallctl));
        bool truth = false; /* options on and off are one byte there */
        size_t one = sizeof(truth);
        if (mallctl(name, &number, &size, NULL, 0) != 0 &&
            mallctl(name, &truth, &one, NULL, 0) == 0) {
            number = truth;
        }
    }
    size_t wanted = (size_t)strtoull(strchr(expected, '=') + 1, NULL, 10);
    if (number != wanted) {
        fprintf(stderr, "%s: %s, but it is %zu\n", text, expected, number);
    }
    heap_close(&heap);
    return number == wanted ? 0 : 1;
}

static void test_settings_reach_the_library(void **state)
{
    (void)state;
    static const char *const settings[][2] = {
        {"jemalloc:dirty_decay=1234ms", "opt.dirty_decay_ms=1234"},
        {"jemalloc:muzzy_decay=77ms", "opt.muzzy_decay_ms=77"},
        {"jemalloc:tcache=off", "opt.tcache=0"},
        {"jemalloc:background=on", "background_thread=1"},
        {"jemalloc:retain=off", "opt.retain=0"},
        {"tcmalloc:thread_cache=1m", "tcmalloc.max_total_thread_cache_bytes=1048576"},
        {"tcmalloc:aggressive_decommit=on", "tcmalloc.aggressive_memory_decommit=1"},
        {"tcmalloc", "tcmalloc.aggressive_memory_decommit=0"},
    };
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        struct environment environment = {0};
        implied(settings[i][0], &environment);
        if (is_there(settings[i][0][0] == 't' ? "tcmalloc" : "jemalloc")) {
            assert_int_equal(again(&environment, "setting", settings[i][0], settings[i][1]), 0);
        }
    }
}

/* mimalloc lists its options as it is loaded when it is told to be verbose. */
static void test_settings_reach_mimalloc(void **state)
{
    (void)state;
    static const char *const settings[][2] = {
        {"mimalloc:decommit_delay=250ms", "option 'decommit_delay': 250"},
        {"mimalloc:decommit=off", "option 'allow_decommit': 0"},
        {"mimalloc:eager_commit=off", "option 'eager_commit': 0"},
        {"mimalloc:large_pages=on", "option 'large_os_pages': 1"},
        {"mimalloc:page_reset=on", "option 'page_reset': 1"},
    };
    if (!is_there("mimalloc") || strstr(allocator_find("mimalloc")->version(), "2.0") == NULL) {
        skip(); /* other versions have other names */
    }
    for (size_t i = 0; i < COUNT_OF(settings); i++) {
        struct environment environment = {0};
        static char text[65536];
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        int saved = dup(STDERR_FILENO);
        implied(settings[i][0], &environment);
        environment_set(&environment, "MIMALLOC_VERBOSE", "1");
        dup2(ends[1], STDERR_FILENO);
        int status = again(&environment, "open", settings[i][0], "");
        dup2(saved, STDERR_FILENO);
        close(saved);
        close(ends[1]);
        ssize_t length = read(ends[0], text, sizeof(text) - 1); /* less than a pipe holds */
        close(ends[0]);
        text[length > 0 ? length : 0] = '\0';
        assert_int_equal(status, 0);
        if (strstr(text, settings[i][1]) == NULL) {
            fail_msg("%s: no \"%s\" in: %s", settings[i][0], settings[i][1], text);
        }
    }
}

/* Every option of malloc is a tunable that this glibc knows. */
static void test_tunables_exist(void **state)
{
    (void)state;
    const struct allocator *allocator = allocator_find("malloc");
    static char known[65536];
    FILE *list = popen("/lib64/ld-linux-x86-64.so.2 --list-tunables 2>&1", "r");
    size_t length = list != NULL ? fread(known, 1, sizeof(known) - 1, list) : 0;
    if (list == NULL || pclose(list) != 0 || length == 0) {
        skip(); /* another machine, or a loader that does not list them */
    }
    for (size_t i = 0; i < allocator->option_count; i++) {
        char name[96];
        snprintf(name, sizeof(name), "glibc.malloc.%s:", allocator->options[i].name);
        if (strstr(known, name) == NULL) {
            fail_msg("no tunable %s", name);
        }
    }
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "refused") == 0) {
        return run_refused();
    }
    if (argc == 4 && strcmp(argv[1], "setting") == 0) {
        return run_setting(argv[2], argv[3]);
    }
    if (argc == 4 && strcmp(argv[1], "open") == 0) {
        struct heap heap = test_heap(argv[2]);
        heap_close(&heap);
        return 0;
    }
    test_environment(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_library_is_apart_from_glibc),
        cmocka_unit_test(test_version_names_the_file),
        cmocka_unit_test(test_wrong_file_is_refused),
        cmocka_unit_test(test_missing_tunable_is_explained),
        cmocka_unit_test(test_resized_blocks_are_of_their_class),
        cmocka_unit_test(test_settings_reach_the_library),
        cmocka_unit_test(test_settings_reach_mimalloc),
        cmocka_unit_test(test_tunables_exist),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

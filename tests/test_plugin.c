/* Allocators from shared objects: the example is compiled as its first comment says and must keep
 * the contract; each bad one must end in a clear message, or in a signal that a parent sees. */
#include "tests/allocators.h"

#include <signal.h>
#include <sys/wait.h>

#include "allocators/plugin.h"

/* Where the shared objects go; removed at the end. */
static void folder_path(char *path, size_t length, const char *name)
{
    snprintf(path, length, "%s/%s.so", getenv("TEST_PLUGIN_FOLDER"), name);
}

static void compile(const char *name)
{
    const char *compiler = getenv("CC") != NULL ? getenv("CC") : "cc";
    char command[1024];
    char path[512];
    folder_path(path, sizeof(path), name);
    snprintf(command, sizeof(command),
             "%s -O2 -shared -fPIC -I . -D_GNU_SOURCE -o %s tests/plugins/%s.c", compiler, path,
             name);
    assert_int_equal(system(command), 0);
}

static const struct allocator *load(const char *name, struct error *error)
{
    char path[512];
    folder_path(path, sizeof(path), name);
    return allocator_plugin_load(path, error);
}

static bool open_plugin(const struct allocator *plugin, const char *text, struct heap *out,
                        struct error *error)
{
    struct spec *spec = calloc(1, sizeof(*spec));
    bool ok = spec_parse(text, strlen(text), spec, error) &&
              heap_open(spec, plugin, (struct heap){0}, out, error);
    free(spec);
    return ok;
}

static void use(struct heap *heap)
{
    struct {
        unsigned char *p;
        size_t size;
    } block[200];
    for (size_t i = 0; i < 200; i++) {
        block[i].size = i * 13;
        block[i].p = heap_alloc(heap, block[i].size);
        assert_non_null(block[i].p);
        test_fill(block[i].p, block[i].size, i);
    }
    for (size_t i = 0; i < 200; i++) {
        block[i].p = heap_resize(heap, block[i].p, block[i].size, 2600 - block[i].size);
        assert_non_null(block[i].p);
        size_t kept = block[i].size < 1300 ? block[i].size : 2600 - block[i].size;
        assert_true(test_filled(block[i].p, kept, i));
        heap_release(heap, block[i].p, 2600 - block[i].size);
    }
    assert_null(heap_check(heap));
}

static void test_example_is_loaded_and_used(void **state)
{
    (void)state;
    static const char *const specs[] = {"lifo", "lifo+debug", "lifo+sized+fault"};
    struct error error = {""};
    compile("lifo");
    const struct allocator *plugin = load("lifo", &error);
    if (plugin == NULL) {
        fail_msg("%s", error.text);
    }
    assert_string_equal(plugin->name, "lifo");
    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        struct heap heap;
        assert_true(open_plugin(plugin, specs[i], &heap, &error));
        use(&heap);
        heap_close(&heap);
    }
    struct heap heap;
    assert_false(open_plugin(NULL, "lifo", &heap, &error));
    assert_non_null(strstr(error.text, "unknown allocator"));
}

/* The built-in ones stay known beside it. */
static void test_built_in_stays_known(void **state)
{
    (void)state;
    struct heap heap;
    struct error error = {""};
    const struct allocator *plugin = load("lifo", &error);
    assert_true(open_plugin(plugin, "bump", &heap, &error));
    heap_close(&heap);
}

static void test_bad_tables_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *message;
    } bad[] = {{"bad_abi", "abi"},
               {"bad_size", "table of 16 bytes"},
               {"bad_name", "its name is not"},
               {"bad_symbol", "does not export heapdyno_allocator"},
               {"bad_open", "no function open"}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct error error = {""};
        compile(bad[i].name);
        assert_null(load(bad[i].name, &error));
        assert_non_null(strstr(error.text, bad[i].message));
    }
}

static void test_bad_files_are_refused(void **state)
{
    (void)state;
    static const char *const paths[] = {"/nowhere/x.so", "Makefile", "./Makefile", ""};
    for (size_t i = 0; i < COUNT_OF(paths); i++) {
        struct error error = {""};
        assert_null(allocator_plugin_load(paths[i], &error));
        assert_true(strlen(error.text) > 10);
    }
}

static void test_missing_method_is_refused(void **state)
{
    (void)state;
    struct heap heap;
    struct error error = {""};
    compile("bad_method");
    const struct allocator *plugin = load("bad_method", &error);
    assert_non_null(plugin);
    assert_false(open_plugin(plugin, "bad", &heap, &error));
    assert_non_null(strstr(error.text, "lacks"));
}

/* What a child does with a plug-in: load, open as `spec`, ask for blocks and release them. */
static void child_use(const char *name, const char *spec)
{
    struct heap heap;
    struct error error = {""};
    alarm(2); /* for the one that hangs */
    const struct allocator *plugin = load(name, &error);
    if (plugin == NULL || !open_plugin(plugin, spec, &heap, &error)) {
        _exit(3);
    }
    static void *block[2000];
    size_t failed = 0;
    for (size_t i = 0; i < 2000; i++) {
        block[i] = heap_alloc(&heap, 40);
        failed += block[i] == NULL;
    }
    for (size_t i = 0; i < 2000; i++) {
        heap_release(&heap, block[i], 40);
    }
    _exit(failed == 2000 ? 4 : failed > 0 ? 5 : 0);
}

/* Run it in a child; its wait status, what it wrote on stderr in text[length]. */
static int child_status(const char *name, const char *spec, char *text, size_t length)
{
    int ends[2];
    int status;
    compile(name);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        signal(SIGSEGV, SIG_DFL);
        child_use(name, spec);
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

static void test_crashes_stay_in_the_child(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int signal;
    } bad[] = {{"bad_crash", SIGSEGV}, {"bad_hang", SIGALRM}, {"bad_late", SIGABRT}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char text[4096];
        int status = child_status(bad[i].name, "bad", text, sizeof(text));
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), bad[i].signal);
    }
}

static void test_no_memory_is_seen(void **state)
{
    (void)state;
    char text[4096];
    int status = child_status("bad_null", "bad", text, sizeof(text));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 4);
    status = child_status("bad_null", "bad+debug+sized", text, sizeof(text));
    assert_int_equal(WEXITSTATUS(status), 4);
}

static void test_debug_finds_bad_allocators(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *message;
    } bad[] = {{"bad_corrupt", "written past its end"}, {"bad_twice", "still held"}};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        char text[4096];
        int status = child_status(bad[i].name, "bad+debug", text, sizeof(text));
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), SIGABRT);
        assert_non_null(strstr(text, bad[i].message));
    }
}

/* A leaking allocator still works: its memory shows from outside, and the cell has a limit. */
static void test_leak_is_no_crash(void **state)
{
    (void)state;
    char text[4096];
    int status = child_status("bad_leak", "bad+debug", text, sizeof(text));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int folder_make(void **state)
{
    (void)state;
    char folder[] = "/tmp/heapdyno-plugin-XXXXXX";
    return mkdtemp(folder) == NULL || setenv("TEST_PLUGIN_FOLDER", folder, 1) != 0;
}

static int folder_remove(void **state)
{
    (void)state;
    return system("rm -r -- \"$TEST_PLUGIN_FOLDER\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_example_is_loaded_and_used),
        cmocka_unit_test(test_built_in_stays_known),
        cmocka_unit_test(test_bad_tables_are_refused),
        cmocka_unit_test(test_bad_files_are_refused),
        cmocka_unit_test(test_missing_method_is_refused),
        cmocka_unit_test(test_crashes_stay_in_the_child),
        cmocka_unit_test(test_no_memory_is_seen),
        cmocka_unit_test(test_debug_finds_bad_allocators),
        cmocka_unit_test(test_leak_is_no_crash),
    };
    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}

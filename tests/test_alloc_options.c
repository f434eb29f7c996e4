/* Allocators by specification: unknown names and bad options are refused with a message that helps;
 * options become the environment that the library reads. */
#include "tests/allocators.h"

static bool check_spec(const char *text, struct error *error)
{
    struct spec *spec = calloc(1, sizeof(*spec));
    bool ok = spec_parse(text, strlen(text), spec, error) && heap_spec_check(spec, NULL, error);
    free(spec);
    return ok;
}

static void test_good_specs_are_accepted(void **state)
{
    (void)state;
    static const char *const specs[] = {
        "malloc",
        "malloc:tcache_count=0,trim_threshold=64k",
        "jemalloc:dirty_decay=0s,background=on,arenas=1,thp=never",
        "mimalloc:decommit_delay=10ms,decommit=off",
        "tcmalloc:release_rate=2.5,thread_cache=1m",
        "pymalloc:arena=256k,align=page+debug:quarantine=0+fault:at=12+sized",
        "bump:chunk=2m+debug+debug",
    };
    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        struct error error = {""};
        if (!check_spec(specs[i], &error)) {
            fail_msg("%s: %s", specs[i], error.text);
        }
    }
}

static void test_bad_specs_are_refused_with_a_reason(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        const char *message; /* a part of it */
    } bad[] = {
        {"nosuch", "pymalloc"}, /* the known names */
        {"malloc+nosuch", "debug"},
        {"malloc+pymalloc", "unknown wrapper"},
        {"debug", "unknown allocator"},
        {"malloc:nosuch=1", "tcache_count"},
        {"malloc:tcache_count=65536", "65535"},
        {"malloc:tcache_count=-1", "tcache_count"},
        {"malloc:tcache_count=", "tcache_count"},
        {"jemalloc:thp=maybe", "default|always|never"},
        {"jemalloc:dirty_decay=ten", "dirty_decay"},
        {"pymalloc:arena=64k", "arena"},
        {"pymalloc:arena=1t", "arena"},
        {"tcmalloc:release_rate=nan", "release_rate"},
        {"malloc+fault:at=0", "at"},
        {"malloc+debug:quarantine=5000", "4095"},
        {"malloc+sized:x=1", "x"},
        {"", ""},
        {"malloc+", ""},
        {"Malloc", ""},
        {"malloc:tcache_count=1,tcache_count", ""},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct error error = {""};
        struct heap heap;
        if (check_spec(bad[i].spec, &error)) {
            fail_msg("\"%s\" was accepted", bad[i].spec);
        }
        if (strstr(error.text, bad[i].message) == NULL || strlen(error.text) < 10) {
            fail_msg("\"%s\": the message lacks \"%s\": %s", bad[i].spec, bad[i].message,
                     error.text);
        }
        assert_false(test_heap_try(bad[i].spec, &heap, &error));
    }
}

/* The value of a variable in the environment that a specification implies; NULL if it is not set. */
static const char *implied(const char *text, const char *name)
{
    static struct environment environment;
    struct spec *spec = calloc(1, sizeof(*spec));
    struct error error;
    assert_true(spec_parse(text, strlen(text), spec, &error));
    environment = (struct environment){0};
    heap_environment(spec, NULL, &environment);
    free(spec);
    for (size_t i = 0; i < environment.count; i++) {
        if (strcmp(environment.variable[i].name, name) == 0) {
            return environment.variable[i].value;
        }
    }
    return NULL;
}

static void test_options_become_environment(void **state)
{
    (void)state;
    static const struct {
        const char *spec;
        const char *name;
        const char *value;
    } known[] = {
        {"malloc", "GLIBC_TUNABLES", NULL},
        {"malloc:tcache_count=0,mmap_threshold=64k", "GLIBC_TUNABLES",
         "glibc.malloc.mmap_threshold=65536:glibc.malloc.tcache_count=0"},
        {"jemalloc", "GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=16384"},
        {"jemalloc", "MALLOC_CONF", NULL},
        {"jemalloc:dirty_decay=1500ms,muzzy_decay=0s,background=on,tcache=off,arenas=2",
         "MALLOC_CONF",
         "narenas:2,background_thread:true,dirty_decay_ms:1500,muzzy_decay_ms:0,tcache:false"},
        {"mimalloc", "MIMALLOC_DECOMMIT_DELAY", NULL},
        {"mimalloc:decommit_delay=250ms", "MIMALLOC_DECOMMIT_DELAY", "250"},
        {"mimalloc:decommit_delay=250ms", "MIMALLOC_PURGE_DELAY", "250"},
        {"mimalloc:decommit=off", "MIMALLOC_ALLOW_DECOMMIT", "0"},
        {"tcmalloc", "TCMALLOC_SKIP_SBRK", "1"},
        {"tcmalloc:sbrk=on", "TCMALLOC_SKIP_SBRK", "0"},
        {"tcmalloc:release_rate=2.5", "TCMALLOC_RELEASE_RATE", "2.5"},
        {"tcmalloc:thread_cache=1m", "TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES", "1048576"},
        {"pymalloc+debug", "GLIBC_TUNABLES", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        const char *value = implied(known[i].spec, known[i].name);
        if (known[i].value == NULL) {
            assert_null(value);
        } else {
            assert_non_null(value);
            assert_string_equal(value, known[i].value);
        }
    }
}

/* Tunables of two heaps of a cell are joined; other variables are replaced. */
static void test_environments_are_joined(void **state)
{
    (void)state;
    struct environment environment = {0};
    environment_set(&environment, "GLIBC_TUNABLES", "a=1");
    environment_set(&environment, "MALLOC_CONF", "x:1");
    environment_set(&environment, "GLIBC_TUNABLES", "b=2");
    environment_set(&environment, "MALLOC_CONF", "y:2");
    assert_int_equal(environment.count, 2);
    assert_string_equal(environment.variable[0].value, "a=1:b=2");
    assert_string_equal(environment.variable[1].value, "y:2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_specs_are_accepted),
        cmocka_unit_test(test_bad_specs_are_refused_with_a_reason),
        cmocka_unit_test(test_options_become_environment),
        cmocka_unit_test(test_environments_are_joined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Shared by the tests of allocators: opening by specification, the environment that jemalloc needs,
 * and the seed. */
#ifndef HEAPDYNO_TESTS_ALLOCATORS_H
#define HEAPDYNO_TESTS_ALLOCATORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "allocators/wrapper.h"
#include "base/check.h"

#ifdef __SANITIZE_ADDRESS__
/* Requests that no machine can serve are part of these tests. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* tcmalloc drops a block of its own as it is loaded. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libtcmalloc";
}

__attribute__((visibility("default"))) const char *__lsan_default_options(void);
const char *__lsan_default_options(void)
{
    return "print_suppressions=0";
}
#endif

/* Open `text`, an allocator with its options and wrappers; false with the reason. */
static inline bool test_heap_try(const char *text, struct heap *out, struct error *error)
{
    struct spec *spec = malloc(sizeof(*spec));
    assert_non_null(spec);
    bool ok = spec_parse(text, strlen(text), spec, error) &&
              heap_open(spec, NULL, (struct heap){0}, out, error);
    free(spec);
    return ok;
}

/* The same, which must succeed. */
static inline struct heap test_heap(const char *text)
{
    struct heap heap;
    struct error error = {""};
    if (!test_heap_try(text, &heap, &error)) {
        fail_msg("%s: %s", text, error.text);
    }
    return heap;
}

/* Start the program again with what jemalloc needs at start-up, unless it is there. */
static inline void test_environment(char **argv)
{
    static const char tunable[] = "glibc.rtld.optional_static_tls=16384";
    const char *now = getenv("GLIBC_TUNABLES");
    if (now == NULL || strstr(now, tunable) == NULL) {
        setenv("GLIBC_TUNABLES", tunable, 1);
        execv(argv[0], argv);
        perror("execv");
        exit(1);
    }
}

/* SEED= from the environment, else 1; printed, so that a failure can be repeated. */
static inline uint64_t test_seed(void)
{
    const char *text = getenv("SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : 1;
    printf("SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

/* Whether valgrind runs us: it sets LD_PRELOAD. */
static inline bool test_is_valgrind(void)
{
    const char *preload = getenv("LD_PRELOAD");
    return preload != NULL && strstr(preload, "vgpreload") != NULL;
}

/* Whether this build or run is many times slower. */
static inline bool test_is_slow(void)
{
#ifdef __SANITIZE_ADDRESS__
    return true;
#else
    return test_is_valgrind();
#endif
}

/* Bytes that depend on the block and the place in it, and their check. */
static inline void test_fill(void *p, size_t size, uint64_t key)
{
    unsigned char *bytes = p;
    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)((key + i) * 167 >> 3);
    }
}

static inline bool test_filled(const void *p, size_t size, uint64_t key)
{
    const unsigned char *bytes = p;
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != (unsigned char)((key + i) * 167 >> 3)) {
            return false;
        }
    }
    return true;
}

#endif

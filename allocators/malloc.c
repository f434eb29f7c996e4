/* malloc: the C library's own allocator, glibc's ptmalloc, through the same table as the others.
 *
 * It serves the harness too, so its figures (mallinfo2) count what the harness itself holds, and
 * blocks still out when it is closed are not given back. Its settings are tunables read at
 * start-up; mallopt could not set them all (the thread cache has no mallopt). */
#include "allocators/builtin.h"

#include <gnu/libc-version.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"

static void *malloc_alloc(void *self, size_t size)
{
    (void)self;
    return malloc(size);
}

static void *malloc_calloc(void *self, size_t size)
{
    (void)self;
    return calloc(1, size);
}

/* realloc(p, 0) would free p. */
static void *malloc_resize(void *self, void *p, size_t old_size, size_t new_size)
{
    (void)self;
    (void)old_size;
    return realloc(p, new_size + (new_size == 0));
}

static void malloc_release(void *self, void *p, size_t size)
{
    (void)self;
    (void)size;
    free(p);
}

static size_t malloc_size_of(void *self, const void *p)
{
    (void)self;
    return malloc_usable_size((void *)(uintptr_t)p);
}

static void malloc_trim_all(void *self)
{
    (void)self;
    malloc_trim(0);
}

static void malloc_stats_all(void *self, struct heap_stats *out)
{
    (void)self;
    struct mallinfo2 info = mallinfo2();
    size_t mapped = info.arena + info.hblkhd;
    if (mapped > 0) { /* 0: something else stands in for glibc's malloc, as a sanitizer does */
        out->live_bytes = info.uordblks + info.hblkhd;
        out->mapped_bytes = mapped;
    }
}

static void malloc_close(void *self)
{
    (void)self;
    malloc_trim(0);
}

static const struct heap_methods malloc_methods = {
    .alloc = malloc_alloc,
    .calloc = malloc_calloc,
    .resize = malloc_resize,
    .release = malloc_release,
    .size_of = malloc_size_of,
    .trim = malloc_trim_all,
    .stats = malloc_stats_all,
    .close = malloc_close,
};

/* There is no state, but a heap's self is not NULL. */
static bool malloc_open(const struct allocator_config *config, struct heap *out,
                        struct error *error)
{
    (void)config;
    (void)error;
    *out = heap_make((void *)(uintptr_t)&malloc_methods, &malloc_methods);
    return true;
}

static const char *malloc_version(void)
{
    return gnu_get_libc_version();
}

static const struct option malloc_options[] = {
    {"arena_max", OPTION_COUNT, NULL, 1, 4096, NULL,
     "most arenas (unset: 8 per core; one thread uses one)"},
    {"hugetlb", OPTION_COUNT, NULL, 0, 2, NULL,
     "0 no huge pages, 1 madvise, 2 mapped huge pages (unset: 0)"},
    {"mmap_threshold", OPTION_SIZE, NULL, 0, UINT64_C(1) << 40, NULL,
     "requests from this size are mapped apart (unset: 128k, grows by itself)"},
    {"tcache_count", OPTION_COUNT, NULL, 0, 65535, NULL,
     "blocks kept per size and thread (unset: 7; 0 turns the cache off)"},
    {"top_pad", OPTION_SIZE, NULL, 0, UINT64_C(1) << 40, NULL,
     "asked for beyond what is needed when the heap grows (unset: 128k)"},
    {"trim_threshold", OPTION_SIZE, NULL, 0, UINT64_C(1) << 40, NULL,
     "free bytes at the top from which they are given back (unset: 128k, grows by itself)"},
};

static void malloc_environment(const struct options *options, struct environment *out)
{
    for (size_t i = 0; i < options->count; i++) {
        if (options->value[i].set) {
            char tunable[96];
            snprintf(tunable, sizeof(tunable), "glibc.malloc.%s=%llu", options->table[i].name,
                     (unsigned long long)options->value[i].number);
            environment_set(out, "GLIBC_TUNABLES", tunable);
        }
    }
}

bool malloc_open_raw(const struct heap *given, struct heap *raw, bool *owned, struct error *error)
{
    *raw = *given;
    *owned = given->methods == NULL;
    if (!*owned) {
        return true;
    }
    struct options none;
    options_default(&none, allocator_malloc.options, allocator_malloc.option_count);
    struct allocator_config config = {.options = &none};
    return allocator_malloc.open(&config, raw, error);
}

const struct allocator allocator_malloc = {
    .abi = ALLOCATOR_ABI,
    .struct_size = sizeof(struct allocator),
    .name = "malloc",
    .summary = "glibc's malloc, the reference",
    .threads = THREADS_SHARED,
    .options = malloc_options,
    .option_count = COUNT_OF(malloc_options),
    .environment = malloc_environment,
    .open = malloc_open,
    .version = malloc_version,
};

/* tcmalloc of gperftools, as Debian ships it (the minimal library: no profiler). Releases by
 * tc_free_sized, which needs no lookup of the size and believes it: a block must be of the class
 * that its size says. tc_realloc leaves a block in a larger class when it shrinks and takes a quarter
 * more when it grows, so blocks are resized here: in place within a class, else anew.
 *
 * It grows by sbrk and so would share the program break with glibc's malloc: sbrk is off here
 * unless asked for, and it maps instead. Its report on stderr of blocks over 1 GiB is off too.
 * Settings are read when the library is loaded. Source: gperftools 2.10, malloc_extension.h. */
#include "allocators/builtin.h"

#include <stdio.h>
#include <string.h>

#include "allocators/foreign.h"
#include "base/check.h"

enum { TCMALLOC_NUMBER, TCMALLOC_TRIM, TCMALLOC_CLASS };

typedef int number_f(const char *property, size_t *value);
typedef void trim_f(void);
typedef size_t class_f(size_t size, int flags);
typedef const char *version_f(int *major, int *minor, const char **patch);

static const char *const tcmalloc_sonames[] = {"libtcmalloc_minimal.so.4", "libtcmalloc.so.4",
                                               NULL};

static const struct foreign_library tcmalloc_library = {
    .sonames = tcmalloc_sonames,
    .alloc = "tc_malloc",
    .calloc = "tc_calloc",
    .resize = "tc_realloc",
    .release = "tc_free_sized",
    .size_of = "tc_malloc_size",
    .extra = {"MallocExtension_GetNumericProperty", "MallocExtension_ReleaseFreeMemory",
              "tc_nallocx"},
};

static void *tcmalloc_resize(void *heap, void *p, size_t old_size, size_t new_size)
{
    const struct foreign *self = heap;
    class_f *class = (class_f *)self->extra[TCMALLOC_CLASS];
    if (p == NULL) {
        return foreign_alloc(heap, new_size);
    }
    if (class(foreign_size(old_size), 0) == class(foreign_size(new_size), 0)) {
        return p;
    }
    void *block = foreign_alloc(heap, new_size);
    if (block != NULL) {
        memcpy(block, p, old_size < new_size ? old_size : new_size);
        foreign_release(heap, p, old_size);
    }
    return block;
}

static void tcmalloc_trim(void *self)
{
    ((trim_f *)((struct foreign *)self)->extra[TCMALLOC_TRIM])();
}

static uint64_t tcmalloc_number(const struct foreign *self, const char *property)
{
    size_t value = 0;
    number_f *number = (number_f *)self->extra[TCMALLOC_NUMBER];
    return number(property, &value) ? value : HEAP_UNKNOWN;
}

static void tcmalloc_stats(void *heap, struct heap_stats *out)
{
    const struct foreign *self = heap;
    uint64_t held = tcmalloc_number(self, "generic.heap_size");
    uint64_t unmapped = tcmalloc_number(self, "tcmalloc.pageheap_unmapped_bytes");
    out->live_bytes = tcmalloc_number(self, "generic.current_allocated_bytes");
    if (held != HEAP_UNKNOWN && unmapped != HEAP_UNKNOWN) {
        out->mapped_bytes = held - unmapped;
    }
}

static const struct heap_methods tcmalloc_methods = {
    .alloc = foreign_alloc,
    .calloc = foreign_calloc,
    .resize = tcmalloc_resize,
    .release = foreign_release,
    .size_of = foreign_size_of,
    .trim = tcmalloc_trim,
    .stats = tcmalloc_stats,
    .close = foreign_close,
};

static bool tcmalloc_open(const struct allocator_config *config, struct heap *out,
                          struct error *error)
{
    return foreign_open(&tcmalloc_library, &tcmalloc_methods, config, out, error);
}

static const char *tcmalloc_unavailable(void)
{
    return foreign_unavailable(&tcmalloc_library);
}

static const char *tcmalloc_version(void)
{
    static char text[256];
    int major;
    int minor;
    const char *patch;
    version_f *function = (version_f *)foreign_symbol(&tcmalloc_library, "tc_version");
    const char *version = function != NULL ? function(&major, &minor, &patch) : "unknown version";
    return foreign_version(&tcmalloc_library, version, text, sizeof(text));
}

static const struct option tcmalloc_options[] = {
    {"aggressive_decommit", OPTION_BOOL, NULL, 0, 0, NULL,
     "give pages back as soon as they are free (unset: off)"},
    FOREIGN_OPTION_LIBRARY,
    {"release_rate", OPTION_REAL, NULL, 0, 1000, NULL,
     "how eagerly free pages are given back, 0 is never (unset: 1)"},
    {"sbrk", OPTION_BOOL, "off", 0, 0, NULL,
     "grow by the program break, shared with glibc (off: map instead)"},
    {"thread_cache", OPTION_SIZE, NULL, 512 * 1024, UINT64_C(1) << 30, NULL,
     "most bytes cached by all threads (unset: 32m)"},
};

static void tcmalloc_environment(const struct options *options, struct environment *out)
{
    const struct option_value *rate = options_get(options, "release_rate");
    const struct option_value *cache = options_get(options, "thread_cache");
    const struct option_value *decommit = options_get(options, "aggressive_decommit");
    char text[32];
    if (rate->set) {
        snprintf(text, sizeof(text), "%g", rate->real);
        environment_set(out, "TCMALLOC_RELEASE_RATE", text);
    }
    if (cache->set) {
        snprintf(text, sizeof(text), "%llu", (unsigned long long)cache->number);
        environment_set(out, "TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES", text);
    }
    if (decommit->set) {
        environment_set(out, "TCMALLOC_AGGRESSIVE_DECOMMIT", decommit->number != 0 ? "1" : "0");
    }
    environment_set(out, "TCMALLOC_SKIP_SBRK", options_on(options, "sbrk") ? "0" : "1");
    environment_set(out, "TCMALLOC_LARGE_ALLOC_REPORT_THRESHOLD", "0");
}

const struct allocator allocator_tcmalloc = {
    .abi = ALLOCATOR_ABI,
    .struct_size = sizeof(struct allocator),
    .name = "tcmalloc",
    .summary = "gperftools' tcmalloc, the library",
    .threads = THREADS_SHARED,
    .options = tcmalloc_options,
    .option_count = COUNT_OF(tcmalloc_options),
    .unavailable = tcmalloc_unavailable,
    .environment = tcmalloc_environment,
    .open = tcmalloc_open,
    .version = tcmalloc_version,
};

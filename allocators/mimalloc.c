/* mimalloc, as Debian ships it. mi_free_size takes the size but still looks the page up.
 *
 * Its own figures mislead (current_rss is what it committed, "touched" can go negative), so only
 * the blocks in the pages of this thread's heap are counted, and memory is left to /proc. Settings
 * are read when the library is loaded; the names are those of 2.0.9, beside those of 2.1 and later
 * where they differ. Source: mimalloc 2.0.9, mimalloc.h. */
#include "allocators/builtin.h"

#include <stdio.h>
#include <string.h>

#include "allocators/foreign.h"
#include "base/check.h"

enum { MIMALLOC_COLLECT, MIMALLOC_HEAP, MIMALLOC_VISIT, MIMALLOC_VERSION };

/* One page of a heap, as mi_heap_visit_blocks shows it. */
struct mimalloc_area {
    void *blocks;
    size_t reserved;
    size_t committed;
    size_t used; /* blocks */
    size_t block_size;
};

typedef void collect_f(bool force);
typedef void *heap_default_f(void);
typedef bool visit_f(const void *heap, const struct mimalloc_area *area, void *block,
                     size_t block_size, void *argument);
typedef bool heap_visit_f(const void *heap, bool each_block, visit_f *visit, void *argument);
typedef int version_f(void);

static const char *const mimalloc_sonames[] = {"libmimalloc.so.3", "libmimalloc.so.2",
                                               "libmimalloc.so.2.0", NULL};

static const struct foreign_library mimalloc_library = {
    .sonames = mimalloc_sonames,
    .alloc = "mi_malloc",
    .calloc = "mi_calloc",
    .resize = "mi_realloc",
    .release = "mi_free_size",
    .size_of = "mi_usable_size",
    .extra = {"mi_collect", "mi_heap_get_default", "mi_heap_visit_blocks", "mi_version"},
};

static void mimalloc_trim(void *self)
{
    ((collect_f *)((struct foreign *)self)->extra[MIMALLOC_COLLECT])(true);
}

/* The row of a block size, a new one if there is room, else NULL. */
static struct heap_class *stats_class(struct heap_stats *out, size_t size)
{
    size_t i = 0;
    while (i < out->class_count && out->class[i].size != size) {
        i++;
    }
    if (i == out->class_count) {
        if (i == HEAP_CLASSES_MAX) {
            return NULL;
        }
        out->class[out->class_count++] = (struct heap_class){.size = size};
    }
    return &out->class[i];
}

static bool mimalloc_visit(const void *heap, const struct mimalloc_area *area, void *block,
                           size_t block_size, void *argument)
{
    (void)heap;
    (void)block;
    (void)block_size;
    struct heap_stats *out = argument;
    out->live_blocks += area->used;
    out->live_bytes += area->used * area->block_size;
    out->pools += area->used > 0;
    struct heap_class *class = stats_class(out, area->block_size);
    if (class != NULL && area->used > 0) {
        class->pools++;
        class->blocks_used += area->used;
        class->blocks_free += area->reserved / area->block_size - area->used;
    }
    return true;
}

static void mimalloc_stats(void *heap, struct heap_stats *out)
{
    const struct foreign *self = heap;
    const void *mine = ((heap_default_f *)self->extra[MIMALLOC_HEAP])();
    out->live_blocks = 0;
    out->live_bytes = 0;
    out->pools = 0;
    ((heap_visit_f *)self->extra[MIMALLOC_VISIT])(mine, false, mimalloc_visit, out);
}

static const struct heap_methods mimalloc_methods = {
    .alloc = foreign_alloc,
    .calloc = foreign_calloc,
    .resize = foreign_resize,
    .release = foreign_release_unrounded,
    .size_of = foreign_size_of,
    .trim = mimalloc_trim,
    .stats = mimalloc_stats,
    .close = foreign_close,
};

static bool mimalloc_open(const struct allocator_config *config, struct heap *out,
                          struct error *error)
{
    return foreign_open(&mimalloc_library, &mimalloc_methods, config, out, error);
}

static const char *mimalloc_unavailable(void)
{
    return foreign_unavailable(&mimalloc_library);
}

/* 209 is 2.0.9. */
static const char *mimalloc_version(void)
{
    static char text[256];
    char version[32] = "unknown version";
    version_f *function = (version_f *)foreign_symbol(&mimalloc_library, "mi_version");
    if (function != NULL) {
        int number = function();
        snprintf(version, sizeof(version), "%d.%d.%d", number / 100, number / 10 % 10, number % 10);
    }
    return foreign_version(&mimalloc_library, version, text, sizeof(text));
}

static const struct option mimalloc_options[] = {
    {"decommit", OPTION_BOOL, NULL, 0, 0, NULL, "give free pages back at all (unset: on)"},
    {"decommit_delay", OPTION_DURATION, NULL, 0, UINT64_C(1000000000000000), NULL,
     "time until free pages are given back (unset: 25ms; 0s: at once)"},
    {"eager_commit", OPTION_BOOL, NULL, 0, 0, NULL, "make whole segments usable (unset: on)"},
    {"large_pages", OPTION_BOOL, NULL, 0, 0, NULL, "2 MiB pages where possible (unset: off)"},
    FOREIGN_OPTION_LIBRARY,
    {"page_reset", OPTION_BOOL, NULL, 0, 0, NULL, "reset pages as they become free (unset: off)"},
};

static void mimalloc_environment(const struct options *options, struct environment *out)
{
    static const struct {
        const char *option;
        const char *variable[2];
    } names[] = {
        {"decommit", {"MIMALLOC_ALLOW_DECOMMIT", "MIMALLOC_PURGE_DECOMMITS"}},
        {"decommit_delay", {"MIMALLOC_DECOMMIT_DELAY", "MIMALLOC_PURGE_DELAY"}},
        {"eager_commit", {"MIMALLOC_EAGER_COMMIT"}},
        {"large_pages", {"MIMALLOC_LARGE_OS_PAGES", "MIMALLOC_ALLOW_LARGE_OS_PAGES"}},
        {"page_reset", {"MIMALLOC_PAGE_RESET"}},
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct option_value *value = options_get(options, names[i].option);
        bool delay = strcmp(names[i].option, "decommit_delay") == 0;
        char text[24];
        snprintf(text, sizeof(text), "%llu",
                 (unsigned long long)(delay ? value->number / 1000000 : value->number));
        for (size_t j = 0; j < 2 && value->set && names[i].variable[j] != NULL; j++) {
            environment_set(out, names[i].variable[j], text);
        }
    }
}

const struct allocator allocator_mimalloc = {
    .abi = ALLOCATOR_ABI,
    .struct_size = sizeof(struct allocator),
    .name = "mimalloc",
    .summary = "mimalloc 2, the library",
    .threads = THREADS_SHARED,
    .options = mimalloc_options,
    .option_count = COUNT_OF(mimalloc_options),
    .unavailable = mimalloc_unavailable,
    .environment = mimalloc_environment,
    .open = mimalloc_open,
    .version = mimalloc_version,
};

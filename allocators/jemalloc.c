/* jemalloc, as Debian ships it: releases by sdallocx, which is told the size and needs no lookup.
 *
 * It needs about 2.6 kB of static thread-local storage, more than glibc keeps for libraries that
 * are loaded late: without the tunable in jemalloc_environment dlopen refuses. All settings are
 * read once when the library is loaded, from MALLOC_CONF. Source: jemalloc 5.3.0, jemalloc(3). */
#include "allocators/builtin.h"

#include <stdio.h>
#include <string.h>

#include "allocators/foreign.h"
#include "base/check.h"

enum { JEMALLOC_MALLCTL };

typedef int mallctl_f(const char *name, void *old, size_t *old_size, void *new, size_t new_size);

static const char *const jemalloc_sonames[] = {"libjemalloc.so.2", "libjemalloc.so.1", NULL};

static const struct foreign_library jemalloc_library = {
    .sonames = jemalloc_sonames,
    .alloc = "malloc",
    .calloc = "calloc",
    .resize = "realloc",
    .release = "sdallocx",
    .size_of = "malloc_usable_size",
    .extra = {[JEMALLOC_MALLCTL] = "mallctl"},
};

static mallctl_f *jemalloc_control(void *self)
{
    return (mallctl_f *)((struct foreign *)self)->extra[JEMALLOC_MALLCTL];
}

/* Purge every arena: 4096 is MALLCTL_ARENAS_ALL. The cache of this thread goes first. */
static void jemalloc_trim(void *self)
{
    mallctl_f *mallctl = jemalloc_control(self);
    mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
    mallctl("arena.4096.purge", NULL, NULL, NULL, 0);
}

static uint64_t jemalloc_number(mallctl_f *mallctl, const char *name)
{
    size_t value = 0;
    size_t size = sizeof(value);
    return mallctl(name, &value, &size, NULL, 0) == 0 ? value : HEAP_UNKNOWN;
}

static void jemalloc_stats(void *self, struct heap_stats *out)
{
    mallctl_f *mallctl = jemalloc_control(self);
    uint64_t epoch = 1;
    size_t size = sizeof(epoch);
    unsigned arenas = 0;
    mallctl("epoch", &epoch, &size, &epoch, sizeof(epoch));
    out->live_bytes = jemalloc_number(mallctl, "stats.allocated");
    out->mapped_bytes = jemalloc_number(mallctl, "stats.mapped");
    size = sizeof(arenas);
    if (mallctl("arenas.narenas", &arenas, &size, NULL, 0) == 0) {
        out->arenas = arenas;
    }
}

static const struct heap_methods jemalloc_methods = {
    .alloc = foreign_alloc,
    .calloc = foreign_calloc,
    .resize = foreign_resize,
    .release = foreign_release_flagged,
    .size_of = foreign_size_of,
    .trim = jemalloc_trim,
    .stats = jemalloc_stats,
    .close = foreign_close,
};

/* Whether the library's malloc is its own: valgrind's memcheck puts one in its place, but none in
 * that of sdallocx, which would crash on a block that jemalloc has never seen. */
static bool jemalloc_is_itself(struct foreign *self)
{
    mallctl_f *mallctl = jemalloc_control(self);
    uint64_t before = jemalloc_number(mallctl, "thread.allocated");
    void *p = self->alloc(64);
    uint64_t after = jemalloc_number(mallctl, "thread.allocated");
    self->resize(p, 0); /* frees it, whoever gave it */
    return after != before || before == HEAP_UNKNOWN;
}

static bool jemalloc_open(const struct allocator_config *config, struct heap *out,
                          struct error *error)
{
    if (!foreign_open(&jemalloc_library, &jemalloc_methods, config, out, error)) {
        return false;
    }
    if (!jemalloc_is_itself(out->self)) {
        foreign_close(out->self);
        return error_set(error, "jemalloc: its malloc is replaced by another, as valgrind does "
                                "without --soname-synonyms=somalloc=nouserintercepts");
    }
    return true;
}

static const char *jemalloc_unavailable(void)
{
    return foreign_unavailable(&jemalloc_library);
}

static const char *jemalloc_version(void)
{
    static char text[256];
    const char *version = "unknown version";
    size_t size = sizeof(version);
    mallctl_f *mallctl = (mallctl_f *)foreign_symbol(&jemalloc_library, "mallctl");
    if (mallctl != NULL) {
        mallctl("version", &version, &size, NULL, 0);
    }
    return foreign_version(&jemalloc_library, version, text, sizeof(text));
}

static const struct option jemalloc_options[] = {
    {"arenas", OPTION_COUNT, NULL, 1, 4096, NULL,
     "arenas (unset: 4 per core; one thread uses one)"},
    {"background", OPTION_BOOL, NULL, 0, 0, NULL, "purge from a background thread (unset: off)"},
    {"dirty_decay", OPTION_DURATION, NULL, 0, UINT64_C(1000000000000000000), NULL,
     "time until free pages are given back (unset: 10s; 0s: at once)"},
    FOREIGN_OPTION_LIBRARY,
    {"muzzy_decay", OPTION_DURATION, NULL, 0, UINT64_C(1000000000000000000), NULL,
     "time until pages marked as free are unmapped (unset: 0s)"},
    {"retain", OPTION_BOOL, NULL, 0, 0, NULL, "keep unused address space (unset: on)"},
    {"tcache", OPTION_BOOL, NULL, 0, 0, NULL, "cache blocks per thread (unset: on)"},
    {"thp", OPTION_CHOICE, NULL, 0, 0, "default|always|never", "huge pages (unset: default)"},
};

/* Append ",name:value" to text[length]. */
static void conf_add(char *text, size_t length, const char *name, const char *value)
{
    size_t used = strlen(text);
    int n = snprintf(text + used, length - used, "%s%s:%s", used > 0 ? "," : "", name, value);
    CHECK(n > 0 && (size_t)n < length - used);
}

static void conf_add_number(char *text, size_t length, const char *name, uint64_t number)
{
    char digits[24];
    snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);
    conf_add(text, length, name, digits);
}

static void jemalloc_environment(const struct options *options, struct environment *out)
{
    static const char *const names[][2] = {
        {"arenas", "narenas"},
        {"background", "background_thread"},
        {"dirty_decay", "dirty_decay_ms"},
        {"muzzy_decay", "muzzy_decay_ms"},
        {"retain", "retain"},
        {"tcache", "tcache"},
        {"thp", "thp"},
    };
    char conf[256] = "";
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        const struct option_value *value = options_get(options, names[i][0]);
        const struct option *row = &options->table[value - options->value];
        if (!value->set) {
            continue;
        }
        switch (row->type) {
        case OPTION_DURATION:
            conf_add_number(conf, sizeof(conf), names[i][1], value->number / 1000000);
            break;
        case OPTION_BOOL:
            conf_add(conf, sizeof(conf), names[i][1], value->number != 0 ? "true" : "false");
            break;
        default:
            conf_add(conf, sizeof(conf), names[i][1], value->text);
        }
    }
    if (conf[0] != '\0') {
        environment_set(out, "MALLOC_CONF", conf);
    }
    environment_set(out, "GLIBC_TUNABLES", "glibc.rtld.optional_static_tls=16384");
}

const struct allocator allocator_jemalloc = {
    .abi = ALLOCATOR_ABI,
    .struct_size = sizeof(struct allocator),
    .name = "jemalloc",
    .summary = "jemalloc 5, the library",
    .threads = THREADS_SHARED,
    .options = jemalloc_options,
    .option_count = COUNT_OF(jemalloc_options),
    .unavailable = jemalloc_unavailable,
    .environment = jemalloc_environment,
    .open = jemalloc_open,
    .version = jemalloc_version,
};

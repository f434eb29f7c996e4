/* The environment of a child; see environ.h. */
#include "bench/cell/environ.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"

extern char **environ;

/* Inherited: what the loader, the sanitizers and coverage need; never what an allocator reads. */
static const char *const inherited[] = {"PATH",
                                        "HOME",
                                        "TMPDIR",
                                        "LD_LIBRARY_PATH",
                                        "ASAN_OPTIONS",
                                        "UBSAN_OPTIONS",
                                        "LSAN_OPTIONS",
                                        "GCOV_PREFIX",
                                        "GCOV_PREFIX_STRIP",
                                        "HEAPDYNO_TRACES",
                                        "HEAPDYNO_PYTHON",
                                        "HEAPDYNO_PROGRAMS"};

/* Read by allocators: set when the cell says so, else absent. */
static const char *const managed[] = {"GLIBC_TUNABLES", "MALLOC_", "MIMALLOC_",
                                      "TCMALLOC_",      "_RJEM_",  "JE_"};

bool environ_add(struct environ_block *out, const char *name, const char *value)
{
    size_t left = sizeof out->text - out->used;
    int n = snprintf(out->text + out->used, left, "%s=%s", name, value);
    if (n < 0 || (size_t)n >= left || out->count == ENVIRON_ENTRIES) {
        return false;
    }
    out->entry[out->count++] = out->text + out->used;
    out->entry[out->count] = NULL;
    out->used += (size_t)n + 1;
    return true;
}

void environ_of_cell(const struct cell *cell, const struct allocator *plugin,
                     struct environment *out)
{
    out->count = 0;
    for (int i = 0; i < CELL_HEAPS; i++) {
        const char *name = cell->heap[i].part[0].name;
        bool known =
            allocator_find(name) != NULL || (plugin != NULL && strcmp(plugin->name, name) == 0);
        if (!known || (i == CELL_MEM && !cell->apart)) {
            continue; /* of a shared object that is not loaded here: the child starts itself anew */
        }
        struct environment one = {0};
        heap_environment(&cell->heap[i], plugin, &one);
        for (size_t v = 0; v < one.count; v++) {
            environment_set(out, one.variable[v].name, one.variable[v].value);
        }
    }
    if (cell->real) {
        char seed[24];
        snprintf(seed, sizeof seed, "%llu", (unsigned long long)cell->seed);
        environment_set(out, "PYTHONHASHSEED", seed);
    }
}

bool environ_inherit(const struct cell *cell, struct environ_block *out)
{
    char names[OPTION_TEXT_LENGTH] = "";
    bool fits = true;
    if (cell->real) {
        program_inherits(&cell->program, names);
    }
    for (char *rest = NULL, *name = strtok_r(names, " ", &rest); name != NULL;
         name = strtok_r(NULL, " ", &rest)) {
        const char *value = getenv(name);
        fits = fits && (value == NULL || environ_add(out, name, value));
    }
    return fits;
}

bool environ_build(const struct environment *wanted, size_t pad, struct environ_block *out)
{
    CHECK(pad < ENVIRON_PAD_MAX);
    out->count = out->used = 0;
    bool fits = true;
    for (size_t i = 0; i < COUNT_OF(inherited); i++) {
        const char *value = getenv(inherited[i]);
        fits = fits && (value == NULL || environ_add(out, inherited[i], value));
    }
    for (size_t i = 0; i < wanted->count; i++) {
        fits = fits && environ_add(out, wanted->variable[i].name, wanted->variable[i].value);
    }
    char padding[ENVIRON_PAD_MAX];
    memset(padding, 'x', pad);
    padding[pad] = '\0';
    return fits && environ_add(out, "LC_ALL", "C") && environ_add(out, "HEAPDYNO_PAD", padding);
}

static bool is_wanted(const struct environment *wanted, const char *entry)
{
    for (size_t i = 0; i < wanted->count; i++) {
        size_t length = strlen(wanted->variable[i].name);
        if (strncmp(entry, wanted->variable[i].name, length) == 0 && entry[length] == '=') {
            return true;
        }
    }
    return false;
}

bool environ_fits(const struct environment *wanted)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const char *value = getenv(wanted->variable[i].name);
        if (value == NULL || strcmp(value, wanted->variable[i].value) != 0) {
            return false;
        }
    }
    for (char **entry = environ; *entry != NULL; entry++) {
        for (size_t i = 0; i < COUNT_OF(managed); i++) {
            if (strncmp(*entry, managed[i], strlen(managed[i])) == 0 &&
                !is_wanted(wanted, *entry)) {
                return false;
            }
        }
    }
    return true;
}

void environ_start_anew(const struct environment *wanted, char *const *argv)
{
    static const char guard[] = "HEAPDYNO_STARTED_ANEW";
    if (getenv(guard) != NULL || environ_fits(wanted)) {
        return;
    }
    for (size_t i = 0; i < wanted->count; i++) {
        setenv(wanted->variable[i].name, wanted->variable[i].value, 1);
    }
    setenv(guard, "1", 1);
    execv("/proc/self/exe", argv);
}

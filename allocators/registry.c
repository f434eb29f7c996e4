/* The lists of built-in allocators and wrappers, and how a specification becomes an opened heap:
 * the allocator first, then its wrappers, innermost first. */
#include "allocators/builtin.h"

#include <string.h>

#include "base/check.h"

#define ALLOCATOR(name) &allocator_##name,
#define WRAPPER(name)
static const struct allocator *const allocators[] = {
#include "allocators/list.def"
};
#undef ALLOCATOR
#undef WRAPPER

/* Ends in NULL, so that it may be empty. */
#define ALLOCATOR(name)
#define WRAPPER(name) &wrapper_##name,
static const struct wrapper *const wrappers[] = {
#include "allocators/list.def"
    NULL,
};
#undef ALLOCATOR
#undef WRAPPER

size_t allocator_count(void)
{
    return COUNT_OF(allocators);
}

const struct allocator *allocator_at(size_t index)
{
    CHECK(index < allocator_count());
    return allocators[index];
}

const struct allocator *allocator_find(const char *name)
{
    for (size_t i = 0; i < allocator_count(); i++) {
        if (strcmp(allocators[i]->name, name) == 0) {
            return allocators[i];
        }
    }
    return NULL;
}

size_t wrapper_count(void)
{
    return COUNT_OF(wrappers) - 1;
}

const struct wrapper *wrapper_at(size_t index)
{
    CHECK(index < wrapper_count());
    return wrappers[index];
}

const struct wrapper *wrapper_find(const char *name)
{
    for (size_t i = 0; i < wrapper_count(); i++) {
        if (strcmp(wrappers[i]->name, name) == 0) {
            return wrappers[i];
        }
    }
    return NULL;
}

/* Append `name` to a list of names in text[length]; what does not fit is left out. */
static void names_add(char *text, size_t length, const char *name)
{
    size_t used = strlen(text);
    const char *comma = used > 0 ? ", " : "";
    if (used + strlen(comma) + strlen(name) < length) {
        strcat(strcat(text, comma), name);
    }
}

static const struct allocator *spec_allocator(const struct spec *spec,
                                              const struct allocator *plugin, struct error *error)
{
    const char *name = spec->part[0].name;
    if (plugin != NULL && strcmp(plugin->name, name) == 0) {
        return plugin;
    }
    const struct allocator *found = allocator_find(name);
    if (found == NULL) {
        char known[256] = "";
        for (size_t i = 0; i < allocator_count(); i++) {
            names_add(known, sizeof(known), allocators[i]->name);
        }
        if (plugin != NULL) {
            names_add(known, sizeof(known), plugin->name);
        }
        error_set(error, "unknown allocator \"%s\"; there are %s", name, known);
    }
    return found;
}

static const struct wrapper *spec_wrapper(const struct spec_part *part, struct error *error)
{
    const struct wrapper *found = wrapper_find(part->name);
    if (found == NULL) {
        char known[256] = "";
        for (size_t i = 0; i < wrapper_count(); i++) {
            names_add(known, sizeof(known), wrappers[i]->name);
        }
        error_set(error, "unknown wrapper \"+%s\"; there are %s", part->name, known);
    }
    return found;
}

bool heap_spec_check(const struct spec *spec, const struct allocator *plugin, struct error *error)
{
    CHECK(spec->part_count > 0);
    struct options options;
    const struct allocator *allocator = spec_allocator(spec, plugin, error);
    if (allocator == NULL || !spec_options(&spec->part[0], allocator->options,
                                           allocator->option_count, &options, error)) {
        return false;
    }
    for (size_t i = 1; i < spec->part_count; i++) {
        const struct wrapper *wrapper = spec_wrapper(&spec->part[i], error);
        if (wrapper == NULL || !spec_options(&spec->part[i], wrapper->options,
                                             wrapper->option_count, &options, error)) {
            return false;
        }
    }
    return true;
}

/* Open part 0 of a checked specification. */
static bool open_allocator(const struct spec *spec, const struct allocator *plugin, struct heap raw,
                           struct heap *out, struct error *error)
{
    const struct allocator *allocator = spec_allocator(spec, plugin, error);
    const char *why = allocator->unavailable != NULL ? allocator->unavailable() : NULL;
    if (why != NULL) {
        return error_set(error, "%s is not available: %s", allocator->name, why);
    }
    struct options options;
    if (!spec_options(&spec->part[0], allocator->options, allocator->option_count, &options,
                      error)) {
        return false;
    }
    struct allocator_config config = {.options = &options, .raw = raw};
    *out = (struct heap){0};
    if (!allocator->open(&config, out, error)) {
        return false;
    }
    /* A plug-in may have left something out. */
    const struct heap_methods *methods = out->methods;
    if (methods == NULL || out->alloc == NULL || out->calloc == NULL || out->resize == NULL ||
        out->release == NULL || methods->close == NULL) {
        return error_set(error,
                         "%s: the heap it opened lacks alloc, calloc, resize, release or close",
                         allocator->name);
    }
    return true;
}

bool heap_open(const struct spec *spec, const struct allocator *plugin, struct heap raw,
               struct heap *out, struct error *error)
{
    struct heap heap;
    if (!heap_spec_check(spec, plugin, error) || !open_allocator(spec, plugin, raw, &heap, error)) {
        return false;
    }
    for (size_t i = 1; i < spec->part_count; i++) {
        const struct wrapper *wrapper = wrapper_find(spec->part[i].name);
        struct options options;
        struct heap outer;
        if (!spec_options(&spec->part[i], wrapper->options, wrapper->option_count, &options,
                          error) ||
            !wrapper->wrap(heap, &options, &outer, error)) {
            heap_close(&heap);
            return false;
        }
        heap = outer;
    }
    *out = heap;
    return true;
}

bool heap_open_sized(const struct spec *spec, const struct allocator *plugin, struct heap raw,
                     struct heap *out, struct error *error)
{
    struct heap inner;
    if (!heap_open(spec, plugin, raw, &inner, error)) {
        return false;
    }
    if (inner.methods->size_of != NULL) {
        *out = inner;
        return true;
    }
    const struct wrapper *sized = wrapper_find("sized");
    struct options options;
    options_default(&options, sized->options, sized->option_count);
    if (!sized->wrap(inner, &options, out, error)) {
        heap_close(&inner);
        return false;
    }
    return true;
}

void heap_environment(const struct spec *spec, const struct allocator *plugin,
                      struct environment *out)
{
    struct options options;
    const struct allocator *allocator = spec_allocator(spec, plugin, NULL);
    if (allocator != NULL && allocator->environment != NULL &&
        spec_options(&spec->part[0], allocator->options, allocator->option_count, &options, NULL)) {
        allocator->environment(&options, out);
    }
}

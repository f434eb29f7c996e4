/* Wrappers: +NAME behind any allocator, in the same release binary.
 *
 *   +debug   red zones, poison, double free, wrong sizes, serial numbers
 *   +fault   the Nth request fails
 *   +sized   remembers sizes, for consumers that know none
 */
#ifndef HEAPDYNO_ALLOCATORS_WRAPPER_H
#define HEAPDYNO_ALLOCATORS_WRAPPER_H

#include "allocators/allocator.h"
#include "base/spec.h"

struct wrapper {
    const char *name;
    const char *summary;
    const struct option *options;
    size_t option_count;
    /* Take over `inner`: closing *out closes it too. On failure inner stays the caller's. */
    bool (*wrap)(struct heap inner, const struct options *options, struct heap *out,
                 struct error *error);
};

size_t wrapper_count(void);
const struct wrapper *wrapper_at(size_t index);
const struct wrapper *wrapper_find(const char *name); /* NULL if there is none */

/* In all three, `plugin` is an allocator loaded from a shared object, known by its own name beside
 * the built-in ones; NULL: none. */

/* Check that `spec` names a known allocator and known wrappers with legal options. */
bool heap_spec_check(const struct spec *spec, const struct allocator *plugin, struct error *error);

/* Open what `spec` says: the allocator, then its wrappers, innermost first.
 *   raw   as in struct allocator_config
 *   false with the reason, and nothing left open, where it cannot be had */
bool heap_open(const struct spec *spec, const struct allocator *plugin, struct heap raw,
               struct heap *out, struct error *error);

/* The same, with +sized on top where the allocator cannot say how large a block is: for a consumer
 * that frees by address alone (CPython itself). */
bool heap_open_sized(const struct spec *spec, const struct allocator *plugin, struct heap raw,
                     struct heap *out, struct error *error);

/* Collect the environment that `spec` implies. */
void heap_environment(const struct spec *spec, const struct allocator *plugin,
                      struct environment *out);

#endif

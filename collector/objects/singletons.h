/* None, True, False, the cached ints -5 … 256, the one-letter strings, the one-byte bytes, the
 * empty tuple, string and bytes: static in CPython, members of the runtime here, blocks of no heap.
 * None, True and False are ordinary counters in 3.11; the others start at REFCOUNT_STATIC. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_SINGLETONS_H
#define HEAPDYNO_COLLECTOR_OBJECTS_SINGLETONS_H

#include <stdalign.h>

#include "base/check.h"
#include "collector/gc_head.h"
#include "collector/object.h"
#include "collector/runtime.h"

enum { SINGLETON_LETTERS = 128, SINGLETON_BYTES = 256 };

/* Each in a place of its own, large enough for its contents; the places are 16 bytes apart or a
 * multiple, so that an index is a shift. */
struct singletons {
    alignas(16) struct object none;
    struct object truth[2]; /* False, True */
    struct gc_head empty_tuple_head;
    char empty_tuple[32];
    char empty_str[64];
    char empty_bytes[48];
    char ints[SMALL_INTS][32];
    char letters[SINGLETON_LETTERS][64];
    char bytes[SINGLETON_BYTES][48];
};

extern const struct type none_type;
extern const struct type bool_type;

/* Part of runtime_open and runtime_close, which calls the second when all objects are released: it
 * also drops the dict of interned strings. False: no memory. */
bool singletons_open(struct runtime *runtime);
void singletons_close(struct runtime *runtime);

/* All borrowed. */
static inline struct object *none_of(struct runtime *runtime)
{
    return &runtime->singletons->none;
}

static inline struct object *bool_of(struct runtime *runtime, bool value)
{
    return &runtime->singletons->truth[value];
}

static inline struct object *small_int_of(struct runtime *runtime, int64_t value)
{
    CHECK_SLOW(SMALL_INT_MIN <= value && value <= SMALL_INT_MAX);
    return (struct object *)(void *)runtime->singletons->ints[value - SMALL_INT_MIN];
}

static inline struct object *character_of(struct runtime *runtime, unsigned char letter)
{
    CHECK_SLOW(letter < SINGLETON_LETTERS);
    return (struct object *)(void *)runtime->singletons->letters[letter];
}

static inline struct object *byte_of(struct runtime *runtime, unsigned char value)
{
    return (struct object *)(void *)runtime->singletons->bytes[value];
}

static inline struct object *empty_tuple_of(struct runtime *runtime)
{
    return (struct object *)(void *)runtime->singletons->empty_tuple;
}

static inline struct object *empty_str_of(struct runtime *runtime)
{
    return (struct object *)(void *)runtime->singletons->empty_str;
}

static inline struct object *empty_bytes_of(struct runtime *runtime)
{
    return (struct object *)(void *)runtime->singletons->empty_bytes;
}

/* Whether the object is one of these (its absolute count depends on the start-up). */
static inline bool singleton_is(const struct runtime *runtime, const struct object *object)
{
    uintptr_t offset = (uintptr_t)object - (uintptr_t)runtime->singletons;
    return offset < sizeof(struct singletons);
}

#endif

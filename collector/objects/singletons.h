/* None, True, False, the cached ints -5 … 256, the one-letter strings, the one-byte bytes, the
 * empty tuple, string and bytes: static in CPython, members of the runtime here, blocks of no heap.
 * None, True and False are ordinary counters in 3.11; the others start at REFCOUNT_STATIC. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_SINGLETONS_H
#define HEAPDYNO_COLLECTOR_OBJECTS_SINGLETONS_H

#include "collector/object.h"
#include "collector/runtime.h"

/* Part of runtime_open and runtime_close. False: no memory. */
bool singletons_open(struct runtime *runtime);
void singletons_close(struct runtime *runtime);

/* All borrowed. */
struct object *none_of(struct runtime *runtime);
struct object *bool_of(struct runtime *runtime, bool value);
struct object *small_int_of(struct runtime *runtime, int64_t value); /* SMALL_INT_MIN … MAX */
struct object *character_of(struct runtime *runtime, unsigned char letter); /* < 128 */
struct object *byte_of(struct runtime *runtime, unsigned char value);
struct object *empty_tuple_of(struct runtime *runtime);
struct object *empty_str_of(struct runtime *runtime);
struct object *empty_bytes_of(struct runtime *runtime);

/* Whether the object is one of these (its absolute count depends on the start-up). */
bool singleton_is(const struct runtime *runtime, const struct object *object);

#endif

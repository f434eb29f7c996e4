/* Values of a split table: CPython 3.11's PyDictValues, a block of the mem domain.
 *
 *   [rounding][order of insertion: a byte each, last to first][used][places][values 8 × places]
 *
 * A pointer to it is one to the values. 3.11 has the size of what stands before them where the
 * number of places is here: this one gives both. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_DICT_VALUES_H
#define HEAPDYNO_COLLECTOR_OBJECTS_DICT_VALUES_H

#include "base/check.h"
#include "collector/objects/places.h"
#include "collector/runtime.h"

struct dict_values {
    struct object *item[1]; /* `places` of them; NULL: not set */
};

static inline uint8_t *values_places(const struct dict_values *values)
{
    return (uint8_t *)(uintptr_t)values - 1;
}

static inline uint8_t *values_used(const struct dict_values *values)
{
    return (uint8_t *)(uintptr_t)values - 2;
}

/* The byte with the number of the key that was set as the index-th of those that are set. */
static inline uint8_t *values_order(const struct dict_values *values, int64_t index)
{
    return (uint8_t *)(uintptr_t)values - 3 - index;
}

static inline size_t values_prefix(size_t places)
{
    return (places + 2 + 7) & ~(size_t)7;
}

static inline void values_append(struct dict_values *values, int64_t number)
{
    CHECK_SLOW(*values_used(values) < *values_places(values));
    *values_order(values, (*values_used(values))++) = (uint8_t)number;
}

/* Take a key out of the order. */
static inline void values_forget(struct dict_values *values, int64_t number)
{
    int64_t used = *values_used(values);
    int64_t i = 0;
    while (*values_order(values, i) != number) {
        i++;
        CHECK_SLOW(i < used);
    }
    for (; i < used - 1; i++) {
        *values_order(values, i) = *values_order(values, i + 1);
    }
    *values_used(values) = (uint8_t)(used - 1);
}

/* None set. NULL: no memory. */
static inline struct dict_values *values_new(struct runtime *runtime, int64_t places)
{
    size_t prefix = values_prefix((size_t)places);
    size_t bytes = prefix + (size_t)places * sizeof(struct object *);
    char *block = heap_alloc(&runtime->heap[HEAP_MEM], bytes);
    if (unlikely(block == NULL)) {
        return NULL;
    }
    struct dict_values *values = (struct dict_values *)(void *)(block + prefix);
    *values_places(values) = (uint8_t)places;
    *values_used(values) = 0;
    places_init(values->item, (size_t)places);
    return values;
}

static inline void values_free(struct runtime *runtime, struct dict_values *values)
{
    size_t places = *values_places(values);
    size_t prefix = values_prefix(places);
    heap_release(&runtime->heap[HEAP_MEM], (char *)values - prefix,
                 prefix + places * sizeof(struct object *));
}

#endif

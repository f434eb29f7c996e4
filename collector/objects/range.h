/* range and its iterator, 48 bytes each, and the list iterator, 48 with its gc_head: what a lazy
 * sequence costs against the list it stands for. Ranges are not GC types. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_RANGE_H
#define HEAPDYNO_COLLECTOR_OBJECTS_RANGE_H

#include "collector/object.h"
#include "collector/runtime.h"

struct object *range_new(struct runtime *runtime, int64_t start, int64_t stop, int64_t step);
struct object *range_iter(struct runtime *runtime, struct object *range);
/* The next int, new; NULL at the end, or without memory (*failed tells). */
struct object *range_next(struct runtime *runtime, struct object *iterator, bool *failed);

struct object *list_iter(struct runtime *runtime, struct object *list);
/* Borrowed; NULL at the end. */
struct object *list_iter_next(struct runtime *runtime, struct object *iterator);

#endif

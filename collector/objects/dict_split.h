/* What dicts offer to attributes: making them from a class's shared keys, and growing. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_DICT_SPLIT_H
#define HEAPDYNO_COLLECTOR_OBJECTS_DICT_SPLIT_H

#include "collector/objects/dict.h"

/* A new table of 2^log2 places, with string entries if `only_str` and the old ones were such; a
 * split dict becomes combined. Requests come in CPython's order: new table, then the old ones
 * released. */
bool dict_resize(struct runtime *runtime, struct dict *dict, uint8_t log2, bool only_str);

/* A split dict with no value set. Takes a reference to `keys`. */
struct object *dict_new_split(struct runtime *runtime, struct dict_keys *keys);

#endif

/* Visiting what a dict refers to: inlined into the collector's passes as well as into traverse. */
#ifndef HEAPDYNO_COLLECTOR_OBJECTS_DICT_VISIT_H
#define HEAPDYNO_COLLECTOR_OBJECTS_DICT_VISIT_H

#include "collector/objects/dict.h"
#include "collector/objects/dict_keys.h"
#include "collector/objects/dict_values.h"

/* Values in insertion order; each followed by its key where keys may be more than strings. */
static inline __attribute__((always_inline)) int dict_visit(struct object *self, visit_f *visit,
                                                            void *argument)
{
    const struct dict *dict = (const struct dict *)self;
    const struct dict_keys *keys = dict->keys;
    int stop = 0;
    if (keys->entries == 0) { /* the static empty table has no place for entries */
        return 0;
    }
    if (keys->kind == KEYS_GENERAL) {
        struct general_entry *entry = keys_general_entries(keys);
        for (struct general_entry *end = entry + keys->entries; entry != end && stop == 0;
             entry++) {
            if (entry->value != NULL) {
                stop = visit(entry->value, argument);
                stop = stop != 0 ? stop : visit(entry->key, argument);
            }
        }
        return stop;
    }
    bool split = dict->values != NULL;
    struct object **place = split ? dict->values->item : &keys_str_entries(keys)->value;
    size_t step = split ? 1 : sizeof(struct str_entry) / sizeof(struct object *);
    for (int64_t i = 0, n = keys->entries; i < n && stop == 0; i++, place += step) {
        stop = *place == NULL ? 0 : visit(*place, argument);
    }
    return stop;
}

#endif

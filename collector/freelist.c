/* The free lists of a runtime: CPython 3.11's limits, and emptying all in its order. */
#include "collector/freelist.h"
#include "collector/objects/dict.h"
#include "collector/objects/list.h"
#include "collector/objects/number.h"
#include "collector/objects/tuple.h"

void freelists_init(struct freelists *self)
{
    *self = (struct freelists){0};
    freelist_init(&self->list, FREELIST_LIST_MAX);
    freelist_init(&self->dict, FREELIST_DICT_MAX);
    freelist_init(&self->keys, FREELIST_KEYS_MAX);
    freelist_init(&self->floats, FREELIST_FLOAT_MAX);
    for (int length = 1; length < FREELIST_TUPLE_LENGTHS; length++) {
        freelist_init(&self->tuple[length], FREELIST_TUPLE_MAX);
    }
}

void freelists_clear(struct runtime *runtime)
{
    tuple_freelist_clear(runtime);
    float_freelist_clear(runtime);
    list_freelist_clear(runtime);
    dict_freelist_clear(runtime);
}

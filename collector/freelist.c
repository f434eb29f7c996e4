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

static void scale(struct freelist *self, uint32_t factor)
{
    uint64_t limit = (uint64_t)self->limit * factor;
    CHECK(self->head == NULL && self->popped == 0);
    freelist_init(self, limit < INT32_MAX ? (uint32_t)limit : INT32_MAX);
}

void freelists_scale(struct freelists *self, uint32_t factor)
{
    struct freelist *plain[] = {&self->list, &self->dict, &self->keys, &self->floats};
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        scale(plain[i], factor);
    }
    for (int length = 1; length < FREELIST_TUPLE_LENGTHS; length++) {
        scale(&self->tuple[length], factor);
    }
}

void freelists_clear(struct runtime *runtime)
{
    tuple_freelist_clear(runtime);
    float_freelist_clear(runtime);
    list_freelist_clear(runtime);
    dict_freelist_clear(runtime);
}

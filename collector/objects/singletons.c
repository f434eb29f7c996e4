/* Filling the static objects of a runtime. They are never given back one by one: a count that falls
 * to zero is a release too many, and is a check that fails. */
#include "collector/objects/singletons.h"

#include <stdlib.h>

#include "collector/gc_alloc.h"
#include "collector/objects/bytes.h"
#include "collector/objects/intern.h"
#include "collector/objects/number.h"
#include "collector/objects/str.h"
#include "collector/objects/tuple.h"

_Static_assert(sizeof(struct int_object) + sizeof(uint32_t) <= 32, "a small int fits its place");
_Static_assert(sizeof(struct str) + 2 <= 64, "a letter fits its place");
_Static_assert(sizeof(struct bytes) + 2 <= 48, "a byte fits its place");

static void singletons_init_small_ints(struct runtime *runtime)
{
    for (int64_t value = SMALL_INT_MIN; value <= SMALL_INT_MAX; value++) {
        struct int_object *self = (struct int_object *)small_int_of(runtime, value);
        self->base.object.type = &int_type;
        self->base.size = (value > 0) - (value < 0);
        self->digits[0] = (uint32_t)(value < 0 ? -value : value);
        refcount_set(&self->base.object, REFCOUNT_STATIC);
    }
}

static void singletons_init_texts(struct runtime *runtime)
{
    str_init((struct str *)empty_str_of(runtime), 0);
    refcount_set(empty_str_of(runtime), REFCOUNT_STATIC);
    bytes_init((struct bytes *)empty_bytes_of(runtime), 0);
    refcount_set(empty_bytes_of(runtime), REFCOUNT_STATIC);
    for (int i = 0; i < SINGLETON_LETTERS; i++) {
        struct object *letter = character_of(runtime, (unsigned char)i);
        str_init((struct str *)letter, 1);
        str_fill(letter)[0] = (char)i;
        refcount_set(letter, REFCOUNT_STATIC);
    }
    for (int i = 0; i < SINGLETON_BYTES; i++) {
        struct object *byte = byte_of(runtime, (unsigned char)i);
        bytes_init((struct bytes *)byte, 1);
        bytes_data(byte)[0] = (char)i;
        refcount_set(byte, REFCOUNT_STATIC);
    }
}

bool singletons_open(struct runtime *runtime)
{
    struct singletons *self = calloc(1, sizeof *self);
    runtime->singletons = self;
    if (self == NULL) {
        return false;
    }
    object_init(&self->none, &none_type);
    object_init(&self->truth[0], &bool_type);
    object_init(&self->truth[1], &bool_type);
    object_init(empty_tuple_of(runtime), &tuple_type);
    refcount_set(empty_tuple_of(runtime), REFCOUNT_STATIC);
    singletons_init_small_ints(runtime);
    singletons_init_texts(runtime);
    return true;
}

void singletons_close(struct runtime *runtime)
{
    intern_close(runtime);
    free(runtime->singletons);
    runtime->singletons = NULL;
}

static void singleton_dealloc(struct runtime *runtime, struct object *self)
{
    (void)runtime;
    (void)self;
    UNREACHABLE("None, True or False released more often than taken");
}

const struct type none_type = {
    .name = "NoneType",
    .basic_bytes = sizeof(struct object),
    .layout = {.kind = LAYOUT_LEAF},
    .dealloc = singleton_dealloc,
};

const struct type bool_type = {
    .name = "bool",
    .basic_bytes = sizeof(struct object),
    .layout = {.kind = LAYOUT_LEAF},
    .dealloc = singleton_dealloc,
};

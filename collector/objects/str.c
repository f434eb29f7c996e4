/* str: compact ASCII strings, their hashes and comparison. Interning is in intern.c. Source:
 * CPython 3.11 Objects/unicodeobject.c, PyUnicode_New. Not for text outside ASCII. */
#include "collector/objects/str.h"

#include <string.h>

#include "collector/gc_alloc.h"
#include "collector/objects/hash.h"
#include "collector/objects/intern.h"
#include "collector/objects/singletons.h"

static const int64_t STR_LENGTH_MAX = INT64_MAX - (int64_t)sizeof(struct str) - 1;

static size_t str_bytes(int64_t length)
{
    return sizeof(struct str) + (size_t)length + 1;
}

void str_init(struct str *self, int64_t length)
{
    object_init(&self->base, &str_type);
    self->length = length;
    self->hash = 0;
    self->state = 0;
    self->unused = 0;
    self->wide = NULL;
    self->text[length] = '\0';
}

struct object *str_new_uninitialized(struct runtime *runtime, int64_t length)
{
    CHECK_SLOW(length >= 0);
    if (unlikely(length == 0)) {
        return newref(empty_str_of(runtime));
    }
    if (unlikely(length > STR_LENGTH_MAX)) {
        return NULL;
    }
    struct str *self = heap_alloc(&runtime->heap[HEAP_OBJ], str_bytes(length));
    if (self == NULL) {
        return NULL;
    }
    str_init(self, length);
    return &self->base;
}

char *str_fill(struct object *str)
{
    CHECK_SLOW(str_is(str) && str->refcount == 1 && ((struct str *)str)->hash == 0);
    return ((struct str *)str)->text;
}

struct object *str_new(struct runtime *runtime, const char *text, int64_t length)
{
    if (length == 1) {
        return newref(character_of(runtime, (unsigned char)*text));
    }
    struct object *self = str_new_uninitialized(runtime, length);
    if (self != NULL && length > 0) {
        memcpy(((struct str *)self)->text, text, (size_t)length);
    }
    return self;
}

struct object *str_from(struct runtime *runtime, const char *text)
{
    return str_new(runtime, text, (int64_t)strlen(text));
}

struct object *str_concat(struct runtime *runtime, struct object *a, struct object *b)
{
    if (str_length(a) == 0) {
        return newref(b);
    }
    if (str_length(b) == 0) {
        return newref(a);
    }
    struct object *self = str_new_uninitialized(runtime, str_length(a) + str_length(b));
    if (self != NULL) {
        char *text = ((struct str *)self)->text;
        memcpy(text, str_text(a), (size_t)str_length(a));
        memcpy(text + str_length(a), str_text(b), (size_t)str_length(b));
    }
    return self;
}

struct object *str_repeat(struct runtime *runtime, struct object *str, int64_t times)
{
    int64_t length = str_length(str);
    if (length == 0 || times <= 0) {
        return newref(empty_str_of(runtime));
    }
    if (times == 1) {
        return newref(str);
    }
    if (times > STR_LENGTH_MAX / length) {
        return NULL;
    }
    struct object *self = str_new_uninitialized(runtime, length * times);
    if (self != NULL) {
        char *text = ((struct str *)self)->text;
        for (int64_t i = 0; i < times; i++) {
            memcpy(text + i * length, str_text(str), (size_t)length);
        }
    }
    return self;
}

uint64_t str_hash_slow(struct object *str)
{
    struct str *self = (struct str *)str;
    self->hash = hash_bytes(self->text, self->length);
    return self->hash;
}

static uint64_t str_type_hash(struct object *str)
{
    return str_hash(str);
}

bool str_equal(struct object *a, struct object *b)
{
    return str_length(a) == str_length(b) &&
           memcmp(str_text(a), str_text(b), (size_t)str_length(a)) == 0;
}

static void str_dealloc(struct runtime *runtime, struct object *self)
{
    struct str *str = (struct str *)self;
    if (unlikely((str->state & STR_INTERNED) != 0)) {
        intern_forget(runtime, self);
    }
    heap_release(&runtime->heap[HEAP_OBJ], self, str_bytes(str->length));
}

const struct type str_type = {
    .name = "str",
    .basic_bytes = sizeof(struct str),
    .item_bytes = 1,
    .layout = {.kind = LAYOUT_LEAF},
    .dealloc = str_dealloc,
    .hash = str_type_hash,
    .equal = str_equal,
};

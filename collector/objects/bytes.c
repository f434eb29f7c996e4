/* bytes: one block of 33 + length bytes. Source: CPython 3.11 Objects/bytesobject.c. */
#include "collector/objects/bytes.h"

#include <string.h>

#include "collector/gc_alloc.h"
#include "collector/objects/hash.h"
#include "collector/objects/singletons.h"

/* A zero byte ends the contents. sizeof has padding behind it that 3.11 does not ask for. */
static size_t bytes_size(int64_t length)
{
    return offsetof(struct bytes, data) + (size_t)length + 1;
}

void bytes_init(struct bytes *self, int64_t length)
{
    object_init(&self->base.object, &bytes_type);
    self->base.size = length;
    self->hash = 0;
    self->data[length] = '\0';
}

struct object *bytes_new(struct runtime *runtime, const char *data, int64_t length)
{
    CHECK_SLOW(length >= 0);
    if (length == 0) {
        return newref(empty_bytes_of(runtime));
    }
    if (length == 1 && data != NULL) {
        return newref(byte_of(runtime, (unsigned char)*data));
    }
    if (length > INT64_MAX - (int64_t)sizeof(struct bytes) - 1) {
        return NULL;
    }
    struct bytes *self = heap_alloc(&runtime->heap[HEAP_OBJ], bytes_size(length));
    if (self == NULL) {
        return NULL;
    }
    bytes_init(self, length);
    if (data != NULL) {
        memcpy(self->data, data, (size_t)length);
    } else {
        memset(self->data, 0, (size_t)length);
    }
    return &self->base.object;
}

static void bytes_dealloc(struct runtime *runtime, struct object *self)
{
    heap_release(&runtime->heap[HEAP_OBJ], self, bytes_size(bytes_length(self)));
}

static uint64_t bytes_hash(struct object *object)
{
    struct bytes *self = (struct bytes *)object;
    if (self->hash == 0) {
        self->hash = hash_bytes(self->data, self->base.size);
    }
    return self->hash;
}

static bool bytes_equal(struct object *a, struct object *b)
{
    return bytes_length(a) == bytes_length(b) &&
           memcmp(bytes_data(a), bytes_data(b), (size_t)bytes_length(a)) == 0;
}

const struct type bytes_type = {
    .name = "bytes",
    .basic_bytes = offsetof(struct bytes, data) + 1,
    .item_bytes = 1,
    .layout = {.kind = LAYOUT_LEAF},
    .dealloc = bytes_dealloc,
    .hash = bytes_hash,
    .equal = bytes_equal,
};

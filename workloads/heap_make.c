/* An object of the core for each object of a snapshot, without its references; see heap_load.h. */
#include "workloads/heap_load.h"

#include <stdlib.h>
#include <string.h>

enum {
    STR_EMPTY_BYTES = 49,
    STR_LENGTH_MIN = 5, /* room for a number that makes it unlike all others */
    BYTES_EMPTY_BYTES = 33,
    INT_BYTES_MAX = BYTES_EMPTY_BYTES + 7, /* below: an int; above: bytes that hold a number */
    OBJECT_BYTES = sizeof(struct object),
    TEXT_LETTERS = 64,
};

/* What it becomes: kinds are of objects with a GC head where the core's have one. */
enum snapshot_kind heap_kind(const struct heap_load *self, const struct snapshot_object *record)
{
    enum snapshot_kind kind = self->file->type[record->type].kind;
    bool leaf = kind == SNAPSHOT_STR || kind == SNAPSHOT_INT;
    if (heap_is_gc(record) == leaf ||
        (kind == SNAPSHOT_TUPLE && record->count == 0 && (record->flags & SNAPSHOT_TRACKED) != 0)) {
        return SNAPSHOT_OTHER;
    }
    return kind;
}

/* Making them ---------------------------------------------------------------------------------- */

void heap_write_number(char *text, size_t letters, uint64_t number)
{
    for (size_t i = 0; i < letters; i++, number /= TEXT_LETTERS) {
        text[i] = (char)('0' + (char)(number % TEXT_LETTERS));
    }
}

static struct object *make_text(struct runtime *runtime, uint64_t bytes, uint64_t number)
{
    uint64_t least = STR_EMPTY_BYTES + STR_LENGTH_MIN;
    uint64_t length = (bytes > least ? bytes : least) - STR_EMPTY_BYTES;
    struct object *text = str_new_uninitialized(runtime, (int64_t)length);
    if (text != NULL) {
        memset(str_fill(text), 'x', length);
        /* 64^5 are fewer than the numbers there may be: longer ones have room for all. */
        heap_write_number(str_fill(text), length < 6 ? length : 6, number);
    }
    return text;
}

static struct object *make_leaf(const struct heap_load *self, const struct snapshot_object *record,
                                uint64_t number)
{
    struct runtime *runtime = self->job->runtime;
    enum snapshot_kind kind = heap_kind(self, record);
    if (kind == SNAPSHOT_STR && record->bytes >= STR_EMPTY_BYTES) { /* 3.12 has shorter ones */
        return make_text(runtime, record->bytes, number);
    }
    if (record->bytes <= INT_BYTES_MAX) {
        return int_new(runtime, SMALL_INT_MAX + 1 + (int64_t)(number & ((1 << 29) - 1)));
    }
    struct object *bytes = bytes_new(runtime, NULL, (int64_t)(record->bytes - BYTES_EMPTY_BYTES));
    if (bytes != NULL) {
        memcpy(bytes_data(bytes), &number, sizeof number);
    }
    return bytes;
}

/* The number of a new class, kept until heap_load_end; 0: no memory. */
static uint32_t new_class(struct heap_load *self, const struct class_spec *spec)
{
    if (self->class_count == self->class_room) {
        size_t room = self->class_room * 2 + 16;
        struct class **class = realloc(self->class, room * sizeof(struct class *));
        if (class == NULL) {
            return 0;
        }
        self->class = class;
        self->class_room = room;
    }
    struct class *class = class_new(self->job->runtime, spec);
    if (class == NULL) {
        return 0;
    }
    self->class[self->class_count++] = class;
    return (uint32_t)self->class_count;
}

static uint32_t payload_of(uint64_t bytes, uint64_t fields)
{
    enum { PAYLOAD_MAX = 1 << 30 };
    uint64_t own = OBJECT_BYTES + fields * sizeof(struct object *);
    uint64_t payload = bytes > own ? bytes - own : 0;
    return payload < PAYLOAD_MAX ? (uint32_t)payload : PAYLOAD_MAX;
}

bool heap_set_attribute(const struct heap_load *self, struct object *instance, uint64_t i,
                        struct object *value)
{
    return object_setattr(self->job->runtime, instance, list_get(self->keys, (int64_t)i), value);
}

/* A class whose instances have room for `width` references: one slot for the class, attributes. The
 * first instance tells the shared keys their names, which later ones only lessen. */
static uint32_t new_attribute_class(struct heap_load *self, uint32_t type, uint32_t width)
{
    struct runtime *runtime = self->job->runtime;
    const struct class_spec spec = {
        .name = self->file->type[type].name,
        .slots = 1,
        .has_dict = true,
        .payload_bytes = payload_of(self->file->type[type].basic_bytes, 1),
    };
    uint32_t class = new_class(self, &spec);
    struct object *first = class == 0 ? NULL : instance_new(runtime, self->class[class - 1]);
    bool ok = first != NULL;
    for (uint32_t i = 0; i + 1 < width && ok; i++) {
        ok = heap_set_attribute(self, first, i, none_of(runtime));
    }
    xdecref(runtime, first);
    return ok ? class : 0;
}

bool heap_has_attributes(const struct heap_load *self, const struct snapshot_object *record)
{
    return (self->file->type[record->type].flags & SNAPSHOT_TYPE_PREFIX) != 0 &&
           heap_kind(self, record) == SNAPSHOT_OTHER && heap_is_gc(record) &&
           self->widest[record->type] <= HEAP_ATTRIBUTES;
}

/* What is in a set lies far apart in its table, and tp_traverse looks at every place of that. */
uint64_t heap_set_places(const struct heap_load *self, const struct snapshot_object *record)
{
    enum { SET_BYTES = 200, ENTRY_BYTES = 16, PLACES_MIN = 8, EMPTIEST = 16, PLACES_MAX = 1 << 24 };
    const struct snapshot_type *type = &self->file->type[record->type];
    bool is_set = strcmp(type->name, "set") == 0 || strcmp(type->name, "frozenset") == 0;
    if (!is_set || (type->flags & SNAPSHOT_TYPE_HEAP) != 0 || record->bytes < SET_BYTES) {
        return 0;
    }
    uint64_t places = (record->bytes - SET_BYTES) / ENTRY_BYTES; /* apart from the first few */
    places = places < PLACES_MIN ? PLACES_MIN : places;
    bool sane = places <= PLACES_MAX && places >= record->count &&
                places / EMPTIEST <= (uint64_t)record->count;
    return sane ? places : 0;
}

static uint32_t slotted_class(struct heap_load *self, const struct snapshot_object *record)
{
    bool prefix = (self->file->type[record->type].flags & SNAPSHOT_TYPE_PREFIX) != 0;
    uint64_t bytes = record->bytes + (prefix ? 2 * sizeof(void *) : 0);
    uint64_t places = heap_set_places(self, record);
    uint32_t slots = places > 0 ? (uint32_t)(places * HEAP_SET_WORDS) : record->count;
    uint32_t payload = payload_of(bytes, slots);
    uint64_t key = UINT64_C(1) << 63 | (uint64_t)slots << 32 | payload;
    const void *address = (const void *)(uintptr_t)key;
    uint32_t class = address_map_get(&self->slotted, address);
    if (class == 0) {
        class = new_class(self, &(struct class_spec){.name = self->file->type[record->type].name,
                                                     .slots = slots,
                                                     .payload_bytes = payload});
        if (class != 0) {
            address_map_set(&self->slotted, address, class);
        }
    }
    return class;
}

static struct object *make_instance(struct heap_load *self, const struct snapshot_object *record)
{
    uint32_t class;
    if (heap_has_attributes(self, record)) {
        uint32_t *own = &self->type_class[record->type];
        if (*own == 0) {
            *own = new_attribute_class(self, record->type, self->widest[record->type]);
        }
        class = *own;
    } else {
        class = slotted_class(self, record);
    }
    return class == 0 ? NULL : instance_new(self->job->runtime, self->class[class - 1]);
}

struct object *heap_make_object(struct heap_load *self, uint64_t number)
{
    struct runtime *runtime = self->job->runtime;
    const struct snapshot_object *record = heap_record(self, number);
    if (!heap_is_gc(record)) {
        return make_leaf(self, record, number);
    }
    switch (heap_kind(self, record)) {
    case SNAPSHOT_LIST:
        return list_new(runtime, heap_has_table(self, record) ? 0 : record->count);
    case SNAPSHOT_TUPLE:
        return tuple_new(runtime, record->count);
    case SNAPSHOT_DICT:
        return dict_new(runtime);
    default:
        return make_instance(self, record);
    }
}

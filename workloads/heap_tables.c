/* The tables of lists and of dicts with string keys, made where they lay among the objects: between
 * those whose addresses were lower and those whose were higher. They are made without their object,
 * which may come later, and given to it when all are there. See heap_load.h. */
#include <stdlib.h>

#include "collector/objects/dict_keys.h"
#include "workloads/heap_load.h"

enum {
    LIST_BYTES = 40,
    DICT_BYTES = 48,
    TABLE_LOG2_MIN = 3,
    TABLE_LOG2_MAX = 24,
    EMPTIEST = 16,    /* a table has at most as many places for each thing in it: files may lie */
    PLACES_MORE = 64, /* a list at most twice its length and so many */
};

bool heap_has_table(const struct heap_load *self, const struct snapshot_object *record)
{
    enum snapshot_kind kind = heap_kind(self, record);
    bool named = kind == SNAPSHOT_DICT && (record->flags & SNAPSHOT_KEYED) == 0;
    return record->count > 0 && (kind == SNAPSHOT_LIST || named);
}

/* Room for what it had room for. */
static uint64_t list_places(const struct snapshot_object *record)
{
    uint64_t places = record->bytes > LIST_BYTES ? (record->bytes - LIST_BYTES) / 8 : 0;
    bool sane = places > record->count && places / 2 <= (uint64_t)record->count + PLACES_MORE;
    return sane ? places : record->count;
}

/* Places of a table of exactly the dict's bytes in that Python, as a logarithm; else those of the
 * smallest: a split table is of other sizes. */
static uint8_t dict_log2(uint64_t python, const struct snapshot_object *record)
{
    enum { PYTHON_3_11 = 0x030b0000 };
    uint64_t head = python < PYTHON_3_11 ? 40 : 32, entry = python < PYTHON_3_11 ? 24 : 16;
    for (uint8_t log2 = TABLE_LOG2_MIN; log2 < TABLE_LOG2_MAX; log2++) {
        uint64_t places = UINT64_C(1) << log2, width = log2 < 8 ? 1 : log2 < 16 ? 2 : 4;
        uint64_t bytes = head + places * width + places * 2 / 3 * entry;
        if (DICT_BYTES + bytes == record->bytes && places / EMPTIEST <= record->count) {
            return log2;
        }
    }
    return TABLE_LOG2_MIN;
}

static bool make_table(struct heap_load *self, uint32_t number)
{
    struct runtime *runtime = self->job->runtime;
    const struct snapshot_object *record = heap_record(self, number);
    if (heap_kind(self, record) == SNAPSHOT_LIST) {
        self->table[number] =
            heap_calloc(runtime_heap(runtime, HEAP_MEM), list_places(record) * sizeof(void *));
    } else {
        self->table[number] = keys_new(runtime, dict_log2(self->file->head.python, record), true);
    }
    return self->table[number] != NULL;
}

bool heap_tables_plan(struct heap_load *self)
{
    uint64_t objects = self->file->head.objects;
    self->table = calloc(objects + 1, sizeof *self->table);
    self->table_first = calloc(objects + 1, sizeof *self->table_first);
    self->table_next = calloc(objects + 1, sizeof *self->table_next);
    if (self->table == NULL || self->table_first == NULL || self->table_next == NULL) {
        return false;
    }
    for (uint64_t i = objects; i-- > 0;) { /* of several at a place the lowest number is first */
        const struct snapshot_object *record = heap_record(self, i);
        if (heap_has_table(self, record)) {
            self->table_next[i] = self->table_first[record->table];
            self->table_first[record->table] = (uint32_t)i + 1;
        }
    }
    return true;
}

bool heap_tables_make(struct heap_load *self, uint64_t place)
{
    bool ok = true;
    for (uint32_t at = self->table_first[place]; at != 0 && ok; at = self->table_next[at - 1]) {
        ok = make_table(self, at - 1);
    }
    return ok;
}

void heap_table_give(struct heap_load *self, uint64_t number, struct object *object)
{
    const struct snapshot_object *record = heap_record(self, number);
    if (heap_kind(self, record) == SNAPSHOT_LIST) {
        struct list *list = (struct list *)object;
        list->items = self->table[number];
        list->allocated = (int64_t)list_places(record);
        list->base.size = record->count;
    } else {
        ((struct dict *)object)->keys = self->table[number];
    }
    self->table[number] = NULL;
}

void heap_tables_end(struct heap_load *self)
{
    struct runtime *runtime = self->job->runtime;
    for (uint64_t i = 0; self->table != NULL && i < self->file->head.objects; i++) {
        const struct snapshot_object *record = heap_record(self, i);
        if (self->table[i] != NULL && heap_kind(self, record) == SNAPSHOT_LIST) {
            heap_release(runtime_heap(runtime, HEAP_MEM), self->table[i],
                         list_places(record) * sizeof(void *));
        } else if (self->table[i] != NULL) {
            keys_free_block(runtime, self->table[i]);
        }
    }
    free(self->table);
    free(self->table_first);
    free(self->table_next);
}

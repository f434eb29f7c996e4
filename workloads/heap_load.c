/* A snapshot into the core; see heap_load.h. First all objects without references, then the
 * references of all but dicts, then dicts (their keys are hashed), last lists and generations. */
#include "workloads/heap_load.h"

#include <stdlib.h>

#include "collector/gc.h"
#include "collector/gc_alloc.h"

enum {
    KEYS_INTERNED = 64,
    HASH_BUDGET = 10000, /* items hashed for one key */
    SLOTS_MAX = 1 << 26, /* references of one object that is no list, tuple or dict */
};

static struct object *loaded(const struct heap_load *self, uint64_t number)
{
    return list_get(self->all, (int64_t)number);
}

static struct object *referent(const struct heap_load *self, const struct snapshot_object *record,
                               uint64_t i)
{
    return loaded(self, self->file->to[record->first + i]);
}

/* A list that no collector sees, as long as the job. */
static struct object *hidden_list(struct job *job, uint64_t length)
{
    struct object *list = job_root(job, list_new(job->runtime, (int64_t)length));
    if (list != NULL) {
        gc_untrack(list);
    }
    return list;
}

static bool make_objects(struct heap_load *self)
{
    uint64_t objects = self->file->head.objects;
    for (uint64_t i = 0; i < objects; i++) {
        struct object *object = heap_tables_make(self, i) ? heap_make_object(self, i) : NULL;
        if (object == NULL) {
            return false;
        }
        list_init_take(self->all, (int64_t)i, object);
    }
    if (!heap_tables_make(self, objects)) {
        return false;
    }
    for (uint64_t i = 0; i < objects; i++) {
        if (self->table[i] != NULL) {
            heap_table_give(self, i, loaded(self, i));
        }
    }
    return true;
}

/* References ----------------------------------------------------------------------------------- */

static bool fill_instance(const struct heap_load *self, const struct snapshot_object *record,
                          struct object *object)
{
    bool attributes = heap_has_attributes(self, record);
    uint64_t places = heap_set_places(self, record);
    for (uint32_t i = 0; i < record->count; i++) {
        struct object *to = referent(self, record, i);
        /* The last is the class: visited behind the attributes. */
        if (!attributes || i + 1 == record->count) {
            uint64_t slot = places > 0 ? i * places / record->count * HEAP_SET_WORDS : i;
            instance_slot_init_take(object, attributes ? 0 : (uint32_t)slot, newref(to));
        } else if (!heap_set_attribute(self, object, i, to)) {
            return false;
        }
    }
    return true;
}

/* What tp_traverse calls first is the last item. */
static void fill_items(const struct heap_load *self, const struct snapshot_object *record,
                       struct object *object, bool tuple)
{
    for (uint32_t i = 0; i < record->count; i++) {
        struct object *to = newref(referent(self, record, i));
        int64_t place = (int64_t)(record->count - 1 - i);
        if (tuple) {
            tuple_init_take(object, place, to);
        } else {
            list_init_take(object, place, to);
        }
    }
}

/* Tuples are hashed item by item: refuse what no program can have made a key. */
static bool hashable(const struct heap_load *self, uint64_t number, int *budget)
{
    const struct snapshot_object *record = heap_record(self, number);
    bool ok = --*budget > 0;
    for (uint32_t i = 0; i < record->count && ok && heap_kind(self, record) == SNAPSHOT_TUPLE;
         i++) {
        ok = hashable(self, self->file->to[record->first + i], budget);
    }
    return ok;
}

static bool fill_general_dict(struct heap_load *self, const struct snapshot_object *record,
                              struct object *dict)
{
    struct runtime *runtime = self->job->runtime;
    /* A key that is no string, come and gone, makes the table one for keys of any type. */
    if (!dict_put(runtime, dict, none_of(runtime), none_of(runtime))) {
        return false;
    }
    dict_remove(runtime, dict, none_of(runtime));
    for (uint32_t i = 0; i + 1 < record->count; i += 2) {
        int budget = HASH_BUDGET;
        if (!hashable(self, self->file->to[record->first + i + 1], &budget)) {
            return error_set(&self->job->outcome->error, "a dict of the snapshot has a key "
                                                         "that contains itself");
        }
        if (!dict_put(runtime, dict, referent(self, record, i + 1), referent(self, record, i))) {
            return false;
        }
    }
    return true;
}

static bool fill_dict(struct heap_load *self, const struct snapshot_object *record,
                      struct object *dict)
{
    if ((record->flags & SNAPSHOT_KEYED) != 0) {
        return fill_general_dict(self, record, dict);
    }
    for (uint32_t i = 0; i < record->count; i++) {
        if (!dict_put(self->job->runtime, dict, list_get(self->keys, i),
                      referent(self, record, i))) {
            return false;
        }
    }
    return true;
}

static bool fill_objects(struct heap_load *self, bool dicts)
{
    bool ok = true;
    for (uint64_t i = 0; i < self->file->head.objects && ok; i++) {
        const struct snapshot_object *record = heap_record(self, i);
        enum snapshot_kind kind = heap_kind(self, record);
        if (!heap_is_gc(record) || (kind == SNAPSHOT_DICT) != dicts) {
            continue;
        }
        if (kind == SNAPSHOT_LIST || kind == SNAPSHOT_TUPLE) {
            fill_items(self, record, loaded(self, i), kind == SNAPSHOT_TUPLE);
        } else if (kind == SNAPSHOT_DICT) {
            ok = fill_dict(self, record, loaded(self, i));
        } else {
            ok = fill_instance(self, record, loaded(self, i));
        }
    }
    return ok;
}

/* Tables --------------------------------------------------------------------------------------- */

static bool make_keys(struct heap_load *self, uint64_t count)
{
    struct runtime *runtime = self->job->runtime;
    self->keys = hidden_list(self->job, count);
    for (uint64_t i = 0; i < count && self->keys != NULL; i++) {
        char text[8] = "k";
        heap_write_number(text + 1, sizeof text - 2, i);
        struct object *key = i < KEYS_INTERNED ? str_interned(runtime, text)
                                               : str_new(runtime, text, sizeof text - 1);
        if (key == NULL) {
            return false;
        }
        list_init_take(self->keys, (int64_t)i, key);
    }
    return self->keys != NULL;
}

/* How wide types are and how many keys there must be. False: no memory, or too wide. */
static bool measure(struct heap_load *self, uint64_t *keys)
{
    const struct snapshot_head *head = &self->file->head;
    self->type_class = calloc(head->types + 1, sizeof *self->type_class);
    self->widest = calloc(head->types + 1, sizeof *self->widest);
    if (self->type_class == NULL || self->widest == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < head->objects; i++) {
        const struct snapshot_object *record = heap_record(self, i);
        enum snapshot_kind kind = heap_kind(self, record);
        uint32_t *widest = &self->widest[record->type];
        *widest = record->count > *widest ? record->count : *widest;
        if (kind == SNAPSHOT_OTHER && record->count > SLOTS_MAX) {
            return error_set(&self->job->outcome->error,
                             "an object of the snapshot has %u references: too many",
                             record->count);
        }
        bool named = kind == SNAPSHOT_DICT && (record->flags & SNAPSHOT_KEYED) == 0;
        *keys = named && record->count > *keys ? record->count : *keys;
    }
    return true;
}

/* Tuples that contain each other, and nothing else that could be cleared, would never die: no
 * program makes them but in C, and CPython leaks them. False: there are some, or no memory. */
static bool tuples_end(const struct heap_load *self)
{
    const struct snapshot_file *file = self->file;
    uint64_t objects = file->head.objects, tuples = 0, first = 0, last = 0;
    uint32_t *in = calloc(objects + 1, sizeof *in), *ready = malloc((objects + 1) * sizeof *ready);
    for (uint64_t i = 0; i < objects && in != NULL && ready != NULL; i++) {
        const struct snapshot_object *record = heap_record(self, i);
        if (heap_kind(self, record) == SNAPSHOT_TUPLE) {
            tuples++;
            for (uint32_t k = 0; k < record->count; k++) {
                in[file->to[record->first + k]]++;
            }
        }
    }
    for (uint64_t i = 0; i < objects && in != NULL && ready != NULL; i++) {
        if (in[i] == 0 && heap_kind(self, heap_record(self, i)) == SNAPSHOT_TUPLE) {
            ready[last++] = (uint32_t)i;
        }
    }
    while (first < last) {
        const struct snapshot_object *record = heap_record(self, ready[first++]);
        for (uint32_t k = 0; k < record->count; k++) {
            uint32_t to = file->to[record->first + k];
            if (--in[to] == 0 && heap_kind(self, heap_record(self, to)) == SNAPSHOT_TUPLE) {
                ready[last++] = to;
            }
        }
    }
    bool ok = in != NULL && ready != NULL &&
              (last == tuples ||
               error_set(&self->job->outcome->error, "tuples of the snapshot contain themselves"));
    free(in);
    free(ready);
    return ok;
}

/* Generations ---------------------------------------------------------------------------------- */

static bool refers_to_gc(const struct heap_load *self, const struct snapshot_object *record)
{
    for (uint32_t i = 0; i < record->count; i++) {
        if (heap_is_gc(heap_record(self, self->file->to[record->first + i]))) {
            return true;
        }
    }
    return false;
}

/* Tracked as in the file; who is held from outside, and who would be lost in a cycle. */
static bool settle_objects(struct heap_load *self)
{
    struct runtime *runtime = self->job->runtime;
    for (uint64_t i = 0; i < self->file->head.objects; i++) {
        const struct snapshot_object *record = heap_record(self, i);
        struct object *object = loaded(self, i);
        bool tracked = (record->flags & SNAPSHOT_TRACKED) != 0;
        if ((record->flags & SNAPSHOT_HELD) != 0 && !list_append(runtime, self->held, object)) {
            return false;
        }
        if (!heap_is_gc(record) || object == empty_tuple_of(runtime)) {
            continue;
        }
        if (!tracked && refers_to_gc(self, record) && !list_append(runtime, self->loose, object)) {
            return false;
        }
        if (tracked && !gc_is_tracked(object)) {
            gc_track(runtime, object);
        } else if (!tracked) {
            gc_untrack_if(object);
        }
    }
    return true;
}

static void order_lists(struct heap_load *self)
{
    struct gc_state *gc = &self->job->runtime->gc;
    const uint32_t *at = self->file->listed;
    for (int list = 0; list < SNAPSHOT_LISTS; list++) {
        struct gc_head *ring = list < GENERATIONS ? &gc->generation[list] : &gc->permanent;
        for (uint64_t i = 0; i < self->file->head.listed[list]; i++) {
            gc_ring_move(ring, gc_head_of(loaded(self, *at++)));
        }
    }
    /* As after loading: nothing waits to be collected but what is young. */
    gc->count[0] = (int64_t)self->file->head.listed[0];
    gc->count[1] = gc->count[2] = 0;
    gc->long_lived_total = (int64_t)self->file->head.listed[2];
    gc->long_lived_pending = 0;
}

bool heap_load(struct heap_load *self)
{
    struct runtime *runtime = self->job->runtime;
    bool enabled = gc_is_enabled(runtime);
    uint64_t keys = HEAP_ATTRIBUTES;
    gc_disable(runtime);
    bool ok = measure(self, &keys) && tuples_end(self) && make_keys(self, keys) &&
              (self->held = hidden_list(self->job, 0)) != NULL &&
              (self->loose = hidden_list(self->job, 0)) != NULL &&
              (self->all = hidden_list(self->job, self->file->head.objects)) != NULL &&
              heap_tables_plan(self) && make_objects(self) && fill_objects(self, false) &&
              fill_objects(self, true) && settle_objects(self);
    if (ok) {
        order_lists(self);
    }
    if (enabled) {
        gc_enable(runtime);
    }
    return ok;
}

static int count_referent(struct object *object, void *count)
{
    (void)object;
    ++*(uint64_t *)count;
    return 0;
}

void heap_load_fold(const struct heap_load *self)
{
    for (uint64_t i = 0; i < self->file->head.objects; i++) {
        struct object *object = loaded(self, i);
        uint64_t count = 0;
        if (object_is_gc(object)) {
            gc_each_referent(object, count_referent, &count);
            count = count * 2 + gc_is_tracked(object);
        }
        job_fold(self->job, count);
    }
    job_fold(self->job, self->file->head.objects);
}

void heap_load_let_go(struct heap_load *self)
{
    list_clear(self->job->runtime, self->all);
}

void heap_load_end(struct heap_load *self)
{
    for (int64_t i = 0; self->loose != NULL && i < list_length(self->loose); i++) {
        struct object *object = list_get(self->loose, i);
        if (!gc_is_tracked(object)) {
            gc_track(self->job->runtime, object);
        }
    }
    for (size_t i = 0; i < self->class_count; i++) {
        class_delete(self->job->runtime, self->class[i]);
    }
    heap_tables_end(self);
    address_map_free(&self->slotted);
    free(self->class);
    free(self->type_class);
    free(self->widest);
}

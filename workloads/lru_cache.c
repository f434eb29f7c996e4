/* lru_cache: a dict over a doubly linked list of entries, as caches are written in Python. The live
 * list is one big cycle; an evicted entry is unlinked and dies by its count, unless (cyclic share)
 * its value refers back to it. Middle-aged deaths: the generational guess is wrong here. */
#include "workloads/common.h"

enum { ENTRY_PREV, ENTRY_NEXT, ENTRY_KEY, ENTRY_VALUE, ENTRY_SLOTS };
enum { LRU_BATCH = 100 };

struct lru {
    struct job *job;
    struct runtime *runtime;
    struct class *class;
    struct object *index; /* dict: key → entry */
    struct object *ends;  /* entry without key: next is the newest, prev the oldest */
    uint64_t capacity, keys;
    double cyclic;
};

static void lru_join(struct lru *self, struct object *first, struct object *second)
{
    instance_slot_set(self->runtime, first, ENTRY_NEXT, second);
    instance_slot_set(self->runtime, second, ENTRY_PREV, first);
}

static void lru_put_first(struct lru *self, struct object *entry)
{
    struct object *newest = instance_slot(self->ends, ENTRY_NEXT);
    lru_join(self, entry, newest);
    lru_join(self, self->ends, entry);
}

/* Take an entry out of the list; somebody else must hold it. */
static void lru_unlink(struct lru *self, struct object *entry)
{
    lru_join(self, instance_slot(entry, ENTRY_PREV), instance_slot(entry, ENTRY_NEXT));
    instance_slot_set(self->runtime, entry, ENTRY_PREV, NULL);
    instance_slot_set(self->runtime, entry, ENTRY_NEXT, NULL);
}

static void lru_evict(struct lru *self)
{
    struct object *oldest = newref(instance_slot(self->ends, ENTRY_PREV));
    dict_remove(self->runtime, self->index, instance_slot(oldest, ENTRY_KEY));
    lru_unlink(self, oldest);
    decref(self->runtime, oldest);
}

/* The result of the cached function: a list of a text, in the cyclic share also of its entry. */
static bool lru_value(struct lru *self, struct object *entry, uint64_t key)
{
    struct object *value = list_new(self->runtime, 0);
    if (!slot_give(self->runtime, entry, ENTRY_VALUE, value) ||
        !list_give(self->runtime, value, job_text(self->job, key, 10 + (int64_t)(key % 90)))) {
        return false;
    }
    return self->cyclic == 0 || !job_chance(self->job, self->cyclic) ||
           list_append(self->runtime, value, entry);
}

static bool lru_insert(struct lru *self, uint64_t key)
{
    size_t mark = job_mark(self->job);
    struct object *entry = job_hold(self->job, instance_new(self->runtime, self->class));
    if (entry == NULL ||
        !slot_give(self->runtime, entry, ENTRY_KEY, int_new(self->runtime, (int64_t)key)) ||
        !lru_value(self, entry, key) ||
        !dict_put(self->runtime, self->index, instance_slot(entry, ENTRY_KEY), entry)) {
        return false;
    }
    lru_put_first(self, entry);
    job_release(self->job, mark);
    if ((uint64_t)dict_length(self->index) > self->capacity) {
        lru_evict(self);
    }
    return true;
}

static bool lru_lookup(struct lru *self)
{
    uint64_t key = job_below(self->job, self->keys);
    bool ok;
    struct object *entry = dict_get_int(self->runtime, self->index, key, &ok);
    if (!ok) {
        return false;
    }
    job_fold(self->job, entry != NULL);
    if (entry == NULL) {
        return lru_insert(self, key);
    }
    job_fold(self->job, (uint64_t)str_length(list_get(instance_slot(entry, ENTRY_VALUE), 0)));
    lru_unlink(self, entry);
    lru_put_first(self, entry);
    return true;
}

static bool lru_setup(struct lru *self)
{
    struct job *job = self->job;
    self->class = job_class(job, &(struct class_spec){.name = "Entry", .slots = ENTRY_SLOTS});
    if (self->class == NULL) {
        return false;
    }
    self->index = job_root(job, dict_new(self->runtime));
    self->ends =
        self->index == NULL ? NULL : job_root(job, instance_new(self->runtime, self->class));
    if (self->ends == NULL) {
        return false;
    }
    lru_join(self, self->ends, self->ends);
    for (uint64_t key = 0; key < self->capacity; key++) {
        if (!lru_insert(self, key)) {
            return false;
        }
    }
    return job_setup_done(job);
}

static bool lru_body(struct job *job)
{
    uint64_t batches = job_count(job, "batches", (struct job_scale){3, 6000, 50000});
    double hit = options_real(job->options, "hit");
    struct lru self = {
        .job = job,
        .runtime = job->runtime,
        .capacity = job_live_count(job, "capacity", (struct job_scale){40, 10000, 1000000}),
        .cyclic = job_cyclic(job, 0),
    };
    self.keys = hit < 0.001 ? self.capacity * 1000 : (uint64_t)((double)self.capacity / hit);
    if (!lru_setup(&self)) {
        return false;
    }
    for (uint64_t i = 0; i < batches; i++) {
        for (int k = 0; k < LRU_BATCH; k++) {
            if (!lru_lookup(&self)) {
                return false;
            }
        }
        job_operation(job);
    }
    return true;
}

JOB_RUN(lru_run, lru_body)

static const struct option lru_options[] = {
    {"capacity", OPTION_COUNT, NULL, 1, 100000000, NULL, "entries; by size 40 | 10k | 1m"},
    {"batches", OPTION_COUNT, NULL, 1, 100000000, NULL,
     "operations of 100 lookups; by size 3 | 6k | 50k"},
    {"hit", OPTION_REAL, "0.9", 0, 1, NULL, "share of lookups that hit; keys are drawn evenly"},
};

const struct workload workload_lru_cache = {
    .name = "lru_cache",
    .summary = "a dict over a doubly linked list: look up, move to the front, evict",
    .stands_for = "functools-like caches and OrderedDict in pure Python, object caches of ORMs.\n"
                  "Hit rates of 80 to 99 % are usual for them; 0.9 is the default here.\n"
                  "Entries die in middle age, after many collections have looked at them.",
    .operation_unit = "batch",
    .options = lru_options,
    .option_count = COUNT_OF(lru_options),
    .run = lru_run,
};

/* weak_cache: a dict of weak references to values that a window of recent users keeps alive. A
 * share has a callback that removes its entry, as WeakValueDictionary's have; a share of the values
 * refers to itself, so that its death waits for a collection. When that is depends on the
 * collector: whether a lookup finds a value alive is neither folded nor does it draw numbers. */
#include "workloads/common.h"

enum { VALUE_KEY, VALUE_SELF, VALUE_TEXT, VALUE_SLOTS };
enum { WEAK_BATCH = 20 };

struct weak {
    struct job *job;
    struct runtime *runtime;
    struct class *value, *cache_class;
    struct object *cache;  /* instance: slot 0 is the dict key → weak reference */
    struct object *window; /* list of the values in use */
    uint64_t keys;
    double callbacks, cyclic;
};

static struct object *weak_dict(struct object *cache)
{
    return instance_slot(cache, 0);
}

/* A value died: remove its entry, unless the cache is gone or holds a newer reference. `self` is
 * (weak reference to the cache, key). */
static void weak_died(struct runtime *runtime, void *context, struct object *self,
                      struct object *argument)
{
    (void)context;
    struct object *cache = weakref_target(tuple_get(self, 0));
    struct object *key = tuple_get(self, 1);
    if (cache != NULL && dict_get(weak_dict(cache), key) == argument) {
        dict_remove(runtime, weak_dict(cache), key);
    }
}

/* The callback of an entry, held by the job. NULL: no memory. */
static struct object *weak_callback(struct weak *self, struct object *key)
{
    struct job *job = self->job;
    struct object *cache = job_hold(job, weakref_new(self->runtime, self->cache, NULL));
    struct object *items[] = {cache, key};
    struct object *context =
        cache == NULL ? NULL : job_hold(job, tuple_pack(self->runtime, items, COUNT_OF(items)));
    return context == NULL ? NULL
                           : job_hold(job, callable_new(self->runtime, weak_died, NULL, context));
}

/* A new value under `key`, with its weak reference; held by the job. NULL: no memory. */
static struct object *weak_create(struct weak *self, uint64_t key)
{
    struct runtime *runtime = self->runtime;
    bool cyclic = key % 1000 < (uint64_t)(self->cyclic * 1000);
    bool called = key * UINT64_C(2654435761) % 1000 < (uint64_t)(self->callbacks * 1000);
    struct object *value = job_hold(self->job, instance_new(runtime, self->value));
    if (value == NULL || !slot_give(runtime, value, VALUE_KEY, int_new(runtime, (int64_t)key)) ||
        !slot_give(runtime, value, VALUE_TEXT, job_text(self->job, key, 16 + (int64_t)key % 32))) {
        return NULL;
    }
    if (cyclic) {
        instance_slot_set(runtime, value, VALUE_SELF, value);
    }
    struct object *number = instance_slot(value, VALUE_KEY);
    struct object *callback = called ? weak_callback(self, number) : NULL;
    return (!called || callback != NULL) && dict_give(runtime, weak_dict(self->cache), number,
                                                      weakref_new(runtime, value, callback))
               ? value
               : NULL;
}

/* Find a value or make it, and put it at a random place of the window. */
static bool weak_use(struct weak *self)
{
    struct job *job = self->job;
    size_t mark = job_mark(job);
    uint64_t key = job_below(job, self->keys);
    int64_t at = (int64_t)job_below(job, (uint64_t)list_length(self->window));
    bool ok;
    struct object *weakref = dict_get_int(self->runtime, weak_dict(self->cache), key, &ok);
    struct object *value = weakref == NULL ? NULL : weakref_target(weakref);
    if (ok && value == NULL) {
        value = weak_create(self, key);
    }
    if (!ok || value == NULL) {
        return false;
    }
    job_fold(job, (uint64_t)str_length(instance_slot(value, VALUE_TEXT)));
    job_fold(job, (uint64_t)int_value(instance_slot(value, VALUE_KEY)));
    list_set(self->runtime, self->window, at, value);
    job_release(job, mark);
    return true;
}

static bool weak_setup(struct weak *self, uint64_t window)
{
    struct job *job = self->job;
    self->value = job_class(
        job, &(struct class_spec){.name = "Value", .slots = VALUE_SLOTS, .has_weakrefs = true});
    self->cache_class =
        job_class(job, &(struct class_spec){.name = "Cache", .slots = 1, .has_weakrefs = true});
    if (self->value == NULL || self->cache_class == NULL) {
        return false;
    }
    self->cache = job_root(job, instance_new(self->runtime, self->cache_class));
    self->window = self->cache == NULL ? NULL : job_window(job, window);
    if (self->window == NULL ||
        !slot_give(self->runtime, self->cache, 0, dict_new(self->runtime))) {
        return false;
    }
    for (uint64_t i = 0; i < window; i++) {
        if (!weak_use(self)) {
            return false;
        }
    }
    return job_setup_done(job);
}

static bool weak_body(struct job *job)
{
    uint64_t window = job_live_count(job, "window", (struct job_scale){15, 20000, 100000});
    uint64_t batches = job_count(job, "batches", (struct job_scale){3, 5000, 50000});
    struct weak self = {
        .job = job,
        .runtime = job->runtime,
        .keys = 3 * window,
        .callbacks = options_real(job->options, "callbacks"),
        .cyclic = job_cyclic(job, 0.5),
    };
    if (!weak_setup(&self, window)) {
        return false;
    }
    for (uint64_t i = 0; i < batches; i++) {
        for (int k = 0; k < WEAK_BATCH; k++) {
            if (!weak_use(&self)) {
                return false;
            }
        }
        job_operation(job);
    }
    return true;
}

JOB_RUN(weak_run, weak_body)

static const struct option weak_options[] = {
    {"window", OPTION_COUNT, NULL, 1, 100000000, NULL,
     "places that keep values alive, of three times as many keys; by size 15 | 20k | 100k"},
    {"batches", OPTION_COUNT, NULL, 1, 100000000, NULL,
     "operations of 20 uses; by size 3 | 5k | 50k"},
    {"callbacks", OPTION_REAL, "0.3", 0, 1, NULL, "share of the weak references with a callback"},
};

const struct workload workload_weak_cache = {
    .name = "weak_cache",
    .summary = "a cache of weak references, with callbacks, to values that may be cyclic",
    .stands_for = "WeakValueDictionary, signal registries, tkinter variables, identity maps.\n"
                  "30 % of the references have a callback, half of the values are in a cycle,\n"
                  "so that half of the deaths are seen only by a collection.",
    .operation_unit = "batch",
    .options = weak_options,
    .option_count = COUNT_OF(weak_options),
    .run = weak_run,
};

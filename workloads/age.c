/* Ageing a heap before the measured part; see common.h.
 *
 * A process that has run for hours has its free blocks scattered, and its lists of objects are no
 * longer in address order: the same graph then costs 6 to 27 times more to collect. Both are made
 * here from the seed, by allocations and by one collection, on any allocator and collector. */
#include "collector/gc.h"
#include "collector/gc_head.h"
#include "workloads/common.h"

enum {
    AGE_TINY = 60,
    AGE_SMALL = 200000,
    AGE_LARGE = 2000000,
    AGE_KEPT = 16, /* one block in so many stays: its pool cannot be given back */
};

/* Block sizes of a web service as CPython asks for them (64 at the median, 84 at the mean). */
static const int64_t age_sizes[] = {48, 48, 48, 64, 64, 64, 64, 80, 80, 96, 112, 128, 160, 256};

static uint64_t age_count(const struct job *job)
{
    static const uint64_t counts[] = {AGE_TINY, AGE_SMALL, AGE_LARGE};
    double count = (double)counts[job->size] * options_real(job->options, "live");
    return count < AGE_KEPT ? AGE_KEPT : (uint64_t)count;
}

/* Random numbers of its own, so that the workload draws the same with and without ageing. */
static struct rng age_rng(const struct job *job)
{
    struct rng rng;
    rng_seed(&rng, job->rng->state[0]);
    return rng;
}

static bool age_fill(struct job *job, struct object *blocks, struct object *kept, uint64_t count)
{
    struct rng rng = age_rng(job);
    for (uint64_t i = 0; i < count; i++) {
        int64_t size = age_sizes[rng_below(&rng, COUNT_OF(age_sizes))];
        struct object *block =
            bytes_new(job->runtime, NULL, size - (int64_t)sizeof(struct bytes) - 1);
        if (!list_give(job->runtime, blocks, block) ||
            (i % AGE_KEPT == 0 && !list_append(job->runtime, kept, block))) {
            return false;
        }
    }
    return true;
}

/* Release what is not kept, in random order. */
static bool age_release(struct job *job, struct object *blocks)
{
    const struct heap *raw = runtime_heap(job->runtime, HEAP_RAW);
    uint64_t count = (uint64_t)list_length(blocks);
    size_t bytes = count * sizeof(uint32_t);
    uint32_t *order = heap_alloc(raw, bytes);
    if (order == NULL) {
        return false;
    }
    struct rng rng = age_rng(job);
    shuffle_order(&rng, order, count);
    for (uint64_t i = 0; i < count; i++) {
        list_set(job->runtime, blocks, order[i], none_of(job->runtime));
    }
    heap_release(raw, order, bytes);
    return true;
}

bool job_age_addresses(struct job *job)
{
    struct runtime *runtime = job->runtime;
    struct object *kept = job_hold(job, list_new(runtime, 0));
    struct object *blocks = kept == NULL ? NULL : job_hold(job, list_new(runtime, 0));
    if (blocks == NULL || !age_fill(job, blocks, kept, age_count(job)) ||
        !age_release(job, blocks)) {
        return false;
    }
    /* A tuple of plain blocks is untracked by its first collection: it costs no pass anything. */
    struct object *stays =
        tuple_pack(runtime, ((struct list *)(void *)kept)->items, list_length(kept));
    job_release(job, 0);
    return job_root(job, stays) != NULL;
}

struct age_order {
    struct object *list; /* receives the objects */
    int64_t count;
};

static int age_count_one(struct object *object, void *argument)
{
    struct age_order *self = argument;
    self->count += object != self->list;
    return 0;
}

static int age_take_one(struct object *object, void *argument)
{
    struct age_order *self = argument;
    if (object != self->list) {
        list_init_take(self->list, self->count++, newref(object));
    }
    return 0;
}

static void age_shuffle(struct job *job, struct object *list)
{
    struct rng rng = age_rng(job);
    struct object **items = ((struct list *)(void *)list)->items;
    for (uint64_t i = (uint64_t)list_length(list); i > 1; i--) {
        uint64_t j = rng_below(&rng, i);
        struct object *other = items[j];
        items[j] = items[i - 1];
        items[i - 1] = other;
    }
}

/* Collect while the job's own references to tracked objects give way to the list's. */
static void age_collect(struct job *job)
{
    struct object *lent[JOB_ROOTS + JOB_HELD];
    size_t count = 0;
    for (size_t i = 0; i < job->roots + job->held; i++) {
        struct object *object = i < job->roots ? job->root[i] : job->hold[i - job->roots];
        if (object_is_gc(object) && gc_is_tracked(object)) {
            lent[count++] = object;
            decref(job->runtime, object);
        }
    }
    gc_collect(job->runtime, GENERATIONS - 1);
    for (size_t i = 0; i < count; i++) {
        incref(lent[i]);
    }
}

bool job_age_order(struct job *job)
{
    struct runtime *runtime = job->runtime;
    struct age_order order = {NULL, 0};
    gc_collect(runtime, GENERATIONS - 1);
    gc_each_object(runtime, age_count_one, &order);
    if (order.count == 0) {
        return true;
    }
    order.list = list_new(runtime, order.count);
    if (order.list == NULL) {
        return false;
    }
    order.count = 0;
    gc_each_object(runtime, age_take_one, &order);
    CHECK(order.count == list_length(order.list));
    age_shuffle(job, order.list);
    age_collect(job);
    decref(runtime, order.list);
    return true;
}

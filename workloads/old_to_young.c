/* old_to_young: a large old heap in which every operation hangs a new object on a random old one,
 * the previous one dies. The counter-example to the generational hypothesis: young objects are held
 * by old ones, survive, and die old. */
#include "workloads/common.h"

enum { NODE_CHILD, NODE_TEXT, NODE_SLOTS };
enum { OLD_BATCH = 100 };

struct old {
    struct job *job;
    struct runtime *runtime;
    struct class *class;
    struct object *all; /* list of the old objects */
    double cyclic;
};

/* A young object for `parent`; in the cyclic share it refers back. */
static bool old_store(struct old *self, struct object *parent)
{
    struct runtime *runtime = self->runtime;
    struct object *child = instance_new(runtime, self->class);
    if (child == NULL) {
        return false;
    }
    uint64_t id = rng_next(self->job->rng) >> 44;
    bool ok = slot_give(runtime, child, NODE_TEXT, float_new(runtime, (double)id));
    if (ok && job_chance(self->job, self->cyclic)) {
        instance_slot_set(runtime, child, NODE_CHILD, parent);
    }
    if (ok) {
        struct object *before = instance_slot(parent, NODE_CHILD);
        job_fold(self->job,
                 before == NULL ? 0 : (uint64_t)float_value(instance_slot(before, NODE_TEXT)));
        instance_slot_set(runtime, parent, NODE_CHILD, child);
    }
    decref(runtime, child);
    return ok;
}

static bool old_setup(struct old *self, uint64_t count)
{
    struct job *job = self->job;
    self->class = job_class(job, &(struct class_spec){.name = "Node", .slots = NODE_SLOTS});
    self->all = self->class == NULL ? NULL : job_root(job, list_new(self->runtime, 0));
    for (uint64_t i = 0; i < count && self->all != NULL; i++) {
        if (!list_give(self->runtime, self->all, instance_new(self->runtime, self->class))) {
            return false;
        }
    }
    return self->all != NULL && job_setup_done(job);
}

static bool old_body(struct job *job)
{
    uint64_t count = job_live_count(job, "old", (struct job_scale){200, 50000, 1000000});
    uint64_t batches = job_count(job, "batches", (struct job_scale){3, 5000, 50000});
    struct old self = {job, job->runtime, NULL, NULL, job_cyclic(job, 0)};
    if (!old_setup(&self, count)) {
        return false;
    }
    for (uint64_t i = 0; i < batches; i++) {
        for (int k = 0; k < OLD_BATCH; k++) {
            if (!old_store(&self, list_get(self.all, (int64_t)job_below(job, count)))) {
                return false;
            }
        }
        job_operation(job);
    }
    return true;
}

JOB_RUN(old_run, old_body)

static const struct option old_options[] = {
    {"old", OPTION_COUNT, NULL, 1, 100000000, NULL, "old objects; by size 200 | 50k | 1m"},
    {"batches", OPTION_COUNT, NULL, 1, 100000000, NULL,
     "operations of 100 stores; by size 3 | 5k | 50k"},
};

const struct workload workload_old_to_young = {
    .name = "old_to_young",
    .summary = "new objects stored into random old ones: where generations guess wrong",
    .stands_for = "Big caches and object graphs that are updated all over: dict-heavy caches,\n"
                  "simulations, in-memory databases.\n"
                  "10^6 old objects as in the literature on write barriers' worst case.",
    .operation_unit = "batch",
    .options = old_options,
    .option_count = COUNT_OF(old_options),
    .run = old_run,
};

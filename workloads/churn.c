/* churn: blocks of random sizes, each replaced at random: Larson and Krishnan's server (1998) on
 * one thread. Nearly all work is the allocator's; with cyclic=0 the collector finds nothing. */
#include "workloads/common.h"

enum { CHURN_BURST = 100 }; /* replacements of one operation */

struct churn {
    struct job *job;
    struct object *slots; /* list */
    uint64_t min, max;    /* block sizes */
    double cyclic;
};

/* A block of `size` bytes; in the cyclic share a list that holds it and itself. */
static struct object *churn_block(struct churn *self)
{
    struct job *job = self->job;
    struct runtime *runtime = job->runtime;
    uint64_t size = self->min + job_below(job, self->max - self->min + 1);
    struct object *block =
        bytes_new(runtime, NULL, (int64_t)size - (int64_t)sizeof(struct bytes) - 1);
    if (block == NULL) {
        return NULL;
    }
    bytes_data(block)[0] = (char)size; /* a block is written when it is made */
    if (self->cyclic == 0 || !job_chance(job, self->cyclic)) {
        return block;
    }
    struct object *cycle = list_new(runtime, 0);
    if (cycle == NULL) {
        decref(runtime, block);
        return NULL;
    }
    if (!list_append_take(runtime, cycle, block) || !list_append(runtime, cycle, cycle)) {
        list_clear(runtime, cycle);
        decref(runtime, cycle);
        return NULL;
    }
    return cycle;
}

static uint64_t churn_read(const struct object *object)
{
    const struct object *block = list_is(object) ? list_get(object, 0) : object;
    return (uint64_t)bytes_length(block) + (unsigned char)((const struct bytes *)block)->data[0];
}

static bool churn_burst(struct churn *self, uint64_t slots)
{
    for (int i = 0; i < CHURN_BURST; i++) {
        int64_t at = (int64_t)job_below(self->job, slots);
        struct object *block = churn_block(self);
        if (block == NULL) {
            return false;
        }
        job_fold(self->job, churn_read(list_get(self->slots, at)));
        list_set(self->job->runtime, self->slots, at, block);
        decref(self->job->runtime, block);
    }
    job_operation(self->job);
    return true;
}

static bool churn_body(struct job *job)
{
    uint64_t slots = job_live_count(job, "slots", (struct job_scale){100, 4000, 400000});
    uint64_t bursts = job_count(job, "bursts", (struct job_scale){5, 20000, 200000});
    uint64_t min = options_number(job->options, "min");
    uint64_t max = options_number(job->options, "max");
    struct churn self = {job, NULL, min < max ? min : max, min < max ? max : min,
                         job_cyclic(job, 0)};
    self.slots = job_root(job, list_new(job->runtime, 0));
    if (self.slots == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < slots; i++) {
        if (!list_give(job->runtime, self.slots, churn_block(&self))) {
            return false;
        }
    }
    if (!job_setup_done(job)) {
        return false;
    }
    for (uint64_t i = 0; i < bursts; i++) {
        if (!churn_burst(&self, slots)) {
            return false;
        }
    }
    return true;
}

JOB_RUN(churn_run, churn_body)

static const struct option churn_options[] = {
    {"slots", OPTION_COUNT, NULL, 1, 100000000, NULL, "live blocks; by size 100 | 4k | 400k"},
    {"bursts", OPTION_COUNT, NULL, 1, 100000000, NULL,
     "operations of 100 replacements; by size 5 | 20k | 200k"},
    {"min", OPTION_SIZE, "48", 48, 1 << 20, NULL, "bytes of the smallest block"},
    {"max", OPTION_SIZE, "512", 48, 1 << 20, NULL, "bytes of the largest block"},
};

const struct workload workload_churn = {
    .name = "churn",
    .summary = "blocks of random sizes, replaced at random: the allocator alone",
    .stands_for = "A server whose requests leave buffers behind that others free much later:\n"
                  "Larson and Krishnan's server benchmark (larson of mimalloc-bench), 1 thread,\n"
                  "sizes up to 512 B as there; 48 B is the smallest bytes object with a letter.",
    .operation_unit = "burst",
    .options = churn_options,
    .option_count = COUNT_OF(churn_options),
    .run = churn_run,
};

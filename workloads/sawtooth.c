/* sawtooth: fill with blocks of one size, drop nine in ten at random, fill with another size, and
 * so on. The survivors pin the pools of their size: without moving, 10 times the live bytes is the
 * floor after the first drop; only coalescing allocators stay near it. */
#include "workloads/common.h"

enum { SAW_STEPS = 4, SAW_BATCH = 1000 };

static const uint64_t saw_sizes[SAW_STEPS] = {64, 96, 160, 48};
static const char *const saw_fill_names[SAW_STEPS] = {"fill_a", "fill_b", "fill_c", "fill_d"};
static const char *const saw_drop_names[SAW_STEPS] = {"drop_a", "drop_b", "drop_c", "drop_d"};

struct saw {
    struct job *job;
    struct runtime *runtime;
    struct object *blocks; /* list */
    uint64_t live_bytes;
    double dropped; /* share */
};

static uint64_t saw_block_size(const struct object *block)
{
    return (uint64_t)bytes_length(block) + sizeof(struct bytes) + 1;
}

/* Fill until as many bytes are alive as the target says. */
static bool saw_fill(struct saw *self, uint64_t size, uint64_t target)
{
    uint64_t made = 0;
    while (self->live_bytes + size <= target) {
        struct object *block =
            bytes_new(self->runtime, NULL, (int64_t)(size - sizeof(struct bytes) - 1));
        if (!list_give(self->runtime, self->blocks, block)) {
            return false;
        }
        bytes_data(block)[0] = (char)made;
        self->live_bytes += size;
        if (++made % SAW_BATCH == 0) {
            job_operation(self->job);
        }
    }
    job_fold(self->job, made);
    return true;
}

/* Drop a random share; the survivors move up in the list, not in memory. */
static bool saw_drop(struct saw *self)
{
    struct object *blocks = self->blocks;
    int64_t kept = 0, count = list_length(blocks);
    for (int64_t i = 0; i < count; i++) {
        struct object *block = list_get(blocks, i);
        if (job_chance(self->job, self->dropped)) {
            self->live_bytes -= saw_block_size(block);
            list_set(self->runtime, blocks, i, none_of(self->runtime));
            continue;
        }
        list_set(self->runtime, blocks, kept++, block);
        if (kept - 1 != i) {
            list_set(self->runtime, blocks, i, none_of(self->runtime));
        }
    }
    job_fold(self->job, (uint64_t)kept);
    job_operation(self->job);
    return list_delete_slice(self->runtime, blocks, kept, count);
}

/* Memory is read in the last round only: reading it costs milliseconds. */
static void saw_phase(struct job *job, bool last_round, const char *name)
{
    if (last_round) {
        meter_phase(job->meter, name);
    }
}

static bool saw_body(struct job *job)
{
    uint64_t target =
        job_live_count(job, "bytes", (struct job_scale){6 << 10, 16 << 20, 128 << 20});
    uint64_t rounds = options_number(job->options, "rounds");
    struct saw self = {job, job->runtime, NULL, 0, options_real(job->options, "dropped")};
    self.blocks = job_root(job, list_new(job->runtime, 0));
    if (self.blocks == NULL || !job_setup_done(job)) {
        return false;
    }
    for (uint64_t round = 0; round < rounds; round++) {
        for (int step = 0; step < SAW_STEPS; step++) {
            if (!saw_fill(&self, saw_sizes[step], target)) {
                return false;
            }
            saw_phase(job, round + 1 == rounds, saw_fill_names[step]);
            if (!saw_drop(&self)) {
                return false;
            }
            saw_phase(job, round + 1 == rounds, saw_drop_names[step]);
        }
    }
    return true;
}

JOB_RUN(saw_run, saw_body)

static const struct option saw_options[] = {
    {"bytes", OPTION_SIZE, NULL, 1024, UINT64_C(1) << 36, NULL,
     "live bytes after each fill; by size 6k | 16m | 128m"},
    {"rounds", OPTION_COUNT, "1", 1, 1000, NULL, "times that all four sizes are gone through"},
    {"dropped", OPTION_REAL, "0.9", 0, 1, NULL, "share dropped at random after each fill"},
};

const struct workload workload_sawtooth = {
    .name = "sawtooth",
    .summary = "fill, drop nine in ten at random, fill with another size: fragmentation",
    .stands_for =
        "Batch jobs and caches whose object sizes change from phase to phase.\n"
        "Sizes 64, 96, 160, 48 and 128 MB (large) as in our peer measurements: size-class\n"
        "allocators end at 24 to 37 times the live bytes, glibc at 13.6.",
    .operation_unit = "batch",
    .options = saw_options,
    .option_count = COUNT_OF(saw_options),
    .run = saw_run,
};

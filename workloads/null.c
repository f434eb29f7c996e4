/* null: the zero. It does nothing, once per operation: what the harness itself costs. */
#include "workloads/common.h"

static bool null_body(struct job *job)
{
    uint64_t turns = job_count(job, "turns", (struct job_scale){10, 100000, 10000000});
    if (!job_setup_done(job)) {
        return false;
    }
    job_fold(job, rng_next(job->rng));
    for (uint64_t i = 0; i < turns; i++) {
        job_operation(job);
    }
    return true;
}

JOB_RUN(null_run, null_body)

static const struct option null_options[] = {
    {"turns", OPTION_COUNT, NULL, 1, 1000000000, NULL, "operations; by size 10 | 100k | 10m"},
};

const struct workload workload_null = {
    .name = "null",
    .summary = "does nothing: the floor of every figure",
    .stands_for = "No program: the harness itself.\n"
                  "What it shows is what the other rows contain besides their work:\n"
                  "process start, an empty runtime, one latency stamp per operation.",
    .operation_unit = "turn",
    .options = null_options,
    .option_count = COUNT_OF(null_options),
    .run = null_run,
};

/* rss_growth: ten lists of strings, each built and dropped. Whether resident memory comes back
 * depends on the allocator, and on whether one string in some thousands stays and pins its arena.
 */
#include "workloads/common.h"

enum { GROWTH_LISTS = 10 };

/* Memory is read for the first list and for the last one. */
static void growth_phase(struct job *job, int turn, const char *first, const char *last)
{
    if (turn == 0 || turn == GROWTH_LISTS - 1) {
        meter_phase(job->meter, turn == 0 ? first : last);
    }
}

/* Build one list, keep some of its strings, drop it. */
static bool growth_turn(struct job *job, struct object *kept, uint64_t strings, int turn)
{
    struct runtime *runtime = job->runtime;
    size_t mark = job_mark(job);
    uint64_t survivor = options_number(job->options, "survivor");
    struct object *list = job_hold(job, list_new(runtime, 0));
    if (list == NULL) {
        return false;
    }
    uint64_t letters = 0;
    for (uint64_t i = 0; i < strings; i++) {
        uint64_t id = rng_next(job->rng) >> 32;
        struct object *text = job_text(job, id, 10 + (int64_t)(id % 90));
        if (!list_give(runtime, list, text) ||
            (survivor > 0 && i % survivor == survivor - 1 && !list_append(runtime, kept, text))) {
            return false;
        }
        letters += (uint64_t)str_length(text);
    }
    job_fold(job, letters);
    growth_phase(job, turn, "built_first", "built_last");
    job_release(job, mark);
    growth_phase(job, turn, "dropped_first", "dropped_last");
    job_operation(job);
    return true;
}

static bool growth_body(struct job *job)
{
    uint64_t strings = job_live_count(job, "strings", (struct job_scale){40, 100000, 500000});
    struct object *kept = job_root(job, list_new(job->runtime, 0));
    if (kept == NULL || !job_setup_done(job)) {
        return false;
    }
    for (int i = 0; i < GROWTH_LISTS; i++) {
        if (!growth_turn(job, kept, strings, i)) {
            return false;
        }
    }
    job_fold(job, (uint64_t)list_length(kept));
    return true;
}

JOB_RUN(growth_run, growth_body)

static const struct option growth_options[] = {
    {"strings", OPTION_COUNT, NULL, 1, 100000000, NULL,
     "strings of a list; by size 40 | 100k | 500k"},
    {"survivor", OPTION_COUNT, "0", 0, 100000000, NULL,
     "one string in so many is kept; 0: none; 5000 shows how few are enough"},
};

const struct workload workload_rss_growth = {
    .name = "rss_growth",
    .summary = "ten lists of strings built and dropped: what keeps resident memory high",
    .stands_for = "\"Memory is not given back after del\": workers that load and drop batches.\n"
                  "survivor=0 shows the allocator alone, survivor=5000 what one string in 5,000\n"
                  "costs; phases for the first and the last list, samples for those between.",
    .operation_unit = "list",
    .options = growth_options,
    .option_count = COUNT_OF(growth_options),
    .run = growth_run,
};

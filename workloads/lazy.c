/* lazy: a range and its iterator against the list it stands for: 48 bytes and one int at a time, or
 * an array of pointers and all the ints at once. */
#include "workloads/common.h"

/* Add up what the iterator gives. */
static bool lazy_sum_range(struct job *job, struct object *range, uint64_t *sum)
{
    struct runtime *runtime = job->runtime;
    size_t mark = job_mark(job);
    struct object *iterator = job_hold(job, range_iter(runtime, range));
    bool failed = iterator == NULL;
    while (!failed) {
        struct object *item = range_next(runtime, iterator, &failed);
        if (item == NULL) {
            break;
        }
        *sum += (uint64_t)int_value(item);
        decref(runtime, item);
    }
    job_release(job, mark);
    return !failed;
}

static bool lazy_sum_list(struct job *job, struct object *list, uint64_t *sum)
{
    struct runtime *runtime = job->runtime;
    size_t mark = job_mark(job);
    struct object *iterator = job_hold(job, list_iter(runtime, list));
    if (iterator == NULL) {
        return false;
    }
    for (struct object *item; (item = list_iter_next(runtime, iterator)) != NULL;) {
        incref(item); /* the loop variable's reference */
        *sum += (uint64_t)int_value(item);
        decref(runtime, item);
    }
    job_release(job, mark);
    return true;
}

/* The list of a range's items, held by the job. NULL: no memory. */
static struct object *lazy_list(struct job *job, struct object *range)
{
    struct runtime *runtime = job->runtime;
    struct object *list = job_hold(job, list_new(runtime, 0));
    struct object *iterator = list == NULL ? NULL : job_hold(job, range_iter(runtime, range));
    bool failed = iterator == NULL;
    while (!failed) {
        struct object *item = range_next(runtime, iterator, &failed);
        if (item == NULL) {
            break;
        }
        failed = !list_append_take(runtime, list, item);
    }
    return failed ? NULL : list;
}

static bool lazy_turn(struct job *job, uint64_t items, bool as_list)
{
    size_t mark = job_mark(job);
    int64_t start = (int64_t)job_below(job, 1000);
    struct object *range = job_hold(job, range_new(job->runtime, start, start + (int64_t)items, 1));
    uint64_t sum = 0;
    if (range == NULL) {
        return false;
    }
    if (as_list) {
        struct object *list = lazy_list(job, range);
        if (list == NULL || !lazy_sum_list(job, list, &sum)) {
            return false;
        }
    } else if (!lazy_sum_range(job, range, &sum)) {
        return false;
    }
    job_fold(job, sum);
    job_release(job, mark);
    job_operation(job);
    return true;
}

static bool lazy_body(struct job *job)
{
    uint64_t items = job_live_count(job, "items", (struct job_scale){300, 100000, 5000000});
    uint64_t passes = job_count(job, "passes", (struct job_scale){2, 40, 20});
    bool as_list = options_number(job->options, "mode") == 1;
    if (!job_setup_done(job)) {
        return false;
    }
    for (uint64_t i = 0; i < passes; i++) {
        if (!lazy_turn(job, items, as_list)) {
            return false;
        }
    }
    return true;
}

JOB_RUN(lazy_run, lazy_body)

static const struct option lazy_options[] = {
    {"items", OPTION_COUNT, NULL, 1, 100000000, NULL, "numbers of a pass; by size 300 | 100k | 5m"},
    {"passes", OPTION_COUNT, NULL, 1, 1000000, NULL, "operations; by size 2 | 40 | 20"},
    {"mode", OPTION_CHOICE, "range", 0, 0, "range|list",
     "iterate over the range, or over a list made of it; the checksum is the same"},
};

const struct workload workload_lazy = {
    .name = "lazy",
    .summary = "a range iterator against the list it stands for",
    .stands_for = "for i in range(n) against for i in list(range(n)): generators against lists.\n"
                  "Python 2's range made the list; what that costs in memory and time is the\n"
                  "difference between mode=range and mode=list.",
    .operation_unit = "pass",
    .options = lazy_options,
    .option_count = COUNT_OF(lazy_options),
    .run = lazy_run,
};

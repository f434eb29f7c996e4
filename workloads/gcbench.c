/* gcbench: Ellis, Kovac and Boehm's GCBench: a stretch tree, a long-lived tree and array, then for
 * every second depth as many trees as make twice the stretch tree's nodes, top-down and bottom-up.
 * No cycles; its author calls it a sanity test: too regular, too few holes. */
#include "workloads/tree.h"

enum { GCBENCH_MIN_DEPTH = 4, GCBENCH_MIN_DEPTH_TINY = 2 };
enum gcbench_numbers { GCBENCH_BOXED, GCBENCH_PLAIN }; /* order of the option `numbers` */

/* Count a new tree and drop it; NULL: no memory. */
static bool gcbench_one(struct tree *tree, struct object *root)
{
    if (root == NULL) {
        return false;
    }
    job_fold(tree->job, tree_count(tree, root));
    decref(tree->job->runtime, root);
    return true;
}

static bool gcbench_turn(struct tree *tree, struct object *root)
{
    bool ok = gcbench_one(tree, root);
    if (ok) {
        job_operation(tree->job);
    }
    return ok;
}

/* What the array's place `i` of `count` holds: the first half 1/i, the rest zero. */
static double gcbench_number(uint64_t i, uint64_t count)
{
    return i < count / 2 ? 1.0 / (double)(i + 1) : 0;
}

/* The array as plain numbers. */
static double *gcbench_plain_array(struct job *job, uint64_t count)
{
    double *array = job_block(job, count * sizeof *array);
    for (uint64_t i = 0; array != NULL && i < count; i++) {
        array[i] = gcbench_number(i, count);
    }
    return array;
}

/* The array as a list of floats; its zeros are one object. */
static struct object *gcbench_array(struct job *job, uint64_t count)
{
    struct runtime *runtime = job->runtime;
    struct object *zero = job_hold(job, float_new(runtime, 0));
    struct object *array = zero == NULL ? NULL : job_root(job, list_new(runtime, (int64_t)count));
    if (array == NULL) {
        return NULL;
    }
    for (uint64_t i = 0; i < count; i++) {
        list_init_take(array, (int64_t)i, newref(zero));
    }
    for (uint64_t i = 0; i < count / 2; i++) {
        struct object *item = float_new(runtime, gcbench_number(i, count));
        if (item == NULL) {
            return NULL;
        }
        list_set(runtime, array, (int64_t)i, item);
        decref(runtime, item);
    }
    return array;
}

static bool gcbench_trees(struct tree *tree, uint64_t depth, uint64_t stretch)
{
    uint64_t iterations = 2 * tree_size(stretch) / tree_size(depth);
    for (uint64_t i = 0; i < iterations; i++) {
        if (!gcbench_turn(tree, tree_populate(tree, depth))) {
            return false;
        }
    }
    for (uint64_t i = 0; i < iterations; i++) {
        if (!gcbench_turn(tree, tree_build(tree, depth))) {
            return false;
        }
    }
    return true;
}

static bool gcbench_body(struct job *job)
{
    uint64_t depth = job_count(job, "depth", (struct job_scale){4, 13, 16});
    uint64_t length = job_live_count(job, "array", (struct job_scale){40, 60000, 500000});
    uint64_t first = job->size == SIZE_TINY ? GCBENCH_MIN_DEPTH_TINY : GCBENCH_MIN_DEPTH;
    uint64_t stretch = job->size == SIZE_TINY ? depth : depth + 2;
    bool plain = options_number(job->options, "numbers") == GCBENCH_PLAIN;
    struct tree tree;
    if (!tree_open(&tree, job, TREE_SLOTS, plain) ||
        !gcbench_one(&tree, tree_build(&tree, stretch))) {
        return false;
    }
    struct object *long_lived = job_root(job, tree_populate(&tree, depth));
    if (long_lived == NULL) {
        return false;
    }
    const double *numbers = plain ? gcbench_plain_array(job, length) : NULL;
    const struct object *floats = plain ? NULL : gcbench_array(job, length);
    if ((numbers == NULL && floats == NULL) || !job_setup_done(job)) {
        return false;
    }
    for (uint64_t d = first; d <= depth; d += 2) {
        if (!gcbench_trees(&tree, d, stretch)) {
            return false;
        }
    }
    job_fold(job, tree_count(&tree, long_lived));
    double number =
        plain ? numbers[length / 4] : float_value(list_get(floats, (int64_t)(length / 4)));
    job_fold(job, (uint64_t)(number * 1e9));
    return true;
}

JOB_RUN(gcbench_run, gcbench_body)

static const struct option gcbench_options[] = {
    {"depth", OPTION_COUNT, NULL, 1, 22, NULL,
     "depth of the long-lived tree, the stretch tree has 2 more; by size 4 | 13 | 16"},
    {"array", OPTION_COUNT, NULL, 4, 100000000, NULL,
     "places of the array; by size 40 | 60k | 500k"},
    {"numbers", OPTION_CHOICE, "boxed", 0, 0, "boxed|plain",
     "of nodes and array: objects, as in Python; plain: none, as in C"},
};

const struct workload workload_gcbench = {
    .name = "gcbench",
    .summary = "Boehm's GCBench: short trees, a long-lived tree and a long-lived array",
    .stands_for = "Mixed lifetimes: short-lived structures beside a big live heap.\n"
                  "Ellis, Kovac and Boehm's GCBench; size=large has the original's counts:\n"
                  "stretch 18, long-lived 16, trees of 4 to 16, 500,000 floats.",
    .operation_unit = "tree",
    .options = gcbench_options,
    .option_count = COUNT_OF(gcbench_options),
    .run = gcbench_run,
};

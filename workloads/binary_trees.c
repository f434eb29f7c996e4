/* binary_trees: the Computer Language Benchmarks Game's: a stretch tree, a long-lived one, and many
 * short-lived ones of every second even depth. No cycles: counts free all, collections free
 * nothing. It is known to be too regular to fragment a heap. */
#include "workloads/tree.h"

enum { TREES_MIN_DEPTH = 4 };

/* Build, count and drop one tree. */
static bool trees_one(struct tree *tree, uint64_t depth)
{
    struct object *root = tree_build(tree, depth);
    if (root == NULL) {
        return false;
    }
    job_fold(tree->job, tree_count(tree, root));
    decref(tree->job->runtime, root);
    return true;
}

static bool trees_body(struct job *job)
{
    uint64_t depth = job_count(job, "depth", (struct job_scale){4, 14, 18});
    struct tree tree;
    if (!tree_open(&tree, job, (enum tree_node)options_number(job->options, "node"), false) ||
        !trees_one(&tree, depth + 1)) {
        return false;
    }
    struct object *long_lived = job_root(job, tree_build(&tree, depth));
    if (long_lived == NULL || !job_setup_done(job)) {
        return false;
    }
    for (uint64_t d = TREES_MIN_DEPTH; d <= depth; d += 2) {
        uint64_t iterations = UINT64_C(1) << (depth - d + TREES_MIN_DEPTH);
        for (uint64_t i = 0; i < iterations; i++) {
            if (!trees_one(&tree, d)) {
                return false;
            }
            job_operation(job);
        }
    }
    job_fold(job, tree_count(&tree, long_lived));
    return true;
}

JOB_RUN(trees_run, trees_body)

static const struct option trees_options[] = {
    {"depth", OPTION_COUNT, NULL, 1, 24, NULL, "depth of the long-lived tree; by size 4 | 14 | 18"},
    {"node", OPTION_CHOICE, "tuples", 0, 0, TREE_NODE_CHOICES, "what a node is"},
};

const struct workload workload_binary_trees = {
    .name = "binary_trees",
    .summary = "many short-lived perfect trees beside a long-lived one",
    .stands_for = "Recursive data built and dropped whole: parsers' results, search trees.\n"
                  "Benchmarks Game binary-trees, same tree counts; node=tuples is its Python\n"
                  "program. Peers at depth 16 and 18 (C, CPython, PHP, Lua): docs/workloads.md.",
    .operation_unit = "tree",
    .options = trees_options,
    .option_count = COUNT_OF(trees_options),
    .run = trees_run,
};

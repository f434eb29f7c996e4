/* boehm PROGRAM DEPTH: binary trees and GCBench on Boehm's conservative collector, which finds
 * garbage by itself: dropping does nothing. A peer of ours; see worker.h. */
#include <gc/gc.h>

#include "bench/peers/trees.h"
#include "bench/peers/worker.h"

struct node {
    struct node *child[2];
};

struct big {
    struct node node;
    int i, j;
};

static void *make(void *self, void *left, void *right)
{
    const struct trees *trees = self;
    struct node *node = GC_MALLOC(trees->gcbench ? sizeof(struct big) : sizeof(struct node));
    CHECK(node != NULL);
    node->child[0] = left;
    node->child[1] = right;
    return node;
}

TREES_CHILDREN
TREES_RECURSION(boehm, make, child_of, link_to)

static void drop(void *self, void *root)
{
    (void)self;
    (void)root;
}

static void *array(void *self, size_t count)
{
    (void)self;
    double *array = GC_MALLOC_ATOMIC(count * sizeof *array);
    CHECK(array != NULL);
    for (size_t i = 0; i < count; i++) {
        array[i] = i < count / 2 ? 1.0 / (double)(i + 1) : 0;
    }
    return array;
}

int main(int argc, char **argv)
{
    struct trees trees = {{&trees, make, child_of, link_to, drop, array, drop},
                          boehm_build,
                          boehm_populate,
                          boehm_count,
                          false,
                          0};
    GC_INIT();
    if (argc != 3 || !trees_parse(&trees, argv[1], argv[2])) {
        puts("skip usage: boehm binary_trees|gcbench DEPTH");
        return 2;
    }
    return worker_serve(
        &(struct worker){.state = &trees, .run = trees_run, .items = 1, .batch = 1});
}

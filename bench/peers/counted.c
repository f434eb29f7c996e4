/* counted PROGRAM DEPTH: binary trees and GCBench in reference-counted C written by hand, over
 * mimalloc: a count, a type, the children; no collector. A peer of ours; see worker.h. */
#include <mimalloc.h>

#include "bench/peers/trees.h"
#include "bench/peers/worker.h"

struct node {
    int64_t count;
    const void *type;
    struct node *child[2];
};

struct big {
    struct node node;
    int i, j;
};

static void *make(void *self, void *left, void *right)
{
    const struct trees *trees = self;
    struct node *node = mi_malloc(trees->gcbench ? sizeof(struct big) : sizeof(struct node));
    CHECK(node != NULL);
    *node = (struct node){1, trees, {left, right}};
    return node;
}

TREES_CHILDREN
TREES_RECURSION(counted, make, child_of, link_to)

static void release(struct node *node)
{
    if (node != NULL && --node->count == 0) {
        release(node->child[0]);
        release(node->child[1]);
        mi_free(node);
    }
}

static void drop(void *self, void *root)
{
    (void)self;
    release(root);
}

static void *array(void *self, size_t count)
{
    (void)self;
    double *array = mi_malloc(count * sizeof *array);
    CHECK(array != NULL);
    for (size_t i = 0; i < count; i++) {
        array[i] = i < count / 2 ? 1.0 / (double)(i + 1) : 0;
    }
    return array;
}

static void array_drop(void *self, void *array)
{
    (void)self;
    mi_free(array);
}

int main(int argc, char **argv)
{
    struct trees trees = {{&trees, make, child_of, link_to, drop, array, array_drop},
                          counted_build,
                          counted_populate,
                          counted_count,
                          false,
                          0};
    if (argc != 3 || !trees_parse(&trees, argv[1], argv[2])) {
        puts("skip usage: counted binary_trees|gcbench DEPTH");
        return 2;
    }
    return worker_serve(
        &(struct worker){.state = &trees, .run = trees_run, .items = 1, .batch = 1});
}

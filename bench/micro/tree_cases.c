/* Binary trees made by C, as the core's whole life of objects: birth, link, death by counts. */
#include "bench/micro/object_cases.h"

static struct object *tree_of_nodes(struct objects *self, int depth)
{
    struct object *node = instance_new(self->runtime, self->pair);
    CHECK(node != NULL);
    for (uint32_t side = 0; side < 2 && depth > 0; side++) {
        struct object *child = tree_of_nodes(self, depth - 1);
        instance_slot_set(self->runtime, node, side, child);
        decref(self->runtime, child);
    }
    return node;
}

static struct object *tree_of_tuples(struct objects *self, int depth)
{
    struct object *node = tuple_new(self->runtime, 2);
    CHECK(node != NULL);
    for (int64_t side = 0; side < 2; side++) {
        tuple_init_take(node, side,
                        depth > 0 ? tree_of_tuples(self, depth - 1) : newref(self->other));
    }
    return node;
}

void trees_of_nodes(struct objects *self, uint64_t n)
{
    REPEAT(n)
    {
        drop(self, tree_of_nodes(self, TREE_DEPTH));
    }
}

void trees_of_tuples(struct objects *self, uint64_t n)
{
    REPEAT(n)
    {
        drop(self, tree_of_tuples(self, TREE_DEPTH));
    }
}

/* Binary trees, bottom-up and top-down; see tree.h. */
#include "workloads/tree.h"

enum { TREE_LEFT, TREE_RIGHT, TREE_I, TREE_J, TREE_FIELDS };

bool tree_open(struct tree *self, struct job *job, enum tree_node node)
{
    *self = (struct tree){.job = job, .node = node};
    if (node == TREE_SLOTS) {
        self->class = job_class(job, &(struct class_spec){.name = "Node", .slots = TREE_FIELDS});
    }
    return node != TREE_SLOTS || self->class != NULL;
}

/* An instance with its numbers and without children. */
static struct object *tree_instance(struct tree *self)
{
    struct runtime *runtime = self->job->runtime;
    struct object *node = instance_new(runtime, self->class);
    if (node != NULL) {
        instance_slot_set(runtime, node, TREE_I, small_int_of(runtime, 0));
        instance_slot_set(runtime, node, TREE_J, small_int_of(runtime, 0));
    }
    return node;
}

/* A parent of two new children, taken over also when there is no memory for it. */
static struct object *tree_parent(struct tree *self, struct object *left, struct object *right)
{
    struct runtime *runtime = self->job->runtime;
    struct object *node = self->node == TREE_TUPLES  ? tuple_new(runtime, 2)
                          : self->node == TREE_LISTS ? list_new(runtime, 2)
                                                     : tree_instance(self);
    if (node == NULL) {
        decref(runtime, left);
        decref(runtime, right);
        return NULL;
    }
    switch (self->node) {
    case TREE_TUPLES:
        tuple_init_take(node, 0, left);
        tuple_init_take(node, 1, right);
        break;
    case TREE_LISTS:
        list_init_take(node, 0, left);
        list_init_take(node, 1, right);
        break;
    case TREE_SLOTS:
        slot_give(runtime, node, TREE_LEFT, left);
        slot_give(runtime, node, TREE_RIGHT, right);
        break;
    }
    return node;
}

struct object *tree_build(struct tree *self, uint64_t depth)
{
    struct runtime *runtime = self->job->runtime;
    if (depth == 0) {
        struct object *none = none_of(runtime);
        return tree_parent(self, newref(none), newref(none));
    }
    struct object *left = tree_build(self, depth - 1);
    if (left == NULL) {
        return NULL;
    }
    struct object *right = tree_build(self, depth - 1);
    if (right == NULL) {
        decref(runtime, left);
        return NULL;
    }
    return tree_parent(self, left, right);
}

static bool tree_populate_below(struct tree *self, struct object *node, uint64_t depth)
{
    struct runtime *runtime = self->job->runtime;
    if (depth == 0) {
        return true;
    }
    return slot_give(runtime, node, TREE_LEFT, tree_instance(self)) &&
           slot_give(runtime, node, TREE_RIGHT, tree_instance(self)) &&
           tree_populate_below(self, instance_slot(node, TREE_LEFT), depth - 1) &&
           tree_populate_below(self, instance_slot(node, TREE_RIGHT), depth - 1);
}

struct object *tree_populate(struct tree *self, uint64_t depth)
{
    CHECK(self->node == TREE_SLOTS);
    struct object *node = tree_instance(self);
    if (node != NULL && !tree_populate_below(self, node, depth)) {
        clear_place(self->job->runtime, &node);
    }
    return node;
}

static const struct object *tree_child(const struct tree *self, const struct object *node, int side)
{
    switch (self->node) {
    case TREE_TUPLES:
        return tuple_get(node, side);
    case TREE_LISTS:
        return list_get(node, side);
    case TREE_SLOTS:
        break;
    }
    return instance_slot(node, (uint32_t)side);
}

uint64_t tree_count(const struct tree *self, const struct object *node)
{
    const struct object *left = tree_child(self, node, 0);
    if (left == NULL || left == none_of(self->job->runtime)) {
        return 1;
    }
    return 1 + tree_count(self, left) + tree_count(self, tree_child(self, node, 1));
}

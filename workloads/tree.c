/* Binary trees, bottom-up and top-down; see tree.h. */
#include "workloads/tree.h"

enum { TREE_LEFT, TREE_RIGHT, TREE_I, TREE_J, TREE_FIELDS };

bool tree_open(struct tree *self, struct job *job, enum tree_node node, bool plain)
{
    struct class_spec spec = {.name = "Node",
                              .slots = plain ? TREE_I : TREE_FIELDS,
                              .payload_bytes = plain ? 2 * sizeof(int) : 0};
    *self = (struct tree){.job = job, .node = node, .plain = plain};
    if (node == TREE_SLOTS) {
        self->class = job_class(job, &spec);
    }
    return node != TREE_SLOTS || self->class != NULL;
}

/* An instance with its numbers and without children. */
static inline struct object *tree_instance(struct tree *self, struct runtime *runtime)
{
    struct object *node = instance_new(runtime, self->class);
    if (node != NULL && !self->plain) {
        instance_slot_init_take(node, TREE_I, newref(small_int_of(runtime, 0)));
        instance_slot_init_take(node, TREE_J, newref(small_int_of(runtime, 0)));
    }
    return node;
}

/* Parents of two new children, taken over also when there is no memory for the parent. */
static inline struct object *parent_tuple(struct tree *self, struct runtime *runtime,
                                          struct object *left, struct object *right)
{
    (void)self;
    return tuple_pair_take(runtime, left, right);
}

static inline struct object *parent_list(struct tree *self, struct runtime *runtime,
                                         struct object *left, struct object *right)
{
    (void)self;
    struct object *node = list_new(runtime, 2);
    if (node == NULL) {
        decref(runtime, left);
        decref(runtime, right);
        return NULL;
    }
    list_init_take(node, 0, left);
    list_init_take(node, 1, right);
    return node;
}

static inline struct object *parent_instance(struct tree *self, struct runtime *runtime,
                                             struct object *left, struct object *right)
{
    struct object *node = tree_instance(self, runtime);
    if (node == NULL) {
        decref(runtime, left);
        decref(runtime, right);
        return NULL;
    }
    instance_slot_init_take(node, TREE_LEFT, left);
    instance_slot_init_take(node, TREE_RIGHT, right);
    return node;
}

static inline const struct object *child_of_instance(const struct object *node, int64_t side)
{
    return instance_slot(node, (uint32_t)side);
}

/* Building and counting, written once and compiled for each kind of node: a program has one. */
#define TREE_RECURSION(kind, parent, child)                                                        \
    static struct object *build_##kind(struct tree *self, struct runtime *runtime, uint64_t depth) \
    {                                                                                              \
        if (depth == 0) {                                                                          \
            struct object *none = none_of(runtime);                                                \
            return parent(self, runtime, newref(none), newref(none));                              \
        }                                                                                          \
        struct object *left = build_##kind(self, runtime, depth - 1);                              \
        struct object *right = left != NULL ? build_##kind(self, runtime, depth - 1) : NULL;       \
        if (right == NULL) {                                                                       \
            xdecref(runtime, left);                                                                \
            return NULL;                                                                           \
        }                                                                                          \
        return parent(self, runtime, left, right);                                                 \
    }                                                                                              \
    static uint64_t count_##kind(const struct object *none, const struct object *node)             \
    {                                                                                              \
        const struct object *left = child(node, 0);                                                \
        return left == NULL || left == none                                                        \
                   ? 1                                                                             \
                   : 1 + count_##kind(none, left) + count_##kind(none, child(node, 1));            \
    }

TREE_RECURSION(tuples, parent_tuple, tuple_get)
TREE_RECURSION(lists, parent_list, list_get)
TREE_RECURSION(slots, parent_instance, child_of_instance)

struct object *tree_build(struct tree *self, uint64_t depth)
{
    struct runtime *runtime = self->job->runtime;
    switch (self->node) {
    case TREE_TUPLES:
        return build_tuples(self, runtime, depth);
    case TREE_LISTS:
        return build_lists(self, runtime, depth);
    case TREE_SLOTS:
        break;
    }
    return build_slots(self, runtime, depth);
}

static bool tree_populate_below(struct tree *self, struct runtime *runtime, struct object *node,
                                uint64_t depth)
{
    for (uint32_t side = TREE_LEFT; depth > 0 && side <= TREE_RIGHT; side++) {
        struct object *child = tree_instance(self, runtime);
        if (child == NULL) {
            return false;
        }
        instance_slot_init_take(node, side, child);
    }
    return depth == 0 ||
           (tree_populate_below(self, runtime, instance_slot(node, TREE_LEFT), depth - 1) &&
            tree_populate_below(self, runtime, instance_slot(node, TREE_RIGHT), depth - 1));
}

struct object *tree_populate(struct tree *self, uint64_t depth)
{
    struct runtime *runtime = self->job->runtime;
    CHECK(self->node == TREE_SLOTS);
    struct object *node = tree_instance(self, runtime);
    if (node != NULL && !tree_populate_below(self, runtime, node, depth)) {
        clear_place(runtime, &node);
    }
    return node;
}

uint64_t tree_count(const struct tree *self, const struct object *node)
{
    const struct object *none = none_of(self->job->runtime);
    switch (self->node) {
    case TREE_TUPLES:
        return count_tuples(none, node);
    case TREE_LISTS:
        return count_lists(none, node);
    case TREE_SLOTS:
        break;
    }
    return count_slots(none, node);
}

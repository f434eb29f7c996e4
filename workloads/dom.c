/* dom: a tree of elements that know their parents; every operation replaces subtrees. A replaced
 * subtree is cyclic garbage through its parent links, unless (share 1 - cyclic) the program unlinks
 * it first, as minidom's unlink() does. */
#include "workloads/common.h"

enum { NODE_PARENT, NODE_CHILDREN, NODE_TAG, NODE_TEXT, NODE_SLOTS };
enum { DOM_TAGS = 6 };

static const char *const dom_tags[DOM_TAGS] = {"div", "p", "span", "li", "a", "td"};

struct dom {
    struct job *job;
    struct runtime *runtime;
    struct class *class;
    uint64_t fan_out;
    double text_share;
    double cyclic;
};

/* An element below `parent` (NULL: none), at the end of its children; borrowed, NULL: no memory. */
static struct object *dom_element(struct dom *self, struct object *parent, struct object *children)
{
    struct runtime *runtime = self->runtime;
    struct object *node = instance_new(runtime, self->class);
    if (!list_give(runtime, children, node) ||
        !slot_give(runtime, node, NODE_CHILDREN, list_new(runtime, 0))) {
        return NULL;
    }
    instance_slot_set(runtime, node, NODE_PARENT, parent);
    instance_slot_set(runtime, node, NODE_TAG, job_name(self->job, job_below(self->job, DOM_TAGS)));
    return node;
}

static bool dom_text(struct dom *self, struct object *parent)
{
    struct runtime *runtime = self->runtime;
    struct object *node = instance_new(runtime, self->class);
    if (!list_give(runtime, instance_slot(parent, NODE_CHILDREN), node)) {
        return false;
    }
    instance_slot_set(runtime, node, NODE_PARENT, parent);
    uint64_t id = rng_next(self->job->rng) >> 48;
    return slot_give(runtime, node, NODE_TEXT, job_text(self->job, id, 1 + (int64_t)(id % 80)));
}

/* Fill `node` with `count` nodes below it, spread evenly over `fan_out` children. */
static bool dom_fill(struct dom *self, struct object *node, uint64_t count)
{
    uint64_t children = count < self->fan_out ? count : self->fan_out;
    for (uint64_t i = 0; i < children; i++) {
        uint64_t share = count / children + (i < count % children);
        if (share == 1 && job_chance(self->job, self->text_share)) {
            if (!dom_text(self, node)) {
                return false;
            }
            continue;
        }
        struct object *child = dom_element(self, node, instance_slot(node, NODE_CHILDREN));
        if (child == NULL || !dom_fill(self, child, share - 1)) {
            return false;
        }
    }
    return true;
}

/* Nodes of a subtree; folds texts and tags. */
static uint64_t dom_walk(struct dom *self, struct object *node)
{
    struct object *text = instance_slot(node, NODE_TEXT);
    struct object *children = instance_slot(node, NODE_CHILDREN);
    if (text != NULL) {
        job_fold(self->job, (uint64_t)str_length(text));
        return 1;
    }
    job_fold(self->job, (uint64_t)str_length(instance_slot(node, NODE_TAG)));
    uint64_t count = 1;
    for (int64_t i = 0; i < list_length(children); i++) {
        count += dom_walk(self, list_get(children, i));
    }
    return count;
}

static void dom_unlink(struct dom *self, struct object *node)
{
    struct object *children = instance_slot(node, NODE_CHILDREN);
    instance_slot_set(self->runtime, node, NODE_PARENT, NULL);
    for (int64_t i = 0; children != NULL && i < list_length(children); i++) {
        dom_unlink(self, list_get(children, i));
    }
}

/* Replace a random subtree of about root's size / fan_out^levels by a new one as big. */
static bool dom_replace(struct dom *self, struct object *root, uint64_t levels)
{
    struct job *job = self->job;
    struct object *parent = root;
    for (uint64_t level = 1; level < levels; level++) {
        struct object *children = instance_slot(parent, NODE_CHILDREN);
        struct object *child =
            list_get(children, (int64_t)job_below(job, (uint64_t)list_length(children)));
        if (instance_slot(child, NODE_TEXT) != NULL ||
            list_length(instance_slot(child, NODE_CHILDREN)) == 0) {
            break;
        }
        parent = child;
    }
    struct object *children = instance_slot(parent, NODE_CHILDREN);
    int64_t at = (int64_t)job_below(job, (uint64_t)list_length(children));
    struct object *old = list_get(children, at);
    uint64_t size = dom_walk(self, old);
    size_t mark = job_mark(job);
    struct object *holder = job_hold(job, list_new(self->runtime, 0));
    struct object *fresh = holder == NULL ? NULL : dom_element(self, parent, holder);
    if (fresh == NULL || !dom_fill(self, fresh, size - 1)) {
        return false;
    }
    if (!job_chance(job, self->cyclic)) {
        dom_unlink(self, old);
    }
    list_set(self->runtime, children, at, fresh);
    job_release(job, mark);
    return true;
}

static struct object *dom_build(struct dom *self, uint64_t nodes)
{
    struct job *job = self->job;
    self->class = job_class(
        job, &(struct class_spec){.name = "Element", .slots = NODE_SLOTS, .has_weakrefs = true});
    if (self->class == NULL || !job_names(job, dom_tags, DOM_TAGS)) {
        return NULL;
    }
    struct object *document = job_root(job, list_new(self->runtime, 0));
    struct object *root = document == NULL ? NULL : dom_element(self, NULL, document);
    return root != NULL && dom_fill(self, root, nodes - 1) ? root : NULL;
}

static bool dom_body(struct job *job)
{
    uint64_t nodes = job_live_count(job, "nodes", (struct job_scale){60, 20000, 500000});
    uint64_t turns = job_count(job, "turns", (struct job_scale){4, 300, 200});
    struct dom self = {
        .job = job,
        .runtime = job->runtime,
        .fan_out = options_number(job->options, "fan_out"),
        .text_share = options_real(job->options, "text"),
        .cyclic = job_cyclic(job, 1),
    };
    struct object *root = dom_build(&self, nodes + 1);
    if (root == NULL || !job_setup_done(job)) {
        return false;
    }
    double replaced = options_real(job->options, "replaced") * (double)nodes;
    for (uint64_t i = 0; i < turns; i++) {
        /* Subtrees two levels down until the share of the turn is used up. */
        double part = (double)nodes / (double)(self.fan_out * self.fan_out);
        for (double done = 0; done < replaced; done += part < 1 ? 1 : part) {
            if (!dom_replace(&self, root, 2)) {
                return false;
            }
        }
        job_operation(job);
    }
    job_fold(job, dom_walk(&self, root));
    return true;
}

JOB_RUN(dom_run, dom_body)

static const struct option dom_options[] = {
    {"nodes", OPTION_COUNT, NULL, 1, 100000000, NULL, "nodes alive; by size 60 | 20k | 500k"},
    {"turns", OPTION_COUNT, NULL, 1, 10000000, NULL, "operations; by size 4 | 300 | 200"},
    {"replaced", OPTION_REAL, "0.05", 0, 1, NULL, "share of the nodes that a turn replaces"},
    {"fan_out", OPTION_COUNT, "8", 2, 1000, NULL, "children of an element"},
    {"text", OPTION_REAL, "0.2", 0, 1, NULL, "share of the leaves that are texts"},
};

const struct workload workload_dom = {
    .name = "dom",
    .summary = "a tree with parent links whose subtrees are replaced",
    .stands_for =
        "HTML and document trees: html5lib, minidom, docutils and Sphinx (1.7 million old\n"
        "objects in CPython's own documentation build), scene graphs, GUIs.\n"
        "Fan-out 8, a fifth of the leaves texts, 5 % of the nodes replaced per turn.",
    .operation_unit = "turn",
    .options = dom_options,
    .option_count = COUNT_OF(dom_options),
    .run = dom_run,
};

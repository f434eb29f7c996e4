/* cycles: rings of objects with a payload, dropped first in, first out. Only a collector frees the
 * cyclic share; the rest is the same chain left open, so that counts free it. */
#include "workloads/common.h"

enum { NODE_NEXT, NODE_PAYLOAD, NODE_SLOTS };

struct cycles {
    struct job *job;
    struct class *class;
    struct object *window; /* list of first nodes */
    uint64_t ring, payload;
    double cyclic;
};

/* A new node before `next` (taken over, NULL for none). */
static struct object *cycles_node(struct cycles *self, struct object *next)
{
    struct runtime *runtime = self->job->runtime;
    struct object *node = instance_new(runtime, self->class);
    if (node != NULL && next != NULL) {
        instance_slot_set(runtime, node, NODE_NEXT, next);
    }
    xdecref(runtime, next);
    return node;
}

/* The first node of a ring (or of an open chain), new. The payload hangs on the first node. */
static struct object *cycles_ring(struct cycles *self)
{
    struct job *job = self->job;
    struct runtime *runtime = job->runtime;
    struct object *last = cycles_node(self, NULL);
    if (last == NULL) {
        return NULL;
    }
    struct object *first = newref(last);
    for (uint64_t i = 1; i < self->ring && first != NULL; i++) {
        first = cycles_node(self, first);
    }
    bool closed = job_chance(job, self->cyclic);
    if (first != NULL && self->payload > 0 &&
        !slot_give(runtime, first, NODE_PAYLOAD,
                   bytes_new(runtime, NULL, (int64_t)self->payload))) {
        clear_place(runtime, &first);
    }
    if (first != NULL && closed) {
        instance_slot_set(runtime, last, NODE_NEXT, first);
    }
    decref(runtime, last);
    return first;
}

static uint64_t cycles_walk(const struct object *first)
{
    uint64_t nodes = 0;
    const struct object *node = first;
    do {
        nodes++;
        node = instance_slot(node, NODE_NEXT);
    } while (node != NULL && node != first);
    return nodes + (node == NULL ? 0 : UINT64_C(1) << 32);
}

/* A new ring takes the place of the oldest. */
static bool cycles_turn(struct cycles *self, uint64_t at)
{
    struct job *job = self->job;
    struct object *ring = cycles_ring(self);
    if (ring == NULL) {
        return false;
    }
    job_fold(job, cycles_walk(list_get(self->window, (int64_t)at)));
    list_set(job->runtime, self->window, (int64_t)at, ring);
    decref(job->runtime, ring);
    job_operation(job);
    return true;
}

static bool cycles_body(struct job *job)
{
    uint64_t window = job_live_count(job, "window", (struct job_scale){10, 1000, 50000});
    uint64_t rings = job_count(job, "rings", (struct job_scale){100, 200000, 2000000});
    struct cycles self = {
        .job = job,
        .ring = options_number(job->options, "ring"),
        .payload = options_number(job->options, "payload"),
        .cyclic = job_cyclic(job, 1),
    };
    self.class = job_class(job, &(struct class_spec){.name = "Node", .slots = NODE_SLOTS});
    if (self.class == NULL) {
        return false;
    }
    self.window = job_root(job, list_new(job->runtime, 0));
    if (self.window == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < window; i++) {
        if (!list_give(job->runtime, self.window, cycles_ring(&self))) {
            return false;
        }
    }
    if (!job_setup_done(job)) {
        return false;
    }
    for (uint64_t i = 0; i < rings; i++) {
        if (!cycles_turn(&self, i % window)) {
            return false;
        }
    }
    return true;
}

JOB_RUN(cycles_run, cycles_body)

static const struct option cycles_options[] = {
    {"ring", OPTION_COUNT, "4", 1, 10000000, NULL, "objects of a ring"},
    {"payload", OPTION_SIZE, "100", 0, 1 << 30, NULL, "bytes that each ring owns"},
    {"window", OPTION_COUNT, NULL, 1, 100000000, NULL, "rings alive; by size 10 | 1k | 50k"},
    {"rings", OPTION_COUNT, NULL, 1, 1000000000, NULL,
     "rings built and dropped; by size 100 | 200k | 2m"},
};

const struct workload workload_cycles = {
    .name = "cycles",
    .summary = "rings of objects with a payload, dropped in order: the collector alone",
    .stands_for =
        "Programs whose objects know each other: parents and children, callbacks, tasks.\n"
        "Ring size, payload and window are the grid of cyclotron (Python core, 2026);\n"
        "ring=1,payload=10k,window=1k is its queue of self-cycles.",
    .operation_unit = "ring",
    .options = cycles_options,
    .option_count = COUNT_OF(cycles_options),
    .run = cycles_run,
};

/* deep_chain: linked chains, one object after the other; dropping the head frees a million objects
 * through the trashcan (or through the collector, if the end is tied to the head). */
#include "workloads/common.h"

enum chain_kind { CHAIN_TUPLES, CHAIN_LISTS, CHAIN_SLOTS, CHAIN_DICTS };

struct chain {
    struct job *job;
    struct runtime *runtime;
    enum chain_kind kind;
    struct class *class;
};

/* An empty link that refers to `next`, taken over (also when there is no memory). */
static struct object *chain_link(struct chain *self, struct object *next)
{
    struct runtime *runtime = self->runtime;
    struct object *link = NULL;
    bool ok = true;
    switch (self->kind) {
    case CHAIN_TUPLES:
        link = tuple_pack(runtime, &next, 1);
        break;
    case CHAIN_LISTS:
        link = list_new(runtime, 0);
        ok = link != NULL && list_append(runtime, link, next);
        break;
    case CHAIN_SLOTS:
        link = instance_new(runtime, self->class);
        ok = link != NULL;
        if (ok) {
            instance_slot_set(runtime, link, 0, next);
        }
        break;
    case CHAIN_DICTS:
        link = dict_new(runtime);
        ok = link != NULL && dict_put(runtime, link, job_name(self->job, 0), next);
        break;
    }
    decref(runtime, next);
    if (!ok) {
        xdecref(runtime, link);
        return NULL;
    }
    return link;
}

/* What a link refers to; the last one refers to None, or in a cycle to the head. */
static struct object *chain_next(const struct chain *self, struct object *link)
{
    switch (self->kind) {
    case CHAIN_TUPLES:
        return tuple_get(link, 0);
    case CHAIN_LISTS:
        return list_get(link, 0);
    case CHAIN_SLOTS:
        return instance_slot(link, 0);
    case CHAIN_DICTS:
        break;
    }
    return dict_get(link, job_name(self->job, 0));
}

/* The chain ends in a list, which can be tied to the head whatever the links are. */
static bool chain_turn(struct chain *self, uint64_t length, double cyclic)
{
    struct job *job = self->job;
    size_t mark = job_mark(job);
    struct object *end = job_hold(job, list_new(self->runtime, 0));
    if (end == NULL) {
        return false;
    }
    struct object *head = newref(end);
    for (uint64_t i = 0; i < length; i++) {
        head = chain_link(self, head);
        if (head == NULL) {
            return false;
        }
    }
    uint64_t links = 0;
    for (struct object *link = head; link != end; link = chain_next(self, link)) {
        links++;
    }
    job_fold(job, links);
    bool ok = !job_chance(job, cyclic) || list_append(self->runtime, end, head);
    job_release(job, mark);
    decref(self->runtime, head);
    job_operation(job);
    return ok;
}

static bool chain_body(struct job *job)
{
    static const char *const names[] = {"next"};
    uint64_t length = job_live_count(job, "length", (struct job_scale){150, 100000, 1000000});
    uint64_t chains = job_count(job, "chains", (struct job_scale){2, 8, 10});
    struct chain self = {job, job->runtime, (enum chain_kind)options_number(job->options, "node"),
                         NULL};
    self.class = job_class(job, &(struct class_spec){.name = "Link", .slots = 1});
    if (self.class == NULL || !job_names(job, names, COUNT_OF(names)) || !job_setup_done(job)) {
        return false;
    }
    for (uint64_t i = 0; i < chains; i++) {
        job_fold(job, rng_next(job->rng));
        if (!chain_turn(&self, length, job_cyclic(job, 0))) {
            return false;
        }
    }
    return true;
}

JOB_RUN(chain_run, chain_body)

static const struct option chain_options[] = {
    {"length", OPTION_COUNT, NULL, 1, 100000000, NULL, "links; by size 150 | 100k | 1m"},
    {"chains", OPTION_COUNT, NULL, 1, 1000000, NULL,
     "chains built and dropped; by size 2 | 8 | 10"},
    {"node", OPTION_CHOICE, "tuples", 0, 0, "tuples|lists|slots|dicts", "what a link is"},
};

const struct workload workload_deep_chain = {
    .name = "deep_chain",
    .summary = "one decrement frees a chain of a million objects",
    .stands_for =
        "Linked lists, parser trees that lean one way, chained exceptions and generators.\n"
        "Without a trashcan the C stack overflows at some 10^4 links; the time of one\n"
        "operation is the pause that a single dropped reference causes.",
    .operation_unit = "chain",
    .options = chain_options,
    .option_count = COUNT_OF(chain_options),
    .run = chain_run,
};

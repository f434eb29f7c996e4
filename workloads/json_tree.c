/* json_tree: documents parsed, walked and dropped, one after the other. Trees without any cycle:
 * a collector can free nothing here and is pure cost. Keys are shared within a document, as a
 * parser memoizes them; dicts of plain values are untracked, as in 3.11. */
#include "workloads/common.h"

enum { JSON_KEYS = 12 };

struct json {
    struct job *job;
    struct runtime *runtime;
    struct object *keys; /* tuple: the memo of this document */
    uint64_t width;      /* members of a container, at most */
    double leaves;
};

static struct object *json_value(struct json *self, uint64_t depth);

static struct object *json_leaf(struct json *self)
{
    struct job *job = self->job;
    uint64_t kind = job_below(job, 10);
    uint64_t number = rng_next(job->rng);
    if (kind < 3) {
        return int_new(self->runtime, (int64_t)(number >> 44));
    }
    if (kind < 8) {
        return job_text(job, number >> 40, 4 + (int64_t)(number % 24));
    }
    if (kind < 9) {
        return float_new(self->runtime, (double)(number >> 44) / 16);
    }
    return newref((number & 1) != 0 ? none_of(self->runtime) : bool_of(self->runtime, true));
}

static struct object *json_container(struct json *self, uint64_t depth, bool is_dict)
{
    struct job *job = self->job;
    struct runtime *runtime = self->runtime;
    size_t mark = job_mark(job);
    struct object *all = job_hold(job, is_dict ? dict_new(runtime) : list_new(runtime, 0));
    if (all == NULL) {
        return NULL;
    }
    uint64_t count = 1 + job_below(job, self->width);
    uint64_t first = job_below(job, JSON_KEYS);
    for (uint64_t i = 0; i < count; i++) {
        struct object *value = json_value(self, depth - 1);
        struct object *key = tuple_get(self->keys, (int64_t)((first + i) % JSON_KEYS));
        bool ok = is_dict ? dict_give(runtime, all, key, value) : list_give(runtime, all, value);
        if (!ok) {
            return NULL;
        }
    }
    CHECK(job_mark(job) == mark + 1);
    return job_unhold(job);
}

static struct object *json_value(struct json *self, uint64_t depth)
{
    if (depth == 0 || job_chance(self->job, self->leaves)) {
        return json_leaf(self);
    }
    return json_container(self, depth, job_below(self->job, 2) == 0);
}

/* Fold every leaf. */
static void json_walk(struct json *self, struct object *value)
{
    struct job *job = self->job;
    if (dict_is(value)) {
        struct object *key, *member;
        for (int64_t at = 0; dict_next(value, &at, &key, &member);) {
            json_walk(self, member);
        }
        job_fold(job, (uint64_t)dict_length(value));
    } else if (list_is(value)) {
        for (int64_t i = 0; i < list_length(value); i++) {
            json_walk(self, list_get(value, i));
        }
        job_fold(job, (uint64_t)list_length(value));
    } else if (str_is(value)) {
        job_fold(job, (uint64_t)str_length(value));
    } else if (int_is(value)) {
        job_fold(job, (uint64_t)int_value(value));
    } else if (float_is(value)) {
        job_fold(job, (uint64_t)(float_value(value) * 16));
    }
}

/* Parse: a list of records. New. */
static struct object *json_parse(struct json *self, uint64_t records, uint64_t depth)
{
    struct job *job = self->job;
    struct runtime *runtime = self->runtime;
    size_t mark = job_mark(job);
    self->keys = job_hold(job, tuple_new(runtime, JSON_KEYS));
    for (int64_t i = 0; i < JSON_KEYS && self->keys != NULL; i++) {
        struct object *key = job_text(job, (uint64_t)i, 3 + i);
        if (key == NULL) {
            return NULL;
        }
        tuple_init_take(self->keys, i, key);
    }
    struct object *document = self->keys == NULL ? NULL : job_hold(job, list_new(runtime, 0));
    if (document == NULL) {
        return NULL;
    }
    for (uint64_t i = 0; i < records; i++) {
        if (!list_give(runtime, document, json_container(self, depth - 1, i % 4 != 0))) {
            return NULL;
        }
    }
    struct object *result = newref(document);
    job_release(job, mark);
    return result;
}

/* Parse, walk, and put the document where the oldest one is dropped. */
static bool json_turn(struct json *self, struct object *kept, uint64_t records, uint64_t depth)
{
    struct object *document = json_parse(self, records, depth);
    if (document == NULL) {
        return false;
    }
    json_walk(self, document);
    list_set(self->runtime, kept,
             (int64_t)(self->job->outcome->operations % (uint64_t)list_length(kept)), document);
    decref(self->runtime, document);
    job_operation(self->job);
    return true;
}

static bool json_body(struct job *job)
{
    uint64_t documents = job_count(job, "documents", (struct job_scale){3, 200, 300});
    uint64_t records = job_count(job, "records", (struct job_scale){5, 500, 10000});
    uint64_t kept = job_live_count(job, "kept", (struct job_scale){1, 4, 4});
    struct json self = {.job = job,
                        .runtime = job->runtime,
                        .width = options_number(job->options, "width"),
                        .leaves = options_real(job->options, "leaves")};
    struct object *window = job_window(job, kept);
    if (window == NULL || !job_setup_done(job)) {
        return false;
    }
    for (uint64_t i = 0; i < documents; i++) {
        if (!json_turn(&self, window, records, options_number(job->options, "depth"))) {
            return false;
        }
    }
    return true;
}

JOB_RUN(json_run, json_body)

static const struct option json_options[] = {
    {"documents", OPTION_COUNT, NULL, 1, 10000000, NULL, "documents; by size 3 | 200 | 300"},
    {"records", OPTION_COUNT, NULL, 1, 100000000, NULL,
     "records of a document; by size 5 | 500 | 10k"},
    {"kept", OPTION_COUNT, NULL, 1, 1000000, NULL, "documents alive at once; by size 1 | 4 | 4"},
    {"depth", OPTION_COUNT, "5", 2, 32, NULL, "deepest nesting"},
    {"width", OPTION_COUNT, "3", 1, 64, NULL, "members of a container, at most"},
    {"leaves", OPTION_REAL, "0.6", 0, 1, NULL, "share of values that are plain"},
};

const struct workload workload_json_tree = {
    .name = "json_tree",
    .summary = "documents of dicts and lists: parse, walk, drop; no cycles at all",
    .stands_for = "A json.loads loop: log processing, message queues, REST clients.\n"
                  "Depth 3 to 6 and 60 % plain values; calibrated against a heap of JSON on\n"
                  "CPython 3.11: 2.6 references per tracked object, 40 % of them to tracked ones.",
    .operation_unit = "document",
    .options = json_options,
    .option_count = COUNT_OF(json_options),
    .run = json_run,
};

/* points: a data set of small records, held as slot instances, tuples, dicts or instances with a
 * dict: what each shape costs in memory and in a collection. Nothing is cyclic. */
#include "collector/gc.h"
#include "workloads/common.h"

enum point_kind { POINT_SLOTS, POINT_TUPLES, POINT_DICTS, POINT_INSTANCES };
enum point_reader { READER_SELF, READER_FORKED };
enum { POINT_FIELDS = 3, POINT_BATCH = 1000 };

static const char *const point_names[POINT_FIELDS] = {"x", "y", "z"};

struct points {
    struct job *job;
    struct runtime *runtime;
    enum point_kind kind;
    struct class *class;
    struct object *all; /* list */
    uint64_t update_one_in;
};

static struct object *point_empty(struct points *self)
{
    switch (self->kind) {
    case POINT_TUPLES:
        return tuple_new(self->runtime, POINT_FIELDS);
    case POINT_DICTS:
        return dict_new(self->runtime);
    case POINT_SLOTS:
    case POINT_INSTANCES:
        break;
    }
    return instance_new(self->runtime, self->class);
}

static bool point_set(struct points *self, struct object *point, uint32_t field,
                      struct object *value)
{
    struct object *name = job_name(self->job, field);
    switch (self->kind) {
    case POINT_TUPLES:
        if (value != NULL) {
            tuple_init_take(point, field, value);
        }
        return value != NULL;
    case POINT_DICTS:
        return dict_give(self->runtime, point, name, value);
    case POINT_INSTANCES:
        return attr_give(self->runtime, point, name, value);
    case POINT_SLOTS:
        break;
    }
    return slot_give(self->runtime, point, field, value);
}

static struct object *point_get(struct points *self, struct object *point, uint32_t field)
{
    switch (self->kind) {
    case POINT_TUPLES:
        return tuple_get(point, field);
    case POINT_DICTS:
        return dict_get(point, job_name(self->job, field));
    case POINT_INSTANCES:
        return object_getattr(point, job_name(self->job, field));
    case POINT_SLOTS:
        break;
    }
    return instance_slot(point, field);
}

static struct object *point_new(struct points *self)
{
    struct object *point = point_empty(self);
    for (uint32_t field = 0; field < POINT_FIELDS && point != NULL; field++) {
        double value = (double)(rng_next(self->job->rng) >> 44) / 16;
        if (!point_set(self, point, field, float_new(self->runtime, value))) {
            clear_place(self->runtime, &point);
        }
    }
    return point;
}

static bool points_load(struct points *self, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        if (!list_give(self->runtime, self->all, point_new(self))) {
            return false;
        }
    }
    return true;
}

/* Put a new point in the place of an old one. */
static bool points_update(struct points *self, int64_t index)
{
    struct object *point = point_new(self);
    if (point == NULL) {
        return false;
    }
    list_set(self->runtime, self->all, index, point);
    decref(self->runtime, point);
    return true;
}

/* Read points low … high-1, a few of them new; each sum is a new float that replaces the old. */
static bool points_read(struct points *self, int64_t low, int64_t high)
{
    struct object *sum = float_new(self->runtime, 0);
    for (int64_t i = low; i < high && sum != NULL; i++) {
        if (job_below(self->job, self->update_one_in) == 0 && !points_update(self, i)) {
            decref(self->runtime, sum);
            return false;
        }
        struct object *point = newref(list_get(self->all, i));
        double total = float_value(sum);
        for (uint32_t field = 0; field < POINT_FIELDS; field++) {
            total += float_value(point_get(self, point, field));
        }
        decref(self->runtime, point);
        decref(self->runtime, sum);
        sum = float_new(self->runtime, total);
    }
    if (sum == NULL) {
        return false;
    }
    job_fold(self->job, (uint64_t)(float_value(sum) * 16));
    decref(self->runtime, sum);
    job_operation(self->job);
    return true;
}

static bool points_pass(struct points *self)
{
    int64_t count = list_length(self->all);
    bool ok = true;
    for (int64_t low = 0; low < count && ok; low += POINT_BATCH) {
        ok = points_read(self, low, low + POINT_BATCH < count ? low + POINT_BATCH : count);
    }
    return ok;
}

/* A reader that was forked after the loading: it only reads, a count up and down for each object that
 * an expression like p.x touches, and collects once. What that makes its own of the shared pages is
 * the figure. */
static void points_touch(struct points *self)
{
    int64_t count = list_length(self->all);
    double total = 0.0;
    for (int64_t i = 0; i < count; i++) {
        struct object *point = newref(list_get(self->all, i));
        for (uint32_t field = 0; field < POINT_FIELDS; field++) {
            struct object *value = newref(point_get(self, point, field));
            total += float_value(value);
            __asm__ volatile("" ::: "memory"); /* the count must not stay as it is */
            decref(self->runtime, value);
        }
        decref(self->runtime, point);
        if ((i + 1) % POINT_BATCH == 0 || i + 1 == count) {
            job_operation(self->job);
        }
    }
    job_fold(self->job, (uint64_t)(total * 16));
}

static bool points_work(void *self_, unsigned index, const struct meter *meter,
                        struct outcome *outcome)
{
    struct points *self = self_;
    struct job *job = self->job, kept = *job;
    (void)index;
    job->meter = meter;
    job->outcome = outcome;
    meter_phase(meter, "start");
    points_touch(self);
    meter_phase(meter, "touch");
    gc_collect(self->runtime, GENERATIONS - 1);
    meter_phase(meter, "collect");
    job->meter = kept.meter;
    job->outcome = kept.outcome;
    return true;
}

static bool points_fork(struct points *self)
{
    struct job *job = self->job;
    struct outcome *outcome = job_block(job, sizeof *outcome);
    struct crew crew = {.self = self, .workers = 1, .work = points_work};
    struct meter here = {.self = job->meter->self, .operation = job->meter->operation};
    if (outcome == NULL ||
        !(job->meter->fork != NULL
              ? job->meter->fork(job->meter->self, &crew, outcome, &job->outcome->error)
              : points_work(self, 0, &here, outcome))) {
        return false;
    }
    job->outcome->operations += outcome->operations;
    job_fold(job, outcome->checksum);
    return true;
}

static bool points_body(struct job *job)
{
    uint64_t count = job_live_count(job, "points", (struct job_scale){50, 200000, 1000000});
    uint64_t passes = job_count(job, "passes", (struct job_scale){2, 5, 5});
    struct points self = {
        .job = job,
        .runtime = job->runtime,
        .kind = (enum point_kind)options_number(job->options, "node"),
        .update_one_in = options_number(job->options, "update_one_in"),
    };
    bool has_dict = self.kind == POINT_INSTANCES;
    self.class = job_class(job, &(struct class_spec){.name = "Point",
                                                     .slots = has_dict ? 0 : POINT_FIELDS,
                                                     .has_dict = has_dict,
                                                     .has_weakrefs = has_dict});
    if (self.class == NULL || !job_names(job, point_names, POINT_FIELDS)) {
        return false;
    }
    self.all = job_root(job, list_new(job->runtime, 0));
    if (self.all == NULL || !points_load(&self, count) || !job_setup_done(job)) {
        return false;
    }
    if (options_number(job->options, "reader") == READER_FORKED) {
        return points_fork(&self);
    }
    for (uint64_t i = 0; i < passes; i++) {
        if (!points_pass(&self)) {
            return false;
        }
    }
    return true;
}

JOB_RUN(points_run, points_body)

static const struct option points_options[] = {
    {"points", OPTION_COUNT, NULL, 1, 100000000, NULL, "records; by size 50 | 200k | 1m"},
    {"passes", OPTION_COUNT, NULL, 1, 1000000, NULL, "reading passes; by size 2 | 5 | 5"},
    {"node", OPTION_CHOICE, "slots", 0, 0, "slots|tuples|dicts|instances", "what a record is"},
    {"update_one_in", OPTION_COUNT, "10", 1, 1000000, NULL,
     "one record in so many is new in each pass; an operation is a batch of 1,000"},
    {"reader", OPTION_CHOICE, "self", 0, 0, "self|forked",
     "forked: a worker that is forked after loading reads all once, makes none new, and collects"},
};

const struct workload workload_points = {
    .name = "points",
    .summary = "a million small records as slots, tuples, dicts or instances",
    .stands_for = "Data loaders and simulations that keep records in memory and read them over.\n"
                  "Three floats each; the shapes are those that Python programs choose between:\n"
                  "__slots__, tuples, dicts and plain classes.",
    .operation_unit = "batch",
    .options = points_options,
    .option_count = COUNT_OF(points_options),
    .run = points_run,
};

/* fork: a parent loads a heap, forks workers, and each reads some of it, answers requests, collects
 * and ends. Which pages of the shared heap a worker makes its own, and through what, is the figure.
 *
 * A worker's steps, at whose ends all wait for each other and memory is read: start (gc set as asked
 * for), touch (a share of the loaded objects is read: a count up and down each), serve (requests of
 * its own), collect (full collections; none with gc=off) and, with exit=teardown, what CPython does
 * when it ends: exit_collect (3.11 collects at its end, gc on or off), exit_half and exit_drop (the
 * loaded objects die, last to first as list_dealloc does it; frozen ones do not).
 *
 * Not good at: classes, code and modules, which CPython counts too; here only data is shared. */
#include "collector/gc.h"
#include "workloads/product.h"

enum {
    FORK_FLIGHT = 64, /* requests that a worker has open */
    FORK_ROWS = 8,    /* of a request */
    READ_DEPTH = 2,   /* an object, what it refers to, and what those refer to */
};

enum fork_shape { SHAPE_INSTANCES, SHAPE_DICTS, SHAPE_RECORDS };
enum fork_gc { GC_ON, GC_OFF, GC_FREEZE, GC_COLLECT_FREEZE };
enum fork_when { WHEN_EARLY, WHEN_BEFORE, WHEN_AFTER };
enum fork_exit { EXIT_TEARDOWN, EXIT_DIRECT };

enum fork_name { NAME_ROWS = PRODUCT_NAMES, NAME_REQUEST, FORK_NAMES };

static const char *const fork_names[FORK_NAMES] = {PRODUCT_NAME_TEXTS, "rows", "request"};

struct fork {
    struct job *job;
    struct runtime *runtime;
    struct class *product, *request, *row;
    struct object *catalog; /* list: what is loaded before the fork */
    uint64_t objects, requests, collections;
    uint64_t max_tasks; /* requests of a worker before it is forked anew; 0: no limit */
    uint64_t served;    /* by the workers before */
    double touch, cyclic;
    bool together;
    enum fork_shape shape;
    enum fork_gc gc;
    enum fork_when when;
    enum fork_exit exit;
    uint64_t seed; /* of the workers */
    bool forked;
};

/* Loading ------------------------------------------------------------------------------------- */

/* An instance of an ORM: number, name, price, tags. */
static bool load_instance(struct fork *self, uint64_t id)
{
    struct object *product = instance_new(self->runtime, self->product);
    return list_give(self->runtime, self->catalog, product) && product_fill(self->job, product, id);
}

/* A parsed document: a dict of plain values, which 3.11 does not track. */
static bool load_dict(struct fork *self, uint64_t id)
{
    struct runtime *runtime = self->runtime;
    struct object *dict = dict_new(runtime);
    return list_give(runtime, self->catalog, dict) &&
           dict_give(runtime, dict, job_name(self->job, PRODUCT_ID), product_id(self->job, id)) &&
           dict_give(runtime, dict, job_name(self->job, PRODUCT_TITLE),
                     product_title(self->job, id)) &&
           dict_give(runtime, dict, job_name(self->job, PRODUCT_PRICE),
                     product_price(self->job, id));
}

/* A list of a tuple, a number and a list. */
static bool load_record(struct fork *self, uint64_t id)
{
    struct runtime *runtime = self->runtime;
    struct object *record = list_new(runtime, 0);
    if (!list_give(runtime, self->catalog, record)) {
        return false;
    }
    size_t mark = job_mark(self->job);
    struct object *pair[] = {job_hold(self->job, product_id(self->job, id)),
                             job_hold(self->job, product_title(self->job, id))};
    struct object *tuple = pair[0] != NULL && pair[1] != NULL ? tuple_pack(runtime, pair, 2) : NULL;
    job_release(self->job, mark);
    return list_give(runtime, record, tuple) &&
           list_give(runtime, record, product_price(self->job, id)) &&
           list_give(runtime, record, product_tags(self->job));
}

/* What imports and parsers leave behind: a cycle, dead at once. */
static bool load_garbage(struct fork *self)
{
    struct object *list = list_new(self->runtime, 0);
    bool ok = list != NULL && list_append(self->runtime, list, list);
    xdecref(self->runtime, list);
    return ok;
}

static bool load_catalog(struct fork *self)
{
    static bool (*const load[])(struct fork *, uint64_t) = {load_instance, load_dict, load_record};
    for (uint64_t i = 0; i < self->objects; i++) {
        if (!load[self->shape](self, i) ||
            (job_chance(self->job, self->cyclic) && !load_garbage(self))) {
            return false;
        }
    }
    return true;
}

/* gc=off|freeze|collect_freeze, as a program says it. */
static void set_gc(struct fork *self)
{
    if (self->gc == GC_OFF) {
        gc_disable(self->runtime);
    } else if (self->gc != GC_ON) {
        if (self->gc == GC_COLLECT_FREEZE) {
            gc_collect(self->runtime, GENERATIONS - 1);
        }
        gc_freeze(self->runtime);
    }
}

static bool fork_setup(struct fork *self)
{
    struct job *job = self->job;
    struct class_spec spec = {.has_dict = true, .has_weakrefs = true};
    bool early = self->when == WHEN_EARLY && self->gc != GC_ON;
    if (!job_names(job, fork_names, FORK_NAMES) ||
        (spec.name = "Product", self->product = job_class(job, &spec)) == NULL ||
        (spec.name = "Request", self->request = job_class(job, &spec)) == NULL ||
        (spec.name = "Row", self->row = job_class(job, &spec)) == NULL ||
        (self->catalog = job_root(job, list_new(self->runtime, 0))) == NULL) {
        return false;
    }
    if (early) {
        gc_disable(self->runtime);
    }
    if (!load_catalog(self) || !job_setup_done(job)) {
        return false;
    }
    if (self->when != WHEN_AFTER) {
        set_gc(self);
    }
    return true;
}

/* Working ------------------------------------------------------------------------------------- */

struct reading {
    struct runtime *runtime;
    int depth; /* levels of referents still to read */
    uint64_t reads;
};

/* One count up and down, as `x = o.attribute` does it; the two must not become none. */
static int read_object(struct object *object, void *reading_)
{
    struct reading *reading = reading_;
    incref(object);
    __asm__ volatile("" ::: "memory");
    decref(reading->runtime, object);
    reading->reads++;
    if (reading->depth > 0) {
        reading->depth--;
        gc_each_referent(object, read_object, reading);
        reading->depth++;
    }
    return 0;
}

static void touch_catalog(struct fork *self)
{
    struct reading reading = {.runtime = self->runtime, .depth = READ_DEPTH};
    int64_t length = list_length(self->catalog);
    int64_t first = (int64_t)(self->touch * (double)length + 0.5);
    for (int64_t i = 0; i < length; i++) {
        if (self->together ? i < first : job_chance(self->job, self->touch)) {
            read_object(list_get(self->catalog, i), &reading);
        }
    }
    job_fold(self->job, reading.reads);
}

static bool make_row(struct fork *self, struct object *request, struct object *rows, uint64_t id)
{
    struct runtime *runtime = self->runtime;
    struct object *row = instance_new(runtime, self->row);
    return list_give(runtime, rows, row) && product_fill(self->job, row, id) &&
           object_setattr(runtime, row, job_name(self->job, NAME_REQUEST), request);
}

/* A request with rows that refer back to it: cyclic garbage when its place is taken. */
static bool serve_request(struct fork *self, struct object *flight, uint64_t serial)
{
    struct runtime *runtime = self->runtime;
    size_t mark = job_mark(self->job);
    struct object *request = job_hold(self->job, instance_new(runtime, self->request));
    struct object *rows = request != NULL ? list_new(runtime, 0) : NULL;
    if (rows == NULL || !attr_give(runtime, request, job_name(self->job, NAME_ROWS), rows)) {
        return false;
    }
    for (uint64_t i = 0; i < FORK_ROWS; i++) {
        if (!make_row(self, request, rows, serial * FORK_ROWS + i)) {
            return false;
        }
    }
    list_set(runtime, flight, (int64_t)(serial % FORK_FLIGHT), request);
    job_release(self->job, mark);
    job_operation(self->job);
    return true;
}

/* Requests of the next worker. */
static uint64_t tasks_left(const struct fork *self)
{
    uint64_t left = self->requests - self->served;
    return self->max_tasks > 0 && self->max_tasks < left ? self->max_tasks : left;
}

static bool serve_requests(struct fork *self)
{
    struct object *flight = job_hold(self->job, list_new(self->runtime, FORK_FLIGHT));
    for (int64_t i = 0; i < FORK_FLIGHT && flight != NULL; i++) {
        list_init_take(flight, i, newref(none_of(self->runtime)));
    }
    bool ok = flight != NULL;
    uint64_t quota = tasks_left(self);
    for (uint64_t i = 0; i < quota && ok; i++) {
        ok = serve_request(self, flight, i);
    }
    return ok;
}

/* What the end of an interpreter does with the heap; the process ends with it. finalize_modules of
 * 3.11 collects even while gc is off, and what modules hold dies in that collection, as their
 * functions refer back to them. Frozen objects are in no collection: they stay as they are. */
static void tear_down(struct fork *self, const struct meter *meter)
{
    bool frozen = gc_generation_of(self->runtime, self->catalog) == GENERATIONS;
    gc_collect(self->runtime, GENERATIONS - 1);
    meter_phase(meter, "exit_collect");
    int64_t length = frozen ? 0 : list_length(self->catalog);
    list_delete_slice(self->runtime, self->catalog, length / 2, length);
    meter_phase(meter, "exit_half");
    list_delete_slice(self->runtime, self->catalog, 0, length / 2);
    meter_phase(meter, "exit_drop");
}

static bool work_steps(struct fork *self, const struct meter *meter)
{
    if (self->when == WHEN_AFTER) {
        set_gc(self);
    } else if (self->when == WHEN_EARLY && self->gc != GC_OFF) {
        gc_enable(self->runtime);
    }
    meter_phase(meter, "start");
    touch_catalog(self);
    meter_phase(meter, "touch");
    if (!serve_requests(self)) {
        return false;
    }
    meter_phase(meter, "serve");
    for (uint64_t i = 0; i < self->collections && self->gc != GC_OFF; i++) {
        gc_collect(self->runtime, GENERATIONS - 1);
    }
    meter_phase(meter, "collect");
    if (self->forked && self->exit == EXIT_TEARDOWN) {
        tear_down(self, meter);
    }
    return true;
}

/* The job as worker `index` has it: numbers and figures of its own. */
static bool work(void *self_, unsigned index, const struct meter *meter, struct outcome *outcome)
{
    struct fork *self = self_;
    struct job *job = self->job;
    struct job kept = *job;
    struct rng rng;
    rng_seed(&rng, self->seed + index + self->served * CREW_WORKERS_MAX);
    job->rng = &rng;
    job->meter = meter;
    job->outcome = outcome;
    bool ok = work_steps(self, meter);
    job_release(job, kept.held);
    job->rng = kept.rng;
    job->meter = kept.meter;
    job->outcome = kept.outcome;
    return ok;
}

/* The same work in this process, where nobody forks. */
static bool work_here(struct fork *self, unsigned workers, struct outcome *outcome)
{
    struct meter meter = {.self = self->job->meter->self, .operation = self->job->meter->operation};
    for (unsigned i = 0; i < workers; i++) {
        if (!work(self, i, &meter, &outcome[i])) {
            return false;
        }
    }
    return true;
}

static bool run_crew(struct fork *self, unsigned workers, struct outcome *outcome)
{
    struct job *job = self->job;
    const struct meter *meter = job->meter;
    struct crew crew = {.self = self, .workers = workers, .work = work};
    if (!(self->forked ? meter->fork(meter->self, &crew, outcome, &job->outcome->error)
                       : work_here(self, workers, outcome))) {
        return false;
    }
    for (unsigned i = 0; i < workers; i++) {
        job->outcome->operations += outcome[i].operations;
        job_fold(job, outcome[i].checksum);
        outcome[i] = (struct outcome){.operations = 0};
    }
    return true;
}

/* Crew after crew, until each place has answered its requests. */
static bool run_crews(struct fork *self, unsigned workers)
{
    struct outcome *outcome = job_block(self->job, workers * sizeof *outcome);
    while (outcome != NULL && self->served < self->requests) {
        if (!run_crew(self, workers, outcome)) {
            return false;
        }
        self->served += tasks_left(self);
    }
    return outcome != NULL;
}

static bool fork_body(struct job *job)
{
    struct fork self = {
        .job = job,
        .runtime = job->runtime,
        .objects = job_live_count(job, "objects", (struct job_scale){8, 20000, 300000}),
        .requests = job_count(job, "requests", (struct job_scale){2, 2000, 20000}),
        .max_tasks = options_number(job->options, "max_tasks"),
        .collections = options_number(job->options, "collections"),
        .touch = options_real(job->options, "touch"),
        .cyclic = job_cyclic(job, 0.1),
        .together = options_number(job->options, "spread") != 0,
        .shape = (enum fork_shape)options_number(job->options, "shape"),
        .gc = (enum fork_gc)options_number(job->options, "gc"),
        .when = (enum fork_when)options_number(job->options, "when"),
        .exit = (enum fork_exit)options_number(job->options, "exit"),
        .forked = job->meter->fork != NULL,
    };
    if (!fork_setup(&self)) {
        return false;
    }
    self.seed = rng_next(job->rng);
    return run_crews(&self, (unsigned)options_number(job->options, "workers"));
}

JOB_RUN(fork_run, fork_body)

static const struct option fork_options[] = {
    {"objects", OPTION_COUNT, NULL, 1, 100000000, NULL,
     "objects loaded before the fork; by size 8 | 20k | 300k"},
    {"shape", OPTION_CHOICE, "instances", 0, 0, "instances|dicts|records",
     "instances: of an ORM; dicts: parsed, of plain values, untracked; records: lists of tuples"},
    {"workers", OPTION_COUNT, "2", 1, CREW_WORKERS_MAX, NULL, "processes forked"},
    {"touch", OPTION_REAL, "0.5", 0, 1, NULL, "share of the loaded objects that each worker reads"},
    {"spread", OPTION_CHOICE, "scattered", 0, 0, "scattered|together",
     "scattered: any of them; together: the ones loaded first"},
    {"requests", OPTION_COUNT, NULL, 1, 1000000000, NULL,
     "requests that each worker answers; by size 2 | 2k | 20k"},
    {"max_tasks", OPTION_COUNT, "0", 0, 1000000000, NULL,
     "requests after which a worker ends and is forked anew, all at once; 0: no limit"},
    {"gc", OPTION_CHOICE, "on", 0, 0, "on|off|freeze|collect_freeze",
     "what is done to the collector: nothing, gc.disable, gc.freeze, gc.collect and gc.freeze"},
    {"when", OPTION_CHOICE, "before", 0, 0, "early|before|after",
     "before or after the fork; early: gc is also off while the parent loads, and on in workers"},
    {"collections", OPTION_COUNT, "1", 0, 1000, NULL,
     "full collections of each worker after its requests; none with gc=off"},
    {"exit", OPTION_CHOICE, "teardown", 0, 0, "teardown|direct",
     "teardown: a worker ends as an interpreter does; direct: with os._exit"},
};

const struct workload workload_fork = {
    .name = "fork",
    .summary = "workers over a preloaded heap: what each makes its own of the shared pages",
    .stands_for =
        "gunicorn, uWSGI or Celery with preloading: a parent imports and loads, workers share.\n"
        "Objects are those of a catalogue held in memory (290 bytes each, two of them tracked);\n"
        "requests are those of web, smaller. Settings: Instagram's, and the manual's gc.freeze.",
    .operation_unit = "request",
    .options = fork_options,
    .option_count = COUNT_OF(fork_options),
    .run = fork_run,
};

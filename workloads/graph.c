/* graph: rows that refer to each other, all of them alive. Either the set-up loads them and the run
 * collects them in full, over and over (measure=collect: how long is a full pause?), or makes cycles
 * of two beside them that die at once (measure=cycles: what does a live heap make of a threshold?); or
 * loading them is the run (measure=load: what does the collector cost while a large structure is
 * built?).
 *
 * A row is an instance of number, name, tags (a list) and a peer: two tracked objects, each with
 * about three references, more than half of them tracked, as in heaps of ORM rows. A peer is one of
 * the rows loaded just before or, in the share `far`, any row so far: what locality is worth.
 * Not good at: garbage that lives for a while. */
#include "collector/gc.h"
#include "workloads/common.h"

enum { ROW_TRACKED = 2, ROW_NEAR = 16, GRAPH_BATCH = 1000 };

enum graph_measure { MEASURE_COLLECT, MEASURE_LOAD, MEASURE_CYCLES };
enum row_name { ROW_ID, ROW_TITLE, ROW_TAGS, ROW_PEER, ROW_NAMES };

static const char *const row_names[ROW_NAMES] = {"id", "name", "tags", "peer"};

struct graph {
    struct job *job;
    struct runtime *runtime;
    struct class *class;
    struct object *all; /* list of the rows */
    double far;
    uint64_t freeze_every; /* rows; 0: never */
};

/* A row loaded before number `i`, borrowed; None for the first. */
static struct object *graph_pick(struct graph *self, uint64_t i)
{
    if (i == 0) {
        return none_of(self->runtime);
    }
    bool far = i <= ROW_NEAR || job_chance(self->job, self->far);
    uint64_t back = job_below(self->job, far ? i : ROW_NEAR);
    return list_get(self->all, (int64_t)(i - 1 - back));
}

static struct object *make_tags(struct graph *self, uint64_t i, struct object *name)
{
    struct object *tags = list_new(self->runtime, 3);
    if (tags != NULL) {
        list_init_take(tags, 0, newref(graph_pick(self, i)));
        list_init_take(tags, 1, newref(graph_pick(self, i)));
        list_init_take(tags, 2, newref(name));
    }
    return tags;
}

static bool set(struct graph *self, struct object *row, enum row_name name, struct object *value)
{
    return attr_give(self->runtime, row, job_name(self->job, name), value);
}

static bool graph_load_row(struct graph *self, uint64_t i)
{
    struct runtime *runtime = self->runtime;
    size_t mark = job_mark(self->job);
    struct object *row = job_hold(self->job, instance_new(runtime, self->class));
    struct object *title =
        row == NULL ? NULL : job_hold(self->job, job_text(self->job, i, 8 + (int64_t)(i % 24)));
    bool ok = title != NULL && set(self, row, ROW_ID, int_new(runtime, (int64_t)(1000 + i))) &&
              set(self, row, ROW_TITLE, newref(title)) &&
              set(self, row, ROW_TAGS, make_tags(self, i, title)) &&
              set(self, row, ROW_PEER, newref(graph_pick(self, i))) &&
              list_append(runtime, self->all, row);
    job_release(self->job, mark);
    return ok;
}

/* An operation is a batch of rows, where loading is what is measured. */
static bool graph_load(struct graph *self, uint64_t rows, bool measured)
{
    for (uint64_t i = 0; i < rows; i++) {
        if (!graph_load_row(self, i)) {
            return false;
        }
        if (self->freeze_every > 0 && (i + 1) % self->freeze_every == 0) {
            gc_freeze(self->runtime);
        }
        if (measured && ((i + 1) % GRAPH_BATCH == 0 || i + 1 == rows)) {
            job_operation(self->job);
        }
    }
    return true;
}

/* Two lists that hold each other, and nobody else. */
static bool make_cycle(struct graph *self)
{
    size_t mark = job_mark(self->job);
    struct object *one = job_hold(self->job, list_new(self->runtime, 0));
    struct object *other = one == NULL ? NULL : job_hold(self->job, list_new(self->runtime, 0));
    bool ok = other != NULL && list_append(self->runtime, one, other) &&
              list_append(self->runtime, other, one);
    job_release(self->job, mark);
    return ok;
}

static bool graph_cycles(struct graph *self, uint64_t cycles)
{
    for (uint64_t i = 0; i < cycles; i++) {
        if (!make_cycle(self)) {
            return false;
        }
        if ((i + 1) % GRAPH_BATCH == 0 || i + 1 == cycles) {
            job_operation(self->job);
        }
    }
    return true;
}

static void graph_collect(struct graph *self, uint64_t collections)
{
    for (uint64_t i = 0; i < collections; i++) {
        gc_collect(self->runtime, GENERATIONS - 1);
        job_operation(self->job);
    }
}

/* Follow peers and tags through the graph: the checksum of what was built. */
static void graph_fold(struct graph *self)
{
    struct object *row = list_get(self->all, list_length(self->all) - 1);
    for (int step = 0; step < 64 && row != none_of(self->runtime); step++) {
        struct object *id = object_getattr(row, job_name(self->job, ROW_ID));
        job_fold(self->job, (uint64_t)int_value(id));
        struct object *tags = object_getattr(row, job_name(self->job, ROW_TAGS));
        row = list_get(tags, step % 2);
    }
}

static bool graph_setup(struct graph *self)
{
    struct job *job = self->job;
    self->class =
        job_class(job, &(struct class_spec){.name = "Row", .has_dict = true, .has_weakrefs = true});
    if (self->class == NULL || !job_names(job, row_names, ROW_NAMES)) {
        return false;
    }
    self->all = job_root(job, list_new(self->runtime, 0));
    return self->all != NULL;
}

static bool graph_body(struct job *job)
{
    uint64_t objects = job_live_count(job, "objects", (struct job_scale){60, 100000, 1000000});
    uint64_t collections = job_count(job, "collections", (struct job_scale){2, 5, 5});
    uint64_t rows = (objects + ROW_TRACKED - 1) / ROW_TRACKED;
    uint64_t measure = options_number(job->options, "measure");
    bool load = measure == MEASURE_LOAD;
    struct graph self = {
        .job = job,
        .runtime = job->runtime,
        .far = options_real(job->options, "far"),
        .freeze_every = options_number(job->options, "freeze_every") / ROW_TRACKED,
    };
    if (!graph_setup(&self) || (!load && !graph_load(&self, rows, false)) || !job_setup_done(job) ||
        (load && !graph_load(&self, rows, true))) {
        return false;
    }
    if (measure == MEASURE_CYCLES && !graph_cycles(&self, rows)) {
        return false;
    }
    if (measure == MEASURE_COLLECT) {
        graph_collect(&self, collections);
    }
    graph_fold(&self);
    return true;
}

JOB_RUN(graph_run, graph_body)

static const struct option graph_options[] = {
    {"objects", OPTION_COUNT, NULL, 2, 100000000, NULL, "tracked objects; by size 60 | 100k | 1m"},
    {"measure", OPTION_CHOICE, "collect", 0, 0, "collect|load|cycles",
     "the run: full collections of the loaded graph; loading it, 1,000 rows an operation; or a "
     "cycle "
     "of two that dies at once for each row"},
    {"collections", OPTION_COUNT, NULL, 1, 1000000, NULL,
     "full collections, of measure=collect; by size 2 | 5 | 5"},
    {"far", OPTION_REAL, "0.1", 0, 1, NULL,
     "share of references to any row, the rest goes to one of the last 16"},
    {"freeze_every", OPTION_COUNT, "0", 0, 100000000, NULL,
     "gc.freeze() after each so many objects while loading; 0: never"},
};

const struct workload workload_graph = {
    .name = "graph",
    .summary = "rows that refer to each other, all alive: loaded, or collected in full",
    .stands_for =
        "A service with its caches full, a compiler with its program loaded: a large heap\n"
        "in which a full collection finds nothing. References per object and tracked\n"
        "share lie near those of an ORM heap of CPython (3.7, 71 %).",
    .operation_unit = "collection",
    .options = graph_options,
    .option_count = COUNT_OF(graph_options),
    .run = graph_run,
};

/* release: a batch is loaded and let go, and each layer must let go in its turn: the program drops
 * its references, the collector finds the cycles, the allocator gives memory back, now, later, or
 * when told to. Memory is read at the end of each phase:
 *
 *   built      the batch is there
 *   dropped    its last reference is gone: what no cycle holds is freed
 *   collected  one full collection
 *   waited     `wait` later, and after a few requests: allocators that decay do it on requests
 *   trimmed    the allocator is told to give back what it can
 *
 * `survivor` keeps one object in so many: what a cache or a log keeps of a batch pins its pool.
 * Not good at: several threads, each with an arena of its own, of which RSS is the sum. */
#include <time.h>

#include "collector/gc.h"
#include "workloads/product.h"

enum { RELEASE_REQUESTS = 40, RELEASE_ROWS = 100, RELEASE_TINY = 2 };

struct release {
    struct job *job;
    struct class *product;
    struct object *kept; /* list */
    uint64_t objects, survivor;
    double cyclic;
};

static const char *const release_names[] = {PRODUCT_NAME_TEXTS};

/* One more object at the end of `batch`; a cyclic one is among its own tags. */
static bool build_one(struct release *self, struct object *batch, uint64_t id)
{
    struct job *job = self->job;
    struct runtime *runtime = job->runtime;
    struct object *product = instance_new(runtime, self->product);
    if (!list_give(runtime, batch, product) || !product_fill(job, product, id)) {
        return false;
    }
    if (job_chance(job, self->cyclic) &&
        !list_append(runtime, object_getattr(product, job_name(job, PRODUCT_TAGS)), product)) {
        return false;
    }
    if (self->survivor > 0 && id % self->survivor == self->survivor - 1 &&
        !list_append(runtime, self->kept, product)) {
        return false;
    }
    job_fold(job, (uint64_t)str_length(object_getattr(product, job_name(job, PRODUCT_TITLE))));
    job_operation(job);
    return true;
}

static bool build_batch(struct release *self, struct object *batch)
{
    for (uint64_t i = 0; i < self->objects; i++) {
        if (!build_one(self, batch, i)) {
            return false;
        }
    }
    job_fold(self->job, (uint64_t)list_length(self->kept));
    return true;
}

static void sleep_for(uint64_t ns)
{
    struct timespec left = {.tv_sec = (time_t)(ns / 1000000000),
                            .tv_nsec = (long)(ns % 1000000000)};
    while (ns > 0 && nanosleep(&left, &left) != 0) {
    }
}

/* A request: some objects, all dropped. */
static bool make_request(struct release *self, uint64_t rows)
{
    struct job *job = self->job;
    size_t mark = job_mark(job);
    struct object *list = job_hold(job, list_new(job->runtime, 0));
    bool ok = list != NULL;
    for (uint64_t i = 0; i < rows && ok; i++) {
        struct object *row = instance_new(job->runtime, self->product);
        ok = list_give(job->runtime, list, row) && product_fill(job, row, i);
    }
    job_release(job, mark);
    return ok;
}

/* What the next task of the worker asks for: allocators that decay do it on such occasions. */
static bool make_requests(struct release *self)
{
    bool tiny = self->job->size == SIZE_TINY;
    for (int i = 0; i < (tiny ? RELEASE_TINY : RELEASE_REQUESTS); i++) {
        if (!make_request(self, tiny ? RELEASE_TINY : RELEASE_ROWS)) {
            return false;
        }
    }
    return true;
}

static bool release_body(struct job *job)
{
    struct release self = {
        .job = job,
        .objects = job_live_count(job, "objects", (struct job_scale){12, 40000, 300000}),
        .survivor = options_number(job->options, "survivor"),
        .cyclic = job_cyclic(job, 0.5),
    };
    struct class_spec spec = {.name = "Product", .has_dict = true, .has_weakrefs = true};
    if (!job_names(job, release_names, PRODUCT_NAMES) ||
        (self.product = job_class(job, &spec)) == NULL ||
        (self.kept = job_root(job, list_new(job->runtime, 0))) == NULL || !job_setup_done(job)) {
        return false;
    }
    size_t mark = job_mark(job);
    struct object *batch = job_hold(job, list_new(job->runtime, 0));
    if (batch == NULL || !build_batch(&self, batch)) {
        return false;
    }
    meter_phase(job->meter, "built");
    job_release(job, mark);
    meter_phase(job->meter, "dropped");
    gc_collect(job->runtime, GENERATIONS - 1);
    meter_phase(job->meter, "collected");
    sleep_for(options_number(job->options, "wait"));
    if (!make_requests(&self)) {
        return false;
    }
    meter_phase(job->meter, "waited");
    for (int role = HEAP_OBJ; role <= HEAP_RAW; role++) {
        heap_trim(runtime_heap(job->runtime, (enum heap_role)role));
    }
    meter_phase(job->meter, "trimmed");
    return true;
}

JOB_RUN(release_run, release_body)

static const struct option release_options[] = {
    {"objects", OPTION_COUNT, NULL, 1, 100000000, NULL,
     "objects of the batch; by size 12 | 40k | 300k"},
    {"survivor", OPTION_COUNT, "1000", 0, 100000000, NULL, "one in so many is kept; 0: none"},
    {"wait", OPTION_DURATION, "0", 0, UINT64_C(600000000000), NULL,
     "time between the collection and the next requests; jemalloc decays for 10 s"},
};

const struct workload workload_release = {
    .name = "release",
    .summary = "a batch loaded and let go: what object, collector and allocator give back",
    .stands_for =
        "\"tracemalloc says 14 MB, RSS says 2 GB\": a worker after a large task. Objects are "
        "those\n"
        "of workload fork, half of them in cycles; one in a thousand is kept, as caches, logs and\n"
        "interned strings keep some. survivor=0 is the best case, survivor=2 a cache half dropped.",
    .operation_unit = "object",
    .options = release_options,
    .option_count = COUNT_OF(release_options),
    .run = release_run,
};

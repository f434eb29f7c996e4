/* phase_change: a program that turns into another and back. Small cyclic objects, then large acyclic
 * ones, then small ones again, the same live bytes each time: whether memory that one phase used
 * serves the next, and what stays resident. In each phase the live set is filled, then replaced at
 * random `turnover` times.
 * Not good at: programs that change little by little. */
#include "workloads/common.h"

enum { RING_NEXT, RING_BACK, RING_SLOTS };
enum {
    RING_BYTES = 2 * 64, /* a ring of two: head, object, two slots each */
    LARGE_MIN = 1024,
    LARGE_SPAN = 15 * 1024,
    LARGE_MEAN = LARGE_MIN + LARGE_SPAN / 2,
    CHANGE_BATCH = 1000,
};

struct change {
    struct job *job;
    struct runtime *runtime;
    struct class *class;
    struct object *window; /* list of the phase that runs */
    uint64_t bytes;
    double turnover, cyclic;
    uint64_t made;
};

/* Two instances that know each other, in the cyclic share; the first is returned, new. */
static struct object *make_ring(struct change *self)
{
    struct object *first = instance_new(self->runtime, self->class);
    struct object *second = first == NULL ? NULL : instance_new(self->runtime, self->class);
    if (second == NULL || !slot_give(self->runtime, first, RING_NEXT, second)) {
        xdecref(self->runtime, first);
        return NULL;
    }
    if (job_chance(self->job, self->cyclic)) {
        instance_slot_set(self->runtime, second, RING_BACK, first);
    }
    return first;
}

static struct object *make_large(struct change *self)
{
    int64_t length = LARGE_MIN + (int64_t)job_below(self->job, LARGE_SPAN);
    struct object *block = bytes_new(self->runtime, NULL, length);
    for (int64_t at = 0; block != NULL && at < length; at += 4096) {
        bytes_data(block)[at] = (char)at; /* every page is in use */
    }
    return block;
}

/* Fill a window, then replace at random. */
static bool change_phase(struct change *self, bool large, const char *name)
{
    struct job *job = self->job;
    uint64_t places = self->bytes / (large ? LARGE_MEAN : RING_BYTES);
    places = places > 0 ? places : 1;
    uint64_t turns = places + (uint64_t)((double)places * self->turnover);
    list_clear(self->runtime, self->window);
    for (uint64_t i = 0; i < turns; i++) {
        struct object *item = large ? make_large(self) : make_ring(self);
        if (item == NULL) {
            return false;
        }
        bool ok = true;
        if (i < places) {
            ok = list_append(self->runtime, self->window, item);
        } else {
            list_set(self->runtime, self->window, (int64_t)job_below(job, places), item);
        }
        decref(self->runtime, item);
        if (!ok) {
            return false;
        }
        if (++self->made % CHANGE_BATCH == 0) {
            job_operation(job);
        }
    }
    job_fold(job, self->made);
    meter_phase(job->meter, name);
    return true;
}

static bool change_body(struct job *job)
{
    struct change self = {
        .job = job,
        .runtime = job->runtime,
        .bytes = job_live_count(job, "bytes", (struct job_scale){4 << 10, 16 << 20, 128 << 20}),
        .turnover = options_real(job->options, "turnover"),
        .cyclic = job_cyclic(job, 1.0),
    };
    self.class = job_class(job, &(struct class_spec){.name = "Ring", .slots = RING_SLOTS});
    self.window = self.class == NULL ? NULL : job_root(job, list_new(job->runtime, 0));
    if (self.window == NULL || !job_setup_done(job)) {
        return false;
    }
    if (!change_phase(&self, false, "small") || !change_phase(&self, true, "large") ||
        !change_phase(&self, false, "small_again")) {
        return false;
    }
    job_fold(job, job_below(job, UINT32_MAX));
    job_operation(job);
    return true;
}

JOB_RUN(change_run, change_body)

static const struct option change_options[] = {
    {"bytes", OPTION_SIZE, NULL, 1024, UINT64_C(1) << 36, NULL,
     "live bytes of each phase; by size 4k | 16m | 128m"},
    {"turnover", OPTION_REAL, "1", 0, 1000, NULL,
     "times that the live set is replaced at random in each phase"},
};

const struct workload workload_phase_change = {
    .name = "phase_change",
    .summary = "small cyclic objects, then large acyclic ones, then small ones again",
    .stands_for =
        "Programs that parse, then compute, then write: one heap, objects of another size\n"
        "and another shape in each part. Rings of two 64-byte objects against blocks of 1\n"
        "to 16 KiB, 16 MiB of each.",
    .operation_unit = "batch",
    .options = change_options,
    .option_count = COUNT_OF(change_options),
    .run = change_run,
};

/* The job: running a body, owning what it makes, its parameters; see common.h. */
#include "workloads/common.h"

#include <string.h>

#include "collector/gc.h"

/* Owning -------------------------------------------------------------------------------------- */

struct object *job_root(struct job *job, struct object *object)
{
    if (object == NULL) {
        return NULL;
    }
    CHECK(job->roots < JOB_ROOTS);
    job->root[job->roots++] = object;
    gc_root_add(job->runtime, object);
    return object;
}

struct object *job_window(struct job *job, uint64_t count)
{
    struct object *window = job_root(job, list_new(job->runtime, (int64_t)count));
    for (uint64_t i = 0; i < count && window != NULL; i++) {
        list_init_take(window, (int64_t)i, newref(none_of(job->runtime)));
    }
    return window;
}

void job_release(struct job *job, size_t mark)
{
    CHECK_SLOW(mark <= job->held);
    while (job->held > mark) {
        decref(job->runtime, job->hold[--job->held]);
    }
}

struct class *job_class(struct job *job, const struct class_spec *spec)
{
    CHECK(job->classes < JOB_CLASSES);
    struct class *class = class_new(job->runtime, spec);
    if (class != NULL) {
        job->class[job->classes++] = class;
    }
    return class;
}

void *job_block(struct job *job, size_t bytes)
{
    CHECK(job->blocks < JOB_BLOCKS);
    void *p = heap_calloc(runtime_heap(job->runtime, HEAP_RAW), bytes);
    if (p != NULL) {
        job->block[job->blocks++] = (struct job_block){p, bytes};
    }
    return p;
}

bool job_names(struct job *job, const char *const texts[], size_t count)
{
    job->names = job_root(job, tuple_new(job->runtime, (int64_t)count));
    if (job->names == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct object *name = str_interned(job->runtime, texts[i]);
        if (name == NULL) {
            return false;
        }
        tuple_init_take(job->names, (int64_t)i, name);
    }
    return true;
}

/* Release every reference, newest first. */
static void release_objects(struct job *job)
{
    job_release(job, 0);
    while (job->roots > 0) {
        struct object *root = job->root[--job->roots];
        gc_root_remove(job->runtime, root);
        decref(job->runtime, root);
    }
}

static void release_memory(struct job *job)
{
    while (job->classes > 0) {
        class_delete(job->runtime, job->class[--job->classes]);
    }
    while (job->blocks > 0) {
        struct job_block *block = &job->block[--job->blocks];
        heap_release(runtime_heap(job->runtime, HEAP_RAW), block->p, block->bytes);
    }
}

/* Collecting ---------------------------------------------------------------------------------- */

enum job_collects { COLLECT_START, COLLECT_EVERY, COLLECT_IDLE };

/* The choice, or -1: never. */
static int job_collects(const struct job *job)
{
    const struct option_value *value = options_get(job->options, "collect");
    return value->set ? (int)value->number : -1;
}

void job_collect(struct job *job)
{
    if (job->outcome->operations % job->collect_every != 0) {
        return;
    }
    gc_collect(job->runtime, GENERATIONS - 1);
    if (job_collects(job) == COLLECT_IDLE && job->meter->resume != NULL) {
        job->meter->resume(job->meter->self);
    }
}

/* Running ------------------------------------------------------------------------------------- */

static bool aged(const struct job *job)
{
    return options_number(job->options, "age") != 0;
}

bool job_setup_done(struct job *job)
{
    if (aged(job) && !job_age_order(job)) {
        return false;
    }
    if (job_collects(job) == COLLECT_START) {
        gc_collect(job->runtime, GENERATIONS - 1);
    }
    meter_phase(job->meter, "setup");
    return true;
}

void job_run(struct job *job, job_body_f *body)
{
    struct outcome *outcome = job->outcome;
    memset(outcome, 0, sizeof *outcome);
    job->size = (enum job_size)options_number(job->options, "size");
    if (job_collects(job) > COLLECT_START) {
        const struct option_value *every = options_get(job->options, "collect_every");
        job->collect_every = every->set ? every->number : 1;
    }
    outcome->ok = (!aged(job) || job_age_addresses(job)) && body(job);
    if (outcome->ok) {
        meter_phase(job->meter, "run");
    } else if (outcome->error.text[0] == '\0') { /* a worker that failed has said why */
        error_set(&outcome->error, "out of memory");
    }
    release_objects(job);
    if (outcome->ok) {
        meter_phase(job->meter, "drop");
    }
    gc_collect(job->runtime, GENERATIONS - 1);
    if (outcome->ok) {
        meter_phase(job->meter, "free");
    }
    runtime_drain(job->runtime); /* instances that none or a freeze left must not outlive classes */
    release_memory(job);
}

/* Parameters ---------------------------------------------------------------------------------- */

uint64_t job_count(const struct job *job, const char *option, struct job_scale scale)
{
    const struct option_value *value = options_get(job->options, option);
    if (value->set) {
        return value->number;
    }
    switch (job->size) {
    case SIZE_TINY:
        return scale.tiny;
    case SIZE_SMALL:
        return scale.small;
    case SIZE_LARGE:
        break;
    }
    return scale.large;
}

uint64_t job_live_count(const struct job *job, const char *option, struct job_scale scale)
{
    double count = (double)job_count(job, option, scale) * options_real(job->options, "live");
    return count < 1.0 ? 1 : (uint64_t)(count + 0.5);
}

double job_cyclic(const struct job *job, double own)
{
    const struct option_value *value = options_get(job->options, "cyclic");
    return value->set ? value->real : own;
}

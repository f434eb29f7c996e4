/* What every workload stands on: one struct job per run, which owns everything the run holds.
 *
 * Ownership. A workload is a body, `bool body(struct job *)`, that returns false as soon as
 * something could not be had. It never cleans up on that path: whatever it made is either given to
 * a container (the _give functions below take over a new reference and pass NULL on as false) or
 * held by the job, and job_run releases all of it at one place, in reverse order.
 * Counted references live in objects or in the job only: lists of the runtime, not C arrays.
 *
 * Common options
 *   size=tiny|small|large  tiny: at most 2,000 allocation requests (fault sweeps fail each one);
 *                          small: tens to a few hundred ms on a slow core; large: seconds.
 *                          It sets the options that a workload leaves unset.
 *   live=1.0               scale of the live set
 *   cyclic=                share of the garbage that is cyclic; unset: the workload's own
 *   collect=start|every|idle, collect_every=1   gc.collect() called by the program itself
 *   age=fresh|aged         aged: job_age_addresses before the set-up, job_age_order after it; the
 *                          checksum stays the same
 * Phases: setup, run, then drop (everything released, nothing collected) and free (a full
 * collection after it). */
#ifndef HEAPDYNO_WORKLOADS_COMMON_H
#define HEAPDYNO_WORKLOADS_COMMON_H

#include "collector/objects.h"
#include "workloads/workload.h"

enum job_size { SIZE_TINY, SIZE_SMALL, SIZE_LARGE };

enum {
    JOB_ROOTS = 16, /* long-lived objects */
    JOB_HELD = 256, /* temporaries; bounds the recursion of builders */
    JOB_CLASSES = 16,
    JOB_BLOCKS = 8,
};

struct job_block {
    void *p;
    size_t bytes;
};

struct job {
    struct runtime *runtime;
    const struct options *options;
    struct rng *rng;
    const struct meter *meter;
    struct outcome *outcome;
    enum job_size size;
    size_t roots, held, classes, blocks;
    uint64_t collect_every; /* operations between two gc.collect(); 0: the program calls none */
    struct object *root[JOB_ROOTS];
    struct object *hold[JOB_HELD];
    struct class *class[JOB_CLASSES];
    struct job_block block[JOB_BLOCKS];
    struct object *names; /* tuple of interned strings: a code object's co_names */
};

typedef bool job_body_f(struct job *job);

/* Run `body` from the set-up to the phase free; fills *job->outcome. Of `job` the first five fields
 * are given, the rest is zero. */
void job_run(struct job *job, job_body_f *body);

/* The `run` function of a workload's table: job_run over `body`. */
#define JOB_RUN(name, body)                                                                        \
    static void name(struct runtime *runtime, const struct options *options, struct rng *rng,      \
                     const struct meter *meter, struct outcome *outcome)                           \
    {                                                                                              \
        job_run(&(struct job){.runtime = runtime,                                                  \
                              .options = options,                                                  \
                              .rng = rng,                                                          \
                              .meter = meter,                                                      \
                              .outcome = outcome},                                                 \
                body);                                                                             \
    }

/* The set-up is over: ages the order of objects if asked to, then ends the phase. */
bool job_setup_done(struct job *job);

/* Where `collect` is set: a full collection, if it is time for one. */
void job_collect(struct job *job);

/* One operation ended. */
static inline void job_operation(struct job *job)
{
    job->outcome->operations++;
    meter_operation(job->meter, job->runtime);
    if (unlikely(job->collect_every != 0)) {
        job_collect(job);
    }
}

/* Parameters ---------------------------------------------------------------------------------- */

/* A count that follows `size` unless its option is set. */
struct job_scale {
    uint64_t tiny, small, large;
};

uint64_t job_count(const struct job *job, const char *option, struct job_scale scale);
/* The same times `live`, at least 1: for what makes up the live set. */
uint64_t job_live_count(const struct job *job, const char *option, struct job_scale scale);
/* The option `cyclic`, or `own` where it is unset. */
double job_cyclic(const struct job *job, double own);

/* Owning -------------------------------------------------------------------------------------- */

/* Take over a new reference to a long-lived object and register it as a root; returns it
 * (borrowed). NULL is passed on. */
struct object *job_root(struct job *job, struct object *object);

/* Take over a new reference until job_release; returns it (borrowed). NULL is passed on. */
static inline struct object *job_hold(struct job *job, struct object *object)
{
    if (likely(object != NULL)) {
        CHECK(job->held < JOB_HELD);
        job->hold[job->held++] = object;
    }
    return object;
}

/* What is held now; job_release(mark) releases what has been held since. */
static inline size_t job_mark(const struct job *job)
{
    return job->held;
}
void job_release(struct job *job, size_t mark);

/* Take the reference held last back: the caller owns it again, to give it away. */
static inline struct object *job_unhold(struct job *job)
{
    return job->hold[--job->held];
}

/* A root: a list of `count` Nones, whose places the workload fills and refills. NULL: no memory. */
struct object *job_window(struct job *job, uint64_t count);

/* A class that lives as long as the job. NULL: no memory. */
struct class *job_class(struct job *job, const struct class_spec *spec);

/* Plain zeroed memory (raw domain) as long as the job lives: tables of the workload itself, in few
 * big blocks. NULL: no memory. */
void *job_block(struct job *job, size_t bytes);

/* Intern texts[count] as the names of this job. */
bool job_names(struct job *job, const char *const texts[], size_t count);
static inline struct object *job_name(const struct job *job, size_t index)
{
    return tuple_get(job->names, (int64_t)index);
}

/* Giving: a new reference, or NULL, goes to a container -------------------------------------- */

static inline bool list_give(struct runtime *runtime, struct object *list, struct object *item)
{
    return item != NULL && list_append_take(runtime, list, item);
}

static inline bool dict_give(struct runtime *runtime, struct object *dict, struct object *key,
                             struct object *value)
{
    if (value == NULL) {
        return false;
    }
    bool ok = dict_put(runtime, dict, key, value);
    decref(runtime, value);
    return ok;
}

static inline bool attr_give(struct runtime *runtime, struct object *instance, struct object *name,
                             struct object *value)
{
    if (value == NULL) {
        return false;
    }
    bool ok = object_setattr(runtime, instance, name, value);
    decref(runtime, value);
    return ok;
}

static inline bool slot_give(struct runtime *runtime, struct object *instance, uint32_t slot,
                             struct object *value)
{
    if (value == NULL) {
        return false;
    }
    instance_slot_set(runtime, instance, slot, value);
    decref(runtime, value);
    return true;
}

static inline bool field_give(struct runtime *runtime, struct object *closure, uint32_t field,
                              struct object *value)
{
    if (value == NULL) {
        return false;
    }
    closure_set(runtime, closure, field, value);
    decref(runtime, value);
    return true;
}

/* dict[int key], of ints that may lie outside the cache. */
struct object *dict_get_int(struct runtime *runtime, struct object *dict, uint64_t key, bool *ok);

/* Numbers ------------------------------------------------------------------------------------- */

/* Fold a value into the checksum; the order of folds matters. */
static inline void job_fold(struct job *job, uint64_t value)
{
    uint64_t h = (job->outcome->checksum ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    job->outcome->checksum = h ^ (h >> 29);
}

static inline uint64_t job_below(struct job *job, uint64_t n)
{
    return rng_below(job->rng, n);
}

static inline bool job_chance(struct job *job, double probability)
{
    return rng_unit(job->rng) < probability;
}

/* A random permutation of 0 … count-1 into order[count]: Fisher and Yates. */
void shuffle_order(struct rng *rng, uint32_t *order, uint64_t count);

/* A string of `length` letters that depends on `id` only. */
struct object *job_text(struct job *job, uint64_t id, int64_t length);

/* Ranks 0 … count-1 with probability proportional to (rank + 1)^-skew, by Walker's alias table
 * (Vose 1991): one random number a sample. */
struct zipf_row {
    uint32_t threshold; /* of 2^32 */
    uint32_t alias;
};

struct zipf {
    const struct zipf_row *row;
    uint64_t count;
};

bool zipf_make(struct job *job, uint64_t count, double skew, struct zipf *out);

static inline uint64_t zipf_next(struct job *job, const struct zipf *zipf)
{
    uint64_t number = rng_next(job->rng);
    uint64_t rank = ((number >> 32) * zipf->count) >> 32;
    const struct zipf_row *row = &zipf->row[rank];
    return (uint32_t)number <= row->threshold ? rank : row->alias;
}

/* Age ----------------------------------------------------------------------------------------- */

/* Leave the obj heap as after a long life: blocks of a service's sizes are allocated, and all but
 * one in 16 of them released in random order. The rest stays until the job ends. */
bool job_age_addresses(struct job *job);

/* Put every tracked object at a random place of the oldest generation: one full collection in which
 * nothing but a shuffled list keeps them, so that they are found in its order. */
bool job_age_order(struct job *job);

#endif

/* Random scenarios, by profile: weights of verbs, ranges of operands, and bursts that single
 * operations rarely reach (deep chains for the trashcan, hoards for the limits of free lists, many
 * callbacks on one target). The choices come from a seed, or from the bytes of a fuzzer. */
#ifndef HEAPDYNO_CPYTHON_LOCKSTEP_GENERATE_H
#define HEAPDYNO_CPYTHON_LOCKSTEP_GENERATE_H

#include "base/rng.h"
#include "workloads/scenario/backend.h"
#include "workloads/scenario/scenario.h"

enum lockstep_profile {
    PROFILE_LISTS,
    PROFILE_DICTS,
    PROFILE_CYCLES,
    PROFILE_WEAK,
    PROFILE_THRESHOLDS,
    PROFILE_LARGE,
    PROFILE_ALL,
    PROFILES
};

enum { GENERATOR_NAMES = 20, GENERATOR_QUEUE = 6144, KIND_UNBOUND = KIND_COUNT };

struct generator {
    struct scenario_program *program; /* grows */
    enum lockstep_profile profile;
    struct rng rng;
    const uint8_t *bytes; /* NULL: rng chooses */
    size_t byte_count, byte_at;
    uint8_t kind[GENERATOR_NAMES + 1]; /* what each name holds; [0] is reborn */
    size_t queue_head, queue_count;
    struct scenario_op queue[GENERATOR_QUEUE]; /* the rest of a burst */
};

const char *lockstep_profile_name(enum lockstep_profile profile);

/* Start a program (empty) that rng, or bytes[count], will fill. */
void generator_init(struct generator *self, struct scenario_program *program,
                    enum lockstep_profile profile, uint64_t seed, const uint8_t *bytes,
                    size_t count);

/* Append the next operation; false when the bytes are used up. */
bool generator_next(struct generator *self);

/* The last operation took place: names may hold other kinds now. */
void generator_applied(struct generator *self);

#endif

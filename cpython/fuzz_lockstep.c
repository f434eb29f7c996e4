/* libFuzzer target: bytes become a scenario (the first one chooses the profile, the rest what a
 * seed would), which runs on our core and on CPython 3.11 in lockstep. A difference is minimised,
 * printed as a scenario, and aborts. Says at its end how many different scenarios it ran: libFuzzer
 * counts executions, and different bytes can mean the same scenario. */
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "cpython/lockstep_generate.h"
#include "cpython/lockstep_minimise.h"

enum { OPERATIONS_MAX = 3000, SEEN_MIN = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* Hashes of the scenarios that ran, in open addressing, never more than half full. Two scenarios
 * of one hash count as one: the count can only be too low. */
struct seen {
    uint64_t *hash; /* 0: empty */
    size_t count, capacity;
};

struct fuzzed {
    struct lockstep lockstep;
    struct seen seen;
    uint64_t runs;
};

/* libFuzzer calls with nothing but bytes: the interpreter, one a process, waits here. */
static struct fuzzed *fuzzed_of_process(void)
{
    static struct fuzzed fuzzed;
    return &fuzzed;
}

static void print_fuzzed(void)
{
    const struct fuzzed *self = fuzzed_of_process();
    fprintf(stderr, "lockstep: %zu distinct scenarios in %llu runs, %llu operations compared\n",
            self->seen.count, (unsigned long long)self->runs,
            (unsigned long long)self->lockstep.totals.operations);
}

static struct fuzzed *fuzzed_start(void)
{
    struct fuzzed *self = fuzzed_of_process();
    struct error error;
    if (self->seen.hash == NULL) {
        CHECK(lockstep_start(&self->lockstep, &error));
        self->seen.capacity = SEEN_MIN;
        self->seen.hash = calloc(SEEN_MIN, sizeof(uint64_t));
        CHECK(self->seen.hash != NULL && atexit(print_fuzzed) == 0);
    }
    return self;
}

static void seen_put(struct seen *self, uint64_t hash)
{
    size_t at = hash & (self->capacity - 1);
    while (self->hash[at] != 0 && self->hash[at] != hash) {
        at = (at + 1) & (self->capacity - 1);
    }
    self->count += self->hash[at] == 0;
    self->hash[at] = hash;
}

static void seen_add(struct seen *self, uint64_t hash)
{
    if (2 * self->count >= self->capacity) {
        struct seen larger = {calloc(2 * self->capacity, sizeof(uint64_t)), 0, 2 * self->capacity};
        CHECK(larger.hash != NULL);
        for (size_t i = 0; i < self->capacity; i++) {
            if (self->hash[i] != 0) {
                seen_put(&larger, self->hash[i]);
            }
        }
        free(self->hash);
        *self = larger;
    }
    seen_put(self, hash | (hash == 0));
}

/* One more word in a hash: the finalizer of MurmurHash3. */
static uint64_t hash_add(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) + 0x9e3779b97f4a7c15;
    hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
    hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
    return hash ^ (hash >> 33);
}

static uint64_t program_hash(const struct scenario_program *program)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < program->op_count; i++) {
        const struct scenario_op *op = &program->op[i];
        hash = hash_add(hash, op->verb);
        hash = hash_add(hash, op->item_count);
        for (size_t j = 0; j < SCENARIO_OPERANDS; j++) {
            hash = hash_add(hash, (uint64_t)op->operand[j]);
        }
    }
    for (size_t i = 0; i < program->item_count; i++) {
        hash = hash_add(hash, (uint64_t)program->item[i]);
    }
    return hash;
}

static void report(struct lockstep *lockstep, struct scenario_program *program)
{
    struct error first = lockstep->difference;
    if (!lockstep_minimise(lockstep, program)) {
        lockstep->difference = first;
    }
    lockstep_print(lockstep, program, stderr);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    if (count < 2) {
        return 0;
    }
    struct fuzzed *fuzzed = fuzzed_start();
    struct lockstep *lockstep = &fuzzed->lockstep;
    struct scenario_program program;
    struct generator *generator = malloc(sizeof *generator);
    CHECK(generator != NULL);
    scenario_init(&program);
    generator_init(generator, &program, bytes[0] % PROFILES, 0, bytes + 1, count - 1);
    lockstep_begin(lockstep, &program);
    enum lockstep_verdict verdict = LOCKSTEP_SAME;
    while (program.op_count < OPERATIONS_MAX && verdict <= LOCKSTEP_REFUSED &&
           generator_next(generator)) {
        verdict = lockstep_step(lockstep, &program.op[program.op_count - 1]);
        if (verdict == LOCKSTEP_SAME) {
            generator_applied(generator);
        }
    }
    struct error difference = lockstep->difference;
    bool ended = lockstep_end(lockstep);
    if (verdict == LOCKSTEP_DIFFERENT || !ended) {
        lockstep->difference = verdict == LOCKSTEP_DIFFERENT ? difference : lockstep->difference;
        report(lockstep, &program);
    }
    if (program.op_count > 0) {
        fuzzed->runs++;
        seen_add(&fuzzed->seen, program_hash(&program));
    }
    free(generator);
    scenario_free(&program);
    return 0;
}

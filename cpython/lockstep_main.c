/* heapdyno-lockstep [OPS [SEED [PROFILE]]] [--files SCENARIO…]: random scenarios on both sides, or
 * one given; ends with what was compared and the number of differences. Exit status 1 if there are
 * any.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/units.h"
#include "cpython/lockstep_generate.h"
#include "cpython/lockstep_minimise.h"
#include "workloads/scenario/run.h"

enum { RUN_LENGTH_MIN = 500, RUN_LENGTH_MAX = 20000, SLICE = 100000 };

static int print_difference(struct lockstep *self, struct scenario_program *program)
{
    struct error first = self->difference;
    printf("difference: %s\nminimising %zu operations\n", first.text, program->op_count);
    fflush(stdout);
    if (!lockstep_minimise(self, program)) {
        self->difference = first;
        printf("# not shown by a run of its own; the whole run follows\n");
    }
    lockstep_print(self, program, stdout);
    return 1;
}

/* One run of `length` operations; false when a difference was found and printed. */
static bool run_random(struct lockstep *self, enum lockstep_profile profile, uint64_t seed,
                       uint64_t length)
{
    struct scenario_program program;
    struct generator *generator = malloc(sizeof *generator);
    CHECK(generator != NULL);
    scenario_init(&program);
    generator_init(generator, &program, profile, seed, NULL, 0);
    lockstep_begin(self, &program);
    enum lockstep_verdict verdict = LOCKSTEP_SAME;
    for (uint64_t i = 0; i < length && verdict <= LOCKSTEP_REFUSED; i++) {
        generator_next(generator);
        verdict = lockstep_step(self, &program.op[program.op_count - 1]);
        if (verdict == LOCKSTEP_SAME) {
            generator_applied(generator);
        }
    }
    struct error difference = self->difference;
    bool same = lockstep_end(self) && verdict != LOCKSTEP_DIFFERENT;
    if (!same) {
        if (verdict == LOCKSTEP_DIFFERENT) {
            self->difference = difference;
        }
        print_difference(self, &program);
    }
    free(generator);
    scenario_free(&program);
    return same;
}

static void print_totals(const struct lockstep *self, double seconds)
{
    const struct lockstep_totals *t = &self->totals;
    printf(
        "compared %llu operations (and %llu refused by both) in %llu runs, %.0f a second of CPU\n"
        "  %llu allocation requests, %llu events, %llu walks over all generations\n"
        "  collections 0: %llu  1: %llu  2: %llu, %llu objects collected\n"
        "  %llu runs ended where CPython 3.11 is undefined\n",
        (unsigned long long)t->operations, (unsigned long long)t->refused,
        (unsigned long long)t->runs,
        seconds > 0 ? (double)(t->operations + t->refused) / seconds : 0.0,
        (unsigned long long)t->requests, (unsigned long long)t->events,
        (unsigned long long)t->walks, (unsigned long long)t->collections[0],
        (unsigned long long)t->collections[1], (unsigned long long)t->collections[2],
        (unsigned long long)t->collected, (unsigned long long)t->undefined);
}

static int run_profiles(struct lockstep *self, uint64_t ops, uint64_t seed, const char *only)
{
    struct rng rng;
    rng_seed(&rng, seed);
    uint64_t start = clock_cpu_ns();
    bool same = true;
    for (uint64_t run = 0; same && self->totals.operations < ops; run++) {
        enum lockstep_profile profile = run % PROFILES;
        uint64_t run_seed = rng_next(&rng);
        uint64_t length = RUN_LENGTH_MIN + rng_below(&rng, RUN_LENGTH_MAX - RUN_LENGTH_MIN);
        if (only == NULL || strcmp(only, lockstep_profile_name(profile)) == 0) {
            uint64_t left = ops - self->totals.operations;
            same = run_random(self, profile, run_seed, length < left ? length : left);
        }
    }
    printf("lockstep seed=%llu profile=%s\n", (unsigned long long)seed,
           only == NULL ? "each in turn" : only);
    print_totals(self, (double)(clock_cpu_ns() - start) / 1e9);
    printf("%d differences\n", same ? 0 : 1);
    return same ? 0 : 1;
}

/* One scenario from its file; false when a difference was found and printed. Those that the model
 * only approximates are left out. */
static bool run_file(struct lockstep *self, const char *path, unsigned *compared)
{
    struct scenario_program program;
    scenario_init(&program);
    bool same = true;
    bool good = scenario_load(path, &program) == SCENARIO_EXIT_OK;
    if (good && !program.uses_weakdict && !program.uses_intern) {
        struct scenario_cursor cursor = {.at = 0};
        const struct scenario_op *op;
        enum lockstep_verdict verdict = LOCKSTEP_SAME;
        lockstep_begin(self, &program);
        while (verdict <= LOCKSTEP_REFUSED && (op = scenario_next(&program, &cursor)) != NULL) {
            verdict = lockstep_step(self, op);
        }
        struct error first = self->difference;
        same = lockstep_end(self) && verdict != LOCKSTEP_DIFFERENT;
        if (!same) {
            printf("%s: %s\n", path,
                   verdict == LOCKSTEP_DIFFERENT ? first.text : self->difference.text);
        }
        ++*compared;
    }
    scenario_free(&program);
    return same;
}

static int run_files(struct lockstep *self, char **paths, int count)
{
    uint64_t start = clock_cpu_ns();
    unsigned compared = 0;
    int differences = 0;
    for (int i = 0; i < count; i++) {
        differences += !run_file(self, paths[i], &compared);
    }
    printf("%u of %d scenarios in lockstep\n", compared, count);
    print_totals(self, (double)(clock_cpu_ns() - start) / 1e9);
    printf("%d differences\n", differences);
    return differences != 0;
}

static bool known_profile(const char *name)
{
    for (int i = 0; i < PROFILES; i++) {
        if (strcmp(name, lockstep_profile_name((enum lockstep_profile)i)) == 0) {
            return true;
        }
    }
    return false;
}

int main(int argc, char **argv)
{
    struct error error;
    static struct lockstep lockstep; /* large; the process's only one */
    uint64_t ops = 1000000;
    uint64_t seed = 1;
    bool file = argc > 2 && strcmp(argv[1], "--files") == 0;
    if (!file && (argc > 4 || (argc > 1 && !units_parse_count(argv[1], &ops)) ||
                  (argc > 2 && !units_parse_count(argv[2], &seed)) ||
                  (argc > 3 && !known_profile(argv[3])))) {
        fprintf(stderr, "usage: heapdyno-lockstep [OPS [SEED [PROFILE]]] | --files SCENARIO…\n");
        return SCENARIO_EXIT_USAGE;
    }
    if (!lockstep_start(&lockstep, &error)) {
        fprintf(stderr, "heapdyno-lockstep: %s\n", error.text);
        return 1;
    }
    int status = file ? run_files(&lockstep, argv + 2, argc - 2)
                      : run_profiles(&lockstep, ops, seed, argc > 3 ? argv[3] : NULL);
    fflush(stdout);
    _exit(status); /* the interpreter is not taken down */
}

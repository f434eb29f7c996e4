/* libFuzzer target: bytes become a scenario (the first one chooses the profile, the rest what a
 * seed would), which runs on our core and on CPython 3.11 in lockstep. A difference is minimised,
 * printed as a scenario, and aborts. */
#include <stdlib.h>

#include "base/check.h"
#include "cpython/lockstep_generate.h"
#include "cpython/lockstep_minimise.h"

enum { OPERATIONS_MAX = 3000 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

/* libFuzzer calls with nothing but bytes: the interpreter, one a process, waits here. */
static struct lockstep *lockstep_of_process(void)
{
    static struct lockstep lockstep;
    static bool started;
    struct error error;
    if (!started) {
        started = lockstep_start(&lockstep, &error);
        CHECK(started);
    }
    return &lockstep;
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
    struct lockstep *lockstep = lockstep_of_process();
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
    free(generator);
    scenario_free(&program);
    return 0;
}

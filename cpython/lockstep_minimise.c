/* Delta debugging: see lockstep_minimise.h. A run costs about as much as its operations, so halves
 * go first. */
#include "cpython/lockstep_minimise.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

/* Run a whole program; true when a difference shows, *length is then the operations up to it. */
static bool differs(struct lockstep *self, const struct scenario_program *program, size_t *length)
{
    enum lockstep_verdict verdict = LOCKSTEP_SAME;
    lockstep_begin(self, program);
    size_t at = 0;
    while (at < program->op_count && verdict <= LOCKSTEP_REFUSED) {
        verdict = lockstep_step(self, &program->op[at++]);
    }
    *length = at;
    bool found = verdict == LOCKSTEP_DIFFERENT ||
                 (verdict <= LOCKSTEP_REFUSED && !lockstep_compare_walk(self));
    struct error first = self->difference;
    bool ended = lockstep_end(self);
    if (found) {
        self->difference = first;
    }
    return found || !ended;
}

/* The same program without operations first … first+count-1; names and items are shared. */
static bool differs_without(struct lockstep *self, struct scenario_program *program, size_t first,
                            size_t count)
{
    struct scenario_program shorter = *program;
    size_t length;
    shorter.op_count = program->op_count - count;
    shorter.op = calloc(shorter.op_count + 1, sizeof *shorter.op);
    CHECK(shorter.op != NULL);
    memcpy(shorter.op, program->op, first * sizeof *shorter.op);
    memcpy(shorter.op + first, program->op + first + count,
           (shorter.op_count - first) * sizeof *shorter.op);
    bool found = differs(self, &shorter, &length);
    if (found) {
        memcpy(program->op, shorter.op, length * sizeof *shorter.op);
        program->op_count = length;
    }
    free(shorter.op);
    return found;
}

/* Leave out items of list and tuple, one at a time: a smaller line. */
static bool shorten_items(struct lockstep *self, struct scenario_program *program)
{
    bool any = false;
    size_t length;
    for (size_t i = 0; i < program->op_count; i++) {
        struct scenario_op *op = &program->op[i];
        while (op->item_count > 0) {
            op->item_count--;
            if (!differs(self, program, &length)) {
                op->item_count++;
                break;
            }
            any = true;
        }
    }
    return any;
}

bool lockstep_minimise(struct lockstep *self, struct scenario_program *program)
{
    size_t length;
    if (!differs(self, program, &length)) {
        return false;
    }
    program->op_count = length;
    bool again = true;
    while (again) {
        again = false;
        for (size_t chunk = program->op_count / 2 + 1; chunk > 0; chunk /= 2) {
            for (size_t first = 0; first + chunk <= program->op_count;) {
                if (differs_without(self, program, first, chunk)) {
                    again = true;
                } else {
                    first += chunk;
                }
            }
        }
        again = shorten_items(self, program) || again;
    }
    return differs(self, program, &length);
}

void lockstep_print(const struct lockstep *self, const struct scenario_program *program, FILE *out)
{
    char line[SCENARIO_LINE_MAX + 1];
    fprintf(out, "# %s\n", self->difference.text);
    for (size_t i = 0; i < program->op_count; i++) {
        scenario_print(program, &program->op[i], line, sizeof line);
        fprintf(out, "%s\n", line);
    }
}

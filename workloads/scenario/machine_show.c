/* Every line that `show` prints, made from plain structs: the same code for both sides, so two
 * heaps in the same state print the same bytes. */
#include "base/check.h"
#include "workloads/scenario/machine.h"

static const char *yes_no(bool yes)
{
    return yes ? "yes" : "no";
}

static void print_three(FILE *out, const char *what, const int64_t number[3])
{
    fprintf(out, "%s %lld %lld %lld\n", what, (long long)number[0], (long long)number[1],
            (long long)number[2]);
}

static void print_stats(FILE *out, const struct scenario_state *state)
{
    for (int i = 0; i < SCENARIO_GENERATIONS; i++) {
        fprintf(out, "stats %d collections=%lld collected=%lld uncollectable=%lld\n", i,
                (long long)state->stats[i].collections, (long long)state->stats[i].collected,
                (long long)state->stats[i].uncollectable);
    }
}

static void print_freelists(FILE *out, const struct scenario_state *state)
{
    fprintf(out,
            "freelists list=%lld dict=%lld keys=%lld float=%lld tuple=", (long long)state->lists,
            (long long)state->dicts, (long long)state->keys, (long long)state->floats);
    for (int i = 0; i < SCENARIO_TUPLE_LENGTHS; i++) {
        fprintf(out, "%s%lld", i == 0 ? "" : ",", (long long)state->tuples[i]);
    }
    fputc('\n', out);
}

static void print_sizes(struct scenario_machine *self)
{
    int64_t size[SCENARIO_GENERATIONS + 1];
    BACKEND(self, sizes, size);
    fprintf(self->out, "sizes %lld %lld %lld %lld\n", (long long)size[0], (long long)size[1],
            (long long)size[2], (long long)size[3]);
}

static void print_events(struct scenario_machine *self)
{
    struct scenario_log *log = BACKEND(self, log);
    for (size_t i = 0; i < log->count; i++) {
        fprintf(self->out, "event %s %d\n",
                log->event[i].kind == SCENARIO_FINALIZE ? "finalize" : "callback",
                log->event[i].label);
    }
    fprintf(self->out, "events %zu\n", log->count);
    log->count = 0;
}

/* Requests about the whole heap. */
static void show_heap(struct scenario_machine *self, unsigned verb)
{
    FILE *out = self->out;
    struct scenario_state state;
    BACKEND(self, state, &state);
    switch (verb) {
    case VERB_SHOW_COUNT:
        print_three(out, "count", state.count);
        break;
    case VERB_SHOW_THRESHOLD:
        print_three(out, "threshold", state.threshold);
        break;
    case VERB_SHOW_ENABLED:
        fprintf(out, "enabled %s\n", yes_no(state.enabled != 0));
        break;
    case VERB_SHOW_STATS:
        print_stats(out, &state);
        break;
    case VERB_SHOW_SIZES:
        print_sizes(self);
        break;
    case VERB_SHOW_LONG_LIVED:
        fprintf(out, "long_lived total=%lld pending=%lld\n", (long long)state.long_lived_total,
                (long long)state.long_lived_pending);
        break;
    case VERB_SHOW_FREELISTS:
        print_freelists(out, &state);
        break;
    case VERB_SHOW_BLOCKS:
        fprintf(out, "blocks %lld\n", (long long)state.blocks);
        break;
    case VERB_SHOW_EVENTS:
        print_events(self);
        break;
    case VERB_SHOW_GARBAGE:
        fprintf(out, "garbage %lld\n", (long long)state.garbage);
        break;
    default:
        UNREACHABLE("not a request about the heap");
    }
}

static void print_generation(struct scenario_machine *self, const char *name,
                             const struct scenario_object *object)
{
    int generation = BACKEND(self, generation, object);
    if (generation == GENERATION_UNTRACKED || generation == GENERATION_PERMANENT) {
        fprintf(self->out, "generation %s %s\n", name,
                generation == GENERATION_UNTRACKED ? "none" : "permanent");
    } else {
        fprintf(self->out, "generation %s %d\n", name, generation);
    }
}

static void print_refcount(struct scenario_machine *self, const char *name,
                           const struct scenario_object *object)
{
    if (BACKEND(self, immortal, object)) {
        fprintf(self->out, "refcount %s immortal\n", name);
    } else {
        fprintf(self->out, "refcount %s %lld\n", name, (long long)BACKEND(self, refcount, object));
    }
}

/* Requests about one object, whose name or none is operand `which`. */
static enum scenario_result show_object(struct scenario_machine *self, const struct scenario_op *op,
                                        int which, struct error *error)
{
    struct scenario_object *object = machine_item(self, op->operand[which], error);
    if (object == NULL) {
        return SCENARIO_ERROR;
    }
    const char *name = machine_item_name(self, op->operand[which]);
    switch (op->verb) {
    case VERB_SHOW_REFCOUNT:
        print_refcount(self, name, object);
        break;
    case VERB_SHOW_TRACKED:
        fprintf(self->out, "tracked %s %s\n", name, yes_no(BACKEND(self, tracked, object)));
        break;
    case VERB_SHOW_SIZE:
        fprintf(self->out, "size %s %lld\n", name, (long long)BACKEND(self, size, object));
        break;
    case VERB_SHOW_GENERATION:
        print_generation(self, name, object);
        break;
    case VERB_SHOW_REUSED:
        if (self->remembered[op->operand[0]] == NULL) {
            error_set(error, "unknown label %lld: nothing was remembered under it",
                      (long long)op->operand[0]);
            return SCENARIO_ERROR;
        }
        fprintf(self->out, "reused %lld %s %s\n", (long long)op->operand[0], name,
                yes_no(self->remembered[op->operand[0]] == object));
        break;
    default:
        UNREACHABLE("not a request about an object");
    }
    return SCENARIO_OK;
}

static enum scenario_result show_same(struct scenario_machine *self, const struct scenario_op *op,
                                      struct error *error)
{
    struct scenario_object *left = machine_item(self, op->operand[0], error);
    struct scenario_object *right = left == NULL ? NULL : machine_item(self, op->operand[1], error);
    if (right == NULL) {
        return SCENARIO_ERROR;
    }
    fprintf(self->out, "same %s %s %s\n", machine_item_name(self, op->operand[0]),
            machine_item_name(self, op->operand[1]), yes_no(left == right));
    return SCENARIO_OK;
}

static enum scenario_result show_kind(struct scenario_machine *self, const struct scenario_op *op,
                                      struct error *error)
{
    bool weakref = op->verb == VERB_SHOW_ALIVE;
    struct scenario_object *object =
        machine_object(self, op->operand[0], weakref ? KIND_WEAKREF : KIND_WEAKDICT, error);
    if (object == NULL) {
        return SCENARIO_ERROR;
    }
    const char *name = machine_item_name(self, op->operand[0]);
    if (weakref) {
        fprintf(self->out, "alive %s %s\n", name, yes_no(BACKEND(self, alive, object)));
    } else {
        fprintf(self->out, "weaklen %s %lld\n", name, (long long)BACKEND(self, length, object));
    }
    return SCENARIO_OK;
}

enum scenario_result machine_show(struct scenario_machine *self, const struct scenario_op *op,
                                  struct error *error)
{
    if (self->out == NULL) {
        return SCENARIO_OK;
    }
    switch (op->verb) {
    case VERB_SHOW_REFCOUNT:
    case VERB_SHOW_TRACKED:
    case VERB_SHOW_SIZE:
    case VERB_SHOW_GENERATION:
        return show_object(self, op, 0, error);
    case VERB_SHOW_REUSED:
        return show_object(self, op, 1, error);
    case VERB_SHOW_SAME:
        return show_same(self, op, error);
    case VERB_SHOW_ALIVE:
    case VERB_SHOW_WEAKLEN:
        return show_kind(self, op, error);
    default:
        show_heap(self, op->verb);
        return SCENARIO_OK;
    }
}

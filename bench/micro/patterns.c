/* The table of allocation patterns and their states; see patterns.h. */
#include "bench/micro/patterns.h"

#include "base/rng.h"
#include "workloads/replay.h"

static const struct pattern_shape shapes[] = {
    {"pair/16", PATTERN_PAIR, .size = 16, .live = 16, .batch = 1000, .length = 5000},
    {"pair/64", PATTERN_PAIR, .size = 64, .live = 16, .batch = 1000, .length = 5000},
    {"pair/256", PATTERN_PAIR, .size = 256, .live = 16, .batch = 1000, .length = 5000},
    {"pair/512", PATTERN_PAIR, .size = 512, .live = 16, .batch = 1000, .length = 5000},
    {"pair/1024", PATTERN_PAIR, .size = 1024, .live = 16, .batch = 1000, .length = 5000},
    {"burst/64", PATTERN_BURST, .size = 64, .live = 16, .batch = 1000, .length = 10000},
    {"fifo/64", PATTERN_FIFO, .size = 64, .live = 10000, .batch = 1000, .length = 10000},
    {"random/1000", PATTERN_RANDOM, .live = 1000, .batch = 1000, .length = 20000},
    {"random/100000", PATTERN_RANDOM, .live = 100000, .batch = 1000, .length = 40000},
    {"build/100000", PATTERN_BUILD, .live = 100000, .batch = 100000, .length = 100000,
     .slow = true},
    {"replay/compile", PATTERN_REPLAY, .trace = "compile", .batch = 1, .length = 1, .slow = true},
    {"replay/json", PATTERN_REPLAY, .trace = "json", .batch = 1, .length = 1, .slow = true},
    {"replay/web", PATTERN_REPLAY, .trace = "web", .batch = 1, .length = 1, .slow = true},
};

/* What four Python programs (parsing and compiling, JSON, a web service, text) ask for on average,
 * in thousandths: up to 512 bytes, what small-object allocators serve themselves. */
static const struct {
    unsigned low, high, share; /* bytes, multiples of 16 */
} python_sizes[] = {{16, 16, 65},   {32, 32, 190},  {48, 48, 159}, {64, 64, 337},
                    {80, 128, 115}, {144, 256, 95}, {272, 512, 39}};

static uint16_t draw_size(struct rng *rng)
{
    uint64_t share = rng_below(rng, 1000);
    size_t row = 0;
    while (share >= python_sizes[row].share) {
        share -= python_sizes[row++].share;
        CHECK(row < COUNT_OF(python_sizes));
    }
    unsigned steps = (python_sizes[row].high - python_sizes[row].low) / 16 + 1;
    return (uint16_t)(python_sizes[row].low + 16 * rng_below(rng, steps));
}

static const struct pattern_shape large[] = {
    {"build/5000000", PATTERN_BUILD, .live = 5000000, .batch = 5000000, .length = 5000000,
     .slow = true},
    {"peak/compile", PATTERN_PEAK, .trace = "compile", .batch = 1, .length = 1, .slow = true},
    {"peak/json", PATTERN_PEAK, .trace = "json", .batch = 1, .length = 1, .slow = true},
    {"peak/web", PATTERN_PEAK, .trace = "web", .batch = 1, .length = 1, .slow = true},
};

static void pattern_add(struct micro_cases *cases, const struct micro_functions *functions,
                        const struct pattern_shape *shape)
{
    struct micro_case *one = micro_case_add(cases, "%s", shape->name);
    one->functions = functions;
    one->shape = shape;
    one->batch = shape->batch;
    one->length = shape->length;
    one->slow = shape->slow;
}

void patterns_add(struct micro_cases *cases, const struct micro_functions *functions)
{
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        pattern_add(cases, functions, &shapes[i]);
    }
}

void patterns_add_large(struct micro_cases *cases, const struct micro_functions *functions)
{
    for (size_t i = 0; i < COUNT_OF(large); i++) {
        pattern_add(cases, functions, &large[i]);
    }
}

/* How many requests lead to the most bytes alive. */
static size_t requests_to_peak(const struct trace_program *program)
{
    size_t peak = 0;
    uint64_t live = 0, most = 0;
    uint32_t *sizes = micro_map((program->slot_count + 1) * sizeof *sizes);
    for (size_t i = 0; i < program->op_count; i++) {
        const struct trace_op *op = &program->ops[i];
        live -= sizes[op->slot];
        sizes[op->slot] = op->kind == TRACE_OP_FREE ? 0 : op->size;
        live += sizes[op->slot];
        if (live > most) {
            most = live;
            peak = i + 1;
        }
    }
    micro_unmap(sizes, (program->slot_count + 1) * sizeof *sizes);
    return peak;
}

struct pattern_state *pattern_open(const struct micro_case *self, uint64_t *items,
                                   struct error *error)
{
    const struct pattern_shape *shape = self->shape;
    struct pattern_state *state = micro_map(sizeof *state);
    struct rng rng;
    char path[4096];
    state->shape = shape;
    state->random = 1;
    state->block_count = shape->live;
    if (shape->trace != NULL) {
        if (!replay_find(shape->trace, path, sizeof path, error) ||
            !trace_program_load(&state->program, path, 0, error)) {
            micro_unmap(state, sizeof *state);
            return NULL;
        }
        state->block_count = state->program.slot_count;
        *items = state->program.op_count + state->program.live_blocks;
        state->peak = requests_to_peak(&state->program);
    }
    rng_seed(&rng, 1);
    for (size_t i = 0; i < PATTERN_SIZES; i++) {
        state->sizes[i] = draw_size(&rng);
    }
    state->blocks = micro_map((state->block_count + 1) * sizeof *state->blocks);
    return state;
}

void pattern_close(struct pattern_state *self)
{
    micro_unmap(self->blocks, (self->block_count + 1) * sizeof *self->blocks);
    if (self->shape->trace != NULL) {
        trace_program_unload(&self->program);
    }
    micro_unmap(self, sizeof *self);
}

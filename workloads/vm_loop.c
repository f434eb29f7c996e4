/* vm_loop: a loop of bytecode. Its value stack pays what CPython's does: LOAD takes a reference, a
 * binary operation drops two and makes one object, STORE releases what was there. Next to nothing
 * is tracked: reference counts, the free list of floats and small blocks are the whole of it. */
#include <string.h>

#include "workloads/common.h"

enum vm_op {
    OP_LOAD,  /* push variable `place` */
    OP_STORE, /* pop into variable `place` */
    OP_ADD,   /* pop two, push one */
    OP_SUB,
    OP_MUL,
    OP_LESS,
    OP_JUMP,
    OP_JUMP_IF_FALSE,
    OP_RETURN,
};

struct vm_code {
    uint8_t op, place;
};

enum vm_place { VAR_I, VAR_N, VAR_SUM, VAR_X, VAR_RATE, CONST_ONE, CONST_ONE_REAL, VM_PLACES };
enum { VM_STACK = 8, VM_TURNS = 1000 };

/* while i < n: sum = sum + i * i - i; i = i + 1 */
static const struct vm_code vm_ints[] = {
    {OP_LOAD, VAR_I},   {OP_LOAD, VAR_N},     {OP_LESS, 0},     {OP_JUMP_IF_FALSE, 17},
    {OP_LOAD, VAR_SUM}, {OP_LOAD, VAR_I},     {OP_LOAD, VAR_I}, {OP_MUL, 0},
    {OP_ADD, 0},        {OP_LOAD, VAR_I},     {OP_SUB, 0},      {OP_STORE, VAR_SUM},
    {OP_LOAD, VAR_I},   {OP_LOAD, CONST_ONE}, {OP_ADD, 0},      {OP_STORE, VAR_I},
    {OP_JUMP, 0},       {OP_RETURN, 0},
};

/* while i < n: x = rate * x * (1.0 - x); i = i + 1: the logistic map */
static const struct vm_code vm_floats[] = {
    {OP_LOAD, VAR_I},    {OP_LOAD, VAR_N},     {OP_LESS, 0}, {OP_JUMP_IF_FALSE, 17},
    {OP_LOAD, VAR_RATE}, {OP_LOAD, VAR_X},     {OP_MUL, 0},  {OP_LOAD, CONST_ONE_REAL},
    {OP_LOAD, VAR_X},    {OP_SUB, 0},          {OP_MUL, 0},  {OP_STORE, VAR_X},
    {OP_LOAD, VAR_I},    {OP_LOAD, CONST_ONE}, {OP_ADD, 0},  {OP_STORE, VAR_I},
    {OP_JUMP, 0},        {OP_RETURN, 0},
};

/* The references of one call: variables and stack. Owned here, because a list would hide the very
 * cost; vm_call releases all of them at its end, whichever way it ends. */
struct vm_frame {
    struct runtime *runtime;
    struct object *place[VM_PLACES];
    struct object *stack[VM_STACK];
    int top;
};

static int64_t vm_int_operation(uint8_t op, int64_t a, int64_t b)
{
    return op == OP_ADD ? a + b : op == OP_SUB ? a - b : a * b;
}

static double vm_float_operation(uint8_t op, double a, double b)
{
    return op == OP_ADD ? a + b : op == OP_SUB ? a - b : a * b;
}

static struct object *vm_operate(struct runtime *runtime, uint8_t op, const struct object *a,
                                 const struct object *b)
{
    if (int_is(a)) {
        int64_t x = int_value(a), y = int_value(b);
        return op == OP_LESS ? newref(bool_of(runtime, x < y))
                             : int_new(runtime, vm_int_operation(op, x, y));
    }
    double x = float_value(a), y = float_value(b);
    return op == OP_LESS ? newref(bool_of(runtime, x < y))
                         : float_new(runtime, vm_float_operation(op, x, y));
}

/* Pop two, push their result. False: no memory. */
static bool vm_binary(struct vm_frame *frame, uint8_t op)
{
    struct object *b = frame->stack[--frame->top];
    struct object *a = frame->stack[--frame->top];
    struct object *result = vm_operate(frame->runtime, op, a, b);
    decref(frame->runtime, a);
    decref(frame->runtime, b);
    if (result == NULL) {
        return false;
    }
    frame->stack[frame->top++] = result;
    return true;
}

static bool vm_execute(struct vm_frame *frame, const struct vm_code *code)
{
    for (const struct vm_code *at = code;; at++) {
        switch (at->op) {
        case OP_LOAD:
            frame->stack[frame->top++] = newref(frame->place[at->place]);
            break;
        case OP_STORE: {
            struct object *old = frame->place[at->place];
            frame->place[at->place] = frame->stack[--frame->top];
            decref(frame->runtime, old);
            break;
        }
        case OP_JUMP_IF_FALSE: {
            struct object *condition = frame->stack[--frame->top];
            bool jump = condition == bool_of(frame->runtime, false);
            decref(frame->runtime, condition);
            at = jump ? code + at->place - 1 : at;
            break;
        }
        case OP_JUMP:
            at = code + at->place - 1;
            break;
        case OP_RETURN:
            return true;
        default:
            if (!vm_binary(frame, at->op)) {
                return false;
            }
        }
    }
}

static bool vm_fill(struct vm_frame *frame, double start, uint64_t turns)
{
    struct runtime *runtime = frame->runtime;
    frame->place[VAR_I] = int_new(runtime, 0);
    frame->place[VAR_N] = int_new(runtime, (int64_t)turns);
    frame->place[VAR_SUM] = int_new(runtime, 0);
    frame->place[VAR_X] = float_new(runtime, start);
    frame->place[VAR_RATE] = float_new(runtime, 3.75);
    frame->place[CONST_ONE] = int_new(runtime, 1);
    frame->place[CONST_ONE_REAL] = float_new(runtime, 1.0);
    for (int i = 0; i < VM_PLACES; i++) {
        if (frame->place[i] == NULL) {
            return false;
        }
    }
    return true;
}

/* One call of a function with the loop. */
static bool vm_call(struct job *job, const struct vm_code *code, uint64_t turns)
{
    struct vm_frame frame = {.runtime = job->runtime};
    bool ok = vm_fill(&frame, 0.25 + rng_unit(job->rng) / 2, turns) && vm_execute(&frame, code);
    if (ok) {
        uint64_t bits;
        double x = float_value(frame.place[VAR_X]);
        memcpy(&bits, &x, sizeof bits);
        job_fold(job, bits);
        job_fold(job, (uint64_t)int_value(frame.place[VAR_SUM]));
        job_operation(job);
    }
    while (frame.top > 0) {
        decref(job->runtime, frame.stack[--frame.top]);
    }
    for (int i = 0; i < VM_PLACES; i++) {
        xdecref(job->runtime, frame.place[i]);
    }
    return ok;
}

static bool vm_body(struct job *job)
{
    uint64_t calls = job_count(job, "calls", (struct job_scale){4, 1000, 50000});
    uint64_t turns = job->size == SIZE_TINY ? 30 : VM_TURNS;
    uint64_t numbers = options_number(job->options, "numbers"); /* ints, floats, both */
    if (!job_setup_done(job)) {
        return false;
    }
    for (uint64_t i = 0; i < calls; i++) {
        bool floats = numbers == 1 || (numbers == 2 && i % 2 == 1);
        if (!vm_call(job, floats ? vm_floats : vm_ints, turns)) {
            return false;
        }
    }
    return true;
}

JOB_RUN(vm_run, vm_body)

static const struct option vm_options[] = {
    {"calls", OPTION_COUNT, NULL, 1, 1000000000, NULL,
     "calls of 1,000 turns (30 in tiny); by size 4 | 1k | 50k"},
    {"numbers", OPTION_CHOICE, "both", 0, 0, "ints|floats|both", "what the loop computes with"},
};

const struct workload workload_vm_loop = {
    .name = "vm_loop",
    .summary = "a bytecode loop over ints and floats: reference counts and small blocks",
    .stands_for = "Numeric loops in pure Python: nbody, fannkuch, spectral_norm of pyperformance.\n"
                  "About 16 instructions of 3.11 per turn; each loads, stores or releases.\n"
                  "Hardly anything is tracked, so a collector must not be felt here.",
    .operation_unit = "call",
    .options = vm_options,
    .option_count = COUNT_OF(vm_options),
    .run = vm_run,
};

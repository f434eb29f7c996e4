/* closures: small cycles that the language makes by itself: an exception whose traceback holds the
 * frame that holds the exception, a local function that calls itself, a bound method stored in its
 * object. 2 to 7 objects each, short-lived, at a high rate. */
#include "workloads/common.h"

enum shape { SHAPE_EXCEPTION, SHAPE_FUNCTION, SHAPE_METHOD, SHAPE_MIXED }; /* order of the option */

struct closures {
    struct job *job;
    struct runtime *runtime;
    struct class *class;
    struct object *globals; /* dict: the module's */
    struct object *code;    /* stands for a code object: opaque, shared */
    struct object *window;  /* list of the newest ones */
    double cyclic;
};

/* A call's frame with `locals` places; held by the job. */
static struct object *closures_frame(struct closures *self, uint32_t locals)
{
    struct object *frame = job_hold(self->job, closure_new(self->runtime, CLOSURE_FRAME, locals));
    if (frame != NULL) {
        closure_set(self->runtime, frame, FRAME_CODE, self->code);
        closure_set(self->runtime, frame, FRAME_NAMESPACE, self->globals);
    }
    return frame;
}

/* try: raise E(message) through `depth` frames; except E as e: keep = e. Held by the job. */
static struct object *closures_exception(struct closures *self, bool cyclic)
{
    struct job *job = self->job;
    struct runtime *runtime = self->runtime;
    uint64_t depth = 1 + job_below(job, 3);
    struct object *exception = job_hold(job, closure_new(runtime, CLOSURE_EXCEPTION, 0));
    struct object *arguments = exception == NULL ? NULL : tuple_new(runtime, 1);
    if (!field_give(runtime, exception, EXCEPTION_ARGS, arguments)) {
        return NULL;
    }
    struct object *message = job_text(job, depth, 12 + (int64_t)(8 * depth));
    if (message == NULL) {
        return NULL;
    }
    tuple_init_take(arguments, 0, message);
    job_fold(job, (uint64_t)str_length(message));
    for (uint64_t i = 0; i < depth; i++) {
        struct object *inner = closure_get(exception, EXCEPTION_TRACEBACK);
        struct object *traceback = closure_new(runtime, CLOSURE_TRACEBACK, 0);
        if (traceback == NULL) {
            return NULL;
        }
        closure_set(runtime, traceback, TRACEBACK_NEXT, inner);
        if (!field_give(runtime, exception, EXCEPTION_TRACEBACK, traceback)) {
            return NULL;
        }
        struct object *frame = closures_frame(self, 2);
        if (frame == NULL) {
            return NULL;
        }
        closure_set(runtime, traceback, TRACEBACK_FRAME, frame);
        closure_set(runtime, frame, FRAME_LOCALS, cyclic && i == 0 ? exception : arguments);
    }
    return exception;
}

/* def outer(): def inner(n): … inner(n - 1): the cell of `inner` holds it. Held by the job. */
static struct object *closures_function(struct closures *self, bool cyclic)
{
    struct job *job = self->job;
    struct runtime *runtime = self->runtime;
    struct object *cell = job_hold(job, closure_new(runtime, CLOSURE_CELL, 0));
    struct object *function =
        cell == NULL ? NULL : job_hold(job, closure_new(runtime, CLOSURE_FUNCTION, 0));
    if (function == NULL) {
        return NULL;
    }
    closure_set(runtime, function, FUNCTION_CODE, self->code);
    closure_set(runtime, function, FUNCTION_GLOBALS, self->globals);
    closure_set(runtime, function, FUNCTION_NAME, job_name(job, 0));
    closure_set(runtime, function, FUNCTION_QUALNAME, job_name(job, 0));
    uint64_t number = 300 + job_below(job, 100);
    struct object *defaults[] = {job_hold(job, int_new(runtime, (int64_t)number))};
    job_fold(job, number);
    if (defaults[0] == NULL ||
        !field_give(runtime, function, FUNCTION_CLOSURE, tuple_pack(runtime, &cell, 1)) ||
        !field_give(runtime, function, FUNCTION_DEFAULTS, tuple_pack(runtime, defaults, 1))) {
        return NULL;
    }
    closure_set(runtime, cell, CELL_CONTENTS, cyclic ? function : defaults[0]);
    return function;
}

/* self.handler = self.method. Held by the job. */
static struct object *closures_method(struct closures *self, bool cyclic)
{
    struct job *job = self->job;
    struct runtime *runtime = self->runtime;
    struct object *instance = job_hold(job, instance_new(runtime, self->class));
    if (instance == NULL || !attr_give(runtime, instance, job_name(job, 1), job_text(job, 0, 30))) {
        return NULL;
    }
    struct object *method = job_hold(job, closure_new(runtime, CLOSURE_METHOD, 0));
    if (method == NULL) {
        return NULL;
    }
    closure_set(runtime, method, METHOD_FUNCTION, self->code);
    closure_set(runtime, method, METHOD_SELF, cyclic ? instance : self->code);
    job_fold(job, 1);
    return object_setattr(runtime, instance, job_name(job, 0), method) ? instance : NULL;
}

/* Make one, put it at a place of the window. */
static bool closures_turn(struct closures *self, enum shape shape)
{
    struct job *job = self->job;
    size_t mark = job_mark(job);
    bool cyclic = job_chance(job, self->cyclic);
    int64_t at = (int64_t)job_below(job, (uint64_t)list_length(self->window));
    shape = shape == SHAPE_MIXED ? (enum shape)job_below(job, SHAPE_MIXED) : shape;
    struct object *made = shape == SHAPE_EXCEPTION  ? closures_exception(self, cyclic)
                          : shape == SHAPE_FUNCTION ? closures_function(self, cyclic)
                                                    : closures_method(self, cyclic);
    if (made == NULL) {
        return false;
    }
    list_set(self->runtime, self->window, at, made);
    job_release(job, mark);
    job_operation(job);
    return true;
}

static bool closures_setup(struct closures *self, uint64_t window)
{
    static const char *const names[] = {"handler", "label"};
    struct job *job = self->job;
    if (!job_names(job, names, COUNT_OF(names))) {
        return false;
    }
    self->class = job_class(
        job, &(struct class_spec){.name = "Widget", .has_dict = true, .has_weakrefs = true});
    if (self->class == NULL) {
        return false;
    }
    self->globals = job_root(job, dict_new(self->runtime));
    self->code = self->globals == NULL ? NULL : job_root(job, bytes_new(self->runtime, NULL, 120));
    self->window = self->code == NULL ? NULL : job_window(job, window);
    return self->window != NULL && job_setup_done(job);
}

static bool closures_body(struct job *job)
{
    uint64_t window = job_live_count(job, "window", (struct job_scale){5, 200, 20000});
    uint64_t turns = job_count(job, "turns", (struct job_scale){60, 200000, 3000000});
    struct closures self = {.job = job, .runtime = job->runtime, .cyclic = job_cyclic(job, 1)};
    enum shape shape = (enum shape)options_number(job->options, "shape");
    if (!closures_setup(&self, window)) {
        return false;
    }
    for (uint64_t i = 0; i < turns; i++) {
        if (!closures_turn(&self, shape)) {
            return false;
        }
    }
    return true;
}

JOB_RUN(closures_run, closures_body)

static const struct option closures_options[] = {
    {"turns", OPTION_COUNT, NULL, 1, 1000000000, NULL, "cycles made; by size 60 | 200k | 3m"},
    {"window", OPTION_COUNT, NULL, 1, 100000000, NULL, "cycles alive; by size 5 | 200 | 20k"},
    {"shape", OPTION_CHOICE, "mixed", 0, 0, "exception|function|method|mixed", "what is made"},
};

const struct workload workload_closures = {
    .name = "closures",
    .summary = "exceptions with tracebacks, recursive local functions, stored methods",
    .stands_for =
        "asyncio, httpx and unittest: errors kept with their frames, callbacks, handlers.\n"
        "3 to 7 objects in a cycle, 1,000 to 50,000 a second in such programs; in 3.14.0\n"
        "cycles like these grew an httpx client from 80 to 420 MB.",
    .operation_unit = "cycle",
    .options = closures_options,
    .option_count = COUNT_OF(closures_options),
    .run = closures_run,
};

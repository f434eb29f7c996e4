/* event_loop: many small tasks in flight, as an asynchronous service has them. A task owns a
 * coroutine whose locals hold a connection and the future it waits for; the future's callback is a
 * method bound to the task: a cycle while it waits, cut when the future is done. A finished task
 * leaves nothing, or in the cyclic share an error whose frame holds the task. */
#include "workloads/common.h"

enum { TASK_COROUTINE, TASK_WAITER, TASK_LOOP, TASK_CONTEXT, TASK_ERROR, TASK_SLOTS };
enum { FUTURE_CALLBACKS, FUTURE_RESULT, FUTURE_LOOP, FUTURE_SLOTS };
enum { STREAM_TRANSPORT, STREAM_BUFFER, STREAM_SLOTS };
enum { TRANSPORT_STREAM, TRANSPORT_SLOTS };
enum { LOCAL_STREAM = GENERATOR_LOCALS, LOCAL_FUTURE, LOCAL_DATA, EVENT_LOCALS_END };
enum { EVENT_LOCALS = EVENT_LOCALS_END - GENERATOR_LOCALS, EVENT_BUFFERED = 4 };

struct loop {
    struct job *job;
    struct runtime *runtime;
    struct class *task, *future, *stream, *transport;
    struct object *code;      /* stands for code objects and functions: opaque, shared */
    struct object *context;   /* dict: the context of all tasks */
    struct object *all_tasks; /* dict: weak reference → None, as the WeakSet of asyncio */
    struct object *forget;    /* callback of these weak references */
    struct object *ready;     /* list of callbacks to run */
    struct object *tasks;     /* list of the tasks in flight */
    double finish, cyclic;
};

/* A task died: its weak reference leaves the set. */
static void loop_forget(struct runtime *runtime, void *context, struct object *self,
                        struct object *argument)
{
    (void)context;
    dict_remove(runtime, self, argument);
}

/* A connection: the stream knows its transport, and the transport its stream. */
static bool loop_connect(struct loop *loop, struct object *coroutine)
{
    struct runtime *runtime = loop->runtime;
    struct object *stream = instance_new(runtime, loop->stream);
    if (!field_give(runtime, coroutine, LOCAL_STREAM, stream) ||
        !slot_give(runtime, stream, STREAM_BUFFER, list_new(runtime, 0))) {
        return false;
    }
    struct object *transport = instance_new(runtime, loop->transport);
    if (!slot_give(runtime, stream, STREAM_TRANSPORT, transport)) {
        return false;
    }
    instance_slot_set(runtime, transport, TRANSPORT_STREAM, stream);
    return true;
}

/* await: a new future that will wake the task. */
static bool loop_wait(struct loop *loop, struct object *task)
{
    struct runtime *runtime = loop->runtime;
    struct object *future = instance_new(runtime, loop->future);
    if (!slot_give(runtime, task, TASK_WAITER, future)) {
        return false;
    }
    closure_set(runtime, instance_slot(task, TASK_COROUTINE), LOCAL_FUTURE, future);
    instance_slot_set(runtime, future, FUTURE_LOOP, loop->ready);
    struct object *callbacks = list_new(runtime, 0);
    if (!slot_give(runtime, future, FUTURE_CALLBACKS, callbacks)) {
        return false;
    }
    struct object *wakeup = closure_new(runtime, CLOSURE_METHOD, 0);
    if (wakeup == NULL) {
        return false;
    }
    closure_set(runtime, wakeup, METHOD_FUNCTION, loop->code);
    closure_set(runtime, wakeup, METHOD_SELF, task);
    return list_append_take(runtime, callbacks, wakeup);
}

static bool loop_register(struct loop *loop, struct object *task)
{
    struct runtime *runtime = loop->runtime;
    struct object *weakref = weakref_new(runtime, task, loop->forget);
    bool ok = weakref != NULL && dict_put(runtime, loop->all_tasks, weakref, none_of(runtime));
    xdecref(runtime, weakref);
    return ok;
}

/* A task at its first await; held by the job. NULL: no memory. */
static struct object *loop_spawn(struct loop *loop)
{
    struct runtime *runtime = loop->runtime;
    struct object *task = job_hold(loop->job, instance_new(runtime, loop->task));
    struct object *coroutine =
        task == NULL ? NULL : closure_new(runtime, CLOSURE_COROUTINE, EVENT_LOCALS);
    if (task == NULL || !slot_give(runtime, task, TASK_COROUTINE, coroutine)) {
        return NULL;
    }
    closure_set(runtime, coroutine, GENERATOR_CODE, loop->code);
    closure_set(runtime, coroutine, GENERATOR_FRAME_CODE, loop->code);
    instance_slot_set(runtime, task, TASK_LOOP, loop->ready);
    instance_slot_set(runtime, task, TASK_CONTEXT, loop->context);
    return loop_register(loop, task) && loop_connect(loop, coroutine) && loop_wait(loop, task)
               ? task
               : NULL;
}

/* The task raised: the exception's frame holds the task, the task holds the exception. */
static bool loop_fail(struct loop *loop, struct object *task)
{
    struct runtime *runtime = loop->runtime;
    struct object *error = closure_new(runtime, CLOSURE_EXCEPTION, 0);
    if (!slot_give(runtime, task, TASK_ERROR, error)) {
        return false;
    }
    struct object *traceback = closure_new(runtime, CLOSURE_TRACEBACK, 0);
    if (!field_give(runtime, error, EXCEPTION_TRACEBACK, traceback)) {
        return false;
    }
    struct object *frame = closure_new(runtime, CLOSURE_FRAME, 2);
    if (!field_give(runtime, traceback, TRACEBACK_FRAME, frame)) {
        return false;
    }
    closure_set(runtime, frame, FRAME_LOCALS, task);
    closure_set(runtime, frame, FRAME_LOCALS + 1, error);
    return true;
}

/* The coroutine returns: its locals go, the connection is closed, unless the task raised. */
static bool loop_finish(struct loop *loop, struct object *task)
{
    struct runtime *runtime = loop->runtime;
    struct object *coroutine = instance_slot(task, TASK_COROUTINE);
    if (job_chance(loop->job, loop->cyclic)) {
        return loop_fail(loop, task);
    }
    struct object *stream = closure_get(coroutine, LOCAL_STREAM);
    instance_slot_set(runtime, stream, STREAM_TRANSPORT, NULL);
    for (uint32_t local = GENERATOR_LOCALS; local < EVENT_LOCALS_END; local++) {
        closure_set(runtime, coroutine, local, NULL);
    }
    return true;
}

/* Resume a task with the result of its future; *finished when it is over. */
static bool loop_step(struct loop *loop, struct object *task, bool *finished)
{
    struct runtime *runtime = loop->runtime;
    struct object *coroutine = instance_slot(task, TASK_COROUTINE);
    struct object *data = instance_slot(instance_slot(task, TASK_WAITER), FUTURE_RESULT);
    job_fold(loop->job, (uint64_t)bytes_length(data));
    closure_set(runtime, coroutine, LOCAL_DATA, data);
    instance_slot_set(runtime, task, TASK_WAITER, NULL);
    struct object *buffer = instance_slot(closure_get(coroutine, LOCAL_STREAM), STREAM_BUFFER);
    if (!list_append(runtime, buffer, closure_get(coroutine, LOCAL_DATA)) ||
        (list_length(buffer) > EVENT_BUFFERED && !list_delete_slice(runtime, buffer, 0, 1))) {
        return false;
    }
    *finished = job_chance(loop->job, loop->finish);
    return *finished ? loop_finish(loop, task) : loop_wait(loop, task);
}

/* Data has come for a future: its callbacks become ready. */
static bool loop_set_result(struct loop *loop, struct object *future)
{
    struct runtime *runtime = loop->runtime;
    int64_t bytes = 16 + (int64_t)job_below(loop->job, 240);
    if (!slot_give(runtime, future, FUTURE_RESULT, bytes_new(runtime, NULL, bytes))) {
        return false;
    }
    struct object *callbacks = instance_slot(future, FUTURE_CALLBACKS);
    for (int64_t i = 0; i < list_length(callbacks); i++) {
        if (!list_append(runtime, loop->ready, list_get(callbacks, i))) {
            return false;
        }
    }
    instance_slot_set(runtime, future, FUTURE_CALLBACKS, NULL);
    return true;
}

/* One event: a task in flight gets data and runs to its next await or its end. */
static bool loop_turn(struct loop *loop)
{
    struct job *job = loop->job;
    size_t mark = job_mark(job);
    int64_t at = (int64_t)job_below(job, (uint64_t)list_length(loop->tasks));
    if (!loop_set_result(loop, instance_slot(list_get(loop->tasks, at), TASK_WAITER))) {
        return false;
    }
    bool finished = false;
    while (list_length(loop->ready) > 0) {
        struct object *callback = job_hold(job, list_pop_take(loop->runtime, loop->ready));
        if (callback == NULL || !loop_step(loop, closure_get(callback, METHOD_SELF), &finished)) {
            return false;
        }
    }
    if (finished) {
        struct object *task = loop_spawn(loop);
        if (task == NULL) {
            return false;
        }
        list_set(loop->runtime, loop->tasks, at, task);
    }
    job_release(job, mark);
    job_operation(job);
    return true;
}

static bool loop_classes(struct loop *loop)
{
    struct class_spec spec = {.name = "Task", .slots = TASK_SLOTS, .has_weakrefs = true};
    loop->task = job_class(loop->job, &spec);
    spec = (struct class_spec){.name = "Future", .slots = FUTURE_SLOTS, .has_weakrefs = true};
    loop->future = job_class(loop->job, &spec);
    spec = (struct class_spec){.name = "Stream", .slots = STREAM_SLOTS};
    loop->stream = job_class(loop->job, &spec);
    spec = (struct class_spec){
        .name = "Transport", .slots = TRANSPORT_SLOTS, .has_weakrefs = true, .payload_bytes = 48};
    loop->transport = job_class(loop->job, &spec);
    return loop->task != NULL && loop->future != NULL && loop->stream != NULL &&
           loop->transport != NULL;
}

static bool loop_roots(struct loop *loop)
{
    struct job *job = loop->job;
    struct runtime *runtime = loop->runtime;
    return (loop->code = job_root(job, bytes_new(runtime, NULL, 120))) != NULL &&
           (loop->context = job_root(job, dict_new(runtime))) != NULL &&
           (loop->all_tasks = job_root(job, dict_new(runtime))) != NULL &&
           (loop->forget =
                job_root(job, callable_new(runtime, loop_forget, NULL, loop->all_tasks))) != NULL &&
           (loop->ready = job_root(job, list_new(runtime, 0))) != NULL &&
           (loop->tasks = job_root(job, list_new(runtime, 0))) != NULL;
}

static bool loop_body(struct job *job)
{
    uint64_t tasks = job_live_count(job, "tasks", (struct job_scale){4, 2000, 50000});
    uint64_t events = job_count(job, "events", (struct job_scale){20, 200000, 2000000});
    struct loop loop = {
        .job = job,
        .runtime = job->runtime,
        .finish = 1.0 / (double)options_number(job->options, "awaits"),
        .cyclic = job_cyclic(job, 0.1),
    };
    if (!loop_classes(&loop) || !loop_roots(&loop)) {
        return false;
    }
    for (uint64_t i = 0; i < tasks; i++) {
        size_t mark = job_mark(job);
        struct object *task = loop_spawn(&loop);
        if (task == NULL || !list_append(job->runtime, loop.tasks, task)) {
            return false;
        }
        job_release(job, mark);
    }
    if (!job_setup_done(job)) {
        return false;
    }
    for (uint64_t i = 0; i < events; i++) {
        if (!loop_turn(&loop)) {
            return false;
        }
    }
    return true;
}

JOB_RUN(loop_run, loop_body)

static const struct option loop_options[] = {
    {"tasks", OPTION_COUNT, NULL, 1, 100000000, NULL, "tasks in flight; by size 4 | 2k | 50k"},
    {"events", OPTION_COUNT, NULL, 1, 1000000000, NULL, "wake-ups; by size 20 | 200k | 2m"},
    {"awaits", OPTION_COUNT, "10", 1, 1000000, NULL, "awaits of a task, mean"},
};

const struct workload workload_event_loop = {
    .name = "event_loop",
    .summary = "tasks, coroutines, futures and connections that know each other",
    .stands_for =
        "An asyncio or aiohttp service: thousands of connections, each waiting in a task.\n"
        "Objects and their sizes are asyncio's: Task, Future, coroutine, bound wake-up,\n"
        "stream and transport; one task in ten ends in an error that keeps its frame.",
    .operation_unit = "event",
    .options = loop_options,
    .option_count = COUNT_OF(loop_options),
    .run = loop_run,
};

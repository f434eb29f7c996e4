/* web: requests over rows of a database, as an ORM service keeps them.
 *
 * Each request loads rows into an identity map; a row knows its state object, the state knows the
 * row and the request, the response knows its request: all of it is one cycle. `flight` requests
 * are open at once, a tenth of the finished ones stays in the history of its session, and in the
 * cyclic share nothing is unlinked, so that only a collector frees the rest. */
#include "workloads/common.h"

enum { WEB_HISTORY = 3, WEB_HEADERS = 5, WEB_KEPT_ONE_IN = 10 };

enum web_name {
    NAME_ID,
    NAME_TITLE,
    NAME_PRICE,
    NAME_STATE,
    NAME_PARENT,
    NAME_PATH,
    NAME_HEADERS,
    NAME_SESSION,
    NAME_ROWS,
    NAME_MAP,
    NAME_RESPONSE,
    NAME_REQUEST,
    NAME_BODY,
    NAME_HISTORY,
    WEB_NAMES
};

static const char *const web_names[WEB_NAMES] = {
    "id",      "title", "price", "state",    "parent",  "path", "headers",
    "session", "rows",  "map",   "response", "request", "body", "history",
};

enum state_slot { STATE_ROW, STATE_OWNER, STATE_KEY, STATE_SLOTS };

struct web {
    struct job *job;
    struct runtime *runtime;
    struct class *session, *request, *response, *row, *state;
    struct object *sessions; /* dict: id → session */
    struct object *flight;   /* list of requests in flight */
    uint64_t session_count, rows, serial;
    double cyclic;
};

static struct object *web_get(struct web *web, struct object *instance, enum web_name name)
{
    return object_getattr(instance, job_name(web->job, name));
}

/* instance.name = value, taken over; NULL: false. */
static bool web_give(struct web *web, struct object *instance, enum web_name name,
                     struct object *value)
{
    return attr_give(web->runtime, instance, job_name(web->job, name), value);
}

static bool web_set(struct web *web, struct object *instance, enum web_name name,
                    struct object *value)
{
    return object_setattr(web->runtime, instance, job_name(web->job, name), value);
}

/* The state of a row: (table, id), the row and who loaded it. */
static bool web_state(struct web *web, struct object *row, struct object *owner)
{
    struct object *state = instance_new(web->runtime, web->state);
    if (!web_give(web, row, NAME_STATE, state)) {
        return false;
    }
    instance_slot_set(web->runtime, state, STATE_ROW, row);
    instance_slot_set(web->runtime, state, STATE_OWNER, owner);
    struct object *key[] = {job_name(web->job, NAME_TITLE), web_get(web, row, NAME_ID)};
    return slot_give(web->runtime, state, STATE_KEY, tuple_pack(web->runtime, key, 2));
}

/* Load one row into the request's list and map. An ORM reads row.__dict__, so it becomes real. */
static bool web_row(struct web *web, struct object *request, uint64_t id)
{
    struct runtime *runtime = web->runtime;
    struct object *rows = web_get(web, request, NAME_ROWS);
    struct object *row = instance_new(runtime, web->row);
    if (!list_give(runtime, rows, row)) {
        return false;
    }
    int64_t count = list_length(rows);
    struct object *parent = count > 1 ? list_get(rows, count / 2 - 1) : none_of(runtime);
    return web_give(web, row, NAME_ID, int_new(runtime, (int64_t)(1000 + id))) &&
           web_give(web, row, NAME_TITLE, job_text(web->job, id, 40 + (int64_t)(id % 120))) &&
           web_give(web, row, NAME_PRICE, float_new(runtime, (double)(id % 1000) / 4)) &&
           web_set(web, row, NAME_PARENT, parent) && web_set(web, row, NAME_REQUEST, request) &&
           web_state(web, row, request) && object_dict(runtime, row) != NULL &&
           dict_put(runtime, web_get(web, request, NAME_MAP), web_get(web, row, NAME_ID), row);
}

static bool web_headers(struct web *web, struct object *request, uint64_t id)
{
    struct object *headers = dict_new(web->runtime);
    if (!web_give(web, request, NAME_HEADERS, headers)) {
        return false;
    }
    for (uint64_t i = 0; i < WEB_HEADERS; i++) {
        size_t mark = job_mark(web->job);
        struct object *key = job_hold(web->job, job_text(web->job, i, 6 + (int64_t)i * 2));
        if (key == NULL || !dict_give(web->runtime, headers, key,
                                      job_text(web->job, id + i, 10 + (int64_t)(id + i) % 60))) {
            return false;
        }
        job_release(web->job, mark);
    }
    return true;
}

/* A request of a session with its rows loaded; goes to the end of `list`. */
static bool web_open(struct web *web, struct object *list, uint64_t session_id)
{
    struct runtime *runtime = web->runtime;
    uint64_t id = web->serial++;
    bool ok;
    struct object *session = dict_get_int(runtime, web->sessions, session_id, &ok);
    struct object *request = ok ? instance_new(runtime, web->request) : NULL;
    if (!list_give(runtime, list, request)) {
        return false;
    }
    ok = web_give(web, request, NAME_PATH, job_text(web->job, id, 20 + (int64_t)(id % 30))) &&
         web_headers(web, request, id) && web_set(web, request, NAME_SESSION, session) &&
         web_give(web, request, NAME_ROWS, list_new(runtime, 0)) &&
         web_give(web, request, NAME_MAP, dict_new(runtime));
    uint64_t rows = 1 + job_below(web->job, 2 * web->rows - 1);
    for (uint64_t i = 0; i < rows && ok; i++) {
        ok = web_row(web, request, id * 64 + i);
    }
    return ok;
}

/* What the template writes: a piece for each row, then all of them joined. */
static bool web_render(struct web *web, struct object *response, struct object *rows)
{
    struct job *job = web->job;
    size_t mark = job_mark(job);
    struct object *pieces = job_hold(job, list_new(web->runtime, 0));
    if (pieces == NULL) {
        return false;
    }
    int64_t bytes = 0;
    for (int64_t i = 0; i < list_length(rows); i++) {
        struct object *row = list_get(rows, i);
        struct object *piece =
            str_concat(web->runtime, web_get(web, row, NAME_TITLE), job_name(job, NAME_PRICE));
        if (!list_give(web->runtime, pieces, piece)) {
            return false;
        }
        bytes += str_length(piece);
        job_fold(job, (uint64_t)(4 * float_value(web_get(web, row, NAME_PRICE))));
    }
    job_fold(job, (uint64_t)bytes);
    bool ok = web_give(web, response, NAME_BODY, job_text(job, (uint64_t)bytes, bytes));
    job_release(job, mark);
    return ok;
}

/* Cut the back references of a finished request, as code that avoids cycles does. */
static void web_unlink(struct web *web, struct object *request)
{
    struct object *rows = web_get(web, request, NAME_ROWS);
    for (int64_t i = 0; i < list_length(rows); i++) {
        struct object *row = list_get(rows, i);
        object_delattr(web->runtime, row, job_name(web->job, NAME_STATE));
        object_delattr(web->runtime, row, job_name(web->job, NAME_REQUEST));
    }
    struct object *response = web_get(web, request, NAME_RESPONSE);
    object_delattr(web->runtime, response, job_name(web->job, NAME_REQUEST));
}

/* Answer a request; one in ten stays in its session, where it pushes out an older one. */
static bool web_answer(struct web *web, struct object *request, bool keep)
{
    struct runtime *runtime = web->runtime;
    struct object *response = instance_new(runtime, web->response);
    if (!web_give(web, request, NAME_RESPONSE, response) ||
        !web_set(web, response, NAME_REQUEST, request) ||
        !web_render(web, response, web_get(web, request, NAME_ROWS))) {
        return false;
    }
    if (!job_chance(web->job, web->cyclic)) {
        web_unlink(web, request);
    }
    if (!keep) {
        return true;
    }
    struct object *history = web_get(web, web_get(web, request, NAME_SESSION), NAME_HISTORY);
    return list_append(runtime, history, request) &&
           (list_length(history) <= WEB_HISTORY || list_delete_slice(runtime, history, 0, 1));
}

/* The request at place `at` is answered, a new one comes in its place. */
static bool web_turn(struct web *web, uint64_t at)
{
    struct job *job = web->job;
    struct object *fresh = job_hold(job, list_new(web->runtime, 0));
    if (fresh == NULL || !web_open(web, fresh, job_below(job, web->session_count)) ||
        !web_answer(web, list_get(web->flight, (int64_t)at),
                    job_below(job, WEB_KEPT_ONE_IN) == 0)) {
        return false;
    }
    list_set(web->runtime, web->flight, (int64_t)at, list_get(fresh, 0));
    job_release(job, job_mark(job) - 1);
    job_operation(job);
    return true;
}

/* A session with a past: its id, a token and one old request. */
static bool web_session(struct web *web, uint64_t id)
{
    struct runtime *runtime = web->runtime;
    size_t mark = job_mark(web->job);
    struct object *session = job_hold(web->job, instance_new(runtime, web->session));
    struct object *number = job_hold(web->job, int_new(runtime, (int64_t)id));
    if (session == NULL || number == NULL || !dict_put(runtime, web->sessions, number, session) ||
        !web_set(web, session, NAME_ID, number) ||
        !web_give(web, session, NAME_TITLE, job_text(web->job, id, 32)) ||
        !web_give(web, session, NAME_HISTORY, list_new(runtime, 0))) {
        return false;
    }
    job_release(web->job, mark);
    struct object *history = web_get(web, session, NAME_HISTORY);
    return web_open(web, history, id) && web_answer(web, list_get(history, 0), false);
}

static bool web_classes(struct web *web)
{
    struct job *job = web->job;
    struct class_spec spec = {.has_dict = true, .has_weakrefs = true};
    return (spec.name = "Session", web->session = job_class(job, &spec)) != NULL &&
           (spec.name = "Request", web->request = job_class(job, &spec)) != NULL &&
           (spec.name = "Response", web->response = job_class(job, &spec)) != NULL &&
           (spec.name = "Row", web->row = job_class(job, &spec)) != NULL &&
           (web->state = job_class(
                job, &(struct class_spec){.name = "State", .slots = STATE_SLOTS})) != NULL;
}

static bool web_setup(struct web *web, uint64_t flight)
{
    struct job *job = web->job;
    if (!job_names(job, web_names, WEB_NAMES) || !web_classes(web)) {
        return false;
    }
    web->sessions = job_root(job, dict_new(web->runtime));
    web->flight = web->sessions == NULL ? NULL : job_root(job, list_new(web->runtime, 0));
    if (web->flight == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < web->session_count; i++) {
        if (!web_session(web, i)) {
            return false;
        }
    }
    for (uint64_t i = 0; i < flight; i++) {
        if (!web_open(web, web->flight, job_below(job, web->session_count))) {
            return false;
        }
    }
    return job_setup_done(job);
}

static bool web_body(struct job *job)
{
    uint64_t flight = job_count(job, "flight", (struct job_scale){2, 64, 64});
    uint64_t requests = job_count(job, "requests", (struct job_scale){5, 8000, 200000});
    struct web web = {
        .job = job,
        .runtime = job->runtime,
        .session_count = job_live_count(job, "sessions", (struct job_scale){2, 2000, 20000}),
        .rows = job_count(job, "rows", (struct job_scale){2, 8, 8}),
        .cyclic = job_cyclic(job, 1),
    };
    if (!web_setup(&web, flight)) {
        return false;
    }
    for (uint64_t i = 0; i < requests; i++) {
        if (!web_turn(&web, i % flight)) {
            return false;
        }
    }
    return true;
}

JOB_RUN(web_run, web_body)

static const struct option web_options[] = {
    {"requests", OPTION_COUNT, NULL, 1, 1000000000, NULL, "requests; by size 5 | 8k | 200k"},
    {"sessions", OPTION_COUNT, NULL, 1, 100000000, NULL, "sessions alive; by size 2 | 2k | 20k"},
    {"flight", OPTION_COUNT, NULL, 1, 1000000, NULL, "requests open at once; by size 2 | 64 | 64"},
    {"rows", OPTION_COUNT, NULL, 1, 10000, NULL, "rows of a request, mean; by size 2 | 8 | 8"},
};

const struct workload workload_web = {
    .name = "web",
    .summary = "requests over ORM rows with back references; sessions keep a tenth",
    .stands_for =
        "A Django or SQLAlchemy service: 64 requests in flight, identity maps, sessions.\n"
        "Block sizes are those of a recorded request loop on CPython 3.11 (median 64 B,\n"
        "mean 84 B); references per object those of an ORM heap (3.7, 71 % tracked).",
    .operation_unit = "request",
    .options = web_options,
    .option_count = COUNT_OF(web_options),
    .run = web_run,
};

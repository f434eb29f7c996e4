/* What lockstep compares. Plain structs first, then a search for the field that differs, so that
 * equal states cost one memcmp. */
#include <string.h>

#include "base/check.h"
#include "collector/gc_head.h"
#include "collector/runtime.h"
#include "cpython/lockstep.h"

/* Fields of struct scenario_state by name; every one is an int64_t. */
static const struct field {
    const char *name;
    size_t offset, count;
} fields[] = {
#define FIELD(name, count)                                                                         \
    {                                                                                              \
#name, offsetof(struct scenario_state, name), count                                        \
    }
    FIELD(count, 3),
    FIELD(threshold, 3),
    FIELD(stats, 9),
    FIELD(long_lived_total, 1),
    FIELD(long_lived_pending, 1),
    FIELD(lists, 1),
    FIELD(dicts, 1),
    FIELD(keys, 1),
    FIELD(floats, 1),
    FIELD(tuples, SCENARIO_TUPLE_LENGTHS),
    FIELD(blocks, 1),
    FIELD(garbage, 1),
    FIELD(enabled, 1),
#undef FIELD
};

static bool compare_state(struct lockstep *self)
{
    struct scenario_state ours;
    struct scenario_state theirs;
    core_backend.state(self->core, &ours);
    oracle_backend.state(self->oracle, &theirs);
    if (memcmp(&ours, &theirs, sizeof ours) == 0) {
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        const int64_t *left = (const int64_t *)(void *)((char *)&ours + fields[i].offset);
        const int64_t *right = (const int64_t *)(void *)((char *)&theirs + fields[i].offset);
        for (size_t k = 0; k < fields[i].count; k++) {
            if (left[k] != right[k]) {
                return error_set(&self->difference, "%s[%zu] is %lld, CPython %lld", fields[i].name,
                                 k, (long long)left[k], (long long)right[k]);
            }
        }
    }
    return error_set(&self->difference, "the state differs in no known field");
}

static bool compare_events(struct lockstep *self)
{
    const struct scenario_log *ours = core_backend.log(self->core);
    const struct scenario_log *theirs = oracle_backend.log(self->oracle);
    for (; self->events < ours->count && self->events < theirs->count; self->events++) {
        struct scenario_event left = ours->event[self->events];
        struct scenario_event right = theirs->event[self->events];
        if (left.kind != right.kind || left.label != right.label) {
            return error_set(&self->difference, "event %s %d, CPython %s %d",
                             left.kind == SCENARIO_FINALIZE ? "finalize" : "callback", left.label,
                             right.kind == SCENARIO_FINALIZE ? "finalize" : "callback",
                             right.label);
        }
        self->totals.events++;
    }
    return ours->count == theirs->count ||
           error_set(&self->difference, "%zu events, CPython %zu", ours->count, theirs->count);
}

static bool compare_named(struct lockstep *self, size_t name)
{
    const struct scenario_object *left = self->ours.place[name].object;
    const struct scenario_object *right = self->theirs.place[name].object;
    if (left == NULL || right == NULL) {
        return left == NULL && right == NULL; /* the machine's own: cannot differ */
    }
    const char *text = self->program->name[name].text;
    enum scenario_kind kind = core_backend.kind(self->core, left);
    if (kind != oracle_backend.kind(self->oracle, right)) {
        return error_set(&self->difference, "%s is a %s, CPython's is not", text,
                         scenario_kind_name(kind));
    }
    bool immortal = core_backend.immortal(self->core, left);
    if (immortal != oracle_backend.immortal(self->oracle, right)) {
        return error_set(&self->difference, "%s is immortal: %d", text, immortal);
    }
    int64_t our_count = core_backend.refcount(self->core, left);
    int64_t their_count = oracle_backend.refcount(self->oracle, right);
    if (!immortal && our_count != their_count) {
        return error_set(&self->difference, "refcount %s is %lld, CPython %lld", text,
                         (long long)our_count, (long long)their_count);
    }
    bool tracked = core_backend.tracked(self->core, left);
    if (tracked != oracle_backend.tracked(self->oracle, right)) {
        return error_set(&self->difference, "tracked %s is %d, CPython %d", text, tracked,
                         !tracked);
    }
    bool alive = kind != KIND_WEAKREF || core_backend.alive(self->core, left);
    if (kind == KIND_WEAKREF && alive != oracle_backend.alive(self->oracle, right)) {
        return error_set(&self->difference, "alive %s is %d, CPython %d", text, alive, !alive);
    }
    return true;
}

static bool compare_requests(struct lockstep *self)
{
    struct request_log *ours = &self->requests;
    struct request_log *theirs = oracle_requests(self->oracle);
    int64_t at = request_logs_compare(ours, theirs);
    if (at < 0) {
        self->totals.requests += ours->count;
        ours->count = theirs->count = 0;
        return true;
    }
    char left[96] = "none";
    char right[96] = "none";
    if ((size_t)at < ours->count) {
        request_record_print(&ours->record[at], left, sizeof left);
    }
    if ((size_t)at < theirs->count) {
        request_record_print(&theirs->record[at], right, sizeof right);
    }
    return error_set(&self->difference, "request %lld of the operation: %s, CPython %s",
                     (long long)at, left, right);
}

bool lockstep_compare(struct lockstep *self)
{
    if (!compare_state(self) || !compare_events(self)) {
        return false;
    }
    for (size_t i = 0; i < self->program->name_count && i < self->ours.place_count; i++) {
        if (!compare_named(self, i)) {
            return false;
        }
    }
    return compare_requests(self);
}

/* The members of a generation, in order, by the ordinals of their blocks. */
struct members {
    const struct request_log *requests;
    size_t count, capacity;
    uint32_t *ordinal;
};

/* The block of a tracked object begins at its GC head, or 16 bytes before that where a dict is
 * managed. 0: older than the run. */
static uint32_t ordinal_of(const struct request_log *requests, const struct scenario_object *object)
{
    const char *at = (const char *)object;
    uint32_t ordinal = 0;
    for (size_t heads = 1; ordinal == 0 && heads <= 2; heads++) {
        ordinal = address_map_get(&requests->blocks, at - heads * sizeof(struct gc_head));
    }
    return ordinal;
}

static void add_member(void *argument, const struct scenario_object *object)
{
    struct members *self = argument;
    uint32_t ordinal = ordinal_of(self->requests, object);
    if (self->count == self->capacity) {
        self->capacity = self->capacity == 0 ? 1024 : self->capacity * 2;
        self->ordinal = reallocarray(self->ordinal, self->capacity, sizeof *self->ordinal);
        CHECK(self->ordinal != NULL);
    }
    self->ordinal[self->count++] = ordinal;
}

static bool compare_members(struct lockstep *self, int generation, const struct members *ours,
                            const struct members *theirs)
{
    if (ours->count != theirs->count) {
        return error_set(&self->difference, "%zu objects in generation %d, CPython %zu",
                         ours->count, generation, theirs->count);
    }
    for (size_t i = 0; i < ours->count; i++) {
        if (ours->ordinal[i] != theirs->ordinal[i]) {
            return error_set(&self->difference,
                             "member %zu of generation %d is block #%u, CPython #%u", i, generation,
                             ours->ordinal[i], theirs->ordinal[i]);
        }
    }
    return true;
}

/* Whether each name stands for the same block: identity, and reuse from free lists. */
static bool compare_identity(struct lockstep *self)
{
    for (size_t i = 0; i < self->program->name_count && i < self->ours.place_count; i++) {
        const struct scenario_object *left = self->ours.place[i].object;
        const struct scenario_object *right = self->theirs.place[i].object;
        if (left == NULL || !core_backend.tracked(self->core, left)) {
            continue;
        }
        uint32_t ours = ordinal_of(&self->requests, left);
        uint32_t theirs = ordinal_of(oracle_requests(self->oracle), right);
        if (ours != theirs) {
            return error_set(&self->difference, "%s is block #%u, CPython #%u",
                             self->program->name[i].text, ours, theirs);
        }
    }
    return true;
}

bool lockstep_compare_walk(struct lockstep *self)
{
    struct members ours = {.requests = &self->requests};
    struct members theirs = {.requests = oracle_requests(self->oracle)};
    bool same = compare_identity(self);
    for (int i = 0; same && i <= SCENARIO_GENERATIONS; i++) {
        ours.count = theirs.count = 0;
        core_each_object(self->core, i, add_member, &ours);
        oracle_each_object(self->oracle, i, add_member, &theirs);
        same = compare_members(self, i, &ours, &theirs);
    }
    free(ours.ordinal);
    free(theirs.ordinal);
    return same;
}

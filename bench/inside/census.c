/* Walking a heap from outside; see census.h. What is unreachable is worked out here anew, by a
 * search from what is held from outside, not by the collector that is looked at. */
#include "bench/inside/census.h"

#include <stdlib.h>

#include "base/check.h"
#include "collector/gc_head.h"
#include "collector/objects/blocks.h"
#include "collector/objects/dict.h"
#include "collector/objects/singletons.h"

enum { CENSUS_MIN = 1024 };

static void add(struct census *self, struct object *object, int generation)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity == 0 ? CENSUS_MIN : 2 * self->capacity;
        self->object = reallocarray(self->object, self->capacity, sizeof *self->object);
        CHECK(self->object != NULL);
    }
    self->object[self->count++] = (struct census_object){
        .object = object, .generation = generation, .gc_refs = object->refcount};
    address_map_set(&self->index, object, (uint32_t)self->count);
}

static void add_ring(struct census *self, const struct gc_head *ring, int generation)
{
    for (const struct gc_head *at = gc_next(ring); at != ring; at = gc_next(at)) {
        add(self, gc_object_of(at), generation);
    }
}

/* Whoever was not met yet is not tracked, or its ring would have had it. */
static int visit_new(struct object *referent, void *argument)
{
    struct census *self = argument;
    if (!singleton_is(self->runtime, referent) && referent != self->runtime->gc.garbage &&
        address_map_get(&self->index, referent) == 0) {
        add(self, referent, CENSUS_UNTRACKED);
    }
    return 0;
}

static void visit_referents(struct object *object, visit_f *visit, void *argument)
{
    if (object_is_gc(object)) {
        object->type->traverse(object, visit, argument);
    }
}

/* All that those found so far, and those found on the way, refer to; keys too. */
static void add_referents(struct census *self)
{
    const struct type *last = NULL;
    for (size_t i = 0; i < self->count; i++) {
        struct object *object = self->object[i].object;
        visit_referents(object, visit_new, self);
        if (dict_is(object)) {
            dict_each_str_key(object, visit_new, self);
        } else if (object->type != last) {
            last = object->type; /* neighbours are often of one class: its keys are met once */
            class_each_key(object->type, visit_new, self);
        }
    }
}

struct counting {
    struct census *census;
    bool collectable; /* the holder is of a generation that a full collection looks at */
};

static int visit_count(struct object *referent, void *argument)
{
    const struct counting *counting = argument;
    struct census_object *found = census_find(counting->census, referent);
    if (found != NULL) {
        found->held++;
        found->gc_refs -= counting->collectable;
    }
    return 0;
}

/* Keys that are strings are held as well, by dicts and by classes; those of interned strings are
 * not counted, and refer to nothing that matters. */
static void count_references(struct census *self)
{
    for (size_t i = 0; i < self->count; i++) {
        struct counting counting = {self, i < self->collectable};
        visit_referents(self->object[i].object, visit_count, &counting);
    }
}

struct reach {
    struct census *census;
    size_t *waiting; /* numbers that were reached and not looked at yet */
    size_t count;
};

static int visit_wait(struct object *referent, void *argument)
{
    struct reach *reach = argument;
    uint32_t number = address_map_get(&reach->census->index, referent);
    if (number != 0 && reach->census->object[number - 1].garbage) {
        reach->census->object[number - 1].garbage = false;
        reach->waiting[reach->count++] = number - 1;
    }
    return 0;
}

/* Garbage: of generations 0 … 2, and not reached from any that is held from outside. */
static void mark_garbage(struct census *self)
{
    struct reach reach = {self, calloc(self->collectable + 1, sizeof(size_t)), 0};
    CHECK(reach.waiting != NULL);
    for (size_t i = 0; i < self->collectable; i++) {
        self->object[i].garbage = true;
    }
    for (size_t i = 0; i < self->collectable; i++) {
        if (self->object[i].garbage && self->object[i].gc_refs > 0) {
            self->object[i].garbage = false;
            reach.waiting[reach.count++] = i;
        }
        while (reach.count > 0) {
            size_t at = reach.waiting[--reach.count];
            visit_referents(self->object[at].object, visit_wait, &reach);
        }
    }
    free(reach.waiting);
}

void census_take(struct census *self, struct runtime *runtime, struct object *const *root,
                 size_t roots)
{
    *self = (struct census){.runtime = runtime};
    CHECK(!runtime->gc.collecting);
    for (int i = 0; i < GENERATIONS; i++) {
        add_ring(self, &runtime->gc.generation[i], i);
    }
    self->collectable = self->count;
    add_ring(self, &runtime->gc.permanent, CENSUS_PERMANENT);
    if (runtime->interned != NULL) {
        visit_new(runtime->interned, self);
    }
    visit_referents(runtime->gc.garbage, visit_new, self);
    for (size_t i = 0; i < roots; i++) {
        visit_new(root[i], self);
    }
    add_referents(self);
    count_references(self);
    mark_garbage(self);
}

void census_free(struct census *self)
{
    address_map_free(&self->index);
    free(self->object);
    *self = (struct census){.count = 0};
}

struct census_object *census_find(const struct census *self, const struct object *object)
{
    uint32_t number = address_map_get(&self->index, object);
    return number == 0 ? NULL : &self->object[number - 1];
}

struct holders {
    const struct census *census;
    size_t holder; /* whose referents are visited */
    size_t *of;    /* of[i]: one that refers to object[i] */
};

static int visit_holder(struct object *referent, void *argument)
{
    struct holders *holders = argument;
    uint32_t number = address_map_get(&holders->census->index, referent);
    if (number != 0) {
        holders->of[number - 1] = holders->holder;
    }
    return 0;
}

/* Going from a garbage object to one that holds it, again and again, stays among garbage and must
 * come back somewhere: there is the cycle. */
size_t census_cycle(const struct census *self, size_t **cycle)
{
    *cycle = NULL;
    size_t at = 0;
    while (at < self->collectable && !self->object[at].garbage) {
        at++;
    }
    if (at == self->collectable) {
        return 0;
    }
    struct holders holders = {self, 0, calloc(self->count, sizeof(size_t))};
    bool *passed = calloc(self->collectable, sizeof *passed);
    *cycle = calloc(self->collectable, sizeof **cycle);
    CHECK(holders.of != NULL && passed != NULL && *cycle != NULL);
    for (size_t i = 0; i < self->collectable; i++) {
        if (self->object[i].garbage) {
            holders.holder = i;
            visit_referents(self->object[i].object, visit_holder, &holders);
        }
    }
    while (!passed[at]) {
        passed[at] = true;
        at = holders.of[at];
    }
    size_t length = 0, first = at;
    do {
        (*cycle)[length++] = at;
        at = holders.of[at];
    } while (at != first);
    for (size_t i = 0; i < length / 2; i++) { /* it was walked backwards */
        size_t other = (*cycle)[length - 1 - i];
        (*cycle)[length - 1 - i] = (*cycle)[i];
        (*cycle)[i] = other;
    }
    free(holders.of);
    free(passed);
    return length;
}

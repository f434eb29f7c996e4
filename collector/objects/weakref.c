/* Weak references: a doubly linked list at the target, the plain one first. Source: CPython 3.11
 * Objects/weakrefobject.c, without proxies.
 *
 * Where 3.11 is undefined (the tuple for two or more callbacks starts a collection that frees some
 * of the weak references), the list is read again after that allocation; places of the tuple that
 * are left over stay empty. Without memory for the tuple the callbacks run all the same. */
#include "collector/objects/weakref.h"

#include "collector/gc_alloc.h"
#include "collector/objects/callable.h"
#include "collector/objects/tuple.h"

/* Take `self` out of its target's list; it is dead then. The callback stays. */
static void weakref_unlink(struct weakref *self)
{
    if (self->target == NULL) {
        return;
    }
    struct weakref **list = weakref_list(self->target);
    if (*list == self) {
        *list = self->next;
    }
    if (self->previous != NULL) {
        self->previous->next = self->next;
    }
    if (self->next != NULL) {
        self->next->previous = self->previous;
    }
    self->target = NULL;
    self->previous = NULL;
    self->next = NULL;
}

static struct weakref *weakref_plain(struct object *target)
{
    struct weakref *first = *weakref_list(target);
    return first != NULL && first->callback == NULL ? first : NULL;
}

static void weakref_insert(struct weakref *self, struct object *target)
{
    struct weakref *plain = self->callback == NULL ? NULL : weakref_plain(target);
    struct weakref **place = plain == NULL ? weakref_list(target) : &plain->next;
    self->target = target;
    self->previous = plain;
    self->next = *place;
    if (self->next != NULL) {
        self->next->previous = self;
    }
    *place = self;
}

struct object *weakref_new(struct runtime *runtime, struct object *target, struct object *callback)
{
    CHECK_SLOW(weakref_possible(target));
    struct weakref *plain = callback == NULL ? weakref_plain(target) : NULL;
    if (plain != NULL) {
        return newref(&plain->base);
    }
    struct object *object = gc_alloc(runtime, 0, sizeof(struct weakref));
    if (object == NULL) {
        return NULL;
    }
    struct weakref *self = (struct weakref *)object;
    object_init(object, &weakref_type);
    *self = (struct weakref){.base = *object, .callback = callback};
    xincref(callback);
    gc_track(runtime, object);
    /* The allocation may have collected, and what ran then may have made a plain one. */
    plain = callback == NULL ? weakref_plain(target) : NULL;
    if (unlikely(plain != NULL)) {
        decref(runtime, object);
        return newref(&plain->base);
    }
    weakref_insert(self, target);
    return object;
}

struct object *weakref_target(const struct object *weakref)
{
    struct object *target = ((const struct weakref *)weakref)->target;
    return target != NULL && target->refcount > 0 ? target : NULL;
}

uint64_t weakref_count(struct object *target)
{
    uint64_t count = 0;
    for (const struct weakref *at = *weakref_list(target); at != NULL; at = at->next) {
        count++;
    }
    return count;
}

void weakref_clear_one(struct weakref *self)
{
    weakref_unlink(self);
}

static void weakref_call_with(struct runtime *runtime, struct object *weakref,
                              struct object *callback)
{
    const struct event event = {.kind = EVENT_CALLBACK, .object = weakref};
    listeners_tell(&runtime->listeners, &event);
    callable_call(runtime, callback, weakref);
}

void weakref_call(struct runtime *runtime, struct object *weakref)
{
    struct object *callback = ((struct weakref *)weakref)->callback;
    if (callback != NULL) {
        weakref_call_with(runtime, weakref, callback);
    }
}

/* Unlink, and hand over the reference to the callback. */
static struct object *weakref_detach(struct weakref *self)
{
    struct object *callback = self->callback;
    self->callback = NULL;
    weakref_unlink(self);
    return callback;
}

static void weakref_clear_single(struct runtime *runtime, struct weakref *self)
{
    struct object *callback = weakref_detach(self);
    incref(&self->base); /* the callback may drop it while it looks at it */
    weakref_call_with(runtime, &self->base, callback);
    decref(runtime, callback);
    decref(runtime, &self->base);
}

/* As weakref_clear_many where there is no memory: the dead ones are chained through `next`, which
 * nobody reads when target is NULL. */
static void weakref_clear_chained(struct runtime *runtime, struct weakref **list)
{
    struct weakref *first = NULL;
    for (struct weakref **end = &first, *self; (self = *list) != NULL; end = &self->next) {
        incref(&self->base);
        weakref_unlink(self);
        *end = self;
    }
    for (struct weakref *self = first, *next; self != NULL; self = next) {
        struct object *callback = self->callback;
        next = self->next;
        self->next = NULL;
        self->callback = NULL;
        weakref_call_with(runtime, &self->base, callback);
        decref(runtime, callback);
        decref(runtime, &self->base);
    }
}

/* Two callbacks or more: all are dead before the first runs; a tuple of weak references and
 * callbacks holds them until the last has run. */
static void weakref_clear_many(struct runtime *runtime, struct weakref **list, int64_t count)
{
    struct object *pairs = tuple_new(runtime, 2 * count);
    if (pairs == NULL) {
        weakref_clear_chained(runtime, list);
        return;
    }
    int64_t live = 0;
    for (struct weakref *self; (self = *list) != NULL; live++) {
        CHECK(live < count); /* nothing refers to a dying object, so the list cannot have grown */
        tuple_init_take(pairs, 2 * live, newref(&self->base));
        tuple_init_take(pairs, 2 * live + 1, weakref_detach(self));
    }
    if (unlikely(live < count)) {
        const struct event event = {.kind = EVENT_UNDEFINED};
        listeners_tell(&runtime->listeners, &event);
    }
    for (int64_t i = 0; i < live; i++) {
        weakref_call_with(runtime, tuple_get(pairs, 2 * i), tuple_get(pairs, 2 * i + 1));
    }
    decref(runtime, pairs);
}

void weakref_clear_all(struct runtime *runtime, struct object *target)
{
    struct weakref **list = weakref_list(target);
    if (*list != NULL && (*list)->callback == NULL) {
        weakref_unlink(*list);
    }
    if (*list == NULL) {
        return;
    }
    int64_t count = (int64_t)weakref_count(target);
    if (count == 1) {
        weakref_clear_single(runtime, *list);
    } else {
        weakref_clear_many(runtime, list, count);
    }
}

static void weakref_clear(struct runtime *runtime, struct object *object)
{
    struct weakref *self = (struct weakref *)object;
    weakref_unlink(self);
    clear_place(runtime, &self->callback);
}

static void weakref_dealloc(struct runtime *runtime, struct object *self)
{
    gc_untrack_if(self);
    weakref_clear(runtime, self);
    gc_free(runtime, self, 0, sizeof(struct weakref));
}

static int weakref_traverse(struct object *object, visit_f *visit, void *argument)
{
    const struct weakref *self = (const struct weakref *)object;
    return self->callback == NULL ? 0 : visit(self->callback, argument);
}

const struct type weakref_type = {
    .name = "weakref.ReferenceType",
    .flags = TYPE_GC,
    .basic_bytes = sizeof(struct weakref),
    .layout = {.kind = LAYOUT_SLOTS,
               .slot_offset = offsetof(struct weakref, callback),
               .slot_count = 1},
    .dealloc = weakref_dealloc,
    .traverse = weakref_traverse,
    .clear = weakref_clear,
};

/* Objects that log their death, and callbacks that log theirs, for tests of lifetimes. */
#ifndef HEAPDYNO_TESTS_OBJ_MORTAL_H
#define HEAPDYNO_TESTS_OBJ_MORTAL_H

#include "tests/obj_world.h"

#include "collector/gc_head.h"

enum { EVENTS_MAX = 512 };

/* What finalizers (labels from 0) and callbacks (from 1000) did, in order. */
struct events {
    int count;
    int label[EVENTS_MAX];
};

/* The payload of instances of `mortal`. */
struct mortal {
    struct events *events;
    int label;
    struct object *reborn; /* a list: the finalizer puts the object in */
    struct object *watch;  /* a weak reference: alive is logged as label + 500 */
};

static inline void mortal_finalize(struct runtime *runtime, struct object *self)
{
    struct mortal *mortal = instance_payload(self);
    bool alive = mortal->watch != NULL && weakref_target(mortal->watch) == self;
    mortal->events->label[mortal->events->count++] = mortal->label + (alive ? 500 : 0);
    if (mortal->reborn != NULL) {
        assert_true(list_append(runtime, mortal->reborn, self));
    }
}

struct fixture {
    struct world *world;
    struct runtime *runtime;
    struct class *class;
    struct events events;
};

static inline struct fixture *fixture_open(void)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->world = world_open("cp311");
    fixture->runtime = fixture->world->runtime;
    fixture->class = class_new(fixture->runtime, &(struct class_spec){
                                                     .name = "mortal",
                                                     .slots = 2,
                                                     .has_weakrefs = true,
                                                     .finalize = mortal_finalize,
                                                     .payload_bytes = sizeof(struct mortal),
                                                 });
    return fixture;
}

static inline void fixture_close(struct fixture *fixture)
{
    gc_collect(fixture->runtime, 2);
    class_delete(fixture->runtime, fixture->class);
    world_close(fixture->world);
    free(fixture);
}

static inline struct object *mortal_new(struct fixture *fixture, int label)
{
    struct object *self = instance_new(fixture->runtime, fixture->class);
    struct mortal *mortal = instance_payload(self);
    *mortal = (struct mortal){.events = &fixture->events, .label = label};
    return self;
}

static inline void on_callback(struct runtime *runtime, void *context, struct object *self,
                               struct object *argument)
{
    (void)runtime;
    struct events *events = context;
    assert_null(weakref_target(argument));
    events->label[events->count++] = 1000 + (int)int_value(self);
}

static inline struct object *watch(struct fixture *fixture, struct object *target, int label)
{
    struct runtime *runtime = fixture->runtime;
    struct object *number = int_new(runtime, label);
    struct object *callback = callable_new(runtime, on_callback, &fixture->events, number);
    struct object *weakref = weakref_new(runtime, target, callback);
    decref(runtime, callback);
    decref(runtime, number);
    return weakref;
}

static inline void assert_events(struct fixture *fixture, int count, const int *expected)
{
    assert_int_equal(fixture->events.count, count);
    for (int i = 0; i < count; i++) {
        assert_int_equal(fixture->events.label[i], expected[i]);
    }
    fixture->events.count = 0;
}

#define ASSERT_EVENTS(fixture, ...)                                                                \
    assert_events(fixture, (int)COUNT_OF(((const int[]){__VA_ARGS__})), (const int[]){__VA_ARGS__})

#endif

/* A world for tests of the collector: a counting heap that can fail, a runtime on it, instances
 * that log their finalizers, weak references that log their callbacks. */
#ifndef HEAPDYNO_TESTS_GC_WORLD_H
#define HEAPDYNO_TESTS_GC_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/spec.h"
#include "collector/collector.h"
#include "collector/gc.h"
#include "collector/gc_alloc.h"
#include "collector/objects.h"

struct world;

/* What a finalizable instance carries. */
struct tag {
    struct world *world;
    int label;
    int mode; /* enum final_mode */
};

enum final_mode { FINAL_LOG, FINAL_REBIRTH, FINAL_COLLECT };

struct world {
    struct heap under; /* where the counting heap gets its blocks; no functions: libc */
    uint64_t live;     /* blocks of the counting heap */
    uint64_t asked;    /* requests ever made */
    uint64_t fail_at;  /* this request fails, and all after it; 0: none */
    bool fail_alone;   /* only that one */
    struct runtime *rt;
    struct class *final;
    struct class *slots;
    struct object *reborn; /* what FINAL_REBIRTH stores itself in: a list */
    uint64_t inner;        /* what FINAL_COLLECT got from gc_collect */
    char log[8192];        /* "F1 C2 …" */
    uint64_t begun, ended; /* collections heard of */
    char generations[512]; /* the generations collected, one digit each */
    struct event last;     /* the last EVENT_GC_END */
};

static inline bool world_fails(struct world *world)
{
    ++world->asked;
    return world->fail_at != 0 &&
           (world->fail_alone ? world->asked == world->fail_at : world->asked >= world->fail_at);
}

static inline void *world_alloc(void *self, size_t size)
{
    struct world *world = self;
    if (world_fails(world)) {
        return NULL;
    }
    void *p = world->under.alloc != NULL ? heap_alloc(&world->under, size) : malloc(size);
    world->live += p != NULL;
    return p;
}

static inline void *world_calloc(void *self, size_t size)
{
    void *p = world_alloc(self, size);
    return p != NULL ? memset(p, 0, size) : NULL;
}

static inline void *world_resize(void *self, void *p, size_t old_size, size_t new_size)
{
    struct world *world = self;
    if (p == NULL) {
        return world_alloc(self, new_size);
    }
    if (world_fails(world)) {
        return NULL;
    }
    return world->under.alloc != NULL ? heap_resize(&world->under, p, old_size, new_size)
                                      : realloc(p, new_size > 0 ? new_size : 1);
}

static inline void world_release(void *self, void *p, size_t size)
{
    struct world *world = self;
    world->live -= p != NULL;
    if (world->under.alloc != NULL) {
        heap_release(&world->under, p, size);
    } else {
        free(p);
    }
}

static const struct heap_methods world_methods = {
    .alloc = world_alloc, .calloc = world_calloc, .resize = world_resize, .release = world_release};

static inline void world_log(struct world *world, char kind, int label)
{
    size_t used = strlen(world->log);
    snprintf(world->log + used, sizeof(world->log) - used, "%s%c%d", used > 0 ? " " : "", kind,
             label);
}

/* The log so far, which starts anew. */
static inline const char *world_said(struct world *world, char *buffer)
{
    strcpy(buffer, world->log);
    world->log[0] = '\0';
    return buffer;
}

#define assert_said(world, expected)                                                               \
    do {                                                                                           \
        char said_[sizeof((world)->log)];                                                          \
        assert_string_equal(world_said(world, said_), expected);                                   \
    } while (0)

static inline void world_finalize(struct runtime *rt, struct object *self)
{
    struct tag tag;
    memcpy(&tag, instance_payload(self), sizeof(tag));
    world_log(tag.world, 'F', tag.label);
    if (tag.mode == FINAL_REBIRTH && tag.world->reborn != NULL) {
        (void)list_append(rt, tag.world->reborn, self);
    } else if (tag.mode == FINAL_COLLECT) {
        tag.world->inner = gc_collect(rt, 2);
    }
}

static inline void world_hear(void *self, const struct event *event)
{
    struct world *world = self;
    if (event->kind == EVENT_GC_BEGIN) {
        size_t used = strlen(world->generations);
        if (used + 1 < sizeof(world->generations)) {
            world->generations[used] = (char)('0' + event->generation);
            world->generations[used + 1] = '\0';
        }
        world->begun++;
    } else if (event->kind == EVENT_GC_END) {
        world->ended++;
        world->last = *event;
    }
}

/* Open a runtime on the collector that `text` specifies, over `under`, which stays the caller's. */
static inline void world_open_on(struct world *world, struct heap under, const char *text)
{
    struct spec spec;
    struct options options;
    struct error error = {""};
    *world = (struct world){.under = under};
    assert_true(spec_parse(text, strlen(text), &spec, &error));
    const struct collector *collector = collector_find(spec.part[0].name);
    assert_non_null(collector);
    if (!spec_options(&spec.part[0], collector->options, collector->option_count, &options,
                      &error)) {
        fail_msg("%s: %s", text, error.text);
    }
    struct heap heap = heap_make(world, &world_methods);
    struct runtime_config config = {
        .heap = {heap, heap, heap}, .collector = collector, .collector_options = &options};
    if (!runtime_open(&config, &world->rt, &error)) {
        fail_msg("%s: %s", text, error.text);
    }
    world->rt->check_counts = true;
    assert_true(runtime_listen(world->rt, (struct listener){world, world_hear}));
    const struct class_spec final = {.name = "Final",
                                     .slots = 2,
                                     .has_weakrefs = true,
                                     .finalize = world_finalize,
                                     .payload_bytes = sizeof(struct tag)};
    const struct class_spec slots = {.name = "Slots", .slots = 4, .has_weakrefs = true};
    world->final = class_new(world->rt, &final);
    world->slots = class_new(world->rt, &slots);
    assert_non_null(world->final);
    assert_non_null(world->slots);
    world->reborn = list_new(world->rt, 0);
    gc_untrack(world->reborn);
    world->rt->gc.count[0] = 0;
}

static inline void world_open(struct world *world, const char *text)
{
    world_open_on(world, (struct heap){0}, text);
}

/* Check all invariants, close, and check that nothing is left. */
static inline void world_close(struct world *world)
{
    world->fail_at = 0;
    const char *broken = runtime_check(world->rt);
    assert_string_equal(broken != NULL ? broken : "", "");
    struct object *reborn = world->reborn;
    world->reborn = NULL;
    decref(world->rt, reborn); /* nobody is reborn any more */
    runtime_drain(world->rt);
    class_delete(world->rt, world->final);
    class_delete(world->rt, world->slots);
    uint64_t alive = runtime_close(world->rt);
    assert_int_equal(alive, 0);
    assert_int_equal(world->live, 0);
}

static inline struct object *final_new(struct world *world, int label, enum final_mode mode)
{
    struct object *self = instance_new(world->rt, world->final);
    if (self != NULL) {
        struct tag tag = {world, label, (int)mode};
        memcpy(instance_payload(self), &tag, sizeof(tag));
    }
    return self;
}

static inline void world_callback(struct runtime *rt, void *context, struct object *self,
                                  struct object *weakref)
{
    (void)rt;
    assert_null(weakref_target(weakref));
    world_log(context, 'C', (int)int_value(self));
}

/* A weak reference whose callback logs C<label>. */
static inline struct object *weakref_logging(struct world *world, struct object *target, int label)
{
    struct object *number = int_new(world->rt, label);
    struct object *call = callable_new(world->rt, world_callback, world, number);
    xdecref(world->rt, number);
    if (call == NULL) {
        return NULL;
    }
    struct object *self = weakref_new(world->rt, target, call);
    decref(world->rt, call);
    return self;
}

static inline struct object *slots_new(struct world *world)
{
    return instance_new(world->rt, world->slots);
}

/* n instances on a new list. */
static inline struct object *instances(struct world *world, int n)
{
    struct object *list = list_new(world->rt, 0);
    for (int i = 0; i < n; i++) {
        assert_true(list_append_take(world->rt, list, slots_new(world)));
    }
    return list;
}

/* A list that holds itself and nothing else; the caller's reference is given up. */
static inline struct object *self_cycle(struct world *world)
{
    struct object *list = list_new(world->rt, 0);
    assert_true(list_append(world->rt, list, list));
    return list;
}

#define assert_counts(world, a, b, c)                                                              \
    do {                                                                                           \
        assert_int_equal((world)->rt->gc.count[0], a);                                             \
        assert_int_equal((world)->rt->gc.count[1], b);                                             \
        assert_int_equal((world)->rt->gc.count[2], c);                                             \
    } while (0)

#define assert_sound(world)                                                                        \
    do {                                                                                           \
        const char *broken_ = runtime_check((world)->rt);                                          \
        assert_string_equal(broken_ != NULL ? broken_ : "", "");                                   \
    } while (0)

#endif

/* A runtime at the start of a run: classes and interned names made, the list reborn in no
 * generation, then everything that was counted is zero. Its heaps are tapped, to count blocks. */
#include "workloads/scenario/core.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "collector/gc.h"
#include "collector/gc_alloc.h"
#include "workloads/scenario/core_private.h"

static void hear(void *self, const struct request *request)
{
    struct core *core = self;
    if (request->kind == REQUEST_RELEASE) {
        core->live -= request->p != NULL;
    } else if (request->kind != REQUEST_RESIZE || request->old_p == NULL) {
        core->live += request->p != NULL;
    }
    if (core->requests.hear != NULL) {
        core->requests.hear(core->requests.self, request);
    }
}

static void close_nothing(void *self)
{
    (void)self;
}

/* The tap of a heap that stays its owner's. */
static bool open_tap(struct core *self, struct heap heap, int domain)
{
    struct request_listener listener = {.self = self, .hear = hear};
    self->borrowed[domain] = *heap.methods;
    self->borrowed[domain].close = close_nothing;
    heap.methods = &self->borrowed[domain];
    return heap_tap(heap, domain, listener, &self->tap[domain]);
}

static void close_taps(struct core *self)
{
    for (int i = 0; i < 2; i++) {
        if (self->tap[i].self != NULL) {
            heap_close(&self->tap[i]);
        }
    }
}

static bool make_names(struct core *self)
{
    char text[16];
    for (int i = 0; i < SCENARIO_ATTRIBUTES; i++) {
        snprintf(text, sizeof text, "x%d", i);
        self->attribute[i] = str_interned(self->runtime, text);
        if (self->attribute[i] == NULL) {
            return false;
        }
    }
    return true;
}

static void release_names(struct core *self)
{
    for (int i = 0; i < SCENARIO_ATTRIBUTES; i++) {
        clear_place(self->runtime, &self->attribute[i]);
    }
}

static bool make_reborn(struct core *self)
{
    self->reborn = list_new(self->runtime, 0);
    if (self->reborn == NULL) {
        return false;
    }
    gc_untrack(self->reborn);
    self->reborn_open = true;
    return true;
}

static void zero_counters(struct core *self)
{
    struct gc_state *gc = &self->runtime->gc;
    gc_collect(self->runtime, GENERATIONS - 1);
    memset(gc->count, 0, sizeof gc->count);
    memset(gc->stats, 0, sizeof gc->stats);
    gc->long_lived_total = gc->long_lived_pending = 0;
    self->live_at_start = self->live;
}

static uint64_t take_down(struct core *self)
{
    uint64_t objects = 0;
    if (self->runtime != NULL) {
        self->reborn_open = false;
        clear_place(self->runtime, &self->reborn);
        runtime_drain(self->runtime);
        release_names(self);
        core_delete_classes(self);
        objects = runtime_close(self->runtime);
    }
    close_taps(self);
    address_map_free(&self->birth);
    scenario_log_free(&self->log);
    return objects;
}

bool core_open(const struct core_config *config, struct core **out, struct error *error)
{
    struct core *self = calloc(1, sizeof *self);
    if (self == NULL) {
        return error_set(error, "out of memory");
    }
    self->requests = config->requests;
    self->keep_births = config->births;
    error_set(error, "out of memory");
    if (!open_tap(self, config->obj, 0) || !open_tap(self, config->mem, 1)) {
        goto fail;
    }
    const struct runtime_config runtime_config = {
        .heap = {[HEAP_OBJ] = self->tap[0], [HEAP_MEM] = self->tap[1], [HEAP_RAW] = config->raw},
        .collector = config->collector,
        .collector_options = config->collector_options,
    };
    if (!runtime_open(&runtime_config, &self->runtime, error)) {
        goto fail;
    }
    if (!make_names(self) || !core_make_classes(self) || !make_reborn(self)) {
        error_set(error, "out of memory");
        goto fail;
    }
    zero_counters(self);
    *out = self;
    return true;
fail:
    take_down(self);
    free(self);
    return false;
}

struct core_leftovers core_close(struct core *self)
{
    struct core_leftovers left = {.objects = 0};
    const char *broken = runtime_check(self->runtime);
    if (broken != NULL) {
        error_set(&left.broken, "%s", broken);
    }
    left.objects = take_down(self);
    left.blocks = self->live;
    free(self);
    return left;
}

void core_classes(const struct core *self, const struct type *type[CORE_CLASSES])
{
    const struct class *const classes[CORE_CLASSES] = {self->plain, self->slots, self->final,
                                                       self->phoenix, self->weakdict};
    for (int i = 0; i < CORE_CLASSES; i++) {
        type[i] = class_type(classes[i]);
    }
}

struct runtime *core_runtime(struct core *self)
{
    return self->runtime;
}

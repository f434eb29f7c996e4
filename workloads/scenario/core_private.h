/* What the files of the core backend share. */
#ifndef HEAPDYNO_WORKLOADS_SCENARIO_CORE_PRIVATE_H
#define HEAPDYNO_WORKLOADS_SCENARIO_CORE_PRIVATE_H

#include "collector/objects.h"
#include "base/address_map.h"
#include "workloads/scenario/core.h"
#include "workloads/scenario/scenario.h"

/* What a finalizable object points at: CPython's has a label in its struct, ours has eight bytes
 * that must also lead to the log. */
struct core_label {
    struct core *core;
    int label;
};

struct core {
    struct runtime *runtime;
    struct class *plain, *slots, *final, *phoenix, *weakdict;
    struct object *attribute[SCENARIO_ATTRIBUTES]; /* interned names */
    struct object *reborn;
    bool reborn_open; /* false once it was released: phoenixes stay dead then */
    struct core_label label[SCENARIO_LABELS];
    struct scenario_log log;
    struct heap tap[2]; /* obj, mem */
    struct heap_methods borrowed[2];
    struct request_listener requests;
    int64_t live, live_at_start; /* blocks of obj and mem */
    bool keep_births;
    uint32_t births;
    struct address_map birth; /* of each object that a name was given */
};

static inline struct object *ours(const struct scenario_object *object)
{
    return (struct object *)(uintptr_t)object;
}

static inline struct scenario_object *opaque(struct object *object)
{
    return (struct scenario_object *)(void *)object;
}

/* core_backend.c: a new object goes out to the machine. */
struct scenario_object *core_born(struct core *self, struct object *object);

/* core_final.c: the classes with finalizers, weak references and weak dictionaries. */
bool core_make_classes(struct core *self);
void core_delete_classes(struct core *self);
struct scenario_object *core_new_final(void *self, int label, bool phoenix);
struct scenario_object *core_new_weakref(void *self, struct scenario_object *target, int label);
struct scenario_object *core_new_weakdict(void *self);
enum scenario_outcome core_weakdict_put(void *self, struct scenario_object *weakdict, int64_t key,
                                        struct scenario_object *target);
int64_t core_weakdict_length(const struct object *weakdict);

/* core_state.c */
enum scenario_kind core_kind(void *self, const struct scenario_object *object);
void core_state(void *self, struct scenario_state *out);
void core_sizes(void *self, int64_t out[SCENARIO_GENERATIONS + 1]);
int64_t core_refcount(void *self, const struct scenario_object *object);
bool core_immortal(void *self, const struct scenario_object *object);
bool core_tracked(void *self, const struct scenario_object *object);
int core_generation(void *self, const struct scenario_object *object);
int64_t core_size(void *self, const struct scenario_object *object);
bool core_alive(void *self, const struct scenario_object *weakref);

#endif

/* What logs: finalizers and callbacks. And weak dictionaries, made as Python's WeakValueDictionary
 * is: a dict of weak references, whose callbacks know the dictionary by a weak reference only. */
#include "base/check.h"
#include "workloads/scenario/core_private.h"

enum { WEAKDICT_DATA, WEAKDICT_REMOVE, WEAKDICT_SLOTS };

static const struct core_label *label_of(struct object *final)
{
    return *(const struct core_label **)instance_payload(final);
}

static void finalize(struct runtime *runtime, struct object *self)
{
    (void)runtime;
    const struct core_label *label = label_of(self);
    scenario_log_add(&label->core->log, SCENARIO_FINALIZE, label->label);
}

/* Without memory the phoenix stays dead, as in CPython, which only prints. */
static void finalize_phoenix(struct runtime *runtime, struct object *self)
{
    struct core *core = label_of(self)->core;
    finalize(runtime, self);
    if (core->reborn_open) {
        (void)list_append(runtime, core->reborn, self);
    }
}

bool core_make_classes(struct core *self)
{
    const uint32_t label_bytes = sizeof(struct core_label *);
    const struct class_spec plain = {.name = "Plain", .has_dict = true, .has_weakrefs = true};
    const struct class_spec slots = {.name = "Slots", .slots = SCENARIO_SLOTS};
    const struct class_spec final = {.name = "Final",
                                     .slots = 1,
                                     .has_weakrefs = true,
                                     .finalize = finalize,
                                     .payload_bytes = label_bytes};
    const struct class_spec phoenix = {.name = "Phoenix",
                                       .slots = 1,
                                       .has_weakrefs = true,
                                       .finalize = finalize_phoenix,
                                       .payload_bytes = label_bytes};
    const struct class_spec weakdict = {
        .name = "WeakValueDictionary", .slots = WEAKDICT_SLOTS, .has_weakrefs = true};
    self->plain = class_new(self->runtime, &plain);
    self->slots = class_new(self->runtime, &slots);
    self->final = class_new(self->runtime, &final);
    self->phoenix = class_new(self->runtime, &phoenix);
    self->weakdict = class_new(self->runtime, &weakdict);
    for (int i = 0; i < SCENARIO_LABELS; i++) {
        self->label[i] = (struct core_label){self, i};
    }
    return self->plain != NULL && self->slots != NULL && self->final != NULL &&
           self->phoenix != NULL && self->weakdict != NULL;
}

void core_delete_classes(struct core *self)
{
    struct class **const classes[] = {&self->plain, &self->slots, &self->final, &self->phoenix,
                                      &self->weakdict};
    for (size_t i = 0; i < COUNT_OF(classes); i++) {
        if (*classes[i] != NULL) {
            class_delete(self->runtime, *classes[i]);
            *classes[i] = NULL;
        }
    }
}

struct scenario_object *core_new_final(void *self, int label, bool phoenix)
{
    struct core *core = self;
    struct object *final = instance_new(core->runtime, phoenix ? core->phoenix : core->final);
    if (final != NULL) {
        *(const struct core_label **)instance_payload(final) = &core->label[label];
    }
    return core_born(core, final);
}

static void callback(struct runtime *runtime, void *context, struct object *label,
                     struct object *weakref)
{
    (void)runtime;
    (void)weakref;
    struct core *core = context;
    scenario_log_add(&core->log, SCENARIO_CALLBACK, (int)int_value(label));
}

struct scenario_object *core_new_weakref(void *self, struct scenario_object *target, int label)
{
    struct core *core = self;
    if (label == LABEL_ABSENT) {
        return core_born(core, weakref_new(core->runtime, ours(target), NULL));
    }
    struct object *function =
        callable_new(core->runtime, callback, core, small_int_of(core->runtime, label));
    if (function == NULL) {
        return NULL;
    }
    struct object *weakref = weakref_new(core->runtime, ours(target), function);
    decref(core->runtime, function);
    return core_born(core, weakref);
}

/* The target of an entry is dead: the entry goes. `self` refers weakly to the dictionary. */
static void remove_entry(struct runtime *runtime, void *context, struct object *self,
                         struct object *weakref)
{
    (void)context;
    struct object *weakdict = weakref_target(self);
    if (weakdict == NULL) {
        return;
    }
    struct object *data = instance_slot(weakdict, WEAKDICT_DATA);
    struct object *key;
    struct object *value;
    for (int64_t position = 0; dict_next(data, &position, &key, &value);) {
        if (value == weakref) {
            (void)dict_remove(runtime, data, key);
            return;
        }
    }
}

/* Fill an empty weak dictionary; false: no memory. */
static bool weakdict_fill(struct core *core, struct object *weakdict)
{
    struct runtime *runtime = core->runtime;
    struct object *data = dict_new(runtime);
    if (data == NULL) {
        return false;
    }
    instance_slot_set(runtime, weakdict, WEAKDICT_DATA, data);
    decref(runtime, data);
    struct object *itself = weakref_new(runtime, weakdict, NULL);
    if (itself == NULL) {
        return false;
    }
    struct object *function = callable_new(runtime, remove_entry, core, itself);
    decref(runtime, itself);
    if (function == NULL) {
        return false;
    }
    instance_slot_set(runtime, weakdict, WEAKDICT_REMOVE, function);
    decref(runtime, function);
    return true;
}

struct scenario_object *core_new_weakdict(void *self)
{
    struct core *core = self;
    struct object *weakdict = instance_new(core->runtime, core->weakdict);
    if (weakdict != NULL && !weakdict_fill(core, weakdict)) {
        decref(core->runtime, weakdict);
        weakdict = NULL;
    }
    return core_born(core, weakdict);
}

enum scenario_outcome core_weakdict_put(void *self, struct scenario_object *weakdict, int64_t key,
                                        struct scenario_object *target)
{
    struct core *core = self;
    struct object *function = instance_slot(ours(weakdict), WEAKDICT_REMOVE);
    struct object *weakref = weakref_new(core->runtime, ours(target), function);
    if (weakref == NULL) {
        return HEAP_NO_MEMORY;
    }
    bool done = dict_put(core->runtime, instance_slot(ours(weakdict), WEAKDICT_DATA),
                         small_int_of(core->runtime, key), weakref);
    decref(core->runtime, weakref);
    return done ? HEAP_DONE : HEAP_NO_MEMORY;
}

int64_t core_weakdict_length(const struct object *weakdict)
{
    return dict_length(instance_slot(weakdict, WEAKDICT_DATA));
}

/* Each operation of a scenario on our runtime: the calls of collector/objects that stand for the C
 * API calls which scenarios.md names. */
#include "base/check.h"
#include "collector/gc.h"
#include "workloads/scenario/core_private.h"

static struct runtime *runtime_of(void *self)
{
    return ((struct core *)self)->runtime;
}

static enum scenario_outcome done(bool done)
{
    return done ? HEAP_DONE : HEAP_NO_MEMORY;
}

struct scenario_object *core_born(struct core *self, struct object *object)
{
    if (self->keep_births && object != NULL) {
        address_map_set(&self->birth, object, ++self->births);
    }
    return opaque(object);
}

static struct scenario_object *none(void *self)
{
    return opaque(none_of(runtime_of(self)));
}

static struct scenario_object *reborn(void *self)
{
    return opaque(((struct core *)self)->reborn);
}

static struct scenario_object *new_list(void *self)
{
    return core_born(self, list_new(runtime_of(self), 0));
}

static struct scenario_object *new_tuple(void *self, struct scenario_object *const *items,
                                         size_t count)
{
    struct object *tuple = tuple_new(runtime_of(self), (int64_t)count);
    for (size_t i = 0; tuple != NULL && i < count; i++) {
        tuple_init_take(tuple, (int64_t)i, newref(ours(items[i])));
    }
    return core_born(self, tuple);
}

static struct scenario_object *new_dict(void *self)
{
    return core_born(self, dict_new(runtime_of(self)));
}

static struct scenario_object *new_instance(void *self, enum scenario_kind kind)
{
    struct core *core = self;
    struct class *class = kind == KIND_OBJECT ? core->plain : core->slots;
    return core_born(core, instance_new(core->runtime, class));
}

static struct scenario_object *new_float(void *self)
{
    return core_born(self, float_new(runtime_of(self), 0.5));
}

static struct scenario_object *new_int(void *self, int64_t value)
{
    return core_born(self, int_new(runtime_of(self), value));
}

static struct scenario_object *new_str(void *self, int64_t length)
{
    struct object *str = str_new_uninitialized(runtime_of(self), length);
    if (str != NULL) {
        __builtin_memset(str_fill(str), 'a', (size_t)length);
    }
    return core_born(self, str);
}

static struct scenario_object *new_interned(void *self, const char *text)
{
    return core_born(self, str_interned(runtime_of(self), text));
}

static void take(void *self, struct scenario_object *object)
{
    (void)self;
    incref(ours(object));
}

static void release(void *self, struct scenario_object *object)
{
    decref(runtime_of(self), ours(object));
}

static enum scenario_outcome append(void *self, struct scenario_object *list,
                                    struct scenario_object *item)
{
    return done(list_append(runtime_of(self), ours(list), ours(item)));
}

static void set(void *self, struct scenario_object *list, int64_t index,
                struct scenario_object *item)
{
    list_set(runtime_of(self), ours(list), index, ours(item));
}

static enum scenario_outcome pop(void *self, struct scenario_object *list)
{
    return done(list_pop(runtime_of(self), ours(list)));
}

static enum scenario_outcome put(void *self, struct scenario_object *dict, int64_t key,
                                 struct scenario_object *item)
{
    struct runtime *runtime = runtime_of(self);
    return done(dict_put(runtime, ours(dict), small_int_of(runtime, key), ours(item)));
}

static enum scenario_outcome remove_key(void *self, struct scenario_object *dict, int64_t key)
{
    struct runtime *runtime = runtime_of(self);
    bool present = dict_remove(runtime, ours(dict), small_int_of(runtime, key));
    return present ? HEAP_DONE : HEAP_ABSENT;
}

static enum scenario_outcome attr_set(void *self, struct scenario_object *object, int name,
                                      struct scenario_object *item)
{
    struct core *core = self;
    return done(object_setattr(core->runtime, ours(object), core->attribute[name], ours(item)));
}

static enum scenario_outcome attr_remove(void *self, struct scenario_object *object, int name)
{
    struct core *core = self;
    bool present = object_delattr(core->runtime, ours(object), core->attribute[name]);
    return present ? HEAP_DONE : HEAP_ABSENT;
}

static void slot_set(void *self, struct scenario_object *object, int slot,
                     struct scenario_object *item)
{
    instance_slot_set(runtime_of(self), ours(object), (uint32_t)slot, ours(item));
}

static void link_set(void *self, struct scenario_object *final, struct scenario_object *item)
{
    instance_slot_set(runtime_of(self), ours(final), 0, ours(item));
}

static int64_t collect(void *self, int generation)
{
    return (int64_t)gc_collect(runtime_of(self), generation);
}

static void set_enabled(void *self, bool on)
{
    if (on) {
        gc_enable(runtime_of(self));
    } else {
        gc_disable(runtime_of(self));
    }
}

static void set_threshold(void *self, const int64_t threshold[SCENARIO_GENERATIONS])
{
    gc_set_threshold(runtime_of(self), threshold);
}

static void freeze(void *self)
{
    gc_freeze(runtime_of(self));
}

static void unfreeze(void *self)
{
    gc_unfreeze(runtime_of(self));
}

static void set_saveall(void *self, bool on)
{
    gc_set_saveall(runtime_of(self), on);
}

static void safe_point(void *self)
{
    runtime_safe_point(runtime_of(self));
}

static void release_reborn(void *self)
{
    struct core *core = self;
    core->reborn_open = false;
    list_clear(core->runtime, core->reborn);
}

static int64_t length(void *self, const struct scenario_object *object)
{
    (void)self;
    return list_is(ours(object)) ? list_length(ours(object)) : core_weakdict_length(ours(object));
}

static struct scenario_log *log_of(void *self)
{
    return &((struct core *)self)->log;
}

const struct scenario_backend core_backend = {
    .name = "heapdyno",
    .none = none,
    .reborn = reborn,
    .new_list = new_list,
    .new_tuple = new_tuple,
    .new_dict = new_dict,
    .new_instance = new_instance,
    .new_final = core_new_final,
    .new_float = new_float,
    .new_int = new_int,
    .new_str = new_str,
    .new_interned = new_interned,
    .new_weakref = core_new_weakref,
    .new_weakdict = core_new_weakdict,
    .take = take,
    .release = release,
    .list_append = append,
    .list_set = set,
    .list_pop = pop,
    .dict_put = put,
    .dict_remove = remove_key,
    .attr_set = attr_set,
    .attr_remove = attr_remove,
    .slot_set = slot_set,
    .link_set = link_set,
    .weakdict_put = core_weakdict_put,
    .collect = collect,
    .set_enabled = set_enabled,
    .set_threshold = set_threshold,
    .freeze = freeze,
    .unfreeze = unfreeze,
    .set_saveall = set_saveall,
    .safe_point = safe_point,
    .release_reborn = release_reborn,
    .kind = core_kind,
    .length = length,
    .state = core_state,
    .sizes = core_sizes,
    .refcount = core_refcount,
    .immortal = core_immortal,
    .tracked = core_tracked,
    .generation = core_generation,
    .size = core_size,
    .alive = core_alive,
    .log = log_of,
};

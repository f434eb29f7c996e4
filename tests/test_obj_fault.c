/* One request of a random program of objects fails: for each request in turn. Whatever it is, the
 * operation says so, nothing else changes, and nothing is left at the end. */
#include "tests/obj_world.h"

#include "base/rng.h"

enum { REGISTERS = 14, ATTRIBUTES = 12, OPERATIONS = 1200 };

/* Registers hold one reference each, or NULL. */
struct program {
    struct world *world;
    struct runtime *runtime;
    struct rng rng;
    struct class *plain, *slots;
    struct object *name[ATTRIBUTES];
    struct object *at[REGISTERS];
};

static uint64_t roll(struct program *self, uint64_t n)
{
    return rng_below(&self->rng, n);
}

static struct object *any(struct program *self)
{
    struct object *object = self->at[roll(self, REGISTERS)];
    return object != NULL ? object : none_of(self->runtime);
}

/* A random register that holds such an object, or NULL. */
static struct object *one(struct program *self, const struct type *type)
{
    struct object *object = self->at[roll(self, REGISTERS)];
    return object != NULL && object->type == type ? object : NULL;
}

/* Finalizers allocate, and may fail to. */
static void plain_finalize(struct runtime *runtime, struct object *self)
{
    (void)self;
    struct object *list = list_new(runtime, 3);
    xdecref(runtime, list);
}

static void plain_callback(struct runtime *runtime, void *context, struct object *self,
                           struct object *argument)
{
    (void)context;
    (void)self;
    assert_null(weakref_target(argument));
    struct object *dict = dict_new(runtime);
    xdecref(runtime, dict);
}

static struct object *make_container(struct program *self)
{
    struct runtime *runtime = self->runtime;
    switch (roll(self, 6)) {
    case 0:
        return list_new(runtime, 0);
    case 1: {
        struct object *items[] = {any(self), any(self), any(self)};
        return tuple_pack(runtime, items, (int64_t)roll(self, 4));
    }
    case 2:
        return dict_new(runtime);
    case 3:
        return instance_new(runtime, self->slots);
    default:
        return instance_new(runtime, self->plain);
    }
}

static struct object *make_plain_thing(struct program *self)
{
    struct runtime *runtime = self->runtime;
    char text[32];
    snprintf(text, sizeof text, "text %d", (int)roll(self, 40));
    switch (roll(self, 6)) {
    case 0:
        return int_new(runtime, (int64_t)rng_next(&self->rng));
    case 1:
        return float_new(runtime, 0.5);
    case 2:
        return bytes_new(runtime, text, (int64_t)strlen(text));
    case 3:
        return str_interned(runtime, text);
    case 4:
        return range_new(runtime, 5, 5000, 3);
    default:
        return str_from(runtime, text);
    }
}

static struct object *make_weakref(struct program *self)
{
    struct runtime *runtime = self->runtime;
    struct object *target = any(self);
    if (!weakref_possible(target)) {
        return NULL;
    }
    if (roll(self, 3) == 0) {
        return weakref_new(runtime, target, NULL);
    }
    struct object *callback = callable_new(runtime, plain_callback, NULL, any(self));
    struct object *weakref = callback == NULL ? NULL : weakref_new(runtime, target, callback);
    xdecref(runtime, callback);
    return weakref;
}

static struct object *make_closure(struct program *self)
{
    enum closure_kind kind = (enum closure_kind)roll(self, CLOSURE_KINDS);
    struct object *closure = closure_new(self->runtime, kind, (uint32_t)roll(self, 4));
    for (uint32_t i = 0; closure != NULL && i < closure_fields(closure); i++) {
        closure_set(self->runtime, closure, i, any(self));
    }
    return closure;
}

static struct object *make(struct program *self)
{
    switch (roll(self, 8)) {
    case 0:
    case 1:
        return make_plain_thing(self);
    case 2:
        return make_weakref(self);
    case 3:
        return make_closure(self);
    default:
        return make_container(self);
    }
}

static void change_list(struct program *self)
{
    struct runtime *runtime = self->runtime;
    struct object *list = one(self, &list_type);
    if (list == NULL) {
        return;
    }
    int64_t length = list_length(list);
    if (length > 12 && roll(self, 2) == 0) {
        bool ok = list_delete_slice(runtime, list, 1, length - 1);
        assert_int_equal(list_length(list), ok ? 2 : length);
        return;
    }
    if (length > 0 && roll(self, 5) == 0) {
        bool ok = list_pop(runtime, list);
        assert_int_equal(list_length(list), length - ok);
        return;
    }
    struct object *item = any(self);
    int64_t count = item->refcount;
    for (int i = 0; i < 5; i++) {
        bool ok = list_append(runtime, list, item);
        length += ok;
        count += ok;
        assert_int_equal(list_length(list), length);
        assert_int_equal(item->refcount, count);
    }
}

static void change_dict(struct program *self)
{
    struct runtime *runtime = self->runtime;
    struct object *dict = one(self, &dict_type);
    struct object *key = any(self);
    if (dict == NULL) {
        return;
    }
    int64_t length = dict_length(dict);
    bool known = dict_get(dict, key) != NULL;
    if (roll(self, 4) == 0) {
        assert_int_equal(dict_remove(runtime, dict, key), known);
        return;
    }
    bool ok = dict_put(runtime, dict, key, any(self));
    assert_int_equal(dict_length(dict), length + (ok && !known));
    assert_int_equal(dict_get(dict, key) != NULL, ok || known);
}

static void change_instance(struct program *self)
{
    struct runtime *runtime = self->runtime;
    struct object *instance = one(self, class_type(self->plain));
    struct object *name = self->name[roll(self, ATTRIBUTES)];
    if (instance == NULL || name == NULL) {
        return;
    }
    struct object *before = object_getattr(instance, name);
    struct object *value = any(self);
    switch (roll(self, 5)) {
    case 0:
        assert_int_equal(object_delattr(runtime, instance, name), before != NULL);
        break;
    case 1: {
        bool had = object_has_dict(instance);
        struct object *dict = object_dict(runtime, instance);
        assert_int_equal(object_has_dict(instance), had || dict != NULL);
        assert_ptr_equal(object_getattr(instance, name), before);
        break;
    }
    default: {
        bool ok = object_setattr(runtime, instance, name, value);
        assert_ptr_equal(object_getattr(instance, name), ok ? value : before);
        break;
    }
    }
}

static void change_slots(struct program *self)
{
    struct object *instance = one(self, class_type(self->slots));
    if (instance != NULL) {
        instance_slot_set(self->runtime, instance, (uint32_t)roll(self, 3), any(self));
    }
}

static void step(struct program *self)
{
    struct object **place = &self->at[roll(self, REGISTERS)];
    switch (roll(self, 8)) {
    case 0:
    case 1:
    case 2: {
        struct object *made = make(self);
        struct object *old = *place;
        *place = made;
        xdecref(self->runtime, old);
        break;
    }
    case 3:
        change_dict(self);
        break;
    case 4:
    case 5:
        change_instance(self);
        break;
    case 6:
        change_slots(self);
        break;
    default:
        change_list(self);
        break;
    }
}

static void program_run(struct program *self)
{
    struct runtime *runtime = self->runtime;
    struct class_spec plain = {.name = "plain", .has_dict = true, .has_weakrefs = true};
    struct class_spec slots = {
        .name = "slots", .slots = 3, .has_weakrefs = true, .finalize = plain_finalize};
    gc_set_threshold(runtime, (const int64_t[]){23, 3, 3});
    self->plain = class_new(runtime, &plain);
    self->slots = class_new(runtime, &slots);
    for (int i = 0; i < ATTRIBUTES; i++) {
        char text[32];
        snprintf(text, sizeof text, "attribute%d", i);
        self->name[i] = str_interned(runtime, text);
    }
    for (int i = 0; i < OPERATIONS && self->plain != NULL && self->slots != NULL; i++) {
        step(self);
    }
    for (int i = 0; i < REGISTERS; i++) {
        xdecref(runtime, self->at[i]);
    }
    gc_collect(runtime, 2);
    if (self->plain != NULL) {
        class_delete(runtime, self->plain);
    }
    if (self->slots != NULL) {
        class_delete(runtime, self->slots);
    }
    for (int i = 0; i < ATTRIBUTES; i++) {
        xdecref(runtime, self->name[i]);
    }
}

struct setting {
    const char *collector, *allocator;
};

/* Returns the number of requests that the program made. */
static uint64_t program_with_failure(struct setting setting, uint64_t seed, uint64_t fail_at)
{
    struct program program = {.world = world_open_on(setting.collector, setting.allocator)};
    program.runtime = program.world->runtime;
    rng_seed(&program.rng, seed);
    program.world->fail_at = fail_at;
    program_run(&program);
    uint64_t requests = program.world->requests;
    world_close(program.world);
    return requests;
}

static void sweep(struct setting setting)
{
    uint64_t seed = world_seed("test_obj_fault");
    for (uint64_t round = 0; round < 3; round++, seed++) {
        uint64_t requests = program_with_failure(setting, seed, 0);
        assert_true(requests > 100);
        for (uint64_t at = 1; at <= requests; at++) {
            program_with_failure(setting, seed, at);
        }
    }
}

static void test_every_request_may_fail(void **state)
{
    (void)state;
    sweep((struct setting){"cp311", "malloc"});
    sweep((struct setting){"cp311", "pymalloc+debug"});
}

/* Collections in each allocation: what an operation holds half-made must be safe from them. */
static void test_every_request_may_fail_and_collect(void **state)
{
    (void)state;
    sweep((struct setting){"every", "malloc"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_request_may_fail),
        cmocka_unit_test(test_every_request_may_fail_and_collect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* dict against a shadow: an array of keys and values in insertion order, searched from the front. */
#include "tests/obj_world.h"

#include "base/rng.h"
#include "collector/gc_head.h"
#include "collector/objects/dict_keys.h"
#include "collector/objects/hash.h"

enum { KEYS = 96, SHADOW_MAX = KEYS };

struct shadow {
    int count;
    int key[SHADOW_MAX];
    int64_t value[SHADOW_MAX];
};

static int shadow_find(const struct shadow *shadow, int key)
{
    for (int i = 0; i < shadow->count; i++) {
        if (shadow->key[i] == key) {
            return i;
        }
    }
    return -1;
}

static void shadow_put(struct shadow *shadow, int key, int64_t value)
{
    int at = shadow_find(shadow, key);
    if (at < 0) {
        at = shadow->count++;
        shadow->key[at] = key;
    }
    shadow->value[at] = value;
}

static void shadow_remove(struct shadow *shadow, int at)
{
    shadow->count--;
    size_t rest = (size_t)(shadow->count - at);
    memmove(shadow->key + at, shadow->key + at + 1, rest * sizeof shadow->key[0]);
    memmove(shadow->value + at, shadow->value + at + 1, rest * sizeof shadow->value[0]);
}

/* A new object equal to the key of that number: strings, ints, bytes, and tuples of them. */
static struct object *key_new(struct runtime *runtime, int number)
{
    char text[32];
    snprintf(text, sizeof text, "key number %d", number);
    struct object *parts[2];
    struct object *key;
    switch (number % 8) {
    case 0:
        return int_new(runtime, number);
    case 1:
        return int_new(runtime, (int64_t)number << 40);
    case 2:
        return bytes_new(runtime, text, (int64_t)strlen(text));
    case 3:
        parts[0] = str_from(runtime, text);
        parts[1] = int_new(runtime, number);
        key = tuple_pack(runtime, parts, 2);
        decref(runtime, parts[0]);
        decref(runtime, parts[1]);
        return key;
    default:
        return str_from(runtime, text);
    }
}

static void assert_same(struct runtime *runtime, struct object *dict, const struct shadow *shadow)
{
    int64_t position = 0;
    struct object *key;
    struct object *value;
    assert_int_equal(dict_length(dict), shadow->count);
    for (int i = 0; i < shadow->count; i++) {
        assert_true(dict_next(dict, &position, &key, &value));
        struct object *expected = key_new(runtime, shadow->key[i]);
        assert_true(object_equal(key, expected));
        decref(runtime, expected);
        assert_true(int_value(value) == shadow->value[i]);
    }
    assert_false(dict_next(dict, &position, &key, &value));
}

static void step(struct runtime *runtime, struct rng *rng, struct object *dict,
                 struct shadow *shadow, int keys)
{
    int number = (int)rng_below(rng, (uint64_t)keys);
    struct object *key = key_new(runtime, number);
    int at = shadow_find(shadow, number);
    uint64_t what = rng_below(rng, 100);
    if (what < 50) {
        struct object *value = int_new(runtime, (int64_t)rng_next(rng));
        assert_true(dict_put(runtime, dict, key, value));
        shadow_put(shadow, number, int_value(value));
        decref(runtime, value);
    } else if (what < 80) {
        assert_int_equal(dict_remove(runtime, dict, key), at >= 0);
        if (at >= 0) {
            shadow_remove(shadow, at);
        }
    } else {
        struct object *value = dict_get(dict, key);
        assert_int_equal(value != NULL, at >= 0);
        assert_true(value == NULL || int_value(value) == shadow->value[at]);
    }
    decref(runtime, key);
}

static void test_dict_does_what_a_list_of_pairs_does(void **state)
{
    (void)state;
    struct rng rng;
    rng_seed(&rng, world_seed("test_obj_dict"));
    struct world *world = world_open("cp311");
    struct runtime *runtime = world->runtime;
    struct object *dict = dict_new(runtime);
    struct shadow shadow = {0};
    for (int i = 0; i < 100000; i++) {
        /* Now and then few keys, so that the table also becomes small again. */
        int keys = (i >> 12) % 3 == 0 ? 6 : KEYS;
        step(runtime, &rng, dict, &shadow, keys);
        if (i % 1000 == 0) {
            assert_same(runtime, dict, &shadow);
        }
        if (i % 9973 == 9972) {
            dict_clear(runtime, dict);
            shadow.count = 0;
        }
    }
    assert_same(runtime, dict, &shadow);
    decref(runtime, dict);
    world_close(world);
}

/* Indexes of 1, 2 and 4 bytes: a table of 2^17 places. */
static void test_large_tables_find_everything(void **state)
{
    (void)state;
    struct world *world = world_open("cp311");
    struct runtime *runtime = world->runtime;
    struct object *dict = dict_new(runtime);
    const int count = 70000;
    for (int i = 0; i < count; i++) {
        struct object *key = int_new(runtime, (int64_t)i * 7919);
        assert_true(dict_put(runtime, dict, key, key));
        decref(runtime, key);
    }
    assert_int_equal(dict_length(dict), count);
    for (int i = 0; i < count; i++) {
        struct object *key = int_new(runtime, (int64_t)i * 7919);
        struct object *value = dict_get(dict, key);
        assert_non_null(value);
        assert_true(int_value(value) == (int64_t)i * 7919);
        if (i % 2 == 0) {
            assert_true(dict_remove(runtime, dict, key));
        }
        decref(runtime, key);
    }
    assert_int_equal(dict_length(dict), count / 2);
    decref(runtime, dict);
    world_close(world);
}

/* F080, F081 and lazy tracking: tracked from the first value that may be, untracked in full
 * collections only. */
static void test_dicts_are_tracked_lazily(void **state)
{
    (void)state;
    struct world *world = world_open("cp311");
    struct runtime *runtime = world->runtime;
    struct object *dict = dict_new(runtime);
    struct object *key = small_int_of(runtime, 1);
    assert_false(gc_is_tracked(dict));
    assert_true(dict_put(runtime, dict, key, key));
    assert_false(gc_is_tracked(dict));
    struct object *list = list_new(runtime, 0);
    assert_true(dict_put(runtime, dict, key, list));
    decref(runtime, list);
    assert_true(gc_is_tracked(dict));
    assert_true(dict_put(runtime, dict, key, key));
    assert_true(gc_is_tracked(dict));
    gc_collect(runtime, 1);
    assert_true(gc_is_tracked(dict));
    gc_collect(runtime, 2);
    assert_false(gc_is_tracked(dict));
    struct object *tuple = tuple_pack(runtime, &key, 1);
    assert_true(dict_put(runtime, dict, key, tuple));
    decref(runtime, tuple);
    assert_true(gc_is_tracked(dict));
    gc_collect(runtime, 2);
    assert_false(gc_is_tracked(dict));
    assert_false(gc_is_tracked(tuple));
    decref(runtime, dict);
    world_close(world);
}

/* A key that anything but equality would take for another. */
static void test_keys_of_different_types_are_different(void **state)
{
    (void)state;
    struct world *world = world_open("cp311");
    struct runtime *runtime = world->runtime;
    struct object *dict = dict_new(runtime);
    struct object *keys[] = {
        str_from(runtime, "spam"),
        bytes_new(runtime, "spam", 4),
        list_new(runtime, 0),
        list_new(runtime, 0),
        newref(none_of(runtime)),
        newref(bool_of(runtime, true)),
        newref(bool_of(runtime, false)),
        int_new(runtime, 0),
        int_new(runtime, 1),
        float_new(runtime, 0.5),
        float_new(runtime, 0.5),
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        assert_null(dict_get(dict, keys[i]));
        assert_true(dict_put(runtime, dict, keys[i], small_int_of(runtime, (int64_t)i)));
    }
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        assert_int_equal(int_value(dict_get(dict, keys[i])), (int64_t)i);
        assert_true(dict_remove(runtime, dict, keys[i]));
        assert_false(dict_remove(runtime, dict, keys[i]));
        decref(runtime, keys[i]);
    }
    decref(runtime, dict);
    world_close(world);
}

/* All hashes the same: every key is found behind the others, also after deletions. */
static uint64_t hash_all_same(struct object *self)
{
    (void)self;
    return 42;
}

static void type_dealloc(struct runtime *runtime, struct object *self)
{
    (void)runtime;
    free(self);
}

static void test_colliding_keys_are_found(void **state)
{
    (void)state;
    static const struct type colliding = {
        .name = "colliding", .basic_bytes = 16, .dealloc = type_dealloc, .hash = hash_all_same};
    struct world *world = world_open("cp311");
    struct runtime *runtime = world->runtime;
    struct object *dict = dict_new(runtime);
    struct object *keys[200];
    for (int i = 0; i < 200; i++) {
        keys[i] = calloc(1, sizeof *keys[i]);
        keys[i]->type = &colliding;
        refcount_set(keys[i], 1);
        assert_true(dict_put(runtime, dict, keys[i], small_int_of(runtime, i)));
        if (i % 3 == 2) {
            assert_true(dict_remove(runtime, dict, keys[i - 1]));
        }
    }
    for (int i = 0; i < 200; i++) {
        bool removed = i % 3 == 1 && i + 1 < 200;
        struct object *value = dict_get(dict, keys[i]);
        assert_int_equal(value == NULL, removed);
        assert_true(removed || int_value(value) == i);
        decref(runtime, keys[i]);
    }
    decref(runtime, dict);
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dict_does_what_a_list_of_pairs_does),
        cmocka_unit_test(test_large_tables_find_everything),
        cmocka_unit_test(test_dicts_are_tracked_lazily),
        cmocka_unit_test(test_keys_of_different_types_are_different),
        cmocka_unit_test(test_colliding_keys_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

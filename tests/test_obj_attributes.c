/* Instances with attributes by name: inline values, shared keys, and the dict that replaces them.
 */
#include "tests/obj_world.h"

#include "collector/gc_head.h"

enum { NAMES = 40 };

struct plain {
    struct world *world;
    struct runtime *runtime;
    struct class *class;
    struct object *name[NAMES];
};

static struct plain plain_open(void)
{
    struct plain plain = {.world = world_open("cp311")};
    plain.runtime = plain.world->runtime;
    plain.class =
        class_new(plain.runtime,
                  &(struct class_spec){.name = "Plain", .has_dict = true, .has_weakrefs = true});
    for (int i = 0; i < NAMES; i++) {
        char text[16];
        snprintf(text, sizeof text, "x%d", i);
        plain.name[i] = str_interned(plain.runtime, text);
    }
    gc_collect(plain.runtime, 2);
    log_clear(plain.world);
    return plain;
}

static void plain_close(struct plain *plain)
{
    gc_collect(plain->runtime, 2);
    class_delete(plain->runtime, plain->class);
    for (int i = 0; i < NAMES; i++) {
        decref(plain->runtime, plain->name[i]);
    }
    world_close(plain->world);
}

static bool set(struct plain *plain, struct object *instance, int name, int64_t value)
{
    struct object *number = int_new(plain->runtime, value);
    bool ok = object_setattr(plain->runtime, instance, plain->name[name], number);
    decref(plain->runtime, number);
    return ok;
}

/* F109: bytes of the values of the first, second, … instance of a class with two attributes. */
static void test_values_shrink_with_each_instance(void **state)
{
    (void)state;
    struct plain plain = plain_open();
    struct object *made[40];
    for (int i = 0; i < 40; i++) {
        made[i] = instance_new(plain.runtime, plain.class);
        assert_int_equal(plain.world->log_count, 2);
        assert_int_equal(plain.world->log[0].size, 56);
        assert_int_equal(plain.world->log[1].domain, 'm');
        size_t places = (size_t)(i < 27 ? 29 - i : 3);
        assert_int_equal(plain.world->log[1].size, 8 * places + ((places + 2 + 7) & ~(size_t)7));
        assert_true(set(&plain, made[i], 0, i));
        assert_true(set(&plain, made[i], 1, i));
        log_clear(plain.world);
    }
    const struct {
        int instance;
        size_t bytes;
    } seen[] = {{1, 264}, {2, 256}, {3, 248}, {10, 184}, {28, 32}, {29, 32}, {30, 32}, {40, 32}};
    for (size_t i = 0; i < COUNT_OF(seen); i++) {
        log_clear(plain.world);
        decref(plain.runtime, made[seen[i].instance - 1]);
        assert_int_equal(plain.world->log_count, 2);
        assert_int_equal(plain.world->log[0].size, seen[i].bytes);
        assert_int_equal(plain.world->log[1].size, 56);
        made[seen[i].instance - 1] = NULL;
    }
    for (int i = 0; i < 40; i++) {
        xdecref(plain.runtime, made[i]);
    }
    plain_close(&plain);
}

/* F110: past the last spare name an instance gets a dict, split, and grows it by its own keys. */
static void test_full_shared_keys_make_a_dict(void **state)
{
    (void)state;
    struct plain plain = plain_open();
    struct object *made[40];
    for (int i = 0; i < 40; i++) {
        made[i] = instance_new(plain.runtime, plain.class);
        assert_true(set(&plain, made[i], 0, i));
        assert_true(set(&plain, made[i], 1, i));
    }
    struct object *last = made[39];
    log_clear(plain.world);
    assert_true(set(&plain, last, 2, 2)); /* takes the last spare */
    assert_requests(plain.world, "");
    assert_false(object_has_dict(last));
    int64_t count = plain.runtime->gc.count[0];
    assert_true(set(&plain, last, 3, 3)); /* dict, then a table of 16 for three used */
    assert_requests(plain.world, "a:o:64 a:o:208 f:m:32");
    assert_true(object_has_dict(last));
    assert_int_equal(plain.runtime->gc.count[0], count + 1);
    struct object *dict = object_dict(plain.runtime, last);
    assert_int_equal(dict_length(dict), 4);
    assert_false(gc_is_tracked(dict));
    for (int i = 0; i < 4; i++) {
        int64_t value = int_value(object_getattr(last, plain.name[i]));
        assert_int_equal(value, i < 2 ? 39 : i);
    }
    assert_true(object_delattr(plain.runtime, last, plain.name[0]));
    assert_false(object_delattr(plain.runtime, last, plain.name[0]));
    assert_null(object_getattr(last, plain.name[0]));
    for (int i = 0; i < 40; i++) {
        decref(plain.runtime, made[i]);
    }
    plain_close(&plain);
}

static void test_asking_for_the_dict_keeps_the_values(void **state)
{
    (void)state;
    struct plain plain = plain_open();
    struct object *instance = instance_new(plain.runtime, plain.class);
    struct object *list = list_new(plain.runtime, 0);
    assert_true(set(&plain, instance, 3, 3));
    assert_true(set(&plain, instance, 1, 1));
    assert_true(object_setattr(plain.runtime, instance, plain.name[2], list));
    decref(plain.runtime, list);
    assert_true(object_delattr(plain.runtime, instance, plain.name[3]));
    assert_true(set(&plain, instance, 3, 33));
    log_clear(plain.world);
    struct object *dict = object_dict(plain.runtime, instance);
    assert_requests(plain.world, "a:o:64");
    assert_ptr_equal(object_dict(plain.runtime, instance), dict);
    assert_true(gc_is_tracked(dict));
    const int order[] = {1, 2, 3}; /* insertion order: x3 was taken out and came back */
    int64_t position = 0;
    struct object *key;
    struct object *value;
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        assert_true(dict_next(dict, &position, &key, &value));
        assert_ptr_equal(key, plain.name[order[i]]);
    }
    assert_false(dict_next(dict, &position, &key, &value));
    /* A split dict takes new names into the shared keys while they have room. */
    log_clear(plain.world);
    assert_true(set(&plain, instance, 4, 4));
    assert_requests(plain.world, "");
    /* An integer as key makes a general table of its own. */
    assert_true(dict_put(plain.runtime, dict, small_int_of(plain.runtime, 1), key));
    assert_requests(plain.world, "a:o:288 f:m:264");
    assert_int_equal(dict_length(dict), 5);
    assert_int_equal(int_value(object_getattr(instance, plain.name[4])), 4);
    decref(plain.runtime, instance);
    assert_requests(plain.world, "f:o:288 f:o:56");
    plain_close(&plain);
}

static void test_no_spare_and_nothing_used_makes_the_smallest_table(void **state)
{
    (void)state;
    struct plain plain = plain_open();
    struct object *first[31];
    for (int i = 0; i < 31; i++) {
        first[i] = instance_new(plain.runtime, plain.class);
    }
    assert_true(set(&plain, first[0], 0, 0)); /* the one spare name is gone now */
    struct object *other = first[30];
    log_clear(plain.world);
    assert_true(set(&plain, other, 1, 1));
    assert_requests(plain.world, "a:o:64 a:o:120 f:m:16");
    assert_int_equal(dict_length(object_dict(plain.runtime, other)), 1);
    for (int i = 0; i < 31; i++) {
        decref(plain.runtime, first[i]);
    }
    plain_close(&plain);
}

/* A dict outlives its class: the shared keys are the dict's then. */
static void test_split_dict_outlives_its_class(void **state)
{
    (void)state;
    struct plain plain = plain_open();
    struct object *instance = instance_new(plain.runtime, plain.class);
    assert_true(set(&plain, instance, 0, 1000));
    struct object *dict = newref(object_dict(plain.runtime, instance));
    decref(plain.runtime, instance);
    class_delete(plain.runtime, plain.class);
    assert_int_equal(int_value(dict_get(dict, plain.name[0])), 1000);
    dict_clear(plain.runtime, dict);
    assert_int_equal(dict_length(dict), 0);
    decref(plain.runtime, dict);
    plain.class = class_new(plain.runtime, &(struct class_spec){.name = "again"});
    plain_close(&plain);
}

/* A cycle through inline values, and one through a dict. */
static void test_cycles_through_attributes_are_collected(void **state)
{
    (void)state;
    struct plain plain = plain_open();
    for (int with_dict = 0; with_dict < 2; with_dict++) {
        struct object *instance = instance_new(plain.runtime, plain.class);
        assert_true(object_setattr(plain.runtime, instance, plain.name[0], instance));
        if (with_dict) {
            assert_non_null(object_dict(plain.runtime, instance));
        }
        decref(plain.runtime, instance);
        assert_int_equal(gc_collect(plain.runtime, 2), 1 + with_dict); /* F051, F052 */
    }
    plain_close(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_shrink_with_each_instance),
        cmocka_unit_test(test_full_shared_keys_make_a_dict),
        cmocka_unit_test(test_asking_for_the_dict_keeps_the_values),
        cmocka_unit_test(test_no_spare_and_nothing_used_makes_the_smallest_table),
        cmocka_unit_test(test_split_dict_outlives_its_class),
        cmocka_unit_test(test_cycles_through_attributes_are_collected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

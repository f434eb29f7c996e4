/* What each object asks of the allocator, and in which order: field values of CPython 3.11. */
#include "tests/obj_world.h"

static void test_list_asks_for_head_and_growing_array(void **state)
{
    (void)state;
    struct world *world = world_open("cp311");
    struct runtime *runtime = world->runtime;
    struct object *list = list_new(runtime, 0);
    assert_requests(world, "a:o:56");
    const size_t places[] = {4, 8, 16, 24, 32, 40, 52, 64, 76, 92, 108, 128};
    size_t next = 0;
    for (int i = 0; i < 128; i++) {
        assert_true(list_append(runtime, list, none_of(runtime)));
        if (world->log_count > 0) {
            assert_int_equal(world->log[0].kind, 'r');
            assert_int_equal(world->log[0].domain, 'm');
            assert_int_equal(world->log[0].size, 8 * places[next++]);
            log_clear(world);
        }
    }
    assert_int_equal(next, COUNT_OF(places));
    decref(runtime, list);
    assert_requests(world, "f:m:1024"); /* the head goes to the free list */
    list = list_new(runtime, 5);
    for (int i = 0; i < 5; i++) {
        list_init_take(list, i, newref(none_of(runtime)));
    }
    assert_requests(world, "c:m:40");
    decref(runtime, list);
    assert_requests(world, "f:m:40");
    world_close(world);
}

static void test_list_shrinks_below_half(void **state)
{
    (void)state;
    struct world *world = world_open("cp311");
    struct runtime *runtime = world->runtime;
    struct object *list = list_new(runtime, 1000);
    for (int i = 0; i < 1000; i++) {
        list_init_take(list, i, newref(none_of(runtime)));
    }
    log_clear(world);
    while (list_length(list) > 500) {
        assert_true(list_pop(runtime, list));
    }
    assert_requests(world, "");
    assert_true(list_pop(runtime, list)); /* 499: 499 + 62 + 6, rounded down to 4 */
    assert_requests(world, "r:m:4512");
    assert_true(list_delete_slice(runtime, list, 9, 499)); /* nine left; 490 need a place to wait */
    assert_requests(world, "a:m:3920 r:m:128 f:m:3920");
    assert_int_equal(list_length(list), 9);
    assert_true(list_delete_slice(runtime, list, 1, 9));
    assert_requests(world, "r:m:32");
    assert_true(list_pop(runtime, list));
    assert_requests(world, "f:m:32");
    assert_null(((struct list *)list)->items);
    decref(runtime, list);
    world_close(world);
}

static void test_last_item_dies_before_its_array(void **state)
{
    (void)state;
    struct world *world = world_open("cp311");
    struct runtime *runtime = world->runtime;
    struct object *list = list_new(runtime, 0);
    assert_true(list_append_take(runtime, list, str_from(runtime, "four")));
    log_clear(world);
    assert_true(list_pop(runtime, list));
    assert_requests(world, "f:o:53 f:m:32");
    assert_true(list_append_take(runtime, list, str_from(runtime, "four")));
    log_clear(world);
    struct object *item = list_pop_take(runtime, list); /* list.pop() keeps the item */
    assert_requests(world, "f:m:32");
    decref(runtime, item);
    decref(runtime, list);
    world_close(world);
}

static void test_small_objects_ask_for_cpythons_sizes(void **state)
{
    (void)state;
    struct world *world = world_open("cp311");
    struct runtime *runtime = world->runtime;
    struct object *made[] = {
        float_new(runtime, 0.5),
        int_new(runtime, 257),
        int_new(runtime, -6),
        int_new(runtime, INT64_C(1) << 30),
        int_new(runtime, INT64_MIN),
        str_from(runtime, "hello"),
        bytes_new(runtime, "hello", 5),
        tuple_new(runtime, 1),
        tuple_new(runtime, 25),
        dict_new(runtime),
        callable_new(runtime, NULL, NULL, NULL),
    };
    assert_requests(world, "a:o:24 a:o:32 a:o:32 a:o:32 a:o:36 a:o:54 a:o:38 a:o:48 a:o:240 a:o:64 "
                           "a:o:72");
    assert_int_equal(int_value(made[3]), INT64_C(1) << 30);
    assert_true(int_value(made[4]) == INT64_MIN);
    for (size_t i = 0; i < COUNT_OF(made); i++) {
        decref(runtime, made[i]);
    }
    /* float, 1-tuple and dict stay in free lists */
    assert_requests(world, "f:o:32 f:o:32 f:o:32 f:o:36 f:o:54 f:o:38 f:o:240 f:o:72");
    gc_collect(runtime, 2);
    assert_requests(world, "f:o:48 f:o:24 f:o:64");
    world_close(world);
}

static void test_slot_instances_ask_for_their_fields(void **state)
{
    (void)state;
    struct world *world = world_open("cp311");
    struct runtime *runtime = world->runtime;
    const struct class_spec specs[] = {
        {.name = "bare"},
        {.name = "four", .slots = 4},
        {.name = "weak", .slots = 2, .has_weakrefs = true},
        {.name = "socket", .slots = 1, .has_weakrefs = true, .payload_bytes = 20},
    };
    const size_t bytes[] = {32, 64, 56, 72};
    for (size_t i = 0; i < COUNT_OF(specs); i++) {
        struct class *class = class_new(runtime, &specs[i]);
        log_clear(world);
        struct object *instance = instance_new(runtime, class);
        assert_int_equal(world->log_count, 1);
        assert_int_equal(world->log[0].size, bytes[i]);
        assert_true(instance_of(instance, class));
        memset(instance_payload(instance), 0xff, specs[i].payload_bytes);
        decref(runtime, instance);
        class_delete(runtime, class);
    }
    world_close(world);
}

/* Lengths at which a dict of strings gets a larger table: field/cpython-3.11.md 1. */
static void test_dict_tables_grow_as_cpythons(void **state)
{
    (void)state;
    struct world *world = world_open("cp311");
    struct runtime *runtime = world->runtime;
    /* sys.getsizeof of a dict with string keys, less the 64 of its head; then the same tables with
     * entries of 24 bytes instead of 16. */
    const struct {
        int length;
        size_t with_strings, with_ints;
    } steps[] = {{1, 184 - 64, 160},     {6, 272 - 64, 288},      {11, 464 - 64, 568},
                 {22, 832 - 64, 1104},   {43, 1584 - 64, 2200},   {86, 3328 - 64, 4624},
                 {171, 6576 - 64, 9240}, {342, 13056 - 64, 18448}};
    for (int strings = 0; strings < 2; strings++) {
        struct object *dict = dict_new(runtime);
        size_t step = 0;
        for (int i = 0; i < 682; i++) {
            char name[16];
            snprintf(name, sizeof name, "name%d", i);
            struct object *key = strings ? str_from(runtime, name) : int_new(runtime, 1000000 + i);
            log_clear(world);
            assert_true(dict_put(runtime, dict, key, key));
            if (world->log_count > 0) {
                assert_int_equal(world->log[0].kind, 'a');
                assert_int_equal(i + 1, steps[step].length);
                size_t expected = strings ? steps[step].with_strings : steps[step].with_ints;
                assert_int_equal(world->log[0].size, expected);
                step++;
            }
            decref(runtime, key);
        }
        assert_int_equal(step, COUNT_OF(steps));
        decref(runtime, dict);
    }
    world_close(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list_asks_for_head_and_growing_array),
        cmocka_unit_test(test_list_shrinks_below_half),
        cmocka_unit_test(test_last_item_dies_before_its_array),
        cmocka_unit_test(test_small_objects_ask_for_cpythons_sizes),
        cmocka_unit_test(test_slot_instances_ask_for_their_fields),
        cmocka_unit_test(test_dict_tables_grow_as_cpythons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

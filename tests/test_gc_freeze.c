/* Which generation objects are in: survival, freezing, and what introspection sees of it. Facts
 * Fnnn as in test_gc_counts.c. */
#include "tests/gc_world.h"

static void test_generations_of_survivors(void **state) /* F069, F070 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *list = list_new(w.rt, 0);
    assert_int_equal(gc_generation_of(w.rt, list), 0);
    gc_collect(w.rt, 0);
    assert_int_equal(gc_generation_of(w.rt, list), 1);
    gc_collect(w.rt, 1);
    assert_int_equal(gc_generation_of(w.rt, list), 2);
    gc_collect(w.rt, 0);
    assert_int_equal(gc_generation_of(w.rt, list), 2);
    struct object *young = list_new(w.rt, 0);
    gc_collect(w.rt, 1);
    assert_int_equal(gc_generation_of(w.rt, young), 2);
    assert_int_equal(gc_generation_of(w.rt, none_of(w.rt)), -1);
    struct object *untracked = dict_new(w.rt);
    assert_int_equal(gc_generation_of(w.rt, untracked), -1);
    decref(w.rt, untracked);
    decref(w.rt, young);
    decref(w.rt, list);
    world_close(&w);
}

static int count_one(struct object *object, void *argument)
{
    (void)object;
    ++*(int *)argument;
    return 0;
}

static void test_freeze_and_unfreeze(void **state) /* F071 to F073, F098 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *list = instances(&w, 3);
    struct object *trash = self_cycle(&w);
    decref(w.rt, trash);
    gc_collect(w.rt, 0);
    trash = self_cycle(&w);
    decref(w.rt, trash);
    gc_freeze(w.rt);
    assert_counts(&w, 0, 0, 0);
    assert_int_equal(gc_freeze_count(w.rt), 5);
    assert_int_equal(gc_generation_of(w.rt, list), GENERATIONS);
    assert_int_equal(gc_collect(w.rt, 2), 0); /* frozen trash is not seen */
    int seen = 0;
    gc_each_object(w.rt, count_one, &seen);
    gc_each_referrer(w.rt, list_get(list, 0), count_one, &seen);
    assert_int_equal(seen, 0);
    assert_sound(&w);
    list_clear(w.rt, list); /* deaths by count go on */
    assert_int_equal(gc_freeze_count(w.rt), 2);
    gc_unfreeze(w.rt);
    assert_int_equal(gc_freeze_count(w.rt), 0);
    assert_int_equal(gc_generation_of(w.rt, list), 2);
    assert_int_equal(gc_collect(w.rt, 1), 0);
    assert_int_equal(gc_collect(w.rt, 2), 1);
    decref(w.rt, list);
    world_close(&w);
}

static void test_freeze_after_setup(void **state)
{
    (void)state;
    static const char *const specs[] = {"cp311:gc=off", "cp311:gc=off,freeze=after_setup",
                                        "cp311:gc=off,freeze=collect_after_setup"};
    static const int frozen[] = {0, 5, 4};
    for (int i = 0; i < 3; i++) {
        struct world w;
        world_open(&w, specs[i]);
        struct object *list = instances(&w, 3);
        decref(w.rt, self_cycle(&w));
        gc_phase(w.rt, "run");
        assert_int_equal(gc_freeze_count(w.rt), 0);
        gc_phase(w.rt, "setup");
        assert_int_equal(gc_freeze_count(w.rt), frozen[i]);
        assert_int_equal(w.begun, i == 2 ? 1 : 0);
        decref(w.rt, list);
        world_close(&w);
    }
}

static void test_freeze_is_no_option_of_none(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "none");
    struct object *list = instances(&w, 3);
    gc_phase(w.rt, "setup");
    assert_int_equal(gc_freeze_count(w.rt), 0);
    gc_freeze(w.rt);
    assert_int_equal(gc_freeze_count(w.rt), 4);
    gc_unfreeze(w.rt);
    decref(w.rt, list);
    world_close(&w);
}

static int stop_at_second(struct object *object, void *argument)
{
    (void)object;
    return ++*(int *)argument == 2 ? 42 : 0;
}

static int keep_order(struct object *object, void *argument)
{
    struct object ***at = argument;
    *(*at)++ = object;
    return 0;
}

static void test_introspection(void **state) /* F096, F097 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *list = instances(&w, 3);
    struct object *item = list_get(list, 1);
    struct object *hidden = dict_new(w.rt);
    struct object *found[8] = {NULL};
    struct object **end = found;
    assert_int_equal(gc_each_referent(list, keep_order, &end), 0);
    assert_int_equal(end - found, 3);
    assert_ptr_equal(found[0], list_get(list, 2)); /* last to first */
    assert_ptr_equal(found[2], list_get(list, 0));
    end = found;
    assert_int_equal(gc_each_referrer(w.rt, item, keep_order, &end), 0);
    assert_int_equal(end - found, 1);
    assert_ptr_equal(found[0], list);
    int seen = 0;
    assert_int_equal(gc_each_object(w.rt, stop_at_second, &seen), 42);
    assert_int_equal(seen, 2);
    assert_int_equal(gc_each_referent(none_of(w.rt), keep_order, &end), 0);
    decref(w.rt, hidden);
    decref(w.rt, list);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_generations_of_survivors),
        cmocka_unit_test(test_freeze_and_unfreeze),
        cmocka_unit_test(test_freeze_after_setup),
        cmocka_unit_test(test_freeze_is_no_option_of_none),
        cmocka_unit_test(test_introspection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The worked example of the counting rules: lists, a finalizable instance, weak references, dicts
 * and a tuple under thresholds 5, 2, 2, on CPython 3.11 and on 3.12. */
#include "tests/gc_world.h"

/* 10.4: thresholds 5, 2, 2 and the operations of the worked example. */
static void test_worked_example(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:threshold=5/2/2");
    struct runtime *rt = w.rt;
    struct object *h0 = list_new(rt, 0);
    assert_counts(&w, 1, 0, 0);
    struct object *h1 = list_new(rt, 0);
    assert_counts(&w, 2, 0, 0);
    assert_true(list_append(rt, h0, h1) && list_append(rt, h1, h0));
    decref(rt, h0);
    decref(rt, h1);
    assert_counts(&w, 2, 0, 0);
    struct object *h2 = final_new(&w, 2, FINAL_LOG);
    assert_counts(&w, 3, 0, 0);
    instance_slot_set(rt, h2, 0, h2);
    /* the driver's callback is no object of the heap: made here before, and not counted */
    struct object *h3 = weakref_logging(&w, h2, 3);
    rt->gc.count[0]--;
    assert_counts(&w, 4, 0, 0);
    decref(rt, h2);
    struct object *h4 = dict_new(rt);
    assert_counts(&w, 5, 0, 0);
    struct object *h5 = dict_new(rt);
    assert_counts(&w, 0, 1, 0);
    assert_said(&w, "C3 F2");
    assert_int_equal(w.last.generation, 0);
    assert_int_equal(w.last.collected, 3);
    assert_int_equal(rt->gc.stats[0].collected, 3);
    assert_int_equal(freelist_length(&rt->freelists.list), 2);
    struct object *h6 = list_new(rt, 0);
    assert_counts(&w, 0, 1, 0);
    assert_int_equal(freelist_length(&rt->freelists.list), 1);
    decref(rt, h4);
    assert_counts(&w, 0, 1, 0);
    assert_int_equal(freelist_length(&rt->freelists.dict), 1);
    struct object *h7 = dict_new(rt);
    assert_counts(&w, 0, 1, 0);
    assert_int_equal(freelist_length(&rt->freelists.dict), 0);
    struct object *items[2] = {h6, none_of(rt)};
    struct object *h8 = tuple_pack(rt, items, 2);
    assert_counts(&w, 1, 1, 0);
    assert_int_equal(gc_collect(rt, 0), 0);
    assert_counts(&w, 0, 2, 0);
    assert_int_equal(gc_collect(rt, 1), 0);
    assert_counts(&w, 0, 0, 1);
    assert_int_equal(gc_collect(rt, 2), 0);
    assert_counts(&w, 0, 0, 0);
    assert_int_equal(freelist_length(&rt->freelists.list), 0);
    struct object *const left[] = {h3, h5, h6, h7, h8};
    for (size_t i = 0; i < COUNT_OF(left); i++) {
        decref(rt, left[i]);
    }
    world_close(&w);
}

/* 10.4 on 3.12: the dict only requests; the explicit collection then finds the trash. */
static void test_cp313_worked_example(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp313:threshold=5/2/2");
    struct runtime *rt = w.rt;
    struct object *a = list_new(rt, 0), *b = list_new(rt, 0);
    assert_true(list_append_take(rt, a, newref(b)) && list_append_take(rt, b, a));
    decref(rt, b);
    struct object *self = final_new(&w, 2, FINAL_LOG);
    instance_slot_set(rt, self, 0, self);
    struct object *reference = weakref_logging(&w, self, 3);
    rt->gc.count[0]--; /* the callback is no object of the driver's heap */
    decref(rt, self);
    struct object *dicts[3] = {dict_new(rt), dict_new(rt)};
    assert_counts(&w, 6, 0, 0);
    struct object *list = list_new(rt, 0);
    assert_counts(&w, 7, 0, 0);
    decref(rt, dicts[0]);
    dicts[2] = dict_new(rt);
    assert_counts(&w, 7, 0, 0);
    struct object *tuple = tuple_pack(rt, &list, 1);
    assert_counts(&w, 8, 0, 0);
    assert_int_equal(gc_collect(rt, 0), 3);
    assert_said(&w, "C3 F2");
    assert_int_equal(freelist_length(&rt->freelists.list), 2);
    struct object *const left[] = {reference, dicts[1], dicts[2], list, tuple};
    for (size_t i = 0; i < COUNT_OF(left); i++) {
        decref(rt, left[i]);
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worked_example),
        cmocka_unit_test(test_cp313_worked_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

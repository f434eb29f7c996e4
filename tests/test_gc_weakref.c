/* Weak references in a collection: which callbacks run, when, and what they count as. Facts Fnnn
 * as in test_gc_counts.c. */
#include "tests/gc_world.h"

static void test_callback_without_any_finalizer(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *self = instance_new(w.rt, w.slots);
    struct object *reference = weakref_logging(&w, self, 4);
    instance_slot_set(w.rt, self, 0, self);
    decref(w.rt, self);
    assert_int_equal(gc_collect(w.rt, 2), 1);
    assert_said(&w, "C4");
    assert_int_equal(gc_generation_of(w.rt, reference), 2);
    decref(w.rt, reference);
    world_close(&w);
}

static void test_weakref_gone_before_its_target(void **state) /* F088 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *self = final_new(&w, 1, FINAL_LOG);
    decref(w.rt, weakref_logging(&w, self, 5));
    instance_slot_set(w.rt, self, 0, self);
    decref(w.rt, self);
    assert_int_equal(gc_collect(w.rt, 2), 1);
    assert_said(&w, "F1");
    world_close(&w);
}

static void test_weakref_in_trash_is_not_called(void **state) /* F089, F090 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    for (int other = 0; other < 2; other++) {
        struct object *target = final_new(&w, 1, FINAL_LOG);
        instance_slot_set(w.rt, target, 0, target);
        struct object *holder = other ? self_cycle(&w) : list_new(w.rt, 0);
        if (!other) {
            assert_true(list_append(w.rt, holder, target));
            instance_slot_set(w.rt, target, 1, holder);
        }
        assert_true(list_append_take(w.rt, holder, weakref_logging(&w, target, 5)));
        decref(w.rt, target);
        decref(w.rt, holder);
        assert_int_equal(gc_collect(w.rt, 2), 4); /* list, target, weak reference, callback */
        assert_said(&w, "F1");
    }
    world_close(&w);
}

static void test_called_weakref_ages_with_the_survivors(void **state) /* F091 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *target = final_new(&w, 1, FINAL_LOG);
    struct object *reference = weakref_logging(&w, target, 5);
    gc_collect(w.rt, 2);
    assert_int_equal(gc_generation_of(w.rt, reference), 2);
    struct object *young = final_new(&w, 2, FINAL_LOG);
    struct object *watch = weakref_logging(&w, young, 6);
    instance_slot_set(w.rt, young, 0, young);
    decref(w.rt, young);
    assert_int_equal(gc_collect(w.rt, 0), 1);
    assert_said(&w, "C6 F2");
    assert_int_equal(gc_generation_of(w.rt, watch), 1);
    decref(w.rt, watch);
    decref(w.rt, reference);
    decref(w.rt, target);
    world_close(&w);
}

/* What a WeakValueDictionary does: the callback drops the last reference to the weak reference. */
static void drop_from_list(struct runtime *rt, void *context, struct object *self,
                           struct object *weakref)
{
    (void)context;
    (void)weakref;
    list_clear(rt, self);
}

static void test_weakref_freed_by_its_callback_counts(void **state) /* F092 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *entries = list_new(w.rt, 0);
    struct object *call = callable_new(w.rt, drop_from_list, NULL, entries);
    struct object *target = final_new(&w, 1, FINAL_LOG);
    assert_true(list_append_take(w.rt, entries, weakref_new(w.rt, target, call)));
    decref(w.rt, call);
    instance_slot_set(w.rt, target, 0, target);
    decref(w.rt, target);
    assert_int_equal(gc_collect(w.rt, 2), 2);
    assert_int_equal(list_length(entries), 0);
    assert_said(&w, "F1");
    decref(w.rt, entries);
    world_close(&w);
}

static void test_weakref_in_resurrected_trash_is_cleared(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *self = final_new(&w, 1, FINAL_REBIRTH);
    struct object *outside = final_new(&w, 2, FINAL_LOG);
    struct object *reference = weakref_logging(&w, outside, 5);
    struct object *watch = weakref_new(w.rt, self, NULL);
    instance_slot_set(w.rt, self, 0, self);
    instance_slot_set(w.rt, self, 1, reference);
    decref(w.rt, reference);
    decref(w.rt, self);
    assert_int_equal(gc_collect(w.rt, 2), 0);
    assert_null(weakref_target(instance_slot(list_get(w.reborn, 0), 1)));
    assert_null(weakref_target(watch)); /* though its target lives */
    decref(w.rt, watch);
    list_clear(w.rt, w.reborn);
    assert_int_equal(gc_collect(w.rt, 2), 3); /* instance, weak reference, callback */
    decref(w.rt, outside);
    assert_said(&w, "F1 F2");
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_callback_without_any_finalizer),
        cmocka_unit_test(test_weakref_gone_before_its_target),
        cmocka_unit_test(test_weakref_in_trash_is_not_called),
        cmocka_unit_test(test_called_weakref_ages_with_the_survivors),
        cmocka_unit_test(test_weakref_freed_by_its_callback_counts),
        cmocka_unit_test(test_weakref_in_resurrected_trash_is_cleared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* When and in which order things die: by count, in cycles, with weak references, finalizers and
 * resurrection. Numbers F… are those of CPython 3.11's facts in docs/model.md. */
#include "tests/obj_mortal.h"

static struct object *list_of_mortals(struct fixture *fixture, int count)
{
    struct object *list = list_new(fixture->runtime, 0);
    for (int i = 0; i < count; i++) {
        assert_true(list_append_take(fixture->runtime, list, mortal_new(fixture, i)));
    }
    return list;
}

/* F017, F018, F019 */
static void test_lists_and_tuples_release_last_to_first(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    decref(runtime, list_of_mortals(fixture, 3));
    ASSERT_EVENTS(fixture, 2, 1, 0);
    struct object *list = list_of_mortals(fixture, 3);
    list_clear(runtime, list);
    ASSERT_EVENTS(fixture, 2, 1, 0);
    decref(runtime, list);
    list = list_of_mortals(fixture, 12);
    assert_true(list_delete_slice(runtime, list, 1, 4));
    ASSERT_EVENTS(fixture, 3, 2, 1);
    list_set(runtime, list, 0, none_of(runtime));
    ASSERT_EVENTS(fixture, 0);
    list_clear(runtime, list);
    ASSERT_EVENTS(fixture, 11, 10, 9, 8, 7, 6, 5, 4);
    decref(runtime, list);
    struct object *tuple = tuple_new(runtime, 3);
    for (int i = 0; i < 3; i++) {
        tuple_init_take(tuple, i, mortal_new(fixture, i));
    }
    decref(runtime, tuple);
    ASSERT_EVENTS(fixture, 2, 1, 0);
    fixture_close(fixture);
}

/* F020, F022, F023 */
static void test_dicts_and_slots_release_first_to_last(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *dict = dict_new(runtime);
    for (int i = 0; i < 3; i++) {
        struct object *value = mortal_new(fixture, i);
        assert_true(dict_put(runtime, dict, small_int_of(runtime, 7 - i), value));
        decref(runtime, value);
    }
    decref(runtime, dict);
    ASSERT_EVENTS(fixture, 0, 1, 2);
    struct object *holder = mortal_new(fixture, 9);
    for (uint32_t i = 2; i-- > 0;) {
        struct object *value = mortal_new(fixture, (int)i);
        instance_slot_set(runtime, holder, i, value);
        decref(runtime, value);
    }
    decref(runtime, holder);
    ASSERT_EVENTS(fixture, 9, 0, 1);
    fixture_close(fixture);
}

/* F015: finalizer first, the weak reference still alive in it; then callbacks; then what it held.
 */
static void test_death_by_count_finalizes_then_calls_back(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *self = mortal_new(fixture, 1);
    struct object *child = mortal_new(fixture, 2);
    instance_slot_set(runtime, self, 0, child);
    decref(runtime, child);
    struct object *weakref = watch(fixture, self, 7);
    ((struct mortal *)instance_payload(self))->watch = weakref;
    decref(runtime, self);
    ASSERT_EVENTS(fixture, 501, 1007, 2);
    decref(runtime, weakref);
    fixture_close(fixture);
}

/* F016: in a collection the callback comes first, and the finalizer finds the reference dead. */
static void test_death_in_a_cycle_calls_back_then_finalizes(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *self = mortal_new(fixture, 1);
    struct object *child = mortal_new(fixture, 2);
    instance_slot_set(runtime, self, 0, child);
    instance_slot_set(runtime, self, 1, self);
    decref(runtime, child);
    struct object *weakref = watch(fixture, self, 7);
    ((struct mortal *)instance_payload(self))->watch = weakref;
    decref(runtime, self);
    assert_int_equal(gc_collect(runtime, 2), 2);
    ASSERT_EVENTS(fixture, 1007, 1, 2);
    decref(runtime, weakref);
    fixture_close(fixture);
}

/* F012, F013, F014 */
static void test_a_finalizer_runs_once_and_may_keep_the_object(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *reborn = list_new(runtime, 0);
    struct object *self = mortal_new(fixture, 1);
    ((struct mortal *)instance_payload(self))->reborn = reborn;
    struct object *weakref = weakref_new(runtime, self, NULL);
    gc_collect(runtime, 1);
    assert_int_equal(gc_generation_of(runtime, self), 2);
    assert_false(gc_is_finalized(self));
    decref(runtime, self);
    ASSERT_EVENTS(fixture, 1);
    assert_true(gc_is_finalized(self));
    assert_int_equal(gc_generation_of(runtime, self), 0);
    assert_int_equal(self->refcount, 1);
    assert_ptr_equal(weakref_target(weakref), self);
    list_clear(runtime, reborn);
    assert_int_equal(fixture->events.count, 0);
    assert_null(weakref_target(weakref));
    decref(runtime, weakref);
    decref(runtime, reborn);
    fixture_close(fixture);
}

/* F025: (mortal, inner) tuples nested 200 deep; the trashcan lets 50 levels nest. */
static void test_trashcan_order_is_cpythons(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *inner = newref(none_of(runtime));
    for (int i = 0; i < 200; i++) {
        struct object *pair = tuple_new(runtime, 2);
        tuple_init_take(pair, 0, mortal_new(fixture, i));
        tuple_init_take(pair, 1, inner);
        inner = pair;
    }
    decref(runtime, inner);
    assert_int_equal(fixture->events.count, 200);
    const int *label = fixture->events.label;
    const int first[] = {151, 152, 153, 154};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(label[i], first[i]);
    }
    assert_int_equal(label[198], 1);
    assert_int_equal(label[199], 2);
    fixture->events.count = 0;
    fixture_close(fixture);
}

/* F026, for each container that can hold itself. */
static void test_deep_chains_need_no_stack(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    gc_disable(runtime);
    const int depth = 300000;
    struct object *inner = newref(none_of(runtime));
    for (int i = 0; i < depth; i++) {
        struct object *outer;
        switch (i % 4) {
        case 0:
            outer = list_new(runtime, 0);
            assert_true(list_append(runtime, outer, inner));
            break;
        case 1:
            outer = tuple_pack(runtime, &inner, 1);
            break;
        case 2:
            outer = dict_new(runtime);
            assert_true(dict_put(runtime, outer, none_of(runtime), inner));
            break;
        default:
            outer = callable_new(runtime, on_callback, NULL, inner);
            break;
        }
        decref(runtime, inner);
        inner = outer;
    }
    decref(runtime, inner);
    inner = list_new(runtime, 0);
    for (int i = 0; i < 1000000; i++) {
        struct object *outer = list_new(runtime, 1);
        list_init_take(outer, 0, inner);
        inner = outer;
    }
    decref(runtime, inner);
    fixture_close(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_and_tuples_release_last_to_first),
        cmocka_unit_test(test_dicts_and_slots_release_first_to_last),
        cmocka_unit_test(test_death_by_count_finalizes_then_calls_back),
        cmocka_unit_test(test_death_in_a_cycle_calls_back_then_finalizes),
        cmocka_unit_test(test_a_finalizer_runs_once_and_may_keep_the_object),
        cmocka_unit_test(test_trashcan_order_is_cpythons),
        cmocka_unit_test(test_deep_chains_need_no_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

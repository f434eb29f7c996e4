/* What happens to trash: weak references, finalizers, resurrection, DEBUG_SAVEALL, and what counts
 * as collected. Facts Fnnn as in test_gc_counts.c. */
#include "tests/gc_world.h"

static void test_self_cycle_is_one(void **state) /* F050 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    decref(w.rt, self_cycle(&w));
    assert_int_equal(gc_collect(w.rt, 2), 1);
    assert_int_equal(gc_collect(w.rt, 2), 0);
    world_close(&w);
}

/* l = []; l.append(l) and [1], (1, 2), {}, {1: []}, 2.5, "s" on it. */
static struct object *cycle_with_tail(struct world *w)
{
    struct runtime *rt = w->rt;
    struct object *list = self_cycle(w);
    struct object *one = int_new(rt, 1), *two = int_new(rt, 2);
    struct object *inner = list_new(rt, 0);
    assert_true(list_append(rt, inner, one));
    struct object *items[2] = {one, two};
    struct object *full = dict_new(rt);
    struct object *empty = list_new(rt, 0);
    assert_true(dict_put(rt, full, one, empty));
    decref(rt, empty);
    struct object *const tail[] = {inner, tuple_pack(rt, items, 2), dict_new(rt),
                                   full,  float_new(rt, 2.5),       str_from(rt, "s")};
    for (size_t i = 0; i < COUNT_OF(tail); i++) {
        assert_true(list_append_take(rt, list, tail[i]));
    }
    decref(rt, one);
    decref(rt, two);
    return list;
}

static void test_only_tracked_objects_count(void **state) /* F053, F054 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    decref(w.rt, cycle_with_tail(&w));
    assert_int_equal(gc_collect(w.rt, 2), 5);
    struct object *list = cycle_with_tail(&w);
    gc_collect(w.rt, 0); /* untracks the tuple */
    decref(w.rt, list);
    assert_int_equal(gc_collect(w.rt, 2), 4);
    world_close(&w);
}

static void test_old_cycle_needs_its_generation(void **state) /* F055, F056 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *a = list_new(w.rt, 0), *b = list_new(w.rt, 0);
    assert_true(list_append(w.rt, a, b) && list_append(w.rt, b, a));
    gc_collect(w.rt, 2);
    struct object *young = self_cycle(&w);
    assert_true(list_append_take(w.rt, a, young));
    decref(w.rt, a);
    decref(w.rt, b);
    assert_int_equal(gc_collect(w.rt, 0), 0); /* held by the dead old ones */
    assert_int_equal(gc_collect(w.rt, 1), 0);
    assert_int_equal(gc_collect(w.rt, 2), 3);
    world_close(&w);
}

static void pair_cycle(struct world *w, int a_label, enum final_mode a_mode, int b_label,
                       enum final_mode b_mode)
{
    struct object *a = final_new(w, a_label, a_mode), *b = final_new(w, b_label, b_mode);
    instance_slot_set(w->rt, a, 0, b);
    instance_slot_set(w->rt, b, 0, a);
    decref(w->rt, a);
    decref(w->rt, b);
}

static void test_cycle_with_finalizers(void **state) /* F057 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    pair_cycle(&w, 1, FINAL_LOG, 2, FINAL_LOG);
    assert_int_equal(gc_collect(w.rt, 2), 2);
    assert_said(&w, "F1 F2");
    assert_int_equal(gc_garbage_length(w.rt), 0);
    world_close(&w);
}

static void test_resurrection_of_one_keeps_its_cycle(void **state) /* F058 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    pair_cycle(&w, 1, FINAL_REBIRTH, 2, FINAL_LOG);
    assert_int_equal(gc_collect(w.rt, 2), 0);
    assert_said(&w, "F1 F2");
    assert_int_equal(list_length(w.reborn), 1);
    assert_true(gc_is_finalized(list_get(w.reborn, 0)));
    assert_sound(&w);
    list_clear(w.rt, w.reborn);
    assert_int_equal(gc_collect(w.rt, 2), 2);
    assert_said(&w, ""); /* once only */
    world_close(&w);
}

static void test_resurrected_go_to_the_survivors(void **state) /* F059, F060 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    for (int i = 0; i < 3; i++) {
        struct object *self = final_new(&w, i, i == 1 ? FINAL_REBIRTH : FINAL_LOG);
        instance_slot_set(w.rt, self, 0, self);
        decref(w.rt, self);
    }
    assert_int_equal(gc_collect(w.rt, 0), 2);
    assert_said(&w, "F0 F1 F2");
    assert_int_equal(gc_generation_of(w.rt, list_get(w.reborn, 0)), 1);
    list_clear(w.rt, w.reborn);
    assert_int_equal(gc_collect(w.rt, 2), 1);
    world_close(&w);
}

static void test_resurrection_by_count(void **state) /* F012 to F014 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *self = final_new(&w, 7, FINAL_REBIRTH);
    struct object *reference = weakref_new(w.rt, self, NULL);
    gc_collect(w.rt, 2);
    assert_int_equal(gc_generation_of(w.rt, self), 2);
    decref(w.rt, self);
    assert_said(&w, "F7");
    assert_int_equal(gc_generation_of(w.rt, self), 0);
    assert_ptr_equal(weakref_target(reference), self);
    list_clear(w.rt, w.reborn);
    assert_said(&w, "");
    assert_null(weakref_target(reference));
    decref(w.rt, reference);
    world_close(&w);
}

static void test_collection_inside_a_collection_is_none(void **state) /* F049 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *self = final_new(&w, 1, FINAL_COLLECT);
    instance_slot_set(w.rt, self, 0, self);
    decref(w.rt, self);
    decref(w.rt, self_cycle(&w));
    w.inner = 99;
    assert_int_equal(gc_collect(w.rt, 2), 2);
    assert_int_equal(w.inner, 0);
    assert_int_equal(w.begun, 1);
    struct object *again = final_new(&w, 2, FINAL_COLLECT); /* by count it does collect */
    decref(w.rt, self_cycle(&w));
    decref(w.rt, again);
    assert_int_equal(w.inner, 1);
    world_close(&w);
}

static void test_a_finalizer_runs_once_beside_new_ones(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *old = final_new(&w, 1, FINAL_REBIRTH);
    instance_slot_set(w.rt, old, 0, old);
    decref(w.rt, old);
    assert_int_equal(gc_collect(w.rt, 2), 0);
    assert_said(&w, "F1");
    struct object *young = final_new(&w, 2, FINAL_LOG);
    instance_slot_set(w.rt, young, 0, young);
    decref(w.rt, young);
    list_clear(w.rt, w.reborn);
    assert_int_equal(gc_collect(w.rt, 2), 2);
    assert_said(&w, "F2");
    world_close(&w);
}

static void test_drain_is_unheard(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    gc_set_saveall(w.rt, true);
    decref(w.rt, self_cycle(&w));
    gc_collect(w.rt, 2);
    decref(w.rt, self_cycle(&w));
    gc_freeze(w.rt);
    runtime_drain(w.rt);
    assert_int_equal(gc_garbage_length(w.rt), 0);
    assert_int_equal(gc_freeze_count(w.rt), 0);
    assert_int_equal(gc_generation_size(w.rt, 2), 0);
    assert_int_equal(w.begun, 1);
    assert_int_equal(w.rt->gc.stats[2].collections, 1);
    assert_true(w.rt->gc.saveall && gc_is_enabled(w.rt));
    assert_int_equal(w.rt->gc.trigger, 700);
    world_close(&w);
}

static void test_no_automatic_collection_inside_one(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:threshold=1");
    struct object *self = final_new(&w, 1, FINAL_REBIRTH);
    instance_slot_set(w.rt, self, 0, self);
    decref(w.rt, self);
    gc_collect(w.rt, 2);
    assert_int_equal(w.begun, w.ended);
    list_clear(w.rt, w.reborn);
    world_close(&w);
}

static void test_saveall(void **state) /* F066 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    gc_set_saveall(w.rt, true);
    uint64_t blocks = w.live;
    struct object *list = self_cycle(&w);
    decref(w.rt, list);
    blocks = w.live;
    assert_int_equal(gc_collect(w.rt, 2), 1);
    assert_int_equal(w.last.uncollectable, 0);
    assert_int_equal(gc_garbage_length(w.rt), 1);
    assert_ptr_equal(list_get(w.rt->gc.garbage, 0), list);
    assert_int_equal(list->refcount, 2);
    assert_int_equal(list_length(list), 1); /* not cleared */
    assert_int_equal(w.live, blocks + 1);   /* the array of gc.garbage */
    assert_int_equal(gc_generation_of(w.rt, list), 2);
    gc_set_saveall(w.rt, false);
    assert_int_equal(gc_collect(w.rt, 2), 0); /* gc.garbage holds it */
    world_close(&w);                          /* and gives it back at the end */
}

static void test_tuple_in_a_cycle_has_no_clear(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *list = list_new(w.rt, 0);
    struct object *tuple = tuple_pack(w.rt, &list, 1);
    assert_true(list_append_take(w.rt, list, tuple));
    decref(w.rt, list);
    assert_int_equal(gc_collect(w.rt, 2), 2);
    assert_int_equal(gc_generation_size(w.rt, 2), 0);
    world_close(&w);
}

static void test_events_carry_the_figures(void **state) /* F065 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    decref(w.rt, self_cycle(&w));
    struct object *alive = list_new(w.rt, 0);
    gc_collect(w.rt, 1);
    assert_int_equal(w.begun, 1);
    assert_int_equal(w.ended, 1);
    assert_int_equal(w.last.generation, 1);
    assert_int_equal(w.last.examined, 2);
    assert_int_equal(w.last.collected, 1);
    assert_int_equal(w.last.uncollectable, 0);
    decref(w.rt, alive);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_self_cycle_is_one),
        cmocka_unit_test(test_only_tracked_objects_count),
        cmocka_unit_test(test_old_cycle_needs_its_generation),
        cmocka_unit_test(test_cycle_with_finalizers),
        cmocka_unit_test(test_resurrection_of_one_keeps_its_cycle),
        cmocka_unit_test(test_resurrected_go_to_the_survivors),
        cmocka_unit_test(test_resurrection_by_count),
        cmocka_unit_test(test_collection_inside_a_collection_is_none),
        cmocka_unit_test(test_a_finalizer_runs_once_beside_new_ones),
        cmocka_unit_test(test_drain_is_unheard),
        cmocka_unit_test(test_no_automatic_collection_inside_one),
        cmocka_unit_test(test_saveall),
        cmocka_unit_test(test_tuple_in_a_cycle_has_no_clear),
        cmocka_unit_test(test_events_carry_the_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

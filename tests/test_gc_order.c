/* Order: of objects in a generation, of finalizers, of callbacks, of tracking, of deep deaths.
 * Facts Fnnn as in test_gc_counts.c. */
#include "tests/gc_world.h"

/* A chain of lists a <- b <- c, the caller owns c; names are kept for show_order. */
struct chain {
    struct object *object[3];
};

static struct chain chain_new(struct world *w)
{
    struct chain chain;
    for (int i = 0; i < 3; i++) {
        chain.object[i] = list_new(w->rt, 0);
        if (i > 0) {
            assert_true(list_append_take(w->rt, chain.object[i], chain.object[i - 1]));
        }
    }
    return chain;
}

struct order {
    const struct chain *chain;
    char text[64];
};

static int note(struct object *object, void *argument)
{
    struct order *order = argument;
    for (int i = 0; i < 3; i++) {
        if (order->chain->object[i] == object) {
            size_t used = strlen(order->text);
            order->text[used] = (char)('a' + i);
            order->text[used + 1] = '\0';
        }
    }
    return 0;
}

static void assert_order(struct world *w, const struct chain *chain, const char *expected)
{
    struct order order = {.chain = chain};
    assert_int_equal(gc_each_object(w->rt, note, &order), 0);
    assert_string_equal(order.text, expected);
}

static void test_chain_is_turned_round_once(void **state) /* F063 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct chain chain = chain_new(&w);
    assert_order(&w, &chain, "abc");
    gc_collect(w.rt, 0);
    assert_order(&w, &chain, "cba");
    gc_collect(w.rt, 1);
    assert_order(&w, &chain, "cba");
    gc_collect(w.rt, 2); /* the pass of a whole heap keeps the order too */
    assert_order(&w, &chain, "cba");
    decref(w.rt, chain.object[2]);
    world_close(&w);
}

/* Two lists held by a younger one: both are set aside and found again, the last item first. */
static void test_lists_are_visited_last_to_first(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct chain chain;
    for (int i = 0; i < 3; i++) {
        chain.object[i] = list_new(w.rt, 0);
    }
    assert_true(list_append_take(w.rt, chain.object[2], chain.object[0]));
    assert_true(list_append_take(w.rt, chain.object[2], chain.object[1]));
    gc_collect(w.rt, 0);
    assert_order(&w, &chain, "cba");
    decref(w.rt, chain.object[2]);
    world_close(&w);
}

/* The same held by slots and by values of a dict: first to last. */
static void test_slots_and_dicts_are_visited_first_to_last(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    for (int by_dict = 0; by_dict < 2; by_dict++) {
        struct chain chain;
        for (int i = 0; i < 2; i++) {
            chain.object[i] = list_new(w.rt, 0);
        }
        chain.object[2] = by_dict ? dict_new(w.rt) : instance_new(w.rt, w.slots);
        for (int i = 0; i < 2; i++) {
            struct object *key = int_new(w.rt, i);
            if (by_dict) {
                assert_true(dict_put(w.rt, chain.object[2], key, chain.object[i]));
            } else {
                instance_slot_set(w.rt, chain.object[2], (uint32_t)i, chain.object[i]);
            }
            decref(w.rt, key);
            decref(w.rt, chain.object[i]);
        }
        gc_collect(w.rt, 0);
        assert_order(&w, &chain, "cab");
        decref(w.rt, chain.object[2]);
    }
    world_close(&w);
}

static void test_whole_heap_pass_orders_as_the_others(void **state)
{
    (void)state;
    for (int frozen = 0; frozen < 2; frozen++) { /* frozen objects rule the short pass out */
        struct world w;
        world_open(&w, "cp311:gc=off");
        struct object *other = list_new(w.rt, 0);
        if (frozen) {
            gc_freeze(w.rt);
        }
        struct chain chain = chain_new(&w);
        gc_collect(w.rt, 2);
        assert_order(&w, &chain, "cba");
        assert_int_equal(w.last.examined, frozen ? 3 : 4);
        decref(w.rt, chain.object[2]);
        decref(w.rt, other);
        world_close(&w);
    }
}

/* Three lists held from outside, one in each generation: a in 0, b in 1, c in 2. */
static void test_merging_order(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct chain chain;
    chain.object[2] = list_new(w.rt, 0);
    gc_collect(w.rt, 1);
    chain.object[1] = list_new(w.rt, 0);
    gc_collect(w.rt, 0);
    chain.object[0] = list_new(w.rt, 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(gc_generation_of(w.rt, chain.object[i]), i);
    }
    gc_collect(w.rt, 2);
    assert_order(&w, &chain, "cab"); /* 2, then 0, then 1 */
    for (int i = 0; i < 3; i++) {
        decref(w.rt, chain.object[i]);
    }
    world_close(&w);
}

static void make_self_cycle(struct world *w, int label)
{
    struct object *self = final_new(w, label, FINAL_LOG);
    instance_slot_set(w->rt, self, 0, self);
    decref(w->rt, self);
}

static void test_finalizers_in_order_of_birth(void **state) /* F061, F062 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    for (int i = 0; i < 5; i++) {
        make_self_cycle(&w, i);
    }
    assert_int_equal(gc_collect(w.rt, 2), 5);
    assert_said(&w, "F0 F1 F2 F3 F4");
    struct object *old = final_new(&w, 10, FINAL_LOG);
    gc_collect(w.rt, 1);
    make_self_cycle(&w, 11);
    instance_slot_set(w.rt, old, 0, old);
    decref(w.rt, old);
    assert_int_equal(gc_collect(w.rt, 2), 2);
    assert_said(&w, "F10 F11");
    world_close(&w);
}

static void test_callbacks_newest_first_in_both_deaths(void **state) /* F085, F086, F087 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    for (int cyclic = 0; cyclic < 2; cyclic++) {
        struct object *target = final_new(&w, 9, FINAL_LOG);
        struct object *references[3];
        for (int i = 0; i < 3; i++) {
            references[i] = weakref_logging(&w, target, i);
        }
        if (cyclic) {
            instance_slot_set(w.rt, target, 0, target);
        }
        decref(w.rt, target);
        if (cyclic) {
            assert_said(&w, "");
            assert_int_equal(gc_collect(w.rt, 2), 1);
            assert_said(&w, "C2 C1 C0 F9"); /* before the finalizer */
        } else {
            assert_said(&w, "F9 C2 C1 C0"); /* after it */
        }
        for (int i = 0; i < 3; i++) {
            decref(w.rt, references[i]);
        }
    }
    struct object *references[2];
    for (int i = 0; i < 2; i++) {
        struct object *target = final_new(&w, i, FINAL_LOG);
        instance_slot_set(w.rt, target, 0, target);
        references[i] = weakref_logging(&w, target, i);
        decref(w.rt, target);
    }
    assert_int_equal(gc_collect(w.rt, 2), 2);
    assert_said(&w, "C0 C1 F0 F1");
    decref(w.rt, references[0]);
    decref(w.rt, references[1]);
    world_close(&w);
}

static void test_lists_die_last_to_first(void **state) /* F017 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    struct object *list = list_new(w.rt, 0);
    for (int i = 0; i < 3; i++) {
        assert_true(list_append_take(w.rt, list, final_new(&w, i, FINAL_LOG)));
    }
    decref(w.rt, list);
    assert_said(&w, "F2 F1 F0");
    world_close(&w);
}

/* F025: 200 tuples deep, each holding a finalizable and the next. */
static void test_trashcan_turns_order_at_its_limit(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *inner = newref(none_of(w.rt));
    for (int i = 0; i < 200; i++) {
        struct object *pair[2] = {final_new(&w, i, FINAL_LOG), inner};
        struct object *tuple = tuple_pack(w.rt, pair, 2);
        decref(w.rt, pair[0]);
        decref(w.rt, inner);
        inner = tuple;
    }
    decref(w.rt, inner);
    int order[200];
    const char *at = w.log;
    for (int i = 0; i < 200; i++) {
        int used;
        assert_int_equal(sscanf(at, "F%d%n", &order[i], &used), 1);
        at += used + (at[used] == ' ');
    }
    const int first[] = {151, 152, 153, 154};
    const int turns[] = {49, 50, 98, 99, 147, 148, 196, 197};
    size_t found = 0;
    for (int i = 0; i < 4; i++) {
        assert_int_equal(order[i], first[i]);
    }
    assert_int_equal(order[198], 1);
    assert_int_equal(order[199], 2);
    for (int i = 1; i < 200; i++) {
        if (order[i] != order[i - 1] + 1) {
            assert_true(found < COUNT_OF(turns));
            assert_int_equal(turns[found++], i);
        }
    }
    assert_int_equal(found, COUNT_OF(turns));
    world_close(&w);
}

static void test_deep_nesting_needs_no_stack(void **state) /* F026 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    w.rt->check_counts = false;
    struct object *list = list_new(w.rt, 0);
    for (int i = 0; i < 1000000; i++) {
        struct object *outer = list_new(w.rt, 0);
        assert_true(list_append_take(w.rt, outer, list));
        list = outer;
    }
    decref(w.rt, list);
    assert_int_equal(w.rt->trashcan.levels, TRASHCAN_LIMIT);
    assert_null(w.rt->trashcan.later);
    world_close(&w);
}

static struct object *tuple_of(struct world *w, struct object *item)
{
    struct object *tuple = tuple_pack(w->rt, &item, 1);
    decref(w->rt, item);
    return tuple;
}

static void test_untracking_of_tuples(void **state) /* F076 to F079 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *plain = tuple_of(&w, int_new(w.rt, 1));
    struct object *holder = tuple_of(&w, list_new(w.rt, 0));
    struct object *of_dict = tuple_of(&w, dict_new(w.rt));
    struct object *inner = tuple_of(&w, int_new(w.rt, 1));
    struct object *outer = tuple_of(&w, newref(inner)); /* after inner: one pass */
    struct object *early = tuple_new(w.rt, 1);          /* before what it will hold */
    struct object *late = tuple_of(&w, int_new(w.rt, 2));
    tuple_init_take(early, 0, newref(late));
    assert_true(gc_is_tracked(plain) && gc_is_tracked(outer));
    gc_collect(w.rt, 0);
    assert_false(gc_is_tracked(plain));
    assert_true(gc_is_tracked(holder));
    assert_true(gc_is_tracked(of_dict)); /* a dict may be tracked one day */
    assert_false(gc_is_tracked(inner));
    assert_false(gc_is_tracked(outer));
    assert_false(gc_is_tracked(late));
    assert_true(gc_is_tracked(early));
    gc_collect(w.rt, 0); /* it is in generation 1 */
    assert_true(gc_is_tracked(early));
    gc_collect(w.rt, 1);
    assert_false(gc_is_tracked(early));
    assert_sound(&w);
    struct object *const all[] = {plain, holder, of_dict, inner, outer, early, late};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        decref(w.rt, all[i]);
    }
    world_close(&w);
}

static void test_unfinished_tuple_stays_tracked(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *tuple = tuple_new(w.rt, 2);
    tuple_init_take(tuple, 0, int_new(w.rt, 1));
    gc_collect(w.rt, 2);
    assert_true(gc_is_tracked(tuple));
    tuple_init_take(tuple, 1, int_new(w.rt, 2));
    gc_collect(w.rt, 2);
    assert_false(gc_is_tracked(tuple));
    decref(w.rt, tuple);
    world_close(&w);
}

static void test_untracking_of_dicts(void **state) /* F080, F081 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *dict = dict_new(w.rt);
    struct object *key = int_new(w.rt, 1);
    struct object *value = list_new(w.rt, 0);
    assert_false(gc_is_tracked(dict));
    assert_true(dict_put(w.rt, dict, key, value));
    assert_true(gc_is_tracked(dict));
    assert_true(dict_remove(w.rt, dict, key));
    assert_true(gc_is_tracked(dict));
    gc_collect(w.rt, 1);
    assert_true(gc_is_tracked(dict));
    gc_collect(w.rt, 2);
    assert_false(gc_is_tracked(dict));
    struct object *holder = dict_new(w.rt);
    struct object *tuple = tuple_of(&w, int_new(w.rt, 1));
    assert_true(dict_put(w.rt, holder, key, tuple));
    assert_true(gc_is_tracked(holder));
    gc_collect(w.rt, 2); /* tuples first, then dicts: one collection does both */
    assert_false(gc_is_tracked(tuple));
    assert_false(gc_is_tracked(holder));
    assert_int_equal(w.rt->gc.long_lived_total, 1); /* the list */
    struct object *const all[] = {dict, key, value, holder, tuple};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        decref(w.rt, all[i]);
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain_is_turned_round_once),
        cmocka_unit_test(test_lists_are_visited_last_to_first),
        cmocka_unit_test(test_slots_and_dicts_are_visited_first_to_last),
        cmocka_unit_test(test_whole_heap_pass_orders_as_the_others),
        cmocka_unit_test(test_merging_order),
        cmocka_unit_test(test_finalizers_in_order_of_birth),
        cmocka_unit_test(test_callbacks_newest_first_in_both_deaths),
        cmocka_unit_test(test_lists_die_last_to_first),
        cmocka_unit_test(test_trashcan_turns_order_at_its_limit),
        cmocka_unit_test(test_deep_nesting_needs_no_stack),
        cmocka_unit_test(test_untracking_of_tuples),
        cmocka_unit_test(test_unfinished_tuple_stays_tracked),
        cmocka_unit_test(test_untracking_of_dicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

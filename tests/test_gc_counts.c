/* gc's arithmetic: counts, thresholds, which generation is collected when, statistics. Facts Fnnn
 * were printed by CPython 3.11.7; they are this test's expectations. */
#include "tests/gc_world.h"

static int64_t count0(const struct world *w)
{
    return w->rt->gc.count[0];
}

static struct object *list1(struct world *w)
{
    return list_new(w->rt, 0);
}

static struct object *dict1(struct world *w)
{
    return dict_new(w->rt);
}

static struct object *tuple1(struct world *w)
{
    struct object *none = none_of(w->rt);
    return tuple_pack(w->rt, &none, 1);
}

static struct object *tuple25(struct world *w)
{
    struct object *self = tuple_new(w->rt, 25);
    for (int i = 0; i < 25; i++) {
        tuple_init_take(self, i, newref(none_of(w->rt)));
    }
    return self;
}

static struct object *float1(struct world *w)
{
    return float_new(w->rt, 1.5);
}

/* Make n, drop all: the two changes of count 0. */
static void make_and_drop(struct world *w, struct object *(*make)(struct world *), int n,
                          int64_t *made, int64_t *dropped)
{
    struct object **held = calloc((size_t)n, sizeof(*held));
    int64_t before = count0(w);
    for (int i = 0; i < n; i++) {
        held[i] = make(w);
        assert_non_null(held[i]);
    }
    *made = count0(w) - before;
    before = count0(w);
    for (int i = 0; i < n; i++) {
        decref(w->rt, held[i]);
    }
    *dropped = count0(w) - before;
    free(held);
}

static void check_traffic(struct world *w, struct object *(*make)(struct world *), int n,
                          int64_t made, int64_t dropped)
{
    gc_collect(w->rt, 2); /* empties the free lists */
    int64_t got_made, got_dropped;
    make_and_drop(w, make, n, &got_made, &got_dropped);
    assert_int_equal(got_made, made);
    assert_int_equal(got_dropped, dropped);
}

static void test_default_threshold(void **state) /* F027 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    assert_int_equal(w.rt->gc.threshold[0], 700);
    assert_int_equal(w.rt->gc.threshold[1], 10);
    assert_int_equal(w.rt->gc.threshold[2], 10);
    world_close(&w);
    world_open(&w, "cp313");
    assert_int_equal(w.rt->gc.threshold[0], 2000);
    world_close(&w);
}

static void test_count0_follows_real_allocations(void **state) /* F028 to F037 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    check_traffic(&w, list1, 1, 1, 0);
    check_traffic(&w, dict1, 1, 1, 0);
    check_traffic(&w, tuple1, 1, 1, 0);
    check_traffic(&w, slots_new, 1, 1, -1);
    check_traffic(&w, float1, 1, 0, 0);
    check_traffic(&w, list1, 200, 200, -120);
    assert_int_equal(freelist_length(&w.rt->freelists.list), 80);
    check_traffic(&w, dict1, 200, 200, -120);
    assert_int_equal(freelist_length(&w.rt->freelists.dict), 80);
    check_traffic(&w, tuple1, 3000, 3000, -1000);
    assert_int_equal(freelist_length(&w.rt->freelists.tuple[1]), 2000);
    check_traffic(&w, tuple25, 100, 100, -100);
    world_close(&w);
}

static void test_count0_never_negative(void **state) /* F038 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    struct object *old[500];
    for (int i = 0; i < 500; i++) {
        old[i] = slots_new(&w);
    }
    gc_collect(w.rt, 2);
    for (int i = 0; i < 500; i++) {
        decref(w.rt, old[i]);
        assert_int_equal(count0(&w), 0);
    }
    world_close(&w);
}

static void test_counts_after_explicit_collections(void **state) /* F039 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    gc_collect(w.rt, 0);
    assert_counts(&w, 0, 1, 0);
    gc_collect(w.rt, 0);
    assert_counts(&w, 0, 2, 0);
    gc_collect(w.rt, 1);
    assert_counts(&w, 0, 0, 1);
    gc_collect(w.rt, 2);
    assert_counts(&w, 0, 0, 0);
    world_close(&w);
}

static void test_disable_keeps_counting(void **state) /* F041 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    gc_disable(w.rt);
    assert_false(gc_is_enabled(w.rt));
    struct object *keep = list_new(w.rt, 0);
    for (int i = 0; i < 5000; i++) {
        assert_true(list_append_take(w.rt, keep, slots_new(&w)));
    }
    assert_int_equal(count0(&w), 5001);
    assert_int_equal(w.begun, 0);
    gc_enable(w.rt);
    decref(w.rt, slots_new(&w)); /* the next allocation pays */
    assert_int_equal(w.begun, 1);
    decref(w.rt, keep);
    world_close(&w);
}

static void test_threshold_zero_is_off(void **state) /* F042 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:threshold=off");
    assert_true(gc_is_enabled(w.rt));
    struct object *keep = list_new(w.rt, 0);
    for (int i = 0; i < 20000; i++) {
        assert_true(list_append_take(w.rt, keep, slots_new(&w)));
    }
    assert_int_equal(w.begun, 0);
    const int64_t on[GENERATIONS] = {700, 10, 10};
    gc_set_threshold(w.rt, on);
    decref(w.rt, slots_new(&w));
    assert_int_equal(w.begun, 1);
    decref(w.rt, keep);
    world_close(&w);
}

static void test_first_collection_at_threshold_plus_one(void **state) /* F045, F118 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:threshold=100");
    struct object *held[150];
    int at = 0;
    for (int i = 0; i < 150; i++) {
        held[i] = slots_new(&w);
        if (w.begun == 1 && at == 0) {
            at = i + 1;
            assert_counts(&w, 0, 1, 0); /* the new object is not counted */
        }
    }
    assert_int_equal(at, 101);
    assert_counts(&w, 49, 1, 0);
    assert_int_equal(gc_generation_of(w.rt, held[99]), 1);
    assert_int_equal(gc_generation_of(w.rt, held[100]), 0);
    assert_int_equal(gc_generation_of(w.rt, held[101]), 0);
    for (int i = 0; i < 150; i++) {
        decref(w.rt, held[i]);
    }
    world_close(&w);
}

static void test_sequence_of_generations(void **state) /* F047 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:threshold=10/2/2");
    struct object *keep[36 * 11];
    size_t n = 0;
    while (w.begun < 36) { /* dicts are counted, but in no generation: the old one stays empty */
        assert_true(n < COUNT_OF(keep));
        keep[n++] = dict_new(w.rt);
    }
    assert_string_equal(w.generations, "000100010001200010001000120001000100");
    for (size_t i = 0; i < n; i++) {
        decref(w.rt, keep[i]);
    }
    world_close(&w);
}

static void test_full_collection_held_back(void **state) /* F048: the 25 % rule */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:threshold=10/1/1");
    struct object *keep = list_new(w.rt, 0);
    gc_disable(w.rt);
    for (int i = 0; i < 1003; i++) {
        assert_true(list_append_take(w.rt, keep, slots_new(&w)));
    }
    gc_collect(w.rt, 2);
    assert_int_equal(w.rt->gc.long_lived_total, 1004);
    assert_int_equal(w.rt->gc.long_lived_pending, 0);
    gc_enable(w.rt);
    int64_t pending = 0;
    while (w.rt->gc.stats[2].collections == 1) {
        pending = w.rt->gc.long_lived_pending;
        assert_true(list_append_take(w.rt, keep, slots_new(&w)));
        if (w.rt->gc.stats[2].collections == 1) {
            /* 1004 / 4 is 251: held back below it */
            assert_true(pending < 251 || w.rt->gc.count[0] > 0);
        }
    }
    assert_true(pending >= 251);
    assert_true(pending - 22 < 251); /* at the first chance: two young generations a middle one */
    assert_int_equal(w.last.generation, 2);
    decref(w.rt, keep);
    world_close(&w);
}

static void test_count2_rises_while_held_back(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:threshold=off");
    w.rt->gc.long_lived_total = 1000;
    for (int i = 0; i < 5; i++) {
        gc_collect(w.rt, 1);
    }
    assert_counts(&w, 0, 0, 5);
    const int64_t low[GENERATIONS] = {1, 1, 1};
    gc_set_threshold(w.rt, low);
    struct object *a = slots_new(&w), *b = slots_new(&w); /* the second exceeds 1 */
    assert_string_equal(w.generations + 5, "0");          /* 2 was held back, 1 is not due */
    assert_counts(&w, 0, 1, 5);
    decref(w.rt, a);
    decref(w.rt, b);
    world_close(&w);
}

static void test_pending_counts_middle_survivors(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    struct object *keep = list_new(w.rt, 0);
    for (int i = 0; i < 9; i++) {
        assert_true(list_append_take(w.rt, keep, slots_new(&w)));
    }
    gc_collect(w.rt, 0);
    assert_int_equal(w.rt->gc.long_lived_pending, 0);
    gc_collect(w.rt, 1);
    assert_int_equal(w.rt->gc.long_lived_pending, 10);
    assert_true(list_append_take(w.rt, keep, tuple1(&w))); /* untracked, so not pending */
    gc_collect(w.rt, 1);
    assert_int_equal(w.rt->gc.long_lived_pending, 10);
    gc_collect(w.rt, 2);
    assert_int_equal(w.rt->gc.long_lived_pending, 0);
    assert_int_equal(w.rt->gc.long_lived_total, 10);
    decref(w.rt, keep);
    world_close(&w);
}

static void test_free_lists_emptied_by_full_collections_only(void **state) /* F111 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    struct freelists *lists = &w.rt->freelists;
    for (int generation = 0; generation < GENERATIONS; generation++) {
        decref(w.rt, list1(&w));
        decref(w.rt, dict1(&w));
        decref(w.rt, tuple1(&w));
        decref(w.rt, float1(&w));
        gc_collect(w.rt, generation);
        uint64_t kept = generation < 2 ? 1 : 0;
        assert_int_equal(freelist_length(&lists->list), kept);
        assert_int_equal(freelist_length(&lists->dict), kept);
        assert_int_equal(freelist_length(&lists->tuple[1]), kept);
        assert_int_equal(freelist_length(&lists->floats), kept);
    }
    world_close(&w);
}

static void test_stats_add_up(void **state) /* F064 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:gc=off");
    for (int generation = 0; generation < GENERATIONS; generation++) {
        for (int i = 0; i <= generation; i++) {
            decref(w.rt, self_cycle(&w));
            assert_int_equal(gc_collect(w.rt, generation), 1);
        }
        const struct gc_stats *stats = &w.rt->gc.stats[generation];
        assert_int_equal(stats->collections, generation + 1);
        assert_int_equal(stats->collected, generation + 1);
        assert_int_equal(stats->uncollectable, 0);
    }
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_threshold),
        cmocka_unit_test(test_count0_follows_real_allocations),
        cmocka_unit_test(test_count0_never_negative),
        cmocka_unit_test(test_counts_after_explicit_collections),
        cmocka_unit_test(test_disable_keeps_counting),
        cmocka_unit_test(test_threshold_zero_is_off),
        cmocka_unit_test(test_first_collection_at_threshold_plus_one),
        cmocka_unit_test(test_sequence_of_generations),
        cmocka_unit_test(test_full_collection_held_back),
        cmocka_unit_test(test_count2_rises_while_held_back),
        cmocka_unit_test(test_pending_counts_middle_survivors),
        cmocka_unit_test(test_free_lists_emptied_by_full_collections_only),
        cmocka_unit_test(test_stats_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The policies beside cp311, options and their refusals. Facts Fnnn as in test_gc_counts.c. */
#include "tests/gc_world.h"

static void test_registry(void **state)
{
    (void)state;
    assert_true(collector_count() >= 4);
    for (size_t i = 0; i < collector_count(); i++) {
        const struct collector *collector = collector_at(i);
        assert_ptr_equal(collector_find(collector->name), collector);
        assert_string_equal(collector->model, MODEL_NAME);
        assert_true(i == 0 || strcmp(collector_at(i - 1)->name, collector->name) < 0);
    }
    assert_null(collector_find("cp312"));
    assert_null(collector_find(""));
}

static void test_cp313_waits_for_a_safe_point(void **state) /* F045, F046, F116, F118 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp313:threshold=100");
    struct object *list = instances(&w, 150);
    assert_int_equal(w.begun, 0);
    assert_counts(&w, 151, 0, 0);
    assert_true(w.rt->gc.pending);
    runtime_safe_point(w.rt);
    assert_int_equal(w.begun, 1);
    assert_counts(&w, 0, 1, 0);
    assert_int_equal(gc_generation_of(w.rt, list_get(list, 100)), 1);
    runtime_safe_point(w.rt);
    assert_int_equal(w.begun, 1);
    decref(w.rt, list);
    world_close(&w);
}

static void test_cp313_evaluates_afresh(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp313:threshold=100");
    struct object *list = instances(&w, 150);
    gc_collect(w.rt, 0); /* explicit: the request stays, but nothing is due */
    assert_true(w.rt->gc.pending);
    runtime_safe_point(w.rt);
    assert_int_equal(w.begun, 1);
    assert_false(w.rt->gc.pending);
    struct object *more = instances(&w, 101); /* and the next request works */
    assert_true(w.rt->gc.pending);
    runtime_safe_point(w.rt);
    assert_int_equal(w.begun, 2);
    decref(w.rt, list);
    decref(w.rt, more);
    world_close(&w);
}

static void test_cp313_disabled_before_the_safe_point(void **state) /* F117 */
{
    (void)state;
    static const char *const specs[] = {"cp313:threshold=100,version=3.12",
                                        "cp313:threshold=100,version=3.13"};
    for (int i = 0; i < 2; i++) {
        struct world w;
        world_open(&w, specs[i]);
        struct object *list = instances(&w, 150);
        gc_disable(w.rt);
        runtime_safe_point(w.rt);
        assert_int_equal(w.begun, i == 0 ? 1 : 0);
        decref(w.rt, list);
        world_close(&w);
    }
}

static void test_none_never_collects(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "none");
    for (int i = 0; i < 3000; i++) {
        decref(w.rt, self_cycle(&w));
    }
    assert_int_equal(gc_collect(w.rt, 2), 0);
    const int64_t low[GENERATIONS] = {1, 1, 1};
    gc_set_threshold(w.rt, low);
    decref(w.rt, self_cycle(&w));
    runtime_safe_point(w.rt);
    assert_int_equal(w.begun, 0);
    assert_int_equal(gc_generation_size(w.rt, 0), 3001);
    world_close(&w); /* the runtime collects them when it closes */
}

static void test_every_collects_at_each_birth(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "every");
    uint64_t before = w.begun;
    decref(w.rt, list_new(w.rt, 0));
    decref(w.rt, list_new(w.rt, 0)); /* not from a free list */
    decref(w.rt, dict_new(w.rt));
    decref(w.rt, slots_new(&w));
    assert_int_equal(w.begun - before, 4);
    decref(w.rt, self_cycle(&w));
    uint64_t collected = w.rt->gc.stats[0].collected;
    decref(w.rt, list_new(w.rt, 0));
    assert_int_equal(w.rt->gc.stats[0].collected, collected + 1);
    for (int i = 0; i < 200; i++) {
        decref(w.rt, list_new(w.rt, 0));
    }
    assert_true(w.rt->gc.stats[1].collections > 10);
    assert_true(w.rt->gc.stats[2].collections > 0);
    gc_disable(w.rt);
    before = w.begun;
    decref(w.rt, list_new(w.rt, 0));
    assert_int_equal(w.begun, before);
    world_close(&w);
}

/* Read `text` as options of cp311 and open; false with the message. */
static bool opens(const char *text, struct error *error)
{
    struct world w = {0};
    struct spec spec;
    struct options options;
    const struct collector *collector = collector_find("cp311");
    if (!spec_parse(text, strlen(text), &spec, error) ||
        !spec_options(&spec.part[0], collector->options, collector->option_count, &options,
                      error)) {
        return false;
    }
    struct heap heap = heap_make(&w, &world_methods);
    struct runtime_config config = {
        .heap = {heap, heap, heap}, .collector = collector, .collector_options = &options};
    if (!runtime_open(&config, &w.rt, error)) {
        assert_int_equal(w.live, 0);
        return false;
    }
    assert_int_equal(runtime_close(w.rt), 0);
    assert_int_equal(w.live, 0);
    return true;
}

static void test_options_are_refused_by_name(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"cp311:threshold=1/2/3/4", "threshold"},
        {"cp311:threshold=-1", "threshold"},
        {"cp311:threshold=2147483648", "threshold"},
        {"cp311:threshold=", "threshold"},
        {"cp311:threshold=700/x/10", "threshold"},
        {"cp311:gc=maybe", "gc"},
        {"cp311:freeze=later", "freeze"},
        {"cp311:version=3.13", "version"},
        {"cp311:speed=9", "speed"},
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct error error = {""};
        assert_false(opens(bad[i][0], &error));
        assert_non_null(strstr(error.text, bad[i][1]));
    }
    static const char *const good[] = {"cp311:threshold=2147483647/0/0", "cp311:threshold=1",
                                       "cp311:threshold=5/6", "cp311:threshold=off"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct error error = {""};
        assert_true(opens(good[i], &error));
    }
}

static void test_threshold_keeps_what_is_not_given(void **state) /* F043 */
{
    (void)state;
    struct world w;
    world_open(&w, "cp311:threshold=5/6");
    assert_int_equal(w.rt->gc.threshold[0], 5);
    assert_int_equal(w.rt->gc.threshold[1], 6);
    assert_int_equal(w.rt->gc.threshold[2], 10);
    world_close(&w);
}

static void test_model_must_fit(void **state)
{
    (void)state;
    struct collector other = *collector_find("none");
    other.model = "another";
    struct world w = {0};
    struct heap heap = heap_make(&w, &world_methods);
    struct runtime_config config = {.heap = {heap, heap, heap}, .collector = &other};
    struct error error = {""};
    assert_false(runtime_open(&config, &w.rt, &error));
    assert_non_null(strstr(error.text, "another"));
}

static void hear_nothing(void *self, const struct event *event)
{
    (void)self;
    (void)event;
}

static void test_listeners_are_bounded(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    struct listener listener = {NULL, hear_nothing};
    for (int i = 1; i < LISTENERS_MAX; i++) { /* the world has one */
        assert_true(runtime_listen(w.rt, listener));
    }
    assert_false(runtime_listen(w.rt, listener));
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registry),
        cmocka_unit_test(test_cp313_waits_for_a_safe_point),
        cmocka_unit_test(test_cp313_evaluates_afresh),
        cmocka_unit_test(test_cp313_disabled_before_the_safe_point),
        cmocka_unit_test(test_none_never_collects),
        cmocka_unit_test(test_every_collects_at_each_birth),
        cmocka_unit_test(test_options_are_refused_by_name),
        cmocka_unit_test(test_threshold_keeps_what_is_not_given),
        cmocka_unit_test(test_model_must_fit),
        cmocka_unit_test(test_listeners_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

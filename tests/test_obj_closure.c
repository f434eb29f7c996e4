/* Closures, frames, exceptions, generators, ranges, strings: sizes, and orders of release. */
#include "tests/obj_mortal.h"

static struct object *filled(struct fixture *fixture, enum closure_kind kind, uint32_t locals)
{
    struct object *closure = closure_new(fixture->runtime, kind, locals);
    for (uint32_t i = 0; i < closure_fields(closure); i++) {
        struct object *value = mortal_new(fixture, (int)i);
        closure_set(fixture->runtime, closure, i, value);
        decref(fixture->runtime, value);
        assert_ptr_equal(closure_get(closure, i), value);
    }
    return closure;
}

static int visit_append(struct object *referent, void *argument)
{
    struct events *events = argument;
    struct mortal *mortal = instance_payload(referent);
    events->label[events->count++] = mortal->label;
    return 0;
}

/* Bytes of the block, gc_head included, and the fields in the order in which death releases them. */
static const struct fact {
    enum closure_kind kind;
    uint32_t locals;
    size_t bytes;
    int fields;
    int release[16];
} FACTS[] = {
    {CLOSURE_CELL, 0, 40, 1, {0}},
    {CLOSURE_FUNCTION,
     0,
     152,
     FUNCTION_FIELDS,
     {FUNCTION_GLOBALS, FUNCTION_BUILTINS, FUNCTION_MODULE, FUNCTION_DEFAULTS, FUNCTION_KWDEFAULTS,
      FUNCTION_DOC, FUNCTION_DICT, FUNCTION_CLOSURE, FUNCTION_ANNOTATIONS, FUNCTION_NAME,
      FUNCTION_QUALNAME, FUNCTION_CODE}},
    {CLOSURE_METHOD, 5, 64, 2, {METHOD_FUNCTION, METHOD_SELF}},
    {CLOSURE_FRAME,
     2,
     152,
     7,
     {FRAME_FUNCTION, FRAME_NAMESPACE, FRAME_LOCALS, FRAME_LOCALS + 1, FRAME_BACK, FRAME_TRACE,
      FRAME_CODE}},
    {CLOSURE_TRACEBACK, 0, 56, 2, {TRACEBACK_NEXT, TRACEBACK_FRAME}},
    {CLOSURE_EXCEPTION,
     0,
     88,
     6,
     {EXCEPTION_DICT, EXCEPTION_ARGS, EXCEPTION_NOTES, EXCEPTION_TRACEBACK, EXCEPTION_CAUSE,
      EXCEPTION_CONTEXT}},
    {CLOSURE_GENERATOR,
     2,
     184,
     8,
     {GENERATOR_LOCALS, GENERATOR_LOCALS + 1, GENERATOR_NAMESPACE, GENERATOR_FUNCTION,
      GENERATOR_FRAME_CODE, GENERATOR_CODE, GENERATOR_NAME, GENERATOR_QUALNAME}},
    {CLOSURE_COROUTINE,
     1,
     176,
     7,
     {GENERATOR_LOCALS, GENERATOR_NAMESPACE, GENERATOR_FUNCTION, GENERATOR_FRAME_CODE,
      GENERATOR_CODE, GENERATOR_NAME, GENERATOR_QUALNAME}},
};

static void test_closures_have_cpythons_sizes_and_orders(void **state)
{
    (void)state;
    for (size_t f = 0; f < COUNT_OF(FACTS); f++) {
        const struct fact *fact = &FACTS[f];
        struct fixture *fixture = fixture_open();
        log_clear(fixture->world);
        struct object *closure = filled(fixture, fact->kind, fact->locals);
        assert_int_equal(fixture->world->log[0].size, fact->bytes);
        assert_int_equal(closure_fields(closure), fact->fields);
        closure->type->traverse(closure, visit_append, &fixture->events);
        int in_order[16];
        for (int i = 0; i < fact->fields; i++) {
            in_order[i] = i;
        }
        assert_events(fixture, fact->fields, in_order);
        decref(fixture->runtime, closure);
        assert_events(fixture, fact->fields, fact->release);
        fixture_close(fixture);
    }
}

/* Each kind that 3.11 can clear, or close, gives up a cycle through any field that it clears. */
static void test_cycles_through_closures_are_collected(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    const struct {
        enum closure_kind kind;
        uint32_t field;
    } cycles[] = {{CLOSURE_CELL, CELL_CONTENTS},         {CLOSURE_FUNCTION, FUNCTION_CLOSURE},
                  {CLOSURE_FUNCTION, FUNCTION_DICT},     {CLOSURE_FRAME, FRAME_LOCALS},
                  {CLOSURE_TRACEBACK, TRACEBACK_NEXT},   {CLOSURE_EXCEPTION, EXCEPTION_CONTEXT},
                  {CLOSURE_GENERATOR, GENERATOR_LOCALS}, {CLOSURE_COROUTINE, GENERATOR_LOCALS}};
    for (size_t i = 0; i < COUNT_OF(cycles); i++) {
        struct object *closure = closure_new(runtime, cycles[i].kind, 1);
        closure_set(runtime, closure, cycles[i].field, closure);
        decref(runtime, closure);
        uint64_t found = gc_collect(runtime, 2);
        /* Closing a generator frees it before the count is taken. */
        bool closed = closure_type(cycles[i].kind)->finalize != NULL;
        assert_int_equal(found, closed ? 0 : 1);
    }
    /* A frame that an exception holds by its traceback, and that holds the exception. */
    struct object *frame = closure_new(runtime, CLOSURE_FRAME, 1);
    struct object *traceback = closure_new(runtime, CLOSURE_TRACEBACK, 0);
    struct object *exception = closure_new(runtime, CLOSURE_EXCEPTION, 0);
    closure_set(runtime, traceback, TRACEBACK_FRAME, frame);
    closure_set(runtime, exception, EXCEPTION_TRACEBACK, traceback);
    closure_set(runtime, frame, FRAME_LOCALS, exception);
    decref(runtime, frame);
    decref(runtime, traceback);
    decref(runtime, exception);
    assert_int_equal(gc_collect(runtime, 2), 3);
    fixture_close(fixture);
}

static void test_generators_and_functions_are_weakly_referable(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    const enum closure_kind kinds[] = {CLOSURE_FUNCTION, CLOSURE_METHOD, CLOSURE_GENERATOR};
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct object *closure = filled(fixture, kinds[i], 0);
        assert_true(weakref_possible(closure));
        struct object *weakref = watch(fixture, closure, 1);
        decref(runtime, closure);
        assert_int_equal(fixture->events.label[0], 1001); /* before anything is released */
        assert_null(weakref_target(weakref));
        decref(runtime, weakref);
        fixture->events.count = 0;
    }
    fixture_close(fixture);
}

static void test_a_range_stands_for_a_list(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    const struct {
        int64_t start, stop, step;
        int count;
    } ranges[] = {{0, 10, 1, 10},
                  {0, 0, 1, 0},
                  {5, -6, -2, 6},
                  {1000, 2000, 333, 4},
                  {3, 2, 1, 0},
                  {-3, 3, 2, 3},
                  {INT64_MAX - 3, INT64_MAX, 2, 2}};
    for (size_t i = 0; i < COUNT_OF(ranges); i++) {
        struct object *range = range_new(runtime, ranges[i].start, ranges[i].stop, ranges[i].step);
        struct object *iterator = range_iter(runtime, range);
        decref(runtime, range);
        bool failed;
        struct object *item;
        int count = 0;
        while ((item = range_next(runtime, iterator, &failed)) != NULL) {
            assert_true(int_value(item) == ranges[i].start + count * ranges[i].step);
            count++;
            decref(runtime, item);
        }
        assert_false(failed);
        assert_int_equal(count, ranges[i].count);
        decref(runtime, iterator);
    }
    log_clear(fixture->world);
    struct object *range = range_new(runtime, 0, 1000, 1);
    /* stop; then 1000, 999, 999 and 1000 on the way to the length; then the range */
    assert_requests(fixture->world, "a:o:32 a:o:32 a:o:32 a:o:32 a:o:32 f:o:32 f:o:32 f:o:32 "
                                    "a:o:48");
    decref(runtime, range);
    fixture_close(fixture);
}

static void test_list_iterator_lets_go_at_the_end(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *list = list_new(runtime, 0);
    for (int i = 0; i < 3; i++) {
        assert_true(list_append(runtime, list, small_int_of(runtime, i)));
    }
    log_clear(fixture->world);
    struct object *iterator = list_iter(runtime, list);
    assert_requests(fixture->world, "a:o:48");
    assert_int_equal(list->refcount, 2);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(int_value(list_iter_next(runtime, iterator)), i);
    }
    assert_null(list_iter_next(runtime, iterator));
    assert_int_equal(list->refcount, 1);
    assert_null(list_iter_next(runtime, iterator));
    decref(runtime, list);
    decref(runtime, iterator);
    fixture_close(fixture);
}

static void test_strings_are_made_compared_and_hashed(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *empty = str_from(runtime, "");
    struct object *ab = str_from(runtime, "ab");
    struct object *abab = str_concat(runtime, ab, ab);
    struct object *twice = str_repeat(runtime, ab, 2);
    assert_string_equal(str_text(abab), "abab");
    assert_true(str_equal(abab, twice));
    assert_ptr_not_equal(abab, twice);
    assert_true(str_hash(abab) == str_hash(twice));
    assert_true(str_hash(abab) != str_hash(ab));
    assert_false(str_equal(ab, abab));
    struct object *same[] = {str_concat(runtime, ab, empty), str_concat(runtime, empty, ab),
                             str_repeat(runtime, ab, 1)};
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        assert_ptr_equal(same[i], ab);
        decref(runtime, same[i]);
    }
    struct object *nothing = str_repeat(runtime, ab, 0);
    assert_ptr_equal(nothing, empty);
    assert_null(str_repeat(runtime, ab, INT64_MAX));
    assert_null(str_new_uninitialized(runtime, INT64_MAX));
    struct object *blank = str_new_uninitialized(runtime, 3);
    memcpy(str_fill(blank), "xyz", 3);
    assert_string_equal(str_text(blank), "xyz");
    struct object *made[] = {empty, ab, abab, twice, nothing, blank};
    for (size_t i = 0; i < COUNT_OF(made); i++) {
        decref(runtime, made[i]);
    }
    fixture_close(fixture);
}

static void test_impossible_lengths_are_no_memory(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    assert_null(list_new(runtime, INT64_MAX));
    assert_null(list_new(runtime, INT64_MAX / 8 + 1));
    assert_null(tuple_new(runtime, INT64_MAX));
    assert_null(tuple_new(runtime, INT64_MAX / 8));
    assert_null(bytes_new(runtime, NULL, INT64_MAX));
    fixture_close(fixture);
}

static void test_tuples_are_equal_by_their_items(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *items[] = {int_new(runtime, 1000), str_from(runtime, "spam")};
    struct object *equal_items[] = {int_new(runtime, 1000), str_from(runtime, "spam")};
    struct object *a = tuple_pack(runtime, items, 2);
    struct object *b = tuple_pack(runtime, equal_items, 2);
    struct object *shorter = tuple_pack(runtime, items, 1);
    struct object *dict = dict_new(runtime);
    assert_true(dict_put(runtime, dict, a, none_of(runtime)));
    assert_ptr_equal(dict_get(dict, b), none_of(runtime));
    assert_null(dict_get(dict, shorter));
    struct object *made[] = {items[0], items[1], equal_items[0], equal_items[1],
                             a,        b,        shorter,        dict};
    for (size_t i = 0; i < COUNT_OF(made); i++) {
        decref(runtime, made[i]);
    }
    fixture_close(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closures_have_cpythons_sizes_and_orders),
        cmocka_unit_test(test_cycles_through_closures_are_collected),
        cmocka_unit_test(test_generators_and_functions_are_weakly_referable),
        cmocka_unit_test(test_a_range_stands_for_a_list),
        cmocka_unit_test(test_list_iterator_lets_go_at_the_end),
        cmocka_unit_test(test_strings_are_made_compared_and_hashed),
        cmocka_unit_test(test_impossible_lengths_are_no_memory),
        cmocka_unit_test(test_tuples_are_equal_by_their_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What objects share: singletons, caches, interned strings, free lists. */
#include "tests/obj_mortal.h"

/* F002, F004, F005, F006, F007, F009 */
static void test_reference_counts_of_shared_objects(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *number = int_new(runtime, 5000);
    struct object *list = list_new(runtime, 0);
    for (int i = 0; i < 3; i++) {
        assert_true(list_append(runtime, list, number));
    }
    assert_int_equal(number->refcount, 4);
    decref(runtime, list);
    assert_int_equal(number->refcount, 1);
    decref(runtime, number);
    const struct {
        int64_t value;
        bool shared;
    } ints[] = {{-6, false}, {-5, true}, {256, true}, {257, false}};
    for (size_t i = 0; i < COUNT_OF(ints); i++) {
        struct object *a = int_new(runtime, ints[i].value);
        struct object *b = int_new(runtime, ints[i].value);
        assert_int_equal(a == b, ints[i].shared);
        assert_int_equal(singleton_is(runtime, a), ints[i].shared);
        assert_true(!ints[i].shared || a->refcount == REFCOUNT_STATIC + 2);
        assert_int_equal(int_value(a), ints[i].value);
        decref(runtime, a);
        decref(runtime, b);
    }
    struct object *same[][2] = {
        {str_from(runtime, "x"), str_new(runtime, "xyz", 1)},
        {str_from(runtime, ""), str_new(runtime, "abc", 0)},
        {bytes_new(runtime, "\xff", 1), bytes_new(runtime, "\xff!", 1)},
        {bytes_new(runtime, NULL, 0), bytes_new(runtime, "abc", 0)},
        {tuple_new(runtime, 0), tuple_pack(runtime, NULL, 0)},
    };
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        assert_ptr_equal(same[i][0], same[i][1]);
        assert_int_equal(same[i][0]->refcount, REFCOUNT_STATIC + 2);
        decref(runtime, same[i][0]);
        decref(runtime, same[i][1]);
    }
    int64_t nones = none_of(runtime)->refcount;
    list = list_new(runtime, 1000);
    for (int i = 0; i < 1000; i++) {
        list_init_take(list, i, newref(none_of(runtime)));
    }
    assert_int_equal(none_of(runtime)->refcount, nones + 1000);
    decref(runtime, list);
    assert_int_equal(none_of(runtime)->refcount, nones);
    fixture_close(fixture);
}

/* F010: interned strings are shared while somebody holds them, and die when nobody does. */
static void test_interning_holds_no_reference(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *a = str_interned(runtime, "spam");
    struct object *b = str_from(runtime, "spam");
    assert_ptr_not_equal(a, b);
    assert_int_equal(a->refcount, 1);
    assert_true(str_intern(runtime, &b));
    assert_ptr_equal(a, b);
    assert_int_equal(a->refcount, 2);
    decref(runtime, b);
    log_clear(fixture->world);
    decref(runtime, a);
    assert_requests(fixture->world, "f:o:53");
    assert_int_equal(dict_length(runtime->interned), 0);
    struct object *kept = str_interned(runtime, "x");
    assert_ptr_equal(kept, character_of(runtime, 'x'));
    decref(runtime, kept);
    for (int i = 0; i < 1000; i++) {
        char text[16];
        snprintf(text, sizeof text, "name%d", i);
        decref(runtime, str_interned(runtime, text));
    }
    assert_int_equal(dict_length(runtime->interned), 1);
    fixture_close(fixture);
}

/* F034, F035, F036, F037, F112: how many dead heads are kept, and what count 0 shows. */
static void test_free_lists_keep_as_many_as_cpythons(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    gc_disable(runtime);
    gc_collect(runtime, 2);
    enum { LIST, DICT, TUPLE_1, TUPLE_20, TUPLE_25, FLOAT, KINDS };
    const struct {
        int made, kept;
        bool counted;
    } facts[KINDS] = {[LIST] = {200, 80, true},       [DICT] = {200, 80, true},
                      [TUPLE_1] = {3000, 2000, true}, [TUPLE_20] = {3000, 2000, true},
                      [TUPLE_25] = {100, 0, true},    [FLOAT] = {300, 100, false}};
    struct object *made[3000];
    for (int kind = 0; kind < KINDS; kind++) {
        int64_t before = runtime->gc.count[0];
        for (int i = 0; i < facts[kind].made; i++) {
            made[i] = kind == LIST       ? list_new(runtime, 0)
                      : kind == DICT     ? dict_new(runtime)
                      : kind == TUPLE_1  ? tuple_new(runtime, 1)
                      : kind == TUPLE_20 ? tuple_new(runtime, 20)
                      : kind == TUPLE_25 ? tuple_new(runtime, 25)
                                         : float_new(runtime, i);
        }
        int64_t alive = runtime->gc.count[0];
        assert_int_equal(alive - before, facts[kind].counted ? facts[kind].made : 0);
        for (int i = 0; i < facts[kind].made; i++) {
            decref(runtime, made[i]);
        }
        int64_t died = facts[kind].counted ? facts[kind].made - facts[kind].kept : 0;
        assert_int_equal(alive - runtime->gc.count[0], died);
    }
    const struct freelists *lists = &runtime->freelists;
    assert_int_equal(freelist_length(&lists->list), 80);
    assert_int_equal(freelist_length(&lists->dict), 80);
    assert_int_equal(freelist_length(&lists->floats), 100);
    assert_int_equal(freelist_length(&lists->tuple[1]), 2000);
    assert_int_equal(freelist_length(&lists->tuple[20]), 2000);
    decref(runtime, tuple_new(runtime, 20)); /* put in, never taken out */
    assert_int_equal(freelist_length(&lists->tuple[20]), 2000);
    gc_collect(runtime, 1); /* F111 */
    assert_int_equal(freelist_length(&lists->list), 80);
    gc_collect(runtime, 2);
    assert_int_equal(freelist_length(&lists->list), 0);
    assert_int_equal(freelist_length(&lists->tuple[20]), 0);
    assert_int_equal(lists->floats.dropped, 100);
    fixture_close(fixture);
}

/* F101, F102, F103: the last that died is the next that is born. */
static void test_free_lists_are_last_in_first_out(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    for (int kind = 0; kind < 4; kind++) {
        struct object *made[4];
        for (int i = 0; i < 4; i++) {
            made[i] = kind == 0   ? list_new(runtime, 0)
                      : kind == 1 ? dict_new(runtime)
                      : kind == 2 ? tuple_new(runtime, 2)
                                  : float_new(runtime, i);
            if (i == 1) {
                decref(runtime, made[0]);
                decref(runtime, made[1]);
            }
        }
        assert_ptr_equal(made[2], made[1]);
        assert_ptr_equal(made[3], made[0]);
        decref(runtime, made[2]);
        decref(runtime, made[3]);
    }
    fixture_close(fixture);
}

/* F113: only tables of 8 places for strings are kept. */
static void test_only_small_string_tables_are_kept(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *dicts[200];
    const struct {
        int keys;
        bool strings;
        uint64_t kept;
    } facts[] = {{1, true, 80}, {5, true, 80}, {6, true, 0}, {1, false, 0}};
    for (size_t f = 0; f < COUNT_OF(facts); f++) {
        gc_collect(runtime, 2);
        for (int i = 0; i < 200; i++) {
            dicts[i] = dict_new(runtime);
            for (int k = 0; k < facts[f].keys; k++) {
                struct object *key = facts[f].strings
                                         ? character_of(runtime, (unsigned char)('a' + k))
                                         : small_int_of(runtime, k);
                assert_true(dict_put(runtime, dicts[i], key, key));
            }
        }
        gc_collect(runtime, 2);
        for (int i = 0; i < 200; i++) {
            decref(runtime, dicts[i]);
        }
        assert_int_equal(freelist_length(&runtime->freelists.keys), facts[f].kept);
    }
    fixture_close(fixture);
}

/* Figures of reuse, from which hit rates are made. */
static void test_free_lists_count_hits_and_misses(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    gc_collect(runtime, 2);
    const struct freelist *lists = &runtime->freelists.list;
    struct freelist before = *lists;
    struct object *made[100];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100; i++) {
            made[i] = list_new(runtime, i % 2);
        }
        for (int i = 0; i < 100; i++) {
            decref(runtime, made[i]);
        }
    }
    assert_int_equal(lists->misses - before.misses, 100 + 20);
    assert_int_equal(lists->popped - before.popped, 80);
    assert_int_equal(lists->overflows - before.overflows, 20 + 20);
    assert_int_equal(freelist_pushed(lists) - freelist_pushed(&before), 80 + 80);
    fixture_close(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_free_lists_keep_as_many_as_cpythons),
        cmocka_unit_test(test_free_lists_are_last_in_first_out),
        cmocka_unit_test(test_only_small_string_tables_are_kept),
        cmocka_unit_test(test_reference_counts_of_shared_objects),
        cmocka_unit_test(test_interning_holds_no_reference),
        cmocka_unit_test(test_free_lists_count_hits_and_misses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

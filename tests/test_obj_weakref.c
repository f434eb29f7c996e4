/* Weak references: sharing, order of callbacks, the tuple that two callbacks or more allocate, and
 * the case that is undefined in CPython 3.11. */
#include "tests/obj_mortal.h"

/* F084, F085, F088, and the tuple of two callbacks or more. */
static void test_weak_references_share_order_and_die(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *self = mortal_new(fixture, 1);
    struct object *plain = weakref_new(runtime, self, NULL);
    struct object *again = weakref_new(runtime, self, NULL);
    assert_ptr_equal(plain, again);
    assert_int_equal(plain->refcount, 2);
    decref(runtime, again);
    struct object *watchers[4];
    for (int i = 0; i < 4; i++) {
        watchers[i] = watch(fixture, self, i);
    }
    assert_int_equal(weakref_count(self), 5);
    assert_ptr_equal(*weakref_list(self), plain);
    decref(runtime, watchers[2]); /* before its target: never called */
    log_clear(fixture->world);
    int64_t count = runtime->gc.count[0];
    decref(runtime, self);
    ASSERT_EVENTS(fixture, 1, 1003, 1001, 1000);
    assert_int_equal(fixture->world->log[0].kind, 'a');
    assert_int_equal(fixture->world->log[0].size, 40 + 8 * 6);
    /* The tuple stays in its free list: +1; object and three callbacks: -4. */
    assert_int_equal(runtime->gc.count[0], count + 1 - 4);
    assert_int_equal(freelist_length(&runtime->freelists.tuple[6]), 1);
    assert_null(weakref_target(plain));
    decref(runtime, plain);
    decref(runtime, watchers[0]);
    decref(runtime, watchers[1]);
    decref(runtime, watchers[3]);
    fixture_close(fixture);
}

/* Without memory for that tuple the callbacks run, in the same order. */
static void test_callbacks_run_without_memory(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *self = mortal_new(fixture, 1);
    struct object *watchers[3];
    for (int i = 0; i < 3; i++) {
        watchers[i] = watch(fixture, self, i);
    }
    fixture->world->fail_at = fixture->world->requests + 1;
    decref(runtime, self);
    ASSERT_EVENTS(fixture, 1, 1002, 1001, 1000);
    for (int i = 0; i < 3; i++) {
        decref(runtime, watchers[i]);
    }
    fixture_close(fixture);
}

/* Undefined in CPython 3.11: the tuple's allocation collects two of three weak references, which
 * are in dead cycles. The third must be called, nothing may leak. */
static void test_collection_inside_a_death_frees_weak_references(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *self = mortal_new(fixture, 1);
    struct object *kept = watch(fixture, self, 0);
    for (int i = 1; i < 3; i++) {
        struct object *list = list_new(runtime, 0);
        assert_true(list_append_take(runtime, list, watch(fixture, self, i)));
        assert_true(list_append_take(runtime, list, list));
    }
    gc_set_threshold(runtime, (const int64_t[]){1, 10, 10});
    assert_true(runtime->gc.count[0] > 1);
    decref(runtime, self);
    ASSERT_EVENTS(fixture, 1, 1000);
    assert_int_equal(runtime->gc.stats[0].collections, 1);
    decref(runtime, kept);
    fixture_close(fixture);
}

/* F095: a finalizer makes a weak reference with a callback to its own object. */
static void finalize_and_watch(struct runtime *runtime, struct object *self)
{
    struct mortal *mortal = instance_payload(self);
    struct object *number = small_int_of(runtime, mortal->label);
    struct object *callback = callable_new(runtime, on_callback, mortal->events, number);
    struct object *weakref = weakref_new(runtime, self, callback);
    decref(runtime, callback);
    assert_ptr_equal(weakref_target(weakref), self);
    assert_true(list_append_take(runtime, mortal->reborn, weakref));
}

static void test_a_reference_made_by_the_finalizer_is_called(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct class *class =
        class_new(runtime, &(struct class_spec){.name = "watching",
                                                .has_weakrefs = true,
                                                .finalize = finalize_and_watch,
                                                .payload_bytes = sizeof(struct mortal)});
    struct object *kept = list_new(runtime, 0);
    struct object *self = instance_new(runtime, class);
    *(struct mortal *)instance_payload(self) =
        (struct mortal){.events = &fixture->events, .label = 3, .reborn = kept};
    decref(runtime, self);
    ASSERT_EVENTS(fixture, 1003);
    assert_null(weakref_target(list_get(kept, 0)));
    decref(runtime, kept);
    class_delete(runtime, class);
    fixture_close(fixture);
}

/* F086, F089: in a collection too the newest is called first; one that is trash itself is not. */
static void test_collection_calls_the_newest_first(void **state)
{
    (void)state;
    struct fixture *fixture = fixture_open();
    struct runtime *runtime = fixture->runtime;
    struct object *self = mortal_new(fixture, 1);
    struct object *watchers[3];
    instance_slot_set(runtime, self, 0, self);
    for (int i = 0; i < 3; i++) {
        watchers[i] = watch(fixture, self, i);
    }
    instance_slot_set(runtime, self, 1, watchers[1]);
    decref(runtime, watchers[1]);
    decref(runtime, self);
    /* the object, the weak reference that only it held, and that one's callback */
    assert_int_equal(gc_collect(runtime, 2), 3);
    ASSERT_EVENTS(fixture, 1002, 1000, 1);
    decref(runtime, watchers[0]);
    decref(runtime, watchers[2]);
    fixture_close(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weak_references_share_order_and_die),
        cmocka_unit_test(test_callbacks_run_without_memory),
        cmocka_unit_test(test_collection_inside_a_death_frees_weak_references),
        cmocka_unit_test(test_a_reference_made_by_the_finalizer_is_called),
        cmocka_unit_test(test_collection_calls_the_newest_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Running scenarios on our core: every request failing once, what CPython leaves undefined, leaks in
 * order. What the verbs do is checked by the golden files (scenarios.sh). */
#include "tests/scenario_run.h"

static const char every_verb[] = "threshold 9 2 2\n"
                                 "list a none\nappend a a\ntuple t a none\nset a 0 t\ndict d\n"
                                 "put d 3 a\nput d 4 t\nremove d 3\n"
                                 "repeat 31\nobject o\nattr o x0 d\nend\n"
                                 "attr o x1 o\nattr o x2 a\nattr o x3 t\nunattr o x1\n"
                                 "slots s\nslot s 2 o\nfinal f 1\nlink f s\nphoenix p 2\nlink p p\n"
                                 "weakref w f\nweakref u f 3\nweakref v f 4\nweakref x p 5\n"
                                 "float g\nint i 4096\nstr q 700\nintern n hello\nalias m a\n"
                                 "repeat 20\nappend a m\nend\nrepeat 12\npop a\nend\n"
                                 "drop f\ndrop p\ncollect\nfreeze\nunfreeze\nsaveall on\n"
                                 "list k\nappend k k\ndrop k\ncollect 1\nsaveall off\n"
                                 "weakdict z\nweakput z 1 o\nweakput z 2 o\ndrop o\n"
                                 "repeat 40\nlist b b0\nalias b0 b\nslots s\nend\n"
                                 "drop b\nshow events\nshow weaklen z\nexit\nshow sizes\n";

static const char with_b0[] = "list b0\n";

/* Each request of the program fails once, from the first of the start-up on: the error says out of
 * memory, or the loss is one that CPython only notes; nothing is left either way. */
static void test_scenario_survives_every_failing_request(void **state)
{
    (void)state;
    char *text = NULL;
    char allocator[64];
    assert_true(asprintf(&text, "%s%s", with_b0, every_verb) > 0);
    uint64_t refusals = 0;
    uint64_t met = 0;
    for (uint64_t at = 1;; at++) {
        snprintf(allocator, sizeof allocator, "malloc+fault:at=%llu", (unsigned long long)at);
        struct scenario_outcome_text out = scenario_run(text, allocator);
        if (out.opened) {
            assert_int_equal(out.left.objects, 0);
            assert_int_equal(out.left.blocks, 0);
            assert_string_equal(out.left.broken.text, "");
            assert_int_not_equal(out.result, SCENARIO_ERROR);
        }
        bool failed = !out.opened || out.result == SCENARIO_NO_MEMORY;
        assert_true(!failed || strstr(out.error.error.text, "memory") != NULL);
        met += failed;
        bool refused = out.refused != 0;
        refusals += refused;
        scenario_outcome_free(&out);
        if (!refused) {
            assert_true(!failed);
            break;
        }
    }
    print_message("%llu requests refused, %llu reported\n", (unsigned long long)refusals,
                  (unsigned long long)met);
    assert_true(refusals > 200 && met > refusals / 2);
    free(text);
}

/* Two callbacks, a tuple whose allocation collects the trash that one weak reference is part of. */
static void test_scenario_survives_what_cpython_leaves_undefined(void **state)
{
    (void)state;
    struct scenario_outcome_text out = scenario_run("threshold 0 0 0\n"
                                                    "final f 1\n"
                                                    "weakref u f 2\nweakref v f 3\n"
                                                    "list l u\nappend l l\ndrop u\ndrop l\n"
                                                    "threshold 1 10 10\n"
                                                    "drop f\n"
                                                    "show events\nshow alive v\n",
                                                    "malloc+debug");
    assert_int_equal(out.result, SCENARIO_OK);
    assert_true(out.undefined);
    assert_string_equal(out.text, "event finalize 1\nevent callback 3\nevents 2\nalive v no\n");
    assert_int_equal(out.left.objects, 0);
    assert_int_equal(out.left.blocks, 0);
    scenario_outcome_free(&out);
}

static void test_scenario_leaks_come_in_order_of_birth(void **state)
{
    (void)state;
    struct scenario_outcome_text out = scenario_run("list a\nfloat f\nslots s\nappend a s\n"
                                                    "slot s 0 a\nappend a f\n"
                                                    "object o\nweakref w o 4\nappend a w\n"
                                                    "append a o\ndrop f\ncollect\nlist b\n"
                                                    "append b b\n",
                                                    "pymalloc");
    assert_string_equal(out.leaks, "leak list 1\nleak float 1\nleak Slots 1\nleak Plain 1\n"
                                   "leak weakref.ReferenceType 1\n"
                                   "leak builtin_function_or_method 1\nleak list 1\n");
    assert_int_equal(out.left.objects, 0);
    assert_int_equal(out.left.blocks, 0);
    scenario_outcome_free(&out);
}

/* The same text prints the same on every allocator that is here. */
static void test_scenario_prints_the_same_on_every_allocator(void **state)
{
    (void)state;
    char *text = NULL;
    assert_true(
        asprintf(&text, "%s%sshow stats\nshow count\nshow freelists\n", with_b0, every_verb) > 0);
    struct scenario_outcome_text first = scenario_run(text, "malloc");
    for (size_t i = 0; i < allocator_count(); i++) {
        struct heap heap;
        struct error error;
        if (!test_heap_try(allocator_at(i)->name, &heap, &error)) {
            print_message("%s is not here: %s\n", allocator_at(i)->name, error.text);
            continue;
        }
        heap_close(&heap);
        struct scenario_outcome_text out = scenario_run(text, allocator_at(i)->name);
        assert_string_equal(out.text, first.text);
        scenario_outcome_free(&out);
    }
    scenario_outcome_free(&first);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenario_survives_every_failing_request),
        cmocka_unit_test(test_scenario_survives_what_cpython_leaves_undefined),
        cmocka_unit_test(test_scenario_leaks_come_in_order_of_birth),
        cmocka_unit_test(test_scenario_prints_the_same_on_every_allocator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* runtime_check and the audit find what they are for: each invariant is broken by hand, must be
 * named, and is mended again. */
#include "collector/audit.h"
#include "tests/gc_world.h"

static void assert_broken(struct world *w, const char *words)
{
    const char *text = runtime_check(w->rt);
    assert_non_null(text);
    if (strstr(text, words) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", text, words);
    }
}

static void test_links(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    struct object *a = list_new(w.rt, 0), *b = list_new(w.rt, 0);
    struct gc_head *head = gc_head_of(a);
    struct gc_head saved = *head;
    assert_sound(&w);
    head->next |= GC_UNREACHABLE;
    assert_broken(&w, "next of");
    *head = saved;
    head->prev = (uintptr_t)gc_head_of(b);
    assert_broken(&w, "prev of");
    *head = saved;
    head->prev |= GC_COLLECTING;
    assert_broken(&w, "COLLECTING");
    *head = saved;
    uintptr_t end = w.rt->gc.generation[0].prev;
    w.rt->gc.generation[0].prev = (uintptr_t)head;
    assert_broken(&w, "end of the ring");
    w.rt->gc.generation[0].prev = end;
    decref(w.rt, a);
    decref(w.rt, b);
    world_close(&w);
}

static void test_types_and_counts(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    struct object *list = list_new(w.rt, 0);
    list->type = &float_type;
    assert_broken(&w, "no type that can be tracked");
    list->type = &list_type;
    list->refcount = 0;
    assert_broken(&w, "a tracked list");
    list->refcount = 1;
    struct object *inner = list_new(w.rt, 0);
    assert_true(list_append(w.rt, list, inner) && list_append(w.rt, list, inner));
    assert_sound(&w);
    inner->refcount = 1; /* two references lost */
    assert_broken(&w, "more references than its count 1");
    w.rt->check_counts = false;
    assert_sound(&w);
    w.rt->check_counts = true;
    inner->refcount = 3;
    struct object *number = float_new(w.rt, 1.0);
    assert_true(list_append(w.rt, list, number));
    number->refcount = -1;
    assert_broken(&w, "float");
    number->refcount = 2;
    decref(w.rt, number);
    decref(w.rt, inner);
    decref(w.rt, list);
    world_close(&w);
}

static void test_figures(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    struct gc_state *gc = &w.rt->gc;
    gc->count[1] = -1;
    assert_broken(&w, "count 1 is negative");
    gc->count[1] = 0;
    gc->threshold[2] = -5;
    assert_broken(&w, "threshold 2");
    gc->threshold[2] = 10;
    gc->long_lived_pending = -1;
    assert_broken(&w, "long-lived");
    gc->long_lived_pending = 0;
    struct object *list = list_new(w.rt, 0);
    w.rt->trashcan.later = list;
    assert_broken(&w, "trashcan");
    w.rt->trashcan.later = NULL;
    decref(w.rt, list);
    struct freelist *lists = &w.rt->freelists.list;
    assert_int_equal(freelist_length(lists), 1);
    lists->room--;
    assert_broken(&w, "free list list");
    lists->room++;
    lists->dropped = lists->popped + 1;
    assert_broken(&w, "out of range");
    lists->dropped = 0;
    world_close(&w);
}

static const char *always_broken(struct runtime *runtime)
{
    (void)runtime;
    return "as told";
}

static const char *heap_broken(void *self)
{
    (void)self;
    return "a block is torn";
}

static void test_collector_and_heaps_are_asked(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    struct collector strict = *w.rt->collector;
    const struct collector *usual = w.rt->collector;
    strict.check = always_broken;
    w.rt->collector = &strict;
    assert_broken(&w, "collector cp311: as told");
    w.rt->collector = usual;
    struct heap_methods methods = world_methods;
    methods.check = heap_broken;
    const struct heap_methods *plain = w.rt->heap[HEAP_MEM].methods;
    w.rt->heap[HEAP_MEM].methods = &methods;
    assert_broken(&w, "heap mem: a block is torn");
    w.rt->heap[HEAP_MEM].methods = plain;
    world_close(&w);
}

static void test_audit_counts(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    struct object *a = list_new(w.rt, 0), *b = list_new(w.rt, 0);
    gc_collect(w.rt, 1);
    assert_true(list_append(w.rt, a, b) && list_append(w.rt, b, a) && list_append(w.rt, b, a));
    struct object *frozen = list_new(w.rt, 0);
    gc_freeze(w.rt);
    gc_unfreeze(w.rt);
    struct audit audit;
    audit_run(w.rt, &audit);
    assert_int_equal(audit.objects, 3);
    assert_int_equal(audit.references, 1 + 2 + 1 + 1 + 1); /* a: 3, b: 2, frozen: 1 */
    assert_int_equal(audit.internal, 3);
    assert_null(audit.overdrawn);
    assert_null(audit.dead);
    w.rt->check_counts = false;
    assert_sound(&w); /* the heads are as before */
    decref(w.rt, a);
    decref(w.rt, b);
    decref(w.rt, frozen);
    world_close(&w);
}

static void test_leak_is_told(void **state)
{
    (void)state;
    struct world w;
    world_open(&w, "cp311");
    struct object *leaked = list_new(w.rt, 0);
    decref(w.rt, w.reborn);
    class_delete(w.rt, w.final);
    class_delete(w.rt, w.slots);
    assert_int_equal(runtime_close(w.rt), 1);
    assert_int_equal(w.live, 1);
    free(gc_head_of(leaked));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_links),        cmocka_unit_test(test_types_and_counts),
        cmocka_unit_test(test_figures),      cmocka_unit_test(test_collector_and_heaps_are_asked),
        cmocka_unit_test(test_audit_counts), cmocka_unit_test(test_leak_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Roots, as a marking collector would be told of them: one that listens hears each in order, those
 * that count references change nothing, and every workload takes back all that it announced while
 * the objects still live, whichever of its requests fails. */
#include "tests/gc_world.h"
#include "tests/workload_stand.h"

enum { ROOTS = 64 };

/* cp311 that listens, and what it heard. */
struct heard {
    struct collector collector;
    struct runtime *runtime; /* the one it is for */
    struct object *root[ROOTS];
    size_t count;
    uint64_t added, unknown; /* unknown: taken back without having been announced */
    uint64_t forks;
};

static void heard_add(struct runtime *runtime, struct object *root)
{
    struct heard *heard = runtime->collector_self;
    assert_ptr_equal(runtime, heard->runtime);
    assert_true(heard->count < ROOTS && root->refcount > 0);
    heard->root[heard->count++] = root;
    heard->added++;
}

static void heard_remove(struct runtime *runtime, struct object *root)
{
    struct heard *heard = runtime->collector_self;
    assert_ptr_equal(runtime, heard->runtime);
    assert_true(root->refcount > 0);
    size_t i = heard->count;
    while (i > 0 && heard->root[i - 1] != root) {
        i--;
    }
    if (i == 0) {
        heard->unknown++;
        return;
    }
    memmove(&heard->root[i - 1], &heard->root[i], (heard->count - i) * sizeof(*heard->root));
    heard->count--;
}

static void heard_fork(struct runtime *runtime)
{
    ((struct heard *)runtime->collector_self)->forks++;
}

/* From here on the runtime's collector listens. */
static void heard_prepare(struct runtime *runtime, void *argument)
{
    struct heard *heard = argument;
    *heard = (struct heard){.collector = *runtime->collector, .runtime = runtime};
    assert_null(runtime->collector_self);
    heard->collector.root_add = heard_add;
    heard->collector.root_remove = heard_remove;
    heard->collector.at_fork = heard_fork;
    runtime->collector = &heard->collector;
    runtime->collector_self = heard;
}

static void test_a_marking_collector_hears_roots(void **state)
{
    (void)state;
    struct world w;
    struct heard heard;
    world_open(&w, "cp311");
    heard_prepare(w.rt, &heard);
    struct object *a = list_new(w.rt, 0), *b = int_new(w.rt, 1000);
    gc_root_add(w.rt, a);
    gc_root_add(w.rt, b); /* an object that is not tracked can be one as well */
    gc_root_add(w.rt, a);
    assert_int_equal(heard.count, 3);
    assert_ptr_equal(heard.root[0], a);
    assert_ptr_equal(heard.root[1], b);
    gc_root_remove(w.rt, a); /* announced twice, taken back once: still there */
    assert_int_equal(heard.count, 2);
    assert_ptr_equal(heard.root[0], a);
    gc_root_remove(w.rt, b);
    gc_root_remove(w.rt, a);
    assert_int_equal(heard.count, 0);
    assert_int_equal(heard.unknown, 0);
    gc_at_fork(w.rt);
    assert_int_equal(heard.forks, 1);
    assert_int_equal(a->refcount, 1); /* announcing is no reference */
    decref(w.rt, a);
    decref(w.rt, b);
    world_close(&w);
}

/* A root is a hint: under a counting collector an announced cycle dies as any other. */
static void test_counting_collectors_ignore_roots(void **state)
{
    (void)state;
    for (size_t i = 0; i < collector_count(); i++) {
        struct world w;
        world_open(&w, collector_at(i)->name);
        const int64_t count = w.rt->gc.count[0];
        uint64_t asked = w.asked;
        struct object *kept = w.reborn;
        gc_root_add(w.rt, kept);
        gc_root_remove(w.rt, kept);
        gc_root_remove(w.rt, kept); /* never announced: nothing to forget */
        gc_at_fork(w.rt);
        assert_int_equal(w.rt->gc.count[0], count);
        assert_int_equal(w.asked, asked);
        assert_int_equal(kept->refcount, 1);
        assert_sound(&w);
        if (strcmp(collector_at(i)->name, "cp311") == 0) {
            struct object *cycle = self_cycle(&w);
            gc_root_add(w.rt, cycle);
            decref(w.rt, cycle);
            assert_int_equal(gc_collect(w.rt, 2), 1);
        }
        world_close(&w);
    }
}

/* Run `workload` on `allocator`; all roots must have come back. Returns how many there were. */
static uint64_t roots_of(const struct workload *workload, const char *allocator, uint64_t *requests)
{
    struct heard heard = {.added = 0};
    struct stand_cell cell = {allocator, true, "cp311",       workload, "size=tiny",
                              1,         {0},  heard_prepare, &heard};
    struct stand_result result;
    if (!stand_run(&cell, &result)) {
        fail_msg("%s: %s", workload->name, result.error.text);
    }
    if (heard.count != 0 || heard.unknown != 0) {
        fail_msg("%s on %s: %zu roots stay, %llu were never announced", workload->name, allocator,
                 heard.count, (unsigned long long)heard.unknown);
    }
    *requests = result.counts.requests;
    return heard.added;
}

static void test_workloads_take_their_roots_back(void **state)
{
    (void)state;
    uint64_t with_roots = 0;
    for (size_t i = 0; i < workload_count(); i++) {
        const struct workload *workload = workload_at(i);
        uint64_t requests, ignored;
        uint64_t roots = roots_of(workload, "malloc", &requests);
        with_roots += roots > 0;
        for (uint64_t part = 1; part < 8; part++) { /* an error on the way: also all back */
            char allocator[64];
            snprintf(allocator, sizeof allocator, "malloc+fault:at=%llu",
                     (unsigned long long)(requests * part / 8 + 1));
            assert_true(roots_of(workload, allocator, &ignored) <= roots);
        }
    }
    assert_true(with_roots > workload_count() / 2); /* the test has something to look at */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_marking_collector_hears_roots),
        cmocka_unit_test(test_counting_collectors_ignore_roots),
        cmocka_unit_test(test_workloads_take_their_roots_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

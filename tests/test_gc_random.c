/* Random programs against an independent marker: after a full collection exactly what the handles
 * reach is alive, with exactly the counts that the references explain. And every allocation failed
 * once: nothing leaks, nothing breaks.
 * SEED=N repeats a run; ROUNDS=N makes more of them. */
#include "base/rng.h"
#include "tests/allocators.h"
#include "tests/gc_world.h"

enum { HANDLES = 40, MARKS_MAX = 1 << 16, STEPS = 1500 };

struct program {
    struct world w;
    struct rng rng;
    struct object *handle[HANDLES]; /* NULL: none; each owns one reference */
};

/* The marker: an open hash set of objects with the references found to each. */
struct mark {
    struct object *object;
    int64_t references;
};

struct marks {
    struct mark *table;
    struct object **queue;
    size_t found, done;
};

static struct mark *mark_of(struct marks *marks, struct object *object)
{
    size_t at = ((uintptr_t)object >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 48;
    while (marks->table[at].object != NULL && marks->table[at].object != object) {
        at = (at + 1) % MARKS_MAX;
    }
    return &marks->table[at];
}

static int mark_visit(struct object *object, void *argument)
{
    struct marks *marks = argument;
    if (!object_is_gc(object) || object->refcount >= REFCOUNT_STATIC / 2) {
        return 0;
    }
    struct mark *mark = mark_of(marks, object);
    if (mark->object == NULL) {
        assert_true(marks->found < MARKS_MAX / 2);
        mark->object = object;
        marks->queue[marks->found++] = object;
    }
    mark->references++;
    return 0;
}

static int mark_count_tracked(struct object *object, void *argument)
{
    struct marks *marks = argument;
    if (mark_of(marks, object)->object == NULL) {
        fail_msg("a %s is alive that nothing reaches", object->type->name);
    }
    marks->done++;
    return 0;
}

/* Mark from the handles; compare with what the runtime holds after a full collection. */
static void assert_exactly_reachable(struct program *p)
{
    struct marks marks = {.table = calloc(MARKS_MAX, sizeof(struct mark)),
                          .queue = calloc(MARKS_MAX, sizeof(struct object *))};
    for (int i = 0; i < HANDLES; i++) {
        if (p->handle[i] != NULL) {
            mark_visit(p->handle[i], &marks);
        }
    }
    mark_visit(p->w.reborn, &marks);
    size_t tracked = 0;
    for (size_t i = 0; i < marks.found; i++) {
        tracked += gc_is_tracked(marks.queue[i]);
        gc_each_referent(marks.queue[i], mark_visit, &marks);
    }
    for (size_t i = 0; i < marks.found; i++) {
        struct object *object = marks.queue[i];
        assert_int_equal(object->refcount, mark_of(&marks, object)->references);
    }
    gc_each_object(p->w.rt, mark_count_tracked, &marks);
    assert_int_equal(marks.done, tracked);
    free(marks.table);
    free(marks.queue);
}

static struct object **random_handle(struct program *p)
{
    return &p->handle[rng_below(&p->rng, HANDLES)];
}

static void put_handle(struct program *p, struct object *object)
{
    struct object **handle = random_handle(p);
    struct object *old = *handle;
    *handle = object; /* NULL: there was no memory */
    xdecref(p->w.rt, old);
}

static struct object *make_tuple(struct program *p)
{
    struct object *items[24];
    int64_t n = (int64_t)rng_below(&p->rng, COUNT_OF(items));
    for (int64_t i = 0; i < n; i++) {
        struct object *item = *random_handle(p);
        items[i] = item != NULL ? item : none_of(p->w.rt);
    }
    return tuple_pack(p->w.rt, items, n);
}

static void make(struct program *p)
{
    struct runtime *rt = p->w.rt;
    switch (rng_below(&p->rng, 8)) {
    case 0:
    case 1:
        put_handle(p, list_new(rt, 0));
        break;
    case 2:
        put_handle(p, make_tuple(p));
        break;
    case 3:
        put_handle(p, dict_new(rt));
        break;
    case 4:
        put_handle(p, instance_new(rt, p->w.slots));
        break;
    case 5:
        put_handle(p, final_new(&p->w, 1, FINAL_LOG));
        break;
    case 6:
        put_handle(p, final_new(&p->w, 2, FINAL_REBIRTH));
        break;
    default: {
        struct object *target = *random_handle(p);
        if (target != NULL && weakref_possible(target)) {
            put_handle(p, rng_below(&p->rng, 2) ? weakref_new(rt, target, NULL)
                                                : weakref_logging(&p->w, target, 1));
        }
    }
    }
}

static void store(struct program *p)
{
    struct runtime *rt = p->w.rt;
    struct object *holder = *random_handle(p);
    struct object *item = *random_handle(p);
    if (holder == NULL || item == NULL) {
        return;
    }
    if (list_is(holder)) {
        (void)list_append(rt, holder, item);
    } else if (dict_is(holder)) {
        struct object *key = int_new(rt, (int64_t)rng_below(&p->rng, 30));
        if (key != NULL) {
            (void)dict_put(rt, holder, key, item);
            decref(rt, key);
        }
    } else if (instance_of(holder, p->w.slots)) {
        instance_slot_set(rt, holder, (uint32_t)rng_below(&p->rng, 4), item);
    } else if (instance_of(holder, p->w.final)) {
        instance_slot_set(rt, holder, (uint32_t)rng_below(&p->rng, 2), item);
    }
}

static void empty(struct program *p)
{
    struct object *holder = *random_handle(p);
    if (holder != NULL && list_is(holder) && list_length(holder) > 0) {
        (void)list_pop(p->w.rt, holder);
    }
}

static void step(struct program *p)
{
    p->w.log[0] = '\0';
    switch (rng_below(&p->rng, 16)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
        make(p);
        break;
    case 5:
    case 6:
    case 7:
        put_handle(p, NULL);
        break;
    case 8:
        empty(p);
        break;
    case 9:
        if (rng_below(&p->rng, 20) == 0) {
            list_clear(p->w.rt, p->w.reborn);
        } else if (rng_below(&p->rng, 10) == 0) {
            gc_collect(p->w.rt, (int)rng_below(&p->rng, 3));
        }
        runtime_safe_point(p->w.rt);
        break;
    default:
        store(p);
    }
}

static void release_all(struct program *p)
{
    for (int i = 0; i < HANDLES; i++) {
        struct object *old = p->handle[i];
        p->handle[i] = NULL;
        xdecref(p->w.rt, old);
    }
}

/* Twice: a finalizer may have resurrected what the first collection found. */
static void collect_fully(struct program *p)
{
    while (gc_collect(p->w.rt, 2) != 0) {
    }
}

static void run_program(struct heap under, const char *spec, uint64_t seed)
{
    struct program p = {0};
    world_open_on(&p.w, under, spec);
    rng_seed(&p.rng, seed);
    for (int i = 1; i <= STEPS; i++) {
        step(&p);
        if (i % 250 == 0) {
            assert_sound(&p.w);
            collect_fully(&p);
            assert_exactly_reachable(&p);
            assert_sound(&p.w);
        }
    }
    release_all(&p);
    world_close(&p.w);
}

static uint64_t number_from(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 10) : fallback;
}

static void run_programs(const char *spec)
{
    uint64_t seed = number_from("SEED", 1);
    uint64_t rounds = number_from("ROUNDS", 100);
    print_message("%s: SEED=%llu ROUNDS=%llu\n", spec, (unsigned long long)seed,
                  (unsigned long long)rounds);
    for (uint64_t i = 0; i < rounds; i++) {
        run_program((struct heap){0}, spec, seed + i);
    }
}

static void test_programs_on_cp311(void **state)
{
    (void)state;
    run_programs("cp311:threshold=13/2/2");
    run_programs("cp311");
}

static void test_programs_on_cp313(void **state)
{
    (void)state;
    run_programs("cp313:threshold=13/2/2");
}

static void test_programs_on_every(void **state)
{
    (void)state;
    run_programs("every");
}

/* On each allocator, bare and under +debug, which checks the sizes given back and finds leaks. */
static void test_programs_on_every_allocator(void **state)
{
    (void)state;
    uint64_t seed = number_from("SEED", 1);
    for (size_t i = 0; i < allocator_count(); i++) {
        for (int debug = 0; debug < 2; debug++) {
            char text[64];
            struct heap heap;
            struct error error = {""};
            snprintf(text, sizeof(text), "%s%s", allocator_at(i)->name, debug ? "+debug" : "");
            if (!test_heap_try(text, &heap, &error)) {
                print_message("skipped %s: %s\n", text, error.text);
                continue;
            }
            for (uint64_t round = 0; round < 3; round++) {
                run_program(heap, "cp311:threshold=13/2/2", seed + round);
            }
            const char *broken = heap_check(&heap);
            assert_string_equal(broken != NULL ? broken : "", "");
            struct heap_stats stats;
            heap_stats(&heap, &stats);
            if (debug) { /* others count blocks of their own, or none */
                assert_int_equal(stats.live_blocks, 0);
            }
            heap_close(&heap);
        }
    }
}

static void test_programs_with_freezes(void **state)
{
    (void)state;
    struct program p = {0};
    world_open(&p.w, "cp311:threshold=20/3/3");
    rng_seed(&p.rng, number_from("SEED", 1));
    for (int i = 1; i <= 4 * STEPS; i++) {
        step(&p);
        if (i % 100 == 0) {
            gc_freeze(p.w.rt);
        } else if (i % 170 == 0) {
            gc_unfreeze(p.w.rt);
        }
    }
    gc_unfreeze(p.w.rt);
    collect_fully(&p);
    assert_exactly_reachable(&p);
    release_all(&p);
    world_close(&p.w);
}

/* A short program with each request failing in its turn, alone or with all that follow. Returns the
 * requests it made. */
static uint64_t run_with_failure(const char *spec, uint64_t fail_at, bool alone, bool saveall)
{
    struct program p = {0};
    world_open(&p.w, spec);
    rng_seed(&p.rng, 7);
    gc_set_saveall(p.w.rt, saveall);
    uint64_t start = p.w.asked;
    p.w.fail_at = fail_at != 0 ? start + fail_at : 0;
    p.w.fail_alone = alone;
    for (int i = 0; i < 1200; i++) {
        step(&p);
    }
    gc_collect(p.w.rt, 2);
    uint64_t asked = p.w.asked - start;
    p.w.fail_at = 0;
    gc_set_saveall(p.w.rt, false);
    assert_sound(&p.w);
    release_all(&p);
    world_close(&p.w);
    return asked;
}

static void fail_each(const char *spec, bool saveall)
{
    uint64_t requests = run_with_failure(spec, 0, false, saveall);
    print_message("%s: %llu requests\n", spec, (unsigned long long)requests);
    assert_true(requests > 100);
    for (uint64_t n = 1; n <= requests; n++) {
        run_with_failure(spec, n, true, saveall);
        run_with_failure(spec, n, false, saveall);
    }
}

static void test_each_request_fails_once(void **state)
{
    (void)state;
    fail_each("cp311:threshold=7/1/1", false);
    fail_each("cp311:threshold=7/1/1", true);
    fail_each("every", false);
}

int main(int argc, char **argv)
{
    (void)argc;
    test_environment(argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs_on_cp311),
        cmocka_unit_test(test_programs_on_cp313),
        cmocka_unit_test(test_programs_on_every),
        cmocka_unit_test(test_programs_on_every_allocator),
        cmocka_unit_test(test_programs_with_freezes),
        cmocka_unit_test(test_each_request_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

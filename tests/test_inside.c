/* Looking inside the heaps of workloads: the sums are the counted record's, the garbage is what a
 * collection then finds. Scenarios and graphs: test_inside_scenario.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "bench/inside/inside.h"
#include "collector/gc.h"

/* A child that is looked into, and compared at the end of each phase. */
struct bench {
    struct inside_request request;
    struct inside inside;
    struct child child;
    struct child_watch watch; /* in front of inside's */
    struct meter meter;       /* inside's */
    unsigned phases;
    uint64_t garbage; /* found by the census at the end of phase run */
    bool collect;     /* compare that with a collection */
};

static void bench_hear(void *self, const struct request *request)
{
    struct bench *bench = self;
    bench->inside.watch.requests.hear(bench->inside.watch.requests.self, request);
}

static void bench_operation(void *self)
{
    struct bench *bench = self;
    bench->meter.operation(bench->meter.self);
}

/* What a walk from outside finds is what the runtime knows of itself. */
static void compare_census(struct bench *bench)
{
    struct runtime *runtime = bench->inside.runtime;
    struct census census;
    census_take(&census, runtime, bench->inside.root, bench->inside.roots);
    size_t tracked = 0, garbage = 0;
    for (size_t i = 0; i < census.count; i++) {
        const struct census_object *seen = &census.object[i];
        tracked += seen->generation != CENSUS_UNTRACKED;
        garbage += seen->garbage;
        assert_true(seen->gc_refs >= 0 && seen->gc_refs <= seen->object->refcount);
        assert_ptr_equal(census_find(&census, seen->object), seen);
    }
    uint64_t sizes = 0;
    for (int i = 0; i <= GENERATIONS; i++) {
        sizes += gc_generation_size(runtime, i);
    }
    assert_int_equal(tracked, sizes);
    census_free(&census);
    uint64_t collected = gc_collect(runtime, GENERATIONS - 1);
    if (collected != garbage) {
        fail_msg("%s: %zu are garbage, %llu were collected", bench->child.workload->name, garbage,
                 (unsigned long long)collected);
    }
    bench->garbage = garbage;
}

static void bench_phase(void *self, const char *name)
{
    struct bench *bench = self;
    bench->meter.phase(bench->meter.self, name);
    bench->phases++;
    assert_int_equal(bench->inside.live.blocks, bench->child.count.live_blocks);
    assert_int_equal(bench->inside.live.bytes, bench->child.count.live_bytes);
    if (bench->collect && strcmp(name, "run") == 0) {
        compare_census(bench);
    }
}

static struct meter bench_meter(void *self, struct runtime *runtime, struct meter inner)
{
    struct bench *bench = self;
    bench->meter = bench->inside.watch.meter(bench->inside.watch.self, runtime, inner);
    return (struct meter){.self = bench, .operation = bench_operation, .phase = bench_phase};
}

static struct bench *bench_open(const char *line, struct inside_request request)
{
    struct bench *bench = calloc(1, sizeof *bench);
    struct error error = {""};
    assert_non_null(bench);
    bench->request = request;
    inside_open(&bench->inside, &bench->request);
    if (!cell_parse(line, NULL, &bench->child.cell, &error)) {
        fail_msg("%s: %s", line, error.text);
    }
    inside_watch(&bench->inside, &bench->child);
    bench->watch = (struct child_watch){bench, {bench, bench_hear}, bench_meter};
    bench->child.watch = &bench->watch;
    return bench;
}

static void bench_close(struct bench *bench)
{
    inside_close(&bench->inside);
    free(bench);
}

static const struct inside_request plain = {.top = 10, .at = "run", .since = "setup"};

/* Rows add up to the snapshot, and the snapshot to what the counting taps had at that moment. */
static void assert_adds_up(const struct snapshot *snapshot)
{
    uint64_t blocks = 0, bytes = 0, objects = 0, garbage = 0;
    for (size_t i = 0; i < snapshot->site_count; i++) {
        blocks += snapshot->site[i].blocks;
        bytes += snapshot->site[i].bytes;
    }
    for (size_t i = 0; i < snapshot->type_count; i++) {
        objects += snapshot->type[i].objects;
        garbage += snapshot->type[i].garbage;
    }
    assert_int_equal(blocks, snapshot->blocks);
    assert_int_equal(bytes, snapshot->bytes);
    assert_int_equal(objects, snapshot->objects);
    assert_int_equal(garbage, snapshot->garbage);
}

static void test_every_workload_adds_up(void **state)
{
    (void)state;
    uint64_t garbage = 0;
    for (size_t i = 0; i < workload_count(); i++) {
        char line[128];
        /* A weak reference that its own callback frees is counted as collected (3.11): without. */
        bool callbacks = strcmp(workload_at(i)->name, "weak_cache") == 0;
        snprintf(line, sizeof line, "workload=%s:size=tiny%s", workload_at(i)->name,
                 callbacks ? ",callbacks=0" : "");
        struct inside_request request = plain;
        request.growth = true;
        struct bench *bench = bench_open(line, request);
        bench->collect = true;
        child_run(&bench->child);
        if (bench->child.verdict != CHILD_OK) {
            fail_msg("%s: %s", line, bench->child.reason);
        }
        assert_true(bench->phases >= 4);
        assert_true(bench->inside.since.taken && bench->inside.at.taken);
        assert_adds_up(&bench->inside.since);
        assert_adds_up(&bench->inside.at);
        assert_int_equal(bench->inside.at.garbage, bench->garbage);
        assert_int_equal(bench->inside.live.blocks, 0); /* all came back */
        assert_int_equal(bench->inside.live.bytes, 0);
        garbage += bench->garbage;
        bench_close(bench);
    }
    assert_true(garbage > 0);
}

static uint64_t objects_of(const struct inside *inside, const struct snapshot *snapshot,
                           const char *type)
{
    for (size_t i = 0; i < snapshot->type_count; i++) {
        if (strcmp(names_text(&inside->types, snapshot->type[i].type), type) == 0) {
            return snapshot->type[i].objects;
        }
    }
    return 0;
}

/* Almost every block of a workload belongs to an object that is found. */
static void test_blocks_have_types_and_sites(void **state)
{
    (void)state;
    struct inside_request request = plain;
    request.sites = true;
    struct bench *bench = bench_open("workload=web:size=tiny", request);
    child_run(&bench->child);
    const struct inside *inside = &bench->inside;
    bool function = false;
    for (size_t i = 0; i < inside->at.site_count; i++) {
        const char *type = names_text(&inside->types, inside->at.site[i].type);
        const char *site = names_text(&inside->sites, inside->at.site[i].site);
        assert_null(strstr(type, " block, "));
        assert_true(strncmp(site, "start", 5) == 0 || strncmp(site, "setup", 5) == 0 ||
                    strncmp(site, "run", 3) == 0);
        function = function || strncmp(site, "run web_", 8) == 0;
    }
    assert_true(function);
    assert_true(objects_of(inside, &inside->at, "Row") > 0);
    assert_int_equal(objects_of(inside, &inside->at, "Row"),
                     objects_of(inside, &inside->at, "State"));
    bench_close(bench);
}

/* After so many operations; and a moment that never comes. */
static void test_moments(void **state)
{
    (void)state;
    struct inside_request request = plain;
    struct error error;
    request.growth = true;
    request.since = "2";
    request.at = "4";
    struct bench *bench = bench_open("workload=web:size=tiny", request);
    child_run(&bench->child);
    assert_true(bench->inside.since.taken && bench->inside.at.taken);
    assert_true(bench->inside.operations > 4);
    assert_adds_up(&bench->inside.since);
    bench_close(bench);

    request.at = "1000000";
    bench = bench_open("workload=web:size=tiny", request);
    child_run(&bench->child);
    FILE *nowhere = fopen("/dev/null", "w");
    assert_non_null(nowhere);
    assert_false(inside_print(&bench->inside, "web", nowhere, &error));
    assert_non_null(strstr(error.text, "'1000000' never came"));
    assert_non_null(strstr(error.text, "setup run drop free"));
    fclose(nowhere);
    bench_close(bench);
}

/* A replay has blocks and no objects; a heap can be empty; a request can fail. */
static void test_heaps_without_objects(void **state)
{
    (void)state;
    struct bench *bench = bench_open("workload=replay:size=tiny", plain);
    child_run(&bench->child);
    assert_int_equal(bench->child.verdict, CHILD_OK);
    assert_int_equal(bench->inside.at.objects, 0);
    assert_true(bench->inside.at.blocks > 0);
    assert_non_null(
        strstr(names_text(&bench->inside.types, bench->inside.at.site[0].type), " block, "));
    bench_close(bench);

    bench = bench_open("workload=null", plain);
    child_run(&bench->child);
    assert_true(bench->inside.at.taken);
    assert_int_equal(bench->inside.at.blocks, 0);
    assert_int_equal(bench->inside.at.site_count, 0);
    bench_close(bench);
}

static void test_a_workload_that_fails(void **state)
{
    (void)state;
    for (int at = 1; at < 400; at += 13) {
        char line[128];
        snprintf(line, sizeof line, "allocator=malloc+fault:at=%d workload=web:size=tiny", at);
        struct inside_request request = plain;
        request.leaks = true;
        struct bench *bench = bench_open(line, request);
        child_run(&bench->child);
        assert_int_equal(bench->child.verdict, CHILD_FAILED);
        assert_false(bench->inside.at.taken);
        assert_int_equal(bench->inside.live.blocks, 0);
        bench_close(bench);
    }
}

__attribute__((noinline)) static const struct caller *who_is_it(const struct callers *callers)
{
    const struct caller *found = callers_find(callers);
    __asm__ volatile("" ::: "memory"); /* no tail call */
    return found;
}

static void test_callers_are_found_by_the_symbol_table(void **state)
{
    (void)state;
    struct callers callers;
    callers_open(&callers, (const void *)(uintptr_t)test_moments);
    assert_true(callers.count > 10);
    const struct caller *caller = who_is_it(&callers);
    assert_non_null(caller);
    assert_string_equal(caller->name, "who_is_it");
    callers_close(&callers);

    callers_open(&callers, (const void *)(uintptr_t)workload_find("web")->run);
    assert_true(callers.count > 3);
    assert_null(who_is_it(&callers)); /* no function of web is at work */
    callers_close(&callers);

    callers_open(&callers, &callers); /* no function */
    assert_int_equal(callers.count, 0);
    assert_null(who_is_it(&callers));
    callers_close(&callers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_workload_adds_up),
        cmocka_unit_test(test_blocks_have_types_and_sites),
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_heaps_without_objects),
        cmocka_unit_test(test_a_workload_that_fails),
        cmocka_unit_test(test_callers_are_found_by_the_symbol_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

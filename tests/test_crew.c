/* Forked workers: what they report, what becomes of a crew whose member dies, and that the page probe
 * sees exactly the pages that were written. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "bench/cell/crew.h"
#include "collector/gc.h"
#include "collector/gc_head.h"
#include "collector/objects.h"
#include "tests/workload_stand.h"

enum { WORKERS = 3, OBJECTS = 4000, PAGE = 4096 };

struct world {
    struct heap raw, obj;
    struct runtime *runtime;
    struct object *list;
    struct crew_table *table;
};

static void open_world(struct world *self)
{
    struct error error;
    struct spec spec;
    struct options options;
    const struct collector *collector = collector_find("cp311");
    *self = (struct world){.table = crew_open()};
    assert_non_null(self->table);
    assert_true(spec_parse("malloc", 6, &spec, &error));
    assert_true(heap_open(&spec, NULL, (struct heap){0}, &self->raw, &error));
    assert_true(spec_parse("pymalloc", 8, &spec, &error));
    assert_true(heap_open(&spec, NULL, self->raw, &self->obj, &error));
    options_default(&options, collector->options, collector->option_count);
    struct runtime_config config = {.heap = {self->obj, self->obj, self->raw},
                                    .collector = collector,
                                    .collector_options = &options};
    assert_true(runtime_open(&config, &self->runtime, &error));
    gc_disable(self->runtime);
    self->list = list_new(self->runtime, 0);
    for (int i = 0; i < OBJECTS; i++) {
        assert_true(list_append_take(self->runtime, self->list, list_new(self->runtime, 0)));
    }
}

static void close_world(struct world *self)
{
    assert_null(runtime_check(self->runtime));
    decref(self->runtime, self->list);
    assert_int_equal(runtime_close(self->runtime), 0);
    heap_close(&self->obj);
    heap_close(&self->raw);
}

/* Run a crew of WORKERS; false with the reason in *error. */
static bool run(struct world *world,
                bool (*work)(void *, unsigned, const struct meter *, struct outcome *),
                struct outcome outcome[WORKERS], struct error *error)
{
    struct crew crew = {.self = world, .workers = WORKERS, .work = work};
    memset(outcome, 0, WORKERS * sizeof *outcome);
    return crew_run(world->table, world->runtime, &crew, outcome, error);
}

static bool work_counts(void *self, unsigned index, const struct meter *meter,
                        struct outcome *outcome)
{
    struct world *world = self;
    meter_phase(meter, "start");
    list_clear(world->runtime, world->list); /* its own copy */
    outcome->operations = index + 10;
    outcome->checksum = (uint64_t)list_length(world->list);
    meter_phase(meter, "end");
    return true;
}

static void test_crew_gathers_what_workers_report(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome[WORKERS];
    struct error error;
    open_world(&world);
    for (unsigned turn = 1; turn <= 2; turn++) {
        assert_true(run(&world, work_counts, outcome, &error));
        for (unsigned i = 0; i < WORKERS; i++) {
            assert_int_equal(outcome[i].operations, i + 10);
            assert_int_equal(outcome[i].checksum, 0);
            assert_true(world.table->member[i].step[0].rollup.rss > 0);
        }
        assert_int_equal(world.table->steps, 2);
        assert_string_equal(world.table->name[1], "end");
        assert_int_equal(world.table->forked, turn * WORKERS);
    }
    assert_int_equal(list_length(world.list), OBJECTS);
    close_world(&world);
}

static bool work_dies(void *self, unsigned index, const struct meter *meter,
                      struct outcome *outcome)
{
    (void)self;
    (void)outcome;
    meter_phase(meter, "start");
    if (index == 1) {
        raise(SIGKILL);
    }
    meter_phase(meter, "end"); /* the others wait here */
    return true;
}

static bool work_exits(void *self, unsigned index, const struct meter *meter,
                       struct outcome *outcome)
{
    (void)self;
    (void)outcome;
    if (index == 2) {
        _exit(7);
    }
    meter_phase(meter, "start");
    return true;
}

static bool work_lacks_memory(void *self, unsigned index, const struct meter *meter,
                              struct outcome *outcome)
{
    (void)self;
    (void)outcome;
    if (index == 0) {
        return false;
    }
    meter_phase(meter, "start");
    return true;
}

static void test_crew_names_who_died_and_how(void **state)
{
    (void)state;
    static const struct {
        bool (*work)(void *, unsigned, const struct meter *, struct outcome *);
        const char *reason;
    } rows[] = {{work_dies, "worker 2 was killed by signal 9"},
                {work_exits, "worker 3 ended with status 7 before its work was done"},
                {work_lacks_memory, "worker 1: out of memory"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world world;
        struct outcome outcome[WORKERS];
        struct error error;
        open_world(&world);
        assert_false(run(&world, rows[i].work, outcome, &error));
        if (strstr(error.text, rows[i].reason) == NULL) {
            fail_msg("%s", error.text);
        }
        close_world(&world);
    }
}

/* Pages of the first `count` items: of their counts, or of their GC heads. */
static uint64_t pages_of(const struct world *world, int64_t count, bool heads)
{
    uint64_t pages = 0;
    uintptr_t *seen = calloc((size_t)count, sizeof *seen);
    for (int64_t i = 0; i < count; i++) {
        const struct object *item = list_get(world->list, i);
        uintptr_t page = (heads ? (uintptr_t)gc_head_of(item) : (uintptr_t)item) / PAGE;
        bool fresh = true;
        for (uint64_t k = 0; k < pages && fresh; k++) {
            fresh = seen[k] != page;
        }
        if (fresh) {
            seen[pages++] = page;
        }
    }
    free(seen);
    return pages;
}

/* Worker 0 counts on a tenth of the items, worker 1 collects, worker 2 does nothing. */
static bool work_writes(void *self, unsigned index, const struct meter *meter,
                        struct outcome *outcome)
{
    struct world *world = self;
    (void)outcome;
    meter_phase(meter, "start");
    for (int64_t i = 0; i < OBJECTS / 10 && index == 0; i++) {
        incref(list_get(world->list, i));
    }
    if (index == 1) {
        gc_collect(world->runtime, GENERATIONS - 1);
    }
    meter_phase(meter, "end");
    return true;
}

static void test_probe_sees_each_page_once_by_its_cause(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome[WORKERS];
    struct error error;
    open_world(&world);
    world.table->counting = true;
    assert_true(run(&world, work_writes, outcome, &error));
    const struct crew_member *member = world.table->member;
    assert_int_equal(member[0].step[1].pages.pages[PAGE_BY_COUNTS],
                     pages_of(&world, OBJECTS / 10, false));
    assert_int_equal(member[0].step[1].pages.pages[PAGE_BY_COLLECTOR], 0);
    assert_in_range(member[1].step[1].pages.pages[PAGE_BY_COLLECTOR],
                    pages_of(&world, OBJECTS, true), pages_of(&world, OBJECTS, true) + 2);
    assert_int_equal(member[1].step[1].pages.pages[PAGE_BY_COUNTS], 0);
    for (int cause = 0; cause < PAGE_CAUSES; cause++) {
        assert_int_equal(member[2].step[1].pages.pages[cause], 0);
        assert_int_equal(member[0].step[0].pages.pages[cause], 0);
    }
    assert_false(member[0].pages.cut);
    close_world(&world);
}

static bool work_crashes(void *self, unsigned index, const struct meter *meter,
                         struct outcome *outcome)
{
    (void)self;
    (void)meter;
    (void)outcome;
    if (index == 0) {
        volatile uintptr_t nowhere = 16; /* no page of ours: the probe lets it crash */
        *(volatile int *)nowhere = 1;
    }
    meter_phase(meter, "start");
    return true;
}

static void test_probe_does_not_hide_a_crash(void **state)
{
    (void)state;
    struct world world;
    struct outcome outcome[WORKERS];
    struct error error;
    open_world(&world);
    world.table->counting = true;
    assert_false(run(&world, work_crashes, outcome, &error));
    assert_non_null(strstr(error.text, "worker 1 was killed by signal 11"));
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crew_gathers_what_workers_report),
        cmocka_unit_test(test_crew_names_who_died_and_how),
        cmocka_unit_test(test_probe_sees_each_page_once_by_its_cause),
        cmocka_unit_test(test_probe_does_not_hide_a_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The heaps that the calibrated workloads build, in the four numbers by which real heaps of CPython
 * are known: references per tracked object, those to tracked ones, their share, mean bytes
 * (sys.getsizeof of a tracked object). docs/workloads.md states them beside the real ones; here
 * they must not move away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/check.h"
#include "collector/gc.h"
#include "collector/gc_head.h"
#include "collector/objects.h"
#include "collector/objects/dict_keys.h"
#include "collector/objects/dict_values.h"
#include "tests/workload_stand.h"

struct census {
    struct runtime *runtime;
    const char *phase; /* at whose end it is taken */
    uint64_t objects, instances, references, tracked_references, bytes, without_child;
};

static int count_reference(struct object *referent, void *argument)
{
    struct census *census = argument;
    census->references++;
    census->tracked_references += object_is_gc(referent) && gc_is_tracked(referent);
    return 0;
}

/* The table of a dict that is its own: all of it, or the values of a split one. */
static uint64_t table_bytes(const struct dict *dict)
{
    if (dict->values != NULL) {
        uint64_t places = *values_places(dict->values);
        return values_prefix(places) + 8 * places;
    }
    return keys_is_empty(dict->keys) ? 0
                                     : keys_bytes(dict->keys->log2_places, keys_is_str(dict->keys));
}

/* sys.getsizeof: head and block, and what only this object owns of lists and dicts. */
static uint64_t bytes_of(const struct object *object)
{
    uint64_t bytes = sizeof(struct gc_head) + object->type->basic_bytes;
    if (object->type->item_bytes != 0) {
        bytes += object->type->item_bytes * (uint64_t)((const struct var_object *)object)->size;
    }
    if (list_is(object)) {
        bytes += 8 * (uint64_t)((const struct list *)(const void *)object)->allocated;
    } else if (dict_is(object)) {
        bytes += table_bytes((const struct dict *)object);
    } else if ((object->type->flags & TYPE_MANAGED_DICT) != 0) {
        bytes += 16;
    }
    return bytes;
}

static int count_object(struct object *object, void *argument)
{
    struct census *census = argument;
    uint64_t before = census->tracked_references;
    census->objects++;
    census->instances += (object->type->flags & TYPE_INSTANCE) != 0;
    census->bytes += bytes_of(object);
    gc_each_referent(object, count_reference, census);
    census->without_child += census->tracked_references == before;
    return 0;
}

static void take_census(void *self, const char *phase)
{
    struct census *census = self;
    if (strcmp(phase, census->phase) == 0) {
        gc_collect(census->runtime, GENERATIONS - 1); /* untracks what holds plain values only */
        gc_each_object(census->runtime, count_object, census);
    }
}

static void remember_runtime(struct runtime *runtime, void *argument)
{
    ((struct census *)argument)->runtime = runtime;
}

/* Limits in hundredths. */
struct shape {
    const char *workload, *options;
    struct {
        int from, to;
    } references, tracked, bytes;
};

static const struct shape shapes[] = {
    {"web", "size=small,requests=500", {374, 415}, {57, 64}, {8930, 9871}},
    {"ast", "size=small,files=6", {294, 325}, {38, 43}, {12740, 14081}},
    {"json_tree", "size=small,documents=8", {244, 271}, {37, 42}, {12664, 13997}},
    {"points", "size=small,points=50k", {380, 421}, {24, 27}, {6166, 6815}},
    {"dom", "size=small,turns=100", {198, 219}, {70, 79}, {6574, 7267}},
    {"event_loop", "size=small,events=100k", {254, 281}, {60, 67}, {9224, 10197}},
};

static void assert_between(double value, int from, int to)
{
    assert_in_range((uint64_t)(value * 100), from, to);
}

static void test_shapes_stay_where_they_were_calibrated(void **state)
{
    (void)state;
    printf("%-12s %8s %6s %8s %6s %7s %8s %10s\n", "", "objects", "refs", "tracked", "share",
           "bytes", "childless", "instances");
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct census census = {.phase = "run"};
        struct stand_cell cell = {"malloc",
                                  true,
                                  "cp311",
                                  workload_find(shapes[i].workload),
                                  shapes[i].options,
                                  1,
                                  {.self = &census, .phase = take_census},
                                  remember_runtime,
                                  &census};
        struct stand_result result;
        assert_true(stand_run(&cell, &result) && result.outcome.ok);
        double objects = (double)census.objects;
        double references = (double)census.references / objects;
        double tracked = (double)census.tracked_references / objects;
        double bytes = (double)census.bytes / objects;
        printf("%-12s %8.0f %6.2f %8.2f %5.0f%% %7.1f %7.0f%% %9.0f%%\n", shapes[i].workload,
               objects, references, tracked, 100 * tracked / references, bytes,
               100 * (double)census.without_child / objects,
               100 * (double)census.instances / objects);
        assert_between(references, shapes[i].references.from, shapes[i].references.to);
        assert_between(tracked / references, shapes[i].tracked.from, shapes[i].tracked.to);
        assert_between(bytes, shapes[i].bytes.from, shapes[i].bytes.to);
    }
}

/* Births of blocks of low < size <= high bytes, in percent. */
static double share(const struct stand_counts *counts, uint64_t low, uint64_t high)
{
    uint64_t births = 0;
    for (uint64_t class = low / 16; class < high / 16 && class < STAND_CLASSES; class ++) {
        births += counts->births_by_class[class];
    }
    return 100 * (double)births / (double)counts->births;
}

static void print_sizes(const char *name, const struct stand_counts *counts)
{
    static const uint64_t limits[] = {0, 16, 32, 48, 64, 128, 256, 512, 528};
    printf("%-12s %8llu %8llu %6.0f", name, (unsigned long long)counts->births,
           (unsigned long long)counts->resizes, (double)counts->bytes / (double)counts->births);
    for (size_t i = 1; i < COUNT_OF(limits); i++) {
        printf(" %6.1f", share(counts, limits[i - 1], limits[i]));
    }
    printf("\n");
}

static void test_web_asks_for_the_sizes_of_a_service(void **state)
{
    (void)state;
    printf("%-12s %8s %8s %6s %6s %6s %6s %6s %6s %6s %6s %6s\n", "", "births", "resizes", "mean",
           "16", "32", "48", "64", "128", "256", "512", "more");
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        struct stand_cell cell = {
            "malloc", true, "cp311", workload_find(shapes[i].workload), shapes[i].options, 1,
            {0},      NULL, NULL};
        struct stand_result result;
        assert_true(stand_run(&cell, &result) && result.outcome.ok);
        print_sizes(shapes[i].workload, &result.counts);
        if (strcmp(shapes[i].workload, "web") == 0) { /* median 64, mean 84 on CPython */
            assert_in_range(result.counts.bytes / result.counts.births, 75, 95);
            assert_true(share(&result.counts, 0, 48) < 50);
            assert_true(share(&result.counts, 0, 64) > 50);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes_stay_where_they_were_calibrated),
        cmocka_unit_test(test_web_asks_for_the_sizes_of_a_service),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Histograms against sorted samples; probes against a fabricated sequence of events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/rng.h"
#include "bench/cell/memory.h"
#include "bench/cell/probes.h"

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static void test_histogram_is_within_one_percent(void **state)
{
    (void)state;
    static uint64_t sample[5000];
    const unsigned per_mille[] = {1, 500, 900, 990, 999, 1000};
    struct histogram *histogram = calloc(1, sizeof *histogram);
    struct rng rng;
    rng_seed(&rng, 3);
    for (size_t i = 0; i < 5000; i++) {
        sample[i] = rng_next(&rng) >> (8 + rng_below(&rng, 56)); /* every magnitude */
        histogram_add(histogram, sample[i]);
    }
    qsort(sample, 5000, sizeof sample[0], by_value);
    for (size_t i = 0; i < sizeof per_mille / sizeof per_mille[0]; i++) {
        uint64_t exact = sample[(5000 * per_mille[i] + 999) / 1000 - 1];
        uint64_t read = histogram_quantile(histogram, per_mille[i]);
        assert_in_range(read, exact - exact / 100, exact + exact / 100);
    }
    assert_int_equal(histogram->max, sample[4999]);
    assert_int_equal(histogram->count, 5000);
    free(histogram);
}

static void test_histogram_edges(void **state)
{
    (void)state;
    struct histogram *histogram = calloc(1, sizeof *histogram);
    assert_int_equal(histogram_quantile(histogram, 500), 0);
    assert_int_equal(histogram_index(UINT64_MAX), HISTOGRAM_BUCKETS - 1);
    for (uint64_t v = 0; v < 100000; v++) { /* no value goes before a smaller one */
        assert_true(histogram_index(v + 1) - histogram_index(v) <= 1);
    }
    histogram_add(histogram, UINT64_MAX);
    assert_true(histogram_quantile(histogram, 500) > UINT64_MAX / 100 * 99);
    free(histogram);
}

static void collection(struct probes *probes, struct runtime *runtime, int generation,
                       uint64_t examined, uint64_t collected)
{
    const struct listeners *listeners = &runtime->listeners;
    listeners_tell(listeners, &(struct event){.kind = EVENT_GC_BEGIN, .generation = generation});
    listeners_tell(listeners, &(struct event){.kind = EVENT_GC_END,
                                              .generation = generation,
                                              .examined = examined,
                                              .collected = collected});
    (void)probes;
}

static struct runtime *open_runtime(struct heap *heap)
{
    const struct allocator *malloc_ = allocator_find("malloc");
    struct options options;
    struct error error;
    options_default(&options, malloc_->options, malloc_->option_count);
    struct allocator_config config = {.options = &options};
    assert_true(malloc_->open(&config, heap, &error));
    const struct collector *none = collector_find("none");
    options_default(&options, none->options, none->option_count);
    struct runtime_config runtime_config = {
        .heap = {*heap, *heap, *heap}, .collector = none, .collector_options = &options};
    struct runtime *runtime;
    assert_true(runtime_open(&runtime_config, &runtime, &error));
    return runtime;
}

static struct probes *attach_probes(struct runtime *runtime)
{
    struct probes *probes = memory_map(sizeof *probes);
    assert_non_null(probes);
    assert_true(probes_attach(probes, runtime));
    return probes;
}

static void test_probes_count_by_generation_and_phase(void **state)
{
    (void)state;
    struct heap heap;
    struct runtime *runtime = open_runtime(&heap);
    struct probes *probes = attach_probes(runtime);
    struct meter meter = probes_meter(probes);
    probes_start(probes);
    collection(probes, runtime, 2, 50, 0);
    meter_phase(&meter, "setup");
    uint64_t setup_gc_ns = probes->pause_ns.sum;
    collection(probes, runtime, 0, 700, 30);
    collection(probes, runtime, 0, 700, 0);
    collection(probes, runtime, 1, 900, 90);
    for (int i = 0; i < 10; i++) {
        meter_operation(&meter, runtime);
    }
    meter_phase(&meter, "run");
    collection(probes, runtime, 2, 5000, 400);
    meter_phase(&meter, "free");
    probes_stop(probes);
    assert_int_equal(probes->generation[0].collections, 2);
    assert_int_equal(probes->generation[0].empty, 1);
    assert_int_equal(probes->generation[1].empty_ns, 0);
    assert_int_equal(probes->generation[2].empty_ns, probes->generation[2].pause_ns.sum);
    assert_true(probes->generation[0].empty_ns > 0 &&
                probes->generation[0].empty_ns < probes->generation[0].pause_ns.sum);
    assert_int_equal(probes->trash_age_ns.count, 30 + 90);
    assert_true(probes->run_cpu_ns > 0);
    assert_int_equal(probes->generation[0].examined, 1400);
    assert_int_equal(probes->generation[1].collected, 90);
    assert_int_equal(probes->generation[2].collections, 1); /* not the one after the run */
    assert_int_equal(probes->trash_peak, 400);
    assert_int_equal(probes->pause_ns.count, 4);
    assert_int_equal(probes->pause_count, 4);
    assert_int_equal(probes->pause[3].generation, 1);
    assert_int_equal(probes->latency_ns.count, 10);
    assert_int_equal(probes->phase_count, 3);
    const struct phase *run = probes_phase(probes, "run");
    assert_non_null(run);
    assert_null(probes_phase(probes, "rune"));
    assert_true(run->rss > 0 && run->rollup.rss > 0);
    assert_int_equal(probes->run_from_gc_ns, setup_gc_ns);
    assert_true(run->gc_ns >= setup_gc_ns && run->gc_ns <= probes->pause_ns.sum);
    assert_true(probes->run_from_ns <= probes->run_to_ns);
    assert_true(probes->run_to_ns - probes->run_from_ns >= probes->read_ns);
    assert_true(probes->regions.heap + probes->regions.mmap > 0 && probes->regions.text > 0);
    assert_int_equal(runtime_close(runtime), 0);
    heap_close(&heap);
}

static void test_mmu_of_more_pauses_than_are_kept_ends_with_the_last(void **state)
{
    (void)state;
    struct heap heap;
    struct runtime *runtime = open_runtime(&heap);
    struct probes *probes = attach_probes(runtime);
    struct meter meter = probes_meter(probes);
    probes_start(probes);
    collection(probes, runtime, 2, 50, 0);
    meter_phase(&meter, "setup");
    for (int i = 1; i < PAUSES_KEPT + 5; i++) {
        collection(probes, runtime, 0, 700, 30);
    }
    meter_phase(&meter, "run");
    probes_stop(probes);
    struct mmu_log log = probes_mmu_log(probes);
    assert_int_equal(log.count, PAUSES_KEPT);
    assert_true(log.pause[0].at_ns + log.pause[0].length_ns <= log.from_ns); /* the set-up's */
    assert_int_equal(probes->pause_ns.count, PAUSES_KEPT + 5);
    const struct pause *last = &log.pause[PAUSES_KEPT - 1];
    assert_int_equal(log.to_ns, last->at_ns + last->length_ns);
    assert_true(log.to_ns < probes->run_to_ns - probes->start_ns);
    assert_int_equal(runtime_close(runtime), 0);
    heap_close(&heap);
}

/* Trash of generation 1 is as old as the last collection of 1 or 2 at most, not of 0. */
static void test_trash_age_is_bounded_by_the_last_look(void **state)
{
    (void)state;
    struct heap heap;
    struct runtime *runtime = open_runtime(&heap);
    struct probes *probes = attach_probes(runtime);
    probes_start(probes);
    static const struct {
        int generation;
        uint64_t found;
        int since; /* index of the collection that bounds it; -1: the start */
    } rows[] = {{0, 5, -1}, {0, 5, 0}, {1, 0, -1}, {0, 7, 2}, {1, 3, 2},
                {2, 9, -1}, {0, 1, 5}, {1, 1, 5},  {2, 2, 5}};
    uint64_t begin_ns[COUNT_OF(rows)], sum_ns = 0, count = 0;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        collection(probes, runtime, rows[i].generation, 100, rows[i].found);
        begin_ns[i] = probes->gc_begin_ns;
        uint64_t since = rows[i].since < 0 ? probes->start_ns : begin_ns[rows[i].since];
        sum_ns += rows[i].found * (begin_ns[i] - since);
        count += rows[i].found;
    }
    assert_int_equal(probes->trash_age_ns.count, count);
    assert_int_equal(probes->trash_age_ns.sum, sum_ns);
    assert_int_equal(runtime_close(runtime), 0);
    heap_close(&heap);
}

/* Ten operations come in the time of one that stalls: all but the stalled one are quick, and all of
 * them are late. Lower bounds only: a busy machine makes them later. */
static void test_metered_latency_counts_those_that_wait(void **state)
{
    (void)state;
    struct heap heap;
    struct runtime *runtime = open_runtime(&heap);
    struct probes *probes = attach_probes(runtime);
    struct meter meter = probes_meter(probes);
    probes->arrivals.rate = 1000;
    probes_start(probes);
    meter_phase(&meter, "setup");
    uint64_t begin_ns = probes->arrivals.begin_ns;
    assert_int_equal(begin_ns, probes->run_from_ns);
    for (int i = 0; i < 30; i++) {
        if (i == 5) {
            arrivals_wait(begin_ns + 15 * 1000000);
        }
        meter_operation(&meter, runtime);
        assert_true(probes->operation_ns >= arrivals_due_ns(&probes->arrivals));
    }
    meter_phase(&meter, "run");
    probes_stop(probes);
    assert_int_equal(probes->arrivals.count, 30);
    assert_int_equal(probes->metered_ns.count, 30);
    assert_int_equal(probes->latency_ns.count, 30);
    uint64_t late_ns = 0; /* the stall ends 15 ms after the start; operation i is due at i ms */
    for (uint64_t i = 5; i < 15; i++) {
        late_ns += (15 - i) * 1000000;
    }
    assert_true(probes->metered_ns.max >= 10 * 1000000);
    assert_true(probes->metered_ns.sum >= late_ns);
    assert_true(probes->metered_ns.sum >= probes->latency_ns.sum);
    assert_true(probes->idle_ns > 0);
    assert_true(probes->run_to_ns - probes->run_from_ns >= 29 * 1000000);
    assert_true(probes_run_ns(probes) + probes->idle_ns <= probes->run_to_ns - probes->run_from_ns);
    assert_int_equal(runtime_close(runtime), 0);
    heap_close(&heap);
}

/* However many operations: all blocks are equally long, and there are 16 to 32 of them once there
 * were 32; so the reading is done 16 times for each doubling. */
static void test_blocks_are_equally_long(void **state)
{
    (void)state;
    for (uint64_t operations = 1; operations < 3000; operations += operations < 40 ? 1 : 37) {
        struct blocks blocks;
        uint64_t read = 0, doublings = 0;
        blocks_start(&blocks);
        for (uint64_t i = 1; i <= operations; i++) {
            if (blocks_ended(&blocks)) {
                read++;
                blocks_add(&blocks, (struct block){.operations = i, .at_ns = 10 * i});
            }
        }
        assert_in_range(blocks.count, operations < BLOCKS_MAX ? operations : BLOCKS_MAX / 2,
                        BLOCKS_MAX);
        for (size_t i = 0; i < blocks.count; i++) {
            assert_int_equal(blocks.block[i].operations, (i + 1) * blocks.size);
            assert_int_equal(blocks.block[i].at_ns, 10 * (i + 1) * blocks.size);
        }
        while (operations >> doublings != 0) {
            doublings++;
        }
        assert_true(read <= BLOCKS_MAX + 17 * doublings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histogram_is_within_one_percent),
        cmocka_unit_test(test_histogram_edges),
        cmocka_unit_test(test_probes_count_by_generation_and_phase),
        cmocka_unit_test(test_trash_age_is_bounded_by_the_last_look),
        cmocka_unit_test(test_metered_latency_counts_those_that_wait),
        cmocka_unit_test(test_blocks_are_equally_long),
        cmocka_unit_test(test_mmu_of_more_pauses_than_are_kept_ends_with_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

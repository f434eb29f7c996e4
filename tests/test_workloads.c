/* Every workload at size=tiny on allocators and collectors: equal checksums, sound runtimes,
 * nothing left. The checksums of seed 1 are also compared with a table, so that a change of what a
 * workload does is a deliberate edit (HEAPDYNO_GOLDEN=1 writes it). */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/check.h"
#include "tests/workload_stand.h"

enum { TINY_REQUESTS_MAX = 2000 };

static const char *const allocators[] = {"pymalloc", "malloc", "bump", "malloc+debug",
                                         "pymalloc+debug"};
static const char *const collectors[] = {"cp311", "cp313", "none", "every"};

static struct stand_result run(struct stand_cell cell)
{
    struct stand_result result;
    if (!stand_run(&cell, &result) || !result.opened) {
        fail_msg("%s: %s", cell.workload->name, result.error.text);
    }
    if (!result.outcome.ok) {
        fail_msg("%s: %s", cell.workload->name, result.outcome.error.text);
    }
    return result;
}

static struct stand_result run_tiny(const struct workload *workload, const char *options,
                                    uint64_t seed)
{
    return run((struct stand_cell){"pymalloc", false, "cp311", workload, options, seed, {0}, 0, 0});
}

/* What a run must have left behind, whatever it did. */
static void assert_clean(const char *name, const struct stand_result *result)
{
    if (result->check != NULL) {
        fail_msg("%s: %s", name, result->check);
    }
    assert_int_equal(result->alive, 0);
    assert_int_equal(result->live_blocks, 0);
}

/* Regular shapes that draw no number. */
static bool regular(const struct workload *workload)
{
    static const char *const names[] = {"binary_trees", "cycles", "gcbench", "heap"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strcmp(workload->name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static bool replayed(const struct workload *workload)
{
    return strcmp(workload->name, "replay") == 0; /* needs a file: its own tests */
}

static void check_everywhere(const struct workload *workload, const char *options)
{
    struct stand_result first = run_tiny(workload, options, 1);
    for (size_t a = 0; a < COUNT_OF(allocators); a++) {
        for (size_t c = 0; c < COUNT_OF(collectors); c++) {
            struct stand_result result = run((struct stand_cell){
                allocators[a], false, collectors[c], workload, options, 1, {0}, NULL, NULL});
            assert_clean(workload->name, &result);
            if (result.outcome.checksum != first.outcome.checksum ||
                result.outcome.operations != first.outcome.operations) {
                fail_msg("%s:%s differs on %s, %s", workload->name, options, allocators[a],
                         collectors[c]);
            }
        }
    }
}

static void test_checksum_is_the_same_everywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < workload_count(); i++) {
        const struct workload *workload = workload_at(i);
        if (!replayed(workload)) {
            check_everywhere(workload, "size=tiny");
            check_everywhere(workload, "size=tiny,age=aged");
            check_everywhere(workload, "size=tiny,cyclic=0.5,live=0.5");
        }
    }
}

static void test_tiny_is_at_most_2000_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < workload_count(); i++) {
        if (replayed(workload_at(i))) {
            continue;
        }
        struct stand_result fresh = run_tiny(workload_at(i), "size=tiny", 1);
        struct stand_result aged = run_tiny(workload_at(i), "size=tiny,age=aged", 1);
        printf("%-16s %5llu requests, aged %5llu\n", workload_at(i)->name,
               (unsigned long long)fresh.counts.requests, (unsigned long long)aged.counts.requests);
        assert_in_range(fresh.counts.requests, 0, TINY_REQUESTS_MAX);
        assert_in_range(aged.counts.requests, fresh.counts.requests, TINY_REQUESTS_MAX);
        assert_int_equal(aged.outcome.checksum, fresh.outcome.checksum);
    }
}

static void test_seed_decides_the_checksum(void **state)
{
    (void)state;
    const char *text = getenv("SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : 1;
    printf("SEED=%llu\n", (unsigned long long)seed);
    for (size_t i = 0; i < workload_count(); i++) {
        const struct workload *workload = workload_at(i);
        if (replayed(workload)) {
            continue;
        }
        uint64_t one = run_tiny(workload, "size=tiny", seed).outcome.checksum;
        assert_int_equal(one, run_tiny(workload, "size=tiny", seed).outcome.checksum);
        if (regular(workload)) {
            assert_int_equal(one, run_tiny(workload, "size=tiny", seed + 1).outcome.checksum);
        } else {
            assert_int_not_equal(one, run_tiny(workload, "size=tiny", seed + 1).outcome.checksum);
        }
    }
}

/* Whether workload:name=text is accepted; what is refused names the option. */
static bool accepted(const struct workload *workload, const char *name, const char *text)
{
    char line[128];
    struct option storage[OPTIONS_MAX];
    struct options options;
    struct error error;
    snprintf(line, sizeof line, "%s=%s", name, text);
    bool ok = stand_options(workload, line, storage, &options, &error);
    if (!ok) {
        assert_non_null(strstr(error.text, name));
    }
    return ok;
}

static void refuse_outside(const struct workload *workload, const struct option *row)
{
    char text[32];
    if (row->min > 0) {
        snprintf(text, sizeof text, "%llu", (unsigned long long)row->min - 1);
        assert_false(accepted(workload, row->name, text));
    }
    snprintf(text, sizeof text, "%llu", (unsigned long long)row->max + 1);
    assert_false(accepted(workload, row->name, text));
    assert_false(accepted(workload, row->name, "-1"));
}

static void test_values_out_of_range_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < workload_count(); i++) {
        const struct workload *workload = workload_at(i);
        struct option storage[OPTIONS_MAX];
        size_t count;
        workload_options(workload, storage, &count);
        assert_false(accepted(workload, "no_such_option", "1"));
        for (size_t k = 0; k < count; k++) {
            bool text = storage[k].type == OPTION_TEXT || storage[k].type == OPTION_PATH;
            assert_true(text || !accepted(workload, storage[k].name, "nonsense"));
            if (storage[k].min != 0 || storage[k].max != 0) {
                refuse_outside(workload, &storage[k]);
            }
        }
    }
}

/* Each option at its smallest value, and shares also at their largest. */
static void run_at_limit(const struct workload *workload, const struct option *row, uint64_t limit)
{
    char line[128];
    snprintf(line, sizeof line, "size=tiny,%s=%llu", row->name, (unsigned long long)limit);
    struct stand_result result = run_tiny(workload, line, 1);
    assert_clean(line, &result);
}

static void test_smallest_values_work(void **state)
{
    (void)state;
    for (size_t i = 0; i < workload_count(); i++) {
        const struct workload *workload = workload_at(i);
        struct option storage[OPTIONS_MAX];
        size_t count;
        workload_options(workload, storage, &count);
        for (size_t k = 0; k < count && !replayed(workload); k++) {
            if (storage[k].max == 0) {
                continue;
            }
            run_at_limit(workload, &storage[k], storage[k].min);
            if (storage[k].max == 1) {
                run_at_limit(workload, &storage[k], 1);
            }
        }
    }
}

/* Every word of every choice, and both sides of every switch. */
static void run_each_word(const struct workload *workload, const struct option *row)
{
    const char *words = row->type == OPTION_BOOL ? "off|on" : row->choices;
    while (*words != '\0') {
        char line[128];
        size_t length = strcspn(words, "|");
        snprintf(line, sizeof line, "%s=%.*s,size=tiny", row->name, (int)length, words);
        struct stand_result result = run_tiny(workload, line, 1);
        assert_clean(line, &result);
        words += length + (words[length] == '|');
    }
}

static void test_every_choice_works(void **state)
{
    (void)state;
    for (size_t i = 0; i < workload_count(); i++) {
        struct option storage[OPTIONS_MAX];
        size_t count;
        workload_options(workload_at(i), storage, &count);
        for (size_t k = 0; k < count && !replayed(workload_at(i)); k++) {
            bool size = strcmp(storage[k].name, "size") == 0; /* the larger ones take seconds */
            if (!size && (storage[k].type == OPTION_CHOICE || storage[k].type == OPTION_BOOL)) {
                run_each_word(workload_at(i), &storage[k]);
            }
        }
    }
}

static uint64_t checksum(const char *name, const char *options)
{
    return run_tiny(workload_find(name), options, 1).outcome.checksum;
}

static void test_shapes_of_the_same_data_agree(void **state)
{
    (void)state;
    assert_int_equal(checksum("lazy", "size=tiny,mode=list"), checksum("lazy", "size=tiny"));
    for (int i = 0; i < 2; i++) {
        static const char *const names[] = {"points", "deep_chain"};
        uint64_t slots = checksum(names[i], "size=tiny,node=slots");
        assert_int_equal(checksum(names[i], "size=tiny,node=tuples"), slots);
        assert_int_equal(checksum(names[i], "size=tiny,node=dicts"), slots);
    }
    assert_int_equal(checksum("strings", "size=tiny,intern=off"),
                     checksum("strings", "size=tiny,intern=on"));
}

/* What the meter of a run hears. */
struct meter_notes {
    uint64_t operations, at_setup;
    char phases[256];
};

static void note_operation(void *self)
{
    ((struct meter_notes *)self)->operations++;
}

static void note_phase(void *self, const char *name)
{
    struct meter_notes *notes = self;
    size_t length = strlen(notes->phases);
    if (strcmp(name, "setup") == 0) {
        notes->at_setup = notes->operations;
    }
    snprintf(notes->phases + length, sizeof notes->phases - length, " %s", name);
}

static void test_meter_hears_operations_and_phases(void **state)
{
    (void)state;
    for (size_t i = 0; i < workload_count(); i++) {
        struct meter_notes notes = {.operations = 0};
        if (replayed(workload_at(i))) {
            continue;
        }
        struct stand_result result = run(
            (struct stand_cell){"malloc",
                                true,
                                "none",
                                workload_at(i),
                                "size=tiny",
                                1,
                                {.self = &notes, .operation = note_operation, .phase = note_phase},
                                NULL,
                                NULL});
        assert_int_equal(notes.operations, result.outcome.operations);
        assert_true(notes.operations > 0);
        assert_int_equal(notes.at_setup, 0);
        assert_ptr_equal(strstr(notes.phases, " setup"), notes.phases);
        assert_string_equal(strstr(notes.phases, " run"), " run drop free");
    }
}

/* The committed table: NAME CHECKSUM OPERATIONS, of seed 1 at size=tiny. */
static void test_checksums_are_those_of_the_table(void **state)
{
    (void)state;
    bool write = getenv("HEAPDYNO_GOLDEN") != NULL;
    FILE *table = fopen("tests/workload_checksums.txt", write ? "w" : "r");
    assert_non_null(table);
    for (size_t i = 0; i < workload_count(); i++) {
        char line[96], known[96];
        if (replayed(workload_at(i))) {
            continue;
        }
        struct outcome outcome = run_tiny(workload_at(i), "size=tiny", 1).outcome;
        snprintf(line, sizeof line, "%s %016llx %llu\n", workload_at(i)->name,
                 (unsigned long long)outcome.checksum, (unsigned long long)outcome.operations);
        if (write) {
            fputs(line, table);
        } else {
            assert_non_null(fgets(known, sizeof known, table));
            assert_string_equal(line, known);
        }
    }
    fclose(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_checksum_is_the_same_everywhere),
        cmocka_unit_test(test_tiny_is_at_most_2000_requests),
        cmocka_unit_test(test_seed_decides_the_checksum),
        cmocka_unit_test(test_values_out_of_range_are_refused),
        cmocka_unit_test(test_smallest_values_work),
        cmocka_unit_test(test_every_choice_works),
        cmocka_unit_test(test_meter_hears_operations_and_phases),
        cmocka_unit_test(test_shapes_of_the_same_data_agree),
        cmocka_unit_test(test_checksums_are_those_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

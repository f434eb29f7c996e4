/* The line of a cell: canonical and label form, round trips, refusals, and mutated lines that must be
 * refused or survive printing and reading back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/rng.h"
#include "bench/cell/cell.h"

static struct cell *new_cell(void)
{
    struct cell *cell = calloc(1, sizeof *cell);
    assert_non_null(cell);
    return cell;
}

/* Both forms of a line that must be legal. */
static void print_both(const char *line, char *canonical, char *label)
{
    struct cell *cell = new_cell();
    struct error error = {""};
    if (!cell_parse(line, NULL, cell, &error)) {
        fail_msg("%s: %s", line, error.text);
    }
    assert_true(cell_print(cell, NULL, SPEC_CANONICAL, canonical, CELL_LINE_MAX));
    assert_true(cell_print(cell, NULL, SPEC_LABEL, label, CELL_LINE_MAX));
    free(cell);
}

static void test_cell_prints_canonical_and_label(void **state)
{
    (void)state;
    char canonical[CELL_LINE_MAX], label[CELL_LINE_MAX], other[CELL_LINE_MAX];
    print_both("workload=null", canonical, label);
    assert_string_equal(label, "allocator=pymalloc collector=cp311 workload=null");
    assert_non_null(strstr(canonical, "threshold=700/10/10"));
    assert_non_null(strstr(canonical, " seed=1"));
    assert_null(strstr(canonical, "raw="));
    /* Order of keys and options, spelled-out defaults: the same cell. */
    print_both("seed=1  workload=null:size=small collector=cp311:threshold=700/10/10,gc=on "
               "raw=malloc allocator=pymalloc:arena=1m",
               other, label);
    assert_string_equal(other, canonical);
    print_both("workload=null seed=7 collector=cp311:threshold=off obj=bump mem=malloc", canonical,
               label);
    assert_string_equal(label,
                        "obj=bump mem=malloc collector=cp311:threshold=off workload=null seed=7");
    print_both("rate=2k workload=null", canonical, label);
    assert_string_equal(label, "allocator=pymalloc collector=cp311 workload=null rate=2000/s");
    assert_non_null(strstr(canonical, " seed=1 rate=2000/s"));
}

static void test_cell_round_trips(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "workload=null",
        "workload=web rate=1/s",
        "allocator=malloc+debug+fault:at=3 workload=web:size=tiny seed=18446744073709551615",
        "obj=pymalloc mem=jemalloc:dirty_decay=0 raw=mimalloc collector=none workload=cycles",
        "allocator=mine:x=1,a=%20b plugin=./a%20b%2Cso workload=null",
        "allocator=bump workload=replay:file=/tmp/a%20%3D%2C%3A%2B%25.trace",
        "program=json_work",
        "allocator=pool+debug program=asyncio_echo:messages=7 collector=none seed=4294967295",
        "obj=pymalloc mem=malloc program=web_like collector=cp311:threshold=off,freeze=after_setup",
        "program=./a",
        "program=-c",
        "program=app.py:args=-v%20--out%3Da%2Cb%20x%5C%20y%25,operations=9,env=PATH",
        "program=/tmp/a%20%3D%2C%3A%2B%25%01%FF.py:args=%2B",
    };
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        char once[CELL_LINE_MAX], twice[CELL_LINE_MAX], label[CELL_LINE_MAX], last[CELL_LINE_MAX];
        print_both(lines[i], once, label);
        print_both(once, twice, last);
        assert_string_equal(once, twice);
        print_both(label, twice, last);
        assert_string_equal(once, twice);
        assert_string_equal(label, last);
    }
}

static void test_cell_takes_unloaded_plugins_as_written(void **state)
{
    (void)state;
    char canonical[CELL_LINE_MAX], label[CELL_LINE_MAX];
    print_both("plugin=./x.so allocator=mine:z=1,a=2+sized workload=null", canonical, label);
    assert_non_null(strstr(canonical, "allocator=mine:a=2,z=1+sized "));
    assert_non_null(strstr(canonical, " plugin=./x.so"));
    char path[CELL_PATH_MAX];
    struct error error;
    assert_true(cell_plugin_path("plugin=a%20b workload=null", path, &error));
    assert_string_equal(path, "a b");
    assert_true(cell_plugin_path("workload=null", path, &error));
    assert_string_equal(path, "");
}

static void test_cell_refuses_with_name_value_range(void **state)
{
    (void)state;
    static const struct {
        const char *line, *says;
    } bad[] = {
        {"", "workload= is missing, or program="},
        {"workload=null program=json_work", "exclude each other"},
        {"program=nope", "unknown program nope; known are asyncio_echo"},
        {"program=json_work:lines=1", "unknown option lines"},
        {"program=json_work:documents=0", "documents"},
        {"program=json_work+debug", "only allocators take wrappers"},
        {"program=app.py+debug", "only allocators take wrappers"},
        {"program=:args=1", "no name and no path"},
        {"program=a/b=c.py", "must be written %3D"},
        {"program=a.py:args", "no =VALUE"},
        {"program=a.py:path=b.py", "unknown option path"},
        {"program=a.py:operations=0", "operations"},
        {"program=a%zz.py", "hex"},
        {"program=a%00.py", "hex"},
        {"program=json_work collector=cp313", "cp313 is our core's"},
        {"program=json_work collector=every", "every is our core's"},
        {"program=json_work collector=cp311:freelists=none", "freelists= is for our core"},
        {"program=json_work rate=5", "do not arrive at a rate"},
        {"program=json_work seed=4294967296", "PYTHONHASHSEED"},
        {"program=json_work raw=jemalloc", "stays with malloc"},
        {"program=json_work program=json_work", "twice"},
        {"web", "not KEY=VALUE"},
        {"workload=", "no value"},
        {"workload=nope", "unknown workload nope; known are"},
        {"workload=null collector=nope", "unknown collector nope"},
        {"workload=null allocator=nope", "nope"},
        {"workload=null workload=null", "twice"},
        {"workload=null allocator=malloc obj=malloc mem=malloc", "exclude"},
        {"workload=null obj=malloc", "mem="},
        {"workload=null seed=-1", "seed: -1"},
        {"workload=null rate=0", "rate: 0 is not"},
        {"workload=null rate=-5/s", "rate: -5/s is not"},
        {"workload=null rate=1001m", "1000000000/s"},
        {"workload=null rate=5/min", "rate: 5/min"},
        {"workload=null rate=/s", "rate: /s"},
        {"workload=null rate=5 rate=5", "twice"},
        {"workload=null seed=18446744073709551616", "18446744073709551615"},
        {"workload=null:size=huge", "tiny|small|large"},
        {"workload=null:nope=1", "unknown option nope"},
        {"workload=null+debug", "only allocators take wrappers"},
        {"workload=null allocator=malloc+nope", "nope"},
        {"workload=null collector=cp311:threshold=1/2/3/4/5", "threshold"},
        {"workload=null collector=cp311:threshold=-5", "threshold"},
        {"workload=null allocator=pymalloc:arena=3", "arena"},
        {"workload=null plugin=a,b=c allocator=m", "not one path"},
        {"workload=null colour=red", "the keys are"},
        {"workload=null allocator=../../etc/passwd", "name"},
        {"workload=null allocator='malloc'", "name"},
        {"workload=null:size=tiny%zz", "hex"},
    };
    struct cell *cell = new_cell();
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct error error = {""};
        if (cell_parse(bad[i].line, NULL, cell, &error) || !strstr(error.text, bad[i].says)) {
            fail_msg("'%s': '%s' was to say '%s'", bad[i].line, error.text, bad[i].says);
        }
    }
    char *huge = malloc(CELL_LINE_MAX + 10);
    memset(huge, 'a', CELL_LINE_MAX + 9);
    huge[CELL_LINE_MAX + 9] = '\0';
    struct error error;
    assert_false(cell_parse(huge, NULL, cell, &error));
    free(huge);
    free(cell);
}

static void test_cell_print_refuses_what_does_not_fit(void **state)
{
    (void)state;
    struct cell *cell = new_cell();
    struct error error;
    char full[CELL_LINE_MAX], part[CELL_LINE_MAX];
    assert_true(cell_parse("workload=null raw=bump obj=bump mem=malloc", NULL, cell, &error));
    assert_true(cell_print(cell, NULL, SPEC_CANONICAL, full, sizeof full));
    for (size_t length = 1; length <= strlen(full); length++) {
        assert_false(cell_print(cell, NULL, SPEC_CANONICAL, part, length));
    }
    assert_true(cell_print(cell, NULL, SPEC_CANONICAL, part, strlen(full) + 1));
    free(cell);
}

static void mutate(struct rng *rng, char *line, size_t capacity)
{
    static const char bytes[] = "=:,+% /.%41%00abz09-_\"'`;\\\n\t\x80\xff";
    size_t length = strlen(line), at = (size_t)rng_below(rng, length + 1);
    char byte = bytes[rng_below(rng, sizeof bytes - 1)];
    switch (rng_below(rng, 4)) {
    case 0: /* replace */
        if (at < length) {
            line[at] = byte;
        }
        break;
    case 1: /* insert */
        if (length + 2 < capacity) {
            memmove(line + at + 1, line + at, length - at + 1);
            line[at] = byte;
        }
        break;
    case 2: /* delete */
        if (at < length) {
            memmove(line + at, line + at + 1, length - at);
        }
        break;
    default: /* cut */
        line[at] = '\0';
    }
}

static void test_cell_survives_mutated_lines(void **state)
{
    (void)state;
    const char *given = getenv("SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 20240611;
    print_message("SEED=%llu\n", (unsigned long long)seed);
    struct rng rng;
    rng_seed(&rng, seed);
    struct cell *cell = new_cell();
    char once[CELL_LINE_MAX], twice[CELL_LINE_MAX];
    size_t legal = 0;
    for (int i = 0; i < 4000; i++) {
        char line[512] = "allocator=pymalloc:arena=1m+debug collector=cp311:threshold=7/1 "
                         "workload=web:size=tiny,live=0.5 seed=3 rate=70/s";
        for (uint64_t n = 1 + rng_below(&rng, 3); n > 0; n--) {
            mutate(&rng, line, sizeof line);
        }
        struct error error;
        if (!cell_parse(line, NULL, cell, &error)) {
            assert_true(strlen(error.text) > 0);
            continue;
        }
        legal++;
        assert_true(cell_print(cell, NULL, SPEC_CANONICAL, once, sizeof once));
        assert_true(cell_parse(once, NULL, cell, &error));
        assert_true(cell_print(cell, NULL, SPEC_CANONICAL, twice, sizeof twice));
        assert_string_equal(once, twice);
    }
    assert_in_range(legal, 40, 3900);
    free(cell);
}

static void test_list_knows_options_from_items(void **state)
{
    (void)state;
    static const char *const wanted[] = {"malloc", "jemalloc:dirty_decay=0,arenas=1",
                                         "pymalloc+debug", "x+fault:at=1,every=2", "off"};
    const char *list =
        "malloc,jemalloc:dirty_decay=0,arenas=1,pymalloc+debug,x+fault:at=1,every=2,off";
    char item[64];
    struct error error = {""};
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        assert_true(cell_list_next(&list, item, sizeof item, &error));
        assert_string_equal(item, wanted[i]);
    }
    assert_false(cell_list_next(&list, item, sizeof item, &error));
    assert_string_equal(error.text, "");
    static const char *const bad[] = {",a", "a,", "a,,b", ","};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        const char *rest = bad[i];
        error.text[0] = '\0';
        while (cell_list_next(&rest, item, sizeof item, &error)) {
        }
        assert_non_null(strstr(error.text, "empty"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cell_prints_canonical_and_label),
        cmocka_unit_test(test_cell_round_trips),
        cmocka_unit_test(test_cell_takes_unloaded_plugins_as_written),
        cmocka_unit_test(test_cell_refuses_with_name_value_range),
        cmocka_unit_test(test_cell_print_refuses_what_does_not_fit),
        cmocka_unit_test(test_cell_survives_mutated_lines),
        cmocka_unit_test(test_list_knows_options_from_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* base: units, option tables, specs. Known answers, refusals with their messages, and random specs
 * that must survive printing and reading back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/rng.h"
#include "base/spec.h"
#include "base/units.h"

static void test_units_read_known_values(void **state)
{
    (void)state;
    uint64_t n;
    assert_true(units_parse_count("10k", &n) && n == 10000);
    assert_true(units_parse_size("64m", &n) && n == UINT64_C(64) << 20);
    assert_true(units_parse_size("1.5KiB", &n) && n == 1536);
    assert_true(units_parse_duration("1.5ms", &n) && n == 1500000);
    assert_true(units_parse_duration("2", &n) && n == UINT64_C(2000000000));
    assert_true(units_parse_count("18446744073709551615", &n) && n == UINT64_MAX);
    double r;
    assert_true(units_parse_real("3%", &r) && r > 0.0299 && r < 0.0301);
}

static void test_units_refuse_malformed(void **state)
{
    (void)state;
    uint64_t n = 7;
    double r = 7.0;
    static const char *const bad[] = {"",   "-1",  "+1",  " 1", "1 ",   "k",
                                      "1x", "1e3", "0x1", ".5", "1..5", "18446744073709551616"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(units_parse_count(bad[i], &n));
        assert_false(units_parse_size(bad[i], &n));
        assert_false(units_parse_duration(bad[i], &n));
    }
    assert_false(units_parse_count("1.5", &n));
    assert_false(units_parse_size("17179869184g", &n));
    assert_int_equal(n, 7);
    static const char *const unreal[] = {"", "nan", "inf", "1e999", "1%%", "one", "1 "};
    for (size_t i = 0; i < COUNT_OF(unreal); i++) {
        assert_false(units_parse_real(unreal[i], &r));
    }
}

static void test_units_format(void **state)
{
    (void)state;
    char text[32];
    assert_string_equal(units_format_size(0, text, sizeof text), "0 B");
    assert_string_equal(units_format_size(1536, text, sizeof text), "1.50 KiB");
    assert_string_equal(units_format_size(UINT64_C(110) << 20, text, sizeof text), "110 MiB");
    assert_string_equal(units_format_duration(1500, text, sizeof text), "1.50 us");
    assert_string_equal(units_format_duration(UINT64_C(42000000), text, sizeof text), "42 ms");
    assert_string_equal(units_format_count(1234567, text, sizeof text), "1.23 M");
}

static const struct option table[] = {
    {"size", OPTION_CHOICE, "small", 0, 0, "tiny|small|large", "how much"},
    {"limit", OPTION_SIZE, "4m", 1, UINT64_C(1) << 30, NULL, "bytes"},
    {"threshold", OPTION_COUNTS, "700/10/10", 0, INT32_MAX, NULL, "three counts"},
    {"trim", OPTION_BOOL, "off", 0, 0, NULL, "a switch"},
    {"share", OPTION_REAL, "0.5", 0, 1, NULL, "a part of 1"},
    {"file", OPTION_PATH, NULL, 0, 0, NULL, "a path"},
};

static void test_options_defaults_and_values(void **state)
{
    (void)state;
    struct options options;
    options_default(&options, table, COUNT_OF(table));
    assert_int_equal(options_number(&options, "size"), 1);
    assert_int_equal(options_get(&options, "threshold")->parts, 3);
    assert_false(options_get(&options, "file")->set);
    struct error error;
    assert_true(options_set(&options, "limit", "4096k", &error));
    assert_false(options_get(&options, "limit")->changed);
    assert_true(options_set(&options, "threshold", "off", &error));
    assert_int_equal(options_get(&options, "threshold")->part[0], 0);
    assert_true(options_get(&options, "threshold")->changed);
    assert_true(options_set(&options, "trim", "on", &error) && options_on(&options, "trim"));
}

static void test_options_refuse_with_range(void **state)
{
    (void)state;
    struct options options;
    options_default(&options, table, COUNT_OF(table));
    struct error error;
    assert_false(options_set(&options, "limit", "2g", &error));
    assert_non_null(strstr(error.text, "limit"));
    assert_non_null(strstr(error.text, "2g"));
    assert_non_null(strstr(error.text, "1 GiB"));
    assert_false(options_set(&options, "size", "huge", &error));
    assert_non_null(strstr(error.text, "tiny|small|large"));
    assert_false(options_set(&options, "colour", "red", &error));
    assert_non_null(strstr(error.text, "known are size, limit"));
    static const char *const bad[] = {"", "/", "1/", "1/2/3/4", "-1", "4294967296", "on"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_false(options_set(&options, "threshold", bad[i], &error));
    }
    assert_false(options_set(&options, "share", "1.01", &error));
    assert_false(options_set(&options, "share", "-0.5", &error));
}

static void test_spec_reads_wrappers_and_escapes(void **state)
{
    (void)state;
    struct spec spec;
    struct error error;
    const char *text = "pymalloc:arena=1m,name=a%2Cb%20c+debug+fault:at=3";
    assert_true(spec_parse(text, strlen(text), &spec, &error));
    assert_int_equal(spec.part_count, 3);
    assert_string_equal(spec.part[0].pair[1].value, "a,b c");
    assert_string_equal(spec.part[2].pair[0].value, "3");
}

static void test_spec_refuses_malformed(void **state)
{
    (void)state;
    static const char *const bad[] = {"",         "A",      "a:",           "a:b",     "a+",
                                      "a:b=c=d",  "a b",    "a:b=%0",       "a:b=%00", "a:b=%zz",
                                      "+a",       "a:b=c,", "1abc",         "a:b=c d", "a:=c",
                                      "a:b=c+d:", "a,b",    "a+b+c+d+e+f+g"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct spec spec;
        struct error error = {""};
        assert_false(spec_parse(bad[i], strlen(bad[i]), &spec, &error));
        assert_true(error.text[0] != '\0');
    }
}

/* Any bytes as a value survive printing and reading. */
static void test_spec_round_trips(void **state)
{
    (void)state;
    const char *given = getenv("SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 1;
    print_message("SEED=%llu\n", (unsigned long long)seed);
    struct rng rng;
    rng_seed(&rng, seed);
    for (int turn = 0; turn < 2000; turn++) {
        char value[40], printed[SPEC_TEXT_MAX] = "";
        size_t n = 1 + rng_below(&rng, sizeof value - 2);
        for (size_t i = 0; i < n; i++) {
            value[i] = (char)(1 + rng_below(&rng, 255));
        }
        value[n] = '\0';
        struct options options;
        struct error error;
        options_default(&options, table, COUNT_OF(table));
        assert_true(options_set(&options, "file", value, &error));
        assert_true(spec_print("x", &options, SPEC_CANONICAL, printed, sizeof printed));
        struct spec spec;
        assert_true(spec_parse(printed, strlen(printed), &spec, &error));
        struct options again;
        assert_true(spec_options(&spec.part[0], table, COUNT_OF(table), &again, &error));
        assert_string_equal(options_text(&again, "file"), value);
        char second[SPEC_TEXT_MAX] = "";
        assert_true(spec_print("x", &again, SPEC_CANONICAL, second, sizeof second));
        assert_string_equal(printed, second);
    }
}

static void test_spec_print_refuses_what_does_not_fit(void **state)
{
    (void)state;
    struct options options;
    options_default(&options, table, COUNT_OF(table));
    char small[16] = "";
    assert_false(spec_print("x", &options, SPEC_CANONICAL, small, sizeof small));
    char label[16] = "";
    assert_true(spec_print("x", &options, SPEC_LABEL, label, sizeof label));
    assert_string_equal(label, "x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_units_read_known_values),
        cmocka_unit_test(test_units_refuse_malformed),
        cmocka_unit_test(test_units_format),
        cmocka_unit_test(test_options_defaults_and_values),
        cmocka_unit_test(test_options_refuse_with_range),
        cmocka_unit_test(test_spec_reads_wrappers_and_escapes),
        cmocka_unit_test(test_spec_refuses_malformed),
        cmocka_unit_test(test_spec_round_trips),
        cmocka_unit_test(test_spec_print_refuses_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

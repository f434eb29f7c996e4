/* The JSON writer against SQLite's reader: what is written is valid and reads back as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/rng.h"
#include "bench/record/json.h"

static sqlite3 *database;

static int open_database(void **state)
{
    (void)state;
    return sqlite3_open(":memory:", &database) != SQLITE_OK;
}

static int close_database(void **state)
{
    (void)state;
    return sqlite3_close(database);
}

/* json_extract(text, path) as text; NULL for SQL's NULL. Freed by the caller. */
static char *extract(const char *text, const char *path)
{
    sqlite3_stmt *row;
    assert_int_equal(sqlite3_prepare_v2(database, "SELECT json_extract(?1,?2)", -1, &row, NULL),
                     SQLITE_OK);
    sqlite3_bind_text(row, 1, text, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, path, -1, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    const char *value = (const char *)sqlite3_column_text(row, 0);
    char *copy = value != NULL ? strdup(value) : NULL;
    sqlite3_finalize(row);
    return copy;
}

static void assert_extracts(const char *text, const char *path, const char *wanted)
{
    char *value = extract(text, path);
    assert_non_null(value);
    assert_string_equal(value, wanted);
    free(value);
}

static void test_json_writes_what_sqlite_reads(void **state)
{
    (void)state;
    char buffer[1024];
    struct json json;
    json_start(&json, buffer, sizeof buffer);
    json_open(&json, NULL, '{');
    json_u64(&json, "n", UINT64_C(9007199254740993));
    json_real(&json, "r", 0.125);
    json_real(&json, "nothing", (double)NAN);
    json_real(&json, "endless", (double)INFINITY);
    json_text(&json, "none", NULL);
    json_open(&json, "list", '[');
    json_open(&json, NULL, '{');
    json_u64(&json, "a", 1);
    json_close(&json, '}');
    json_u64(&json, NULL, 2);
    json_close(&json, ']');
    json_raw(&json, NULL, "\"x\":3");
    json_open(&json, "empty", '{');
    json_close(&json, '}');
    json_close(&json, '}');
    assert_false(json.full);
    assert_string_equal(buffer, "{\"n\":9007199254740993,\"r\":0.125,\"list\":[{\"a\":1},2],"
                                "\"x\":3,\"empty\":{}}");
    assert_extracts(buffer, "$.list[0].a", "1");
}

static void test_json_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *given, *read;
    } rows[] = {
        {"\"quoted\" \\ back", "\"quoted\" \\ back"},
        {"line\nfeed\ttab\x01\x7f", "line\nfeed\ttab\x01\x7f"},
        {"</script><b>&`'; DROP TABLE record;--", "</script><b>&`'; DROP TABLE record;--"},
        {"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"a\x80z", "a\xef\xbf\xbdz"},                             /* a tail alone */
        {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* overlong */
        {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
        {"\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* cut */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char buffer[256];
        struct json json;
        json_start(&json, buffer, sizeof buffer);
        json_open(&json, NULL, '{');
        json_text(&json, "t", rows[i].given);
        json_close(&json, '}');
        assert_extracts(buffer, "$.t", rows[i].read);
        assert_null(strchr(buffer, '\n'));
    }
}

static void test_json_of_random_bytes_is_valid(void **state)
{
    (void)state;
    const char *given = getenv("SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : 7;
    print_message("SEED=%llu\n", (unsigned long long)seed);
    struct rng rng;
    rng_seed(&rng, seed);
    for (int i = 0; i < 2000; i++) {
        char text[40], buffer[512];
        size_t length = (size_t)rng_below(&rng, sizeof text);
        for (size_t j = 0; j < length; j++) {
            text[j] = (char)(1 + rng_below(&rng, 255));
        }
        text[length] = '\0';
        struct json json;
        json_start(&json, buffer, sizeof buffer);
        json_open(&json, NULL, '{');
        json_text(&json, text, text);
        json_close(&json, '}');
        char *back = extract(buffer, "$");
        assert_non_null(back); /* SQLite refuses what is malformed */
        free(back);
    }
}

static void test_json_says_when_it_is_full(void **state)
{
    (void)state;
    char buffer[64];
    for (size_t capacity = 1; capacity < 24; capacity++) {
        struct json json;
        memset(buffer, 'z', sizeof buffer);
        json_start(&json, buffer, capacity);
        json_open(&json, NULL, '{');
        json_text(&json, "name", "some value");
        json_close(&json, '}'); /* 21 bytes */
        assert_int_equal(json.full, capacity < 22);
        assert_true(strlen(buffer) < capacity);
        assert_int_equal(buffer[capacity], 'z');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_writes_what_sqlite_reads),
        cmocka_unit_test(test_json_escapes),
        cmocka_unit_test(test_json_of_random_bytes_is_valid),
        cmocka_unit_test(test_json_says_when_it_is_full),
    };
    return cmocka_run_group_tests(tests, open_database, close_database);
}

/* The index: keys, attempts, nonsense, differing checksums; and the joining of both halves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/record/record.h"
#include "bench/record/store.h"

static char path[64];

static int make_path(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/heapdyno-store-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 || close(fd) != 0;
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static void add_record(FILE *file, const char *cell, int rep, int attempt, const char *verdict,
                       const char *checksum)
{
    fprintf(file,
            "{\"schema\":1,\"run\":\"r\",\"machine\":\"m\",\"cell\":\"%s\",\"kind\":\"timed\","
            "\"rep\":%d,\"attempt\":%d,\"verdict\":\"%s\",\"workload\":\"w\",\"seed\":1,"
            "\"checksum\":\"%s\"}\n",
            cell, rep, attempt, verdict, checksum);
}

static struct store open_store(void)
{
    struct store store;
    struct error error;
    assert_true(store_open(&store, ":memory:", &error));
    return store;
}

static struct store_added add_file(struct store *store)
{
    struct store_added added = {0};
    struct error error;
    assert_true(store_add_file(store, path, &added, &error));
    return added;
}

static void test_store_keeps_each_key_once(void **state)
{
    (void)state;
    FILE *file = fopen(path, "w");
    add_record(file, "a", 0, 0, "untrusted", "c");
    add_record(file, "a", 1, 0, "ok", "c");
    add_record(file, "a", 0, 1, "ok", "c");
    add_record(file, "a", 0, 0, "untrusted", "c"); /* an old attempt changes nothing */
    fputs("not json\n{\"schema\":1}\n{\"schema\":2,\"run\":\"r\"}\n[1]\n\"\"\n\n{\"schema\":1,",
          file);
    fclose(file);
    struct store store = open_store();
    struct store_added added = add_file(&store);
    assert_int_equal(added.added, 2);
    assert_int_equal(added.newer, 1);
    assert_int_equal(added.known, 1);
    assert_int_equal(added.refused, 6);
    added = add_file(&store);
    assert_int_equal(added.added + added.newer, 0);
    assert_int_equal(added.known, 4);
    store_close(&store);
}

static bool keep_line(void *argument, const char *text)
{
    snprintf(argument, 512, "%s", text);
    return true;
}

static void test_store_finds_the_checksum_that_differs(void **state)
{
    (void)state;
    FILE *file = fopen(path, "w");
    add_record(file, "a", 0, 0, "ok", "good");
    add_record(file, "b", 0, 0, "ok", "good");
    add_record(file, "c", 0, 2, "ok", "'bad'");
    add_record(file, "d", 0, 0, "failed", "other"); /* failed already */
    fclose(file);
    struct store store = open_store();
    add_file(&store);
    char line[512] = "";
    assert_int_equal(store_each_differing(&store, "other run", keep_line, line), 0);
    assert_int_equal(store_each_differing(&store, "r", keep_line, line), 1);
    assert_non_null(strstr(line, "\"cell\":\"c\""));
    assert_non_null(strstr(line, "\"verdict\":\"failed\""));
    assert_non_null(strstr(line, "\"attempt\":3"));
    assert_non_null(strstr(line, "checksum 'bad' is not good"));
    /* The new line replaces the old one, and then nothing differs. */
    file = fopen(path, "a");
    fputs(line, file);
    fclose(file);
    assert_int_equal(add_file(&store).newer, 1);
    assert_int_equal(store_each_differing(&store, "r", keep_line, line), 0);
    store_close(&store);
}

static void test_record_reads_only_whole_halves(void **state)
{
    (void)state;
    struct record_joiner *joiner = record_joiner_open();
    assert_non_null(joiner);
    struct child_half half;
    static const char *const bad[] = {"",
                                      "{",
                                      "garbage",
                                      "[]",
                                      "{}",
                                      "{\"verdict\":3}",
                                      "{\"verdict\":\"fine\"}",
                                      "{\"verdict\":\"ok\",\"operations\":",
                                      "{\"verdict\":\"ok\"}{\"verdict\":\"ok\"}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(record_read_child(joiner, bad[i], &half));
    }
    assert_true(record_read_child(
        joiner, "{\"verdict\":\"skipped\",\"reason\":\"a \\\"b\\\"\",\"wall_ns\":5}\n", &half));
    assert_int_equal(half.verdict, VERDICT_SKIPPED);
    assert_string_equal(half.reason, "a \"b\"");
    assert_int_equal(half.wall_ns, 5);
    record_joiner_close(joiner);
}

static void test_record_joins_halves(void **state)
{
    (void)state;
    struct record_joiner *joiner = record_joiner_open();
    struct cell *cell = calloc(1, sizeof *cell);
    struct identity *identity = calloc(1, sizeof *identity);
    struct supervision supervision = {.verdict = VERDICT_UNTRUSTED,
                                      .reason = "noise \"everywhere\""};
    struct machine machine;
    struct error error;
    char *record = malloc(RECORD_MAX);
    machine_read(&machine);
    assert_true(cell_parse("obj=bump mem=malloc workload=null seed=3", NULL, cell, &error));
    assert_true(identity_of_cell(cell, identity));
    snprintf(identity->run, sizeof identity->run, "r");
    size_t length =
        record_write(joiner, identity, &machine, &supervision,
                     "{\"verdict\":\"ok\",\"gen\":[{\"a\":1}],\"checksum\":\"7\"}\n", record);
    assert_int_equal(length, strlen(record));
    assert_int_equal(record[length - 1], '\n');
    assert_ptr_equal(strchr(record, '\n'), record + length - 1);
    static const char *const has[] = {"\"verdict\":\"untrusted\"",
                                      "\"reason\":\"noise \\\"everywhere\\\"\"",
                                      "\"gen\":[{\"a\":1}]",
                                      "\"mem_label\":\"malloc\"",
                                      "\"allocator_label\":\"bump|malloc\"",
                                      "\"seed\":3"};
    for (size_t i = 0; i < sizeof has / sizeof has[0]; i++) {
        assert_non_null(strstr(record, has[i]));
    }
    assert_null(strstr(record, "\"verdict\":\"ok\""));
    struct child_half half;
    assert_true(record_read_child(joiner, record, &half)); /* it is JSON itself */
    record_write(joiner, identity, &machine, &supervision, NULL, record);
    assert_true(record_read_child(joiner, record, &half));
    free(record);
    free(identity);
    free(cell);
    record_joiner_close(joiner);
}

/* A record of that kind with the figures that views rest on. */
static void add_figures(FILE *file, const char *cell, const char *kind, const char *figures)
{
    fprintf(
        file,
        "{\"schema\":1,\"run\":\"r\",\"machine\":\"m\",\"cell\":\"%s\",\"kind\":\"%s\",\"rep\":0,"
        "\"verdict\":\"ok\",\"workload\":\"w\",\"workload_label\":\"w\",\"seed\":1,%s}\n",
        cell, kind, figures);
}

static void assert_query(struct store *store, const char *sql, const char *wanted)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(store->database, sql, -1, &row, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(store->database));
    }
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(row, 0), wanted);
    sqlite3_finalize(row);
}

static void test_views_derive(void **state)
{
    (void)state;
    FILE *file = fopen(path, "w");
    add_figures(file, "a", "timed",
                "\"run_ns\":900,\"gc_run_ns\":300,\"rss_bytes_base\":100,\"rss_bytes_peak\":500,"
                "\"rss_bytes_after_trim\":200,\"gen\":[{\"collections\":4,\"examined\":50,"
                "\"collected\":10,\"empty\":3,\"empty_ns\":70,\"pause_ns_sum\":200}]");
    add_figures(file, "a", "counted",
                "\"live_bytes_peak\":200,\"freelists\":{\"list\":{\"hits\":3,\"misses\":1},"
                "\"dict\":{\"hits\":0,\"misses\":0}}");
    add_figures(file, "b", "timed",
                "\"run_ns\":450,\"gc_run_ns\":0,\"rss_bytes_base\":100,\"rss_bytes_peak\":1100");
    add_figures(file, "b", "counted", "\"live_bytes_peak\":800");
    fclose(file);
    struct store store = open_store();
    assert_int_equal(add_file(&store).added, 4);
    assert_query(&store,
                 "SELECT yield || ' ' || ns_per_examined || ' ' || wasted || ' ' ||"
                 " wasted_ns FROM generation WHERE generation = 0",
                 "0.2 4.0 3 70");
    assert_query(&store, "SELECT group_concat(type || ' ' || ifnull(hit_rate, '-')) FROM freelist",
                 "list 0.75,dict -");
    assert_query(&store,
                 "SELECT rss_over_live || ' ' || returned || ' ' || lbo_time || ' ' ||"
                 " lbo_memory FROM overhead WHERE cell = 'a'",
                 "2.0 0.75 2.0 2.0");
    assert_query(&store,
                 "SELECT lbo_time || ' ' || lbo_memory || ' ' || ifnull(returned, '-')"
                 " FROM overhead WHERE cell = 'b'",
                 "1.0 5.0 -");
    store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_keeps_each_key_once),
        cmocka_unit_test(test_store_finds_the_checksum_that_differs),
        cmocka_unit_test(test_views_derive),
        cmocka_unit_test(test_record_reads_only_whole_halves),
        cmocka_unit_test(test_record_joins_halves),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}

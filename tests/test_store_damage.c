/* Indexes that cannot be read: locked, cut short, overwritten, of another version, no database. Each is
 * refused with a sentence, and stays byte for byte as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "bench/record/store.h"

struct fixture {
    char folder[64], index[96], records[96];
};

static void write_records(const char *path, int count)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < count; i++) {
        fprintf(file,
                "{\"schema\":1,\"run\":\"r\",\"machine\":\"m\",\"cell\":\"c\",\"kind\":\"timed\","
                "\"rep\":%d,\"verdict\":\"ok\",\"note\":\"%0300d\"}\n",
                i, i);
    }
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    struct fixture *self = calloc(1, sizeof *self);
    struct store store;
    struct store_added added = {0};
    struct error error;
    assert_non_null(self);
    snprintf(self->folder, sizeof self->folder, "/tmp/heapdyno-index-XXXXXX");
    assert_non_null(mkdtemp(self->folder));
    snprintf(self->index, sizeof self->index, "%s/i.sqlite", self->folder);
    snprintf(self->records, sizeof self->records, "%s/r.jsonl", self->folder);
    write_records(self->records, 200);
    assert_true(store_open(&store, self->index, &error));
    assert_true(store_add_file(&store, self->records, &added, &error));
    store_close(&store);
    *state = self;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *self = *state;
    unlink(self->index);
    unlink(self->records);
    rmdir(self->folder);
    free(self);
    return 0;
}

static uint64_t hash_file(const char *path)
{
    FILE *file = fopen(path, "r");
    uint64_t hash = 14695981039346656037u;
    assert_non_null(file);
    for (int c; (c = fgetc(file)) != EOF;) {
        hash = (hash ^ (uint64_t)c) * 1099511628211u;
    }
    fclose(file);
    return hash;
}

/* Opening and reading are refused with these words, and the file is as it was. */
static void assert_refused(const char *path, const char *words)
{
    struct store store, memory;
    struct store_added added = {0};
    struct error error = {""};
    uint64_t before = hash_file(path);
    assert_false(store_open(&store, path, &error));
    if (strstr(error.text, words) == NULL) {
        fail_msg("'%s' lacks '%s'", error.text, words);
    }
    assert_non_null(strstr(error.text, path));
    assert_true(store_open(&memory, ":memory:", &error));
    assert_false(store_add_index(&memory, path, &added, &error));
    if (strstr(error.text, words) == NULL) {
        fail_msg("'%s' lacks '%s'", error.text, words);
    }
    store_close(&memory);
    assert_true(hash_file(path) == before);
}

static void execute(const char *path, const char *sql)
{
    sqlite3 *database = NULL;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(database);
}

static void test_index_is_read(void **state)
{
    struct fixture *self = *state;
    struct store store;
    struct store_added added = {0};
    struct error error;
    assert_true(store_is_index(self->index));
    assert_false(store_is_index(self->records));
    assert_false(store_is_index("/nonexistent"));
    assert_true(store_open(&store, ":memory:", &error));
    assert_true(store_add_index(&store, self->index, &added, &error));
    assert_int_equal(added.added, 200);
    assert_true(store_add_index(&store, self->index, &added, &error));
    assert_int_equal(added.known, 200);
    store_close(&store);
}

static void test_locked(void **state)
{
    struct fixture *self = *state;
    sqlite3 *other = NULL;
    assert_int_equal(sqlite3_open(self->index, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    assert_refused(self->index, "locked");
    assert_int_equal(sqlite3_exec(other, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    test_index_is_read(state);
}

static void test_cut_short(void **state)
{
    struct fixture *self = *state;
    struct stat status;
    assert_int_equal(stat(self->index, &status), 0);
    static const int percent[] = {95, 50, 10};
    for (size_t i = 0; i < sizeof percent / sizeof *percent; i++) {
        assert_int_equal(truncate(self->index, status.st_size * percent[i] / 100), 0);
        assert_refused(self->index, "damaged");
    }
    assert_int_equal(truncate(self->index, 60), 0);
    assert_refused(self->index, "damaged");
}

static void test_overwritten(void **state)
{
    struct fixture *self = *state;
    FILE *file = fopen(self->index, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 8192, SEEK_SET), 0);
    for (int i = 0; i < 8192; i++) {
        fputc(0xa5, file);
    }
    fclose(file);
    assert_refused(self->index, "damaged");
}

static void test_no_database(void **state)
{
    struct fixture *self = *state;
    assert_refused(self->records, "not a database");
}

static void test_another_version(void **state)
{
    struct fixture *self = *state;
    execute(self->index, "PRAGMA user_version=2");
    assert_refused(self->index, "schema version 2");
}

/* A database of something else is no index; nothing is added to it by reading. */
static void test_another_database(void **state)
{
    struct fixture *self = *state;
    struct store memory;
    struct store_added added = {0};
    struct error error;
    unlink(self->index);
    execute(self->index, "CREATE TABLE cats(name)");
    assert_true(store_open(&memory, ":memory:", &error));
    assert_false(store_add_index(&memory, self->index, &added, &error));
    assert_non_null(strstr(error.text, "no index of records"));
    store_close(&memory);
}

/* Rows of another schema version are counted, not read. */
static void test_foreign_rows(void **state)
{
    struct fixture *self = *state;
    struct store memory;
    struct store_added added = {0};
    struct error error;
    execute(self->index, "UPDATE record SET json=json_set(json,'$.schema',2) WHERE rep<3");
    assert_true(store_open(&memory, ":memory:", &error));
    assert_true(store_add_index(&memory, self->index, &added, &error));
    assert_int_equal(added.foreign, 3);
    assert_int_equal(added.added, 197);
    store_close(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_index_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_locked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cut_short, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_overwritten, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_database, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_version, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_database, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_foreign_rows, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

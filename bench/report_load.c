/* Reading cells.jsonl; see report_load.h. */
#include "bench/report_load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/check.h"
#include "bench/report_data.h"

static const char views[] =
    "CREATE VIEW part AS SELECT rowid, json,"
    " json->>'$.run' AS run, json->>'$.cell' AS cell, json->>'$.rep' AS rep,"
    " coalesce(json->>'$.kind', 'timed') AS kind,"
    " coalesce(json->>'$.verdict', 'failed') AS verdict, json->>'$.reason' AS reason,"
    " coalesce(json->>'$.machine', '') AS machine, json->>'$.host' AS host,"
    " json->>'$.cpu' AS cpu, json->>'$.kernel' AS kernel, json->>'$.build' AS build,"
    " json->>'$.compiler' AS compiler, json->>'$.cores' AS cores,"
    " json->>'$.operation_unit' AS unit, json->>'$.raw' AS raw,"
    " json->>'$.collector' AS collector,"
    " coalesce(json->>'$.workload_label', json->>'$.workload', '?') AS workload_label,"
    " coalesce(json->>'$.collector_label', json->>'$.collector', '?') AS collector_label,"
    " coalesce(json->>'$.allocator_label', json->>'$.allocator', '?') AS allocator_label"
    " FROM record;"
    "CREATE TABLE latest AS SELECT * FROM part GROUP BY run, machine, cell, rep, kind"
    " HAVING rowid = max(rowid);"
    "CREATE TABLE shown AS SELECT * FROM latest WHERE machine ="
    " (SELECT machine FROM latest GROUP BY machine ORDER BY count(*) DESC, machine LIMIT 1);";

/* A folder as it is, or results/NAME. */
static char *find_folder(const char *run, struct error *error)
{
    char *folder = NULL;
    struct stat status;
    if (stat(run, &status) == 0 && S_ISDIR(status.st_mode)) {
        folder = strdup(run);
    } else if (text_is_file_name(run)) {
        CHECK(asprintf(&folder, "results/%s", run) > 0);
    } else {
        error_set(error, "%s: no such folder", run);
        return NULL;
    }
    CHECK(folder != NULL);
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/') {
        folder[--length] = '\0';
    }
    return folder;
}

static bool insert_lines(sqlite3 *db, FILE *in, size_t *broken)
{
    sqlite3_stmt *insert = NULL;
    CHECK(sqlite3_prepare_v2(db, "INSERT INTO record SELECT ?1 WHERE json_valid(?1)", -1, &insert,
                             NULL) == SQLITE_OK);
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, in)) > 0) {
        sqlite3_bind_text(insert, 1, line, (int)length, SQLITE_STATIC);
        sqlite3_step(insert);
        *broken += sqlite3_changes(db) == 0 || sqlite3_reset(insert) != SQLITE_OK;
    }
    free(line);
    sqlite3_finalize(insert);
    return ferror(in) == 0;
}

static long long query_number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *row = NULL;
    CHECK(sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK);
    long long result = sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
    sqlite3_finalize(row);
    return result;
}

static bool check_schema(sqlite3 *db, const char *path, struct error *error)
{
    if (query_number(db, "SELECT count(*) FROM record") == 0) {
        return error_set(error, "%s: no record in it", path);
    }
    sqlite3_stmt *row = NULL;
    CHECK(sqlite3_prepare_v2(db,
                             "SELECT coalesce(json->>'$.schema', 'none') FROM record"
                             " WHERE json->>'$.schema' IS NOT ?1 LIMIT 1",
                             -1, &row, NULL) == SQLITE_OK);
    sqlite3_bind_int(row, 1, REPORT_SCHEMA);
    bool right = sqlite3_step(row) != SQLITE_ROW ||
                 error_set(error, "%s: a record of schema version %s; this program reads %d", path,
                           (const char *)sqlite3_column_text(row, 0), REPORT_SCHEMA);
    sqlite3_finalize(row);
    return right;
}

sqlite3 *report_load(const char *run, char **folder, size_t *broken, struct error *error)
{
    sqlite3 *db = NULL;
    FILE *in = NULL;
    char *path = NULL;
    bool loaded = false;
    *broken = 0;
    *folder = find_folder(run, error);
    if (*folder == NULL) {
        return NULL;
    }
    CHECK(asprintf(&path, "%s/cells.jsonl", *folder) > 0);
    in = fopen(path, "r");
    if (in == NULL) {
        error_set(error, "%s: %s", path, strerror(errno));
        goto done;
    }
    CHECK(sqlite3_open(":memory:", &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, "CREATE TABLE record(json TEXT)", NULL, NULL, NULL) == SQLITE_OK);
    if (!insert_lines(db, in, broken)) {
        error_set(error, "%s: %s", path, strerror(errno));
        goto done;
    }
    loaded =
        check_schema(db, path, error) && sqlite3_exec(db, views, NULL, NULL, NULL) == SQLITE_OK;
done:
    if (in != NULL) {
        fclose(in);
    }
    free(path);
    if (!loaded) {
        sqlite3_close(db);
        db = NULL;
    }
    return db;
}

/* The index of records; see store.h. */
#include "bench/record/store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/record/verdict.h"
#include "bench/record/views.h"

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS record("
    " run TEXT NOT NULL, machine TEXT NOT NULL, cell TEXT NOT NULL, kind TEXT NOT NULL,"
    " rep INTEGER NOT NULL, attempt INTEGER NOT NULL, verdict TEXT NOT NULL, reason TEXT,"
    " allocator TEXT, collector TEXT, workload TEXT, seed INTEGER, checksum TEXT,"
    " json TEXT NOT NULL, PRIMARY KEY(run, machine, cell, kind, rep));"
    /* The checksum that most ok records of a workload and seed have, within a run. */
    "CREATE VIEW IF NOT EXISTS expected AS SELECT run, workload, seed, checksum FROM"
    " (SELECT run, workload, seed, checksum, row_number() OVER (PARTITION BY run, workload, seed"
    "  ORDER BY count(*) DESC, checksum) AS place FROM record"
    "  WHERE verdict IN ('ok','untrusted') AND checksum IS NOT NULL"
    "  GROUP BY run, workload, seed, checksum) WHERE place=1;"
    "CREATE VIEW IF NOT EXISTS differing AS SELECT record.*, expected.checksum AS wanted"
    " FROM record JOIN expected USING(run, workload, seed)"
    " WHERE record.checksum<>expected.checksum AND verdict IN ('ok','untrusted');";

static const char insert_sql[] =
    "INSERT INTO record SELECT json_extract(?1,'$.run'), json_extract(?1,'$.machine'),"
    " json_extract(?1,'$.cell'), json_extract(?1,'$.kind'), json_extract(?1,'$.rep'),"
    " coalesce(json_extract(?1,'$.attempt'),0), json_extract(?1,'$.verdict'),"
    " json_extract(?1,'$.reason'), json_extract(?1,'$.allocator'), json_extract(?1,'$.collector'),"
    " json_extract(?1,'$.workload'), json_extract(?1,'$.seed'), json_extract(?1,'$.checksum'), ?1"
    " WHERE json_valid(?1) AND json_type(?1)='object' AND json_extract(?1,'$.schema')=?2"
    " AND json_type(?1,'$.rep')='integer' AND json_type(?1,'$.run')='text'"
    " AND json_type(?1,'$.machine')='text' AND json_type(?1,'$.cell')='text'"
    " AND json_type(?1,'$.kind')='text' AND json_type(?1,'$.verdict')='text'"
    " ON CONFLICT(run, machine, cell, kind, rep) DO UPDATE SET attempt=excluded.attempt,"
    " verdict=excluded.verdict, reason=excluded.reason, allocator=excluded.allocator,"
    " collector=excluded.collector, workload=excluded.workload, seed=excluded.seed,"
    " checksum=excluded.checksum, json=excluded.json WHERE excluded.attempt>record.attempt";

static bool execute(struct store *self, const char *sql, struct error *error)
{
    return sqlite3_exec(self->database, sql, NULL, NULL, NULL) == SQLITE_OK ||
           error_set(error, "SQLite: %s", sqlite3_errmsg(self->database));
}

/* What SQLite says of a file, in words that help; always false. */
static bool explain(sqlite3 *database, const char *path, struct error *error)
{
    switch (sqlite3_errcode(database)) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return error_set(error, "%s: the database is locked: another program is writing to it",
                         path);
    case SQLITE_NOTADB:
        return error_set(error, "%s: not a database, nor records", path);
    case SQLITE_CORRUPT:
        return error_set(error,
                         "%s: the database is damaged; cells.jsonl of each run is the truth, "
                         "`heapdyno merge --index` makes another",
                         path);
    default:
        return error_set(error, "%s: %s", path, sqlite3_errmsg(database));
    }
}

/* A number that the database itself knows; -1 on failure. */
static int pragma(sqlite3 *database, const char *sql)
{
    sqlite3_stmt *row = NULL;
    int value = -1;
    if (sqlite3_prepare_v2(database, sql, -1, &row, NULL) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW) {
        value = sqlite3_column_int(row, 0);
    }
    sqlite3_finalize(row);
    return value;
}

/* The file is whole, and an index of this version or (0) an older or empty one of the same tables.
 */
static bool is_sound(sqlite3 *database, const char *path, struct error *error)
{
    sqlite3_stmt *row = NULL;
    sqlite3_busy_timeout(database, 500);
    bool ok = sqlite3_prepare_v2(database, "PRAGMA quick_check(1)", -1, &row, NULL) == SQLITE_OK &&
              sqlite3_step(row) == SQLITE_ROW;
    bool whole = ok && strcmp((const char *)sqlite3_column_text(row, 0), "ok") == 0;
    if (!ok) {
        explain(database, path, error);
    } else if (!whole) {
        error_set(error, "%s: the database is damaged: %.200s", path,
                  (const char *)sqlite3_column_text(row, 0));
    }
    sqlite3_finalize(row);
    int version = whole ? pragma(database, "PRAGMA user_version") : 0;
    if (whole && version != 0 && version != RECORD_SCHEMA) {
        whole = error_set(error,
                          "%s: an index of schema version %d; this program reads and writes "
                          "version %d",
                          path, version, RECORD_SCHEMA);
    }
    return whole;
}

/* Tables and views, and a lock that shows whether anybody else writes. */
static bool prepare(struct store *self, const char *path, struct error *error)
{
    char version[64];
    snprintf(version, sizeof version, "PRAGMA user_version=%d", RECORD_SCHEMA);
    const char *const steps[] = {"BEGIN IMMEDIATE", schema, store_views, version, "COMMIT"};
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        if (sqlite3_exec(self->database, steps[i], NULL, NULL, NULL) != SQLITE_OK) {
            return explain(self->database, path, error);
        }
    }
    return sqlite3_prepare_v2(self->database, insert_sql, -1, &self->insert, NULL) == SQLITE_OK ||
           explain(self->database, path, error);
}

bool store_open(struct store *self, const char *path, struct error *error)
{
    *self = (struct store){0};
    if (sqlite3_open(path, &self->database) != SQLITE_OK) {
        explain(self->database, path, error);
    } else if (is_sound(self->database, path, error) && prepare(self, path, error)) {
        sqlite3_bind_int(self->insert, 2, RECORD_SCHEMA);
        return true;
    }
    store_close(self);
    return false;
}

void store_close(struct store *self)
{
    sqlite3_finalize(self->insert);
    sqlite3_close(self->database);
    *self = (struct store){0};
}

/* Whether the line is a record at all (then it was known). */
static bool is_record(struct store *self, const char *line, int length)
{
    sqlite3_stmt *row = NULL;
    CHECK(sqlite3_prepare_v2(self->database,
                             "SELECT CASE WHEN json_valid(?1) THEN json_extract(?1,'$.schema')=?2"
                             " AND json_type(?1,'$.cell')='text' AND json_type(?1,'$.rep')="
                             "'integer' END",
                             -1, &row, NULL) == SQLITE_OK);
    sqlite3_bind_text(row, 1, line, length, SQLITE_STATIC);
    sqlite3_bind_int(row, 2, RECORD_SCHEMA);
    bool is = sqlite3_step(row) == SQLITE_ROW && sqlite3_column_int(row, 0) == 1;
    sqlite3_finalize(row);
    return is;
}

/* Whether the line is a record of another schema version. */
static bool is_foreign(struct store *self, const char *line, int length)
{
    sqlite3_stmt *row = NULL;
    CHECK(sqlite3_prepare_v2(self->database,
                             "SELECT CASE WHEN json_valid(?1) THEN json_type(?1)='object'"
                             " AND json_extract(?1,'$.schema') IS NOT ?2 END",
                             -1, &row, NULL) == SQLITE_OK);
    sqlite3_bind_text(row, 1, line, length, SQLITE_STATIC);
    sqlite3_bind_int(row, 2, RECORD_SCHEMA);
    bool is = sqlite3_step(row) == SQLITE_ROW && sqlite3_column_int(row, 0) == 1;
    sqlite3_finalize(row);
    return is;
}

static bool add_line(struct store *self, const char *line, int length, struct store_added *added)
{
    sqlite3_bind_text(self->insert, 1, line, length, SQLITE_STATIC);
    int changes = sqlite3_total_changes(self->database);
    sqlite3_int64 newest = sqlite3_last_insert_rowid(self->database);
    int status = sqlite3_step(self->insert);
    sqlite3_reset(self->insert);
    added->lines++;
    if (status == SQLITE_FULL || status == SQLITE_IOERR || status == SQLITE_READONLY ||
        status == SQLITE_BUSY) {
        return false;
    }
    if (status != SQLITE_DONE) { /* malformed JSON, a NULL in the key */
        added->refused++;
    } else if (sqlite3_total_changes(self->database) == changes) {
        *(is_record(self, line, length) ? &added->known : &added->refused) += 1;
        added->foreign += is_foreign(self, line, length);
    } else {
        bool is_new = sqlite3_last_insert_rowid(self->database) != newest;
        *(is_new ? &added->added : &added->newer) += 1;
    }
    return true;
}

/* End a transaction that `ok` says may stay. */
static bool finish(struct store *self, bool ok, struct error *error)
{
    struct error ignored;
    return ok ? execute(self, "COMMIT", error) : execute(self, "ROLLBACK", &ignored) && false;
}

bool store_add_file(struct store *self, const char *path, struct store_added *added,
                    struct error *error)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return error_set(error, "%s: %s", path, strerror(errno));
    }
    bool ok = execute(self, "BEGIN IMMEDIATE", error);
    char *line = NULL;
    size_t capacity = 0;
    for (ssize_t n; ok && (n = getline(&line, &capacity, file)) > 0;) {
        n -= line[n - 1] == '\n';
        if (n > 0 && !add_line(self, line, (int)n, added)) {
            ok = error_set(error, "index: %s", sqlite3_errmsg(self->database));
        }
    }
    free(line);
    if (ok && ferror(file)) {
        ok = error_set(error, "%s: %s", path, strerror(errno));
    }
    fclose(file);
    return finish(self, ok, error);
}

bool store_is_index(const char *path)
{
    static const char magic[] = "SQLite format 3"; /* with its 0 at the end: 16 bytes */
    char head[sizeof magic] = "";
    FILE *file = fopen(path, "re");
    size_t n = file != NULL ? fread(head, 1, sizeof head, file) : 0;
    if (file != NULL) {
        fclose(file);
    }
    return n == sizeof head && memcmp(head, magic, sizeof magic) == 0;
}

static bool add_rows(struct store *self, sqlite3 *other, const char *path,
                     struct store_added *added, struct error *error)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(other, "SELECT json FROM record ORDER BY rowid", -1, &row, NULL) !=
        SQLITE_OK) {
        return sqlite3_errcode(other) == SQLITE_ERROR
                   ? error_set(error, "%s: a database, but no index of records", path)
                   : explain(other, path, error);
    }
    int status;
    bool ok = true;
    while (ok && (status = sqlite3_step(row)) == SQLITE_ROW) {
        const char *json = (const char *)sqlite3_column_text(row, 0);
        ok = (json != NULL && add_line(self, json, sqlite3_column_bytes(row, 0), added)) ||
             error_set(error, "index: %s", sqlite3_errmsg(self->database));
    }
    ok = ok && (status == SQLITE_DONE || explain(other, path, error));
    sqlite3_finalize(row);
    return ok;
}

bool store_add_index(struct store *self, const char *path, struct store_added *added,
                     struct error *error)
{
    sqlite3 *other = NULL;
    bool ok = sqlite3_open_v2(path, &other, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK ||
              explain(other, path, error);
    ok = ok && is_sound(other, path, error) && execute(self, "BEGIN IMMEDIATE", error) &&
         finish(self, add_rows(self, other, path, added, error), error);
    sqlite3_close(other);
    return ok;
}

static bool write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t n = write(fd, text, length);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        text += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

bool store_write(struct store *self, int fd, struct error *error)
{
    sqlite3_stmt *row = NULL;
    CHECK(sqlite3_prepare_v2(self->database,
                             "SELECT json FROM record ORDER BY run, machine, kind DESC, rep, cell",
                             -1, &row, NULL) == SQLITE_OK);
    bool ok = true;
    while (ok && sqlite3_step(row) == SQLITE_ROW) {
        const char *json = (const char *)sqlite3_column_text(row, 0);
        ok = write_all(fd, json, (size_t)sqlite3_column_bytes(row, 0)) && write_all(fd, "\n", 1);
    }
    int why = errno;
    sqlite3_finalize(row);
    return ok || error_set(error, "%s", strerror(why));
}

size_t store_each_differing(struct store *self, const char *run,
                            bool (*line)(void *argument, const char *text), void *argument)
{
    sqlite3_stmt *row = NULL;
    CHECK(sqlite3_prepare_v2(
              self->database,
              "SELECT json_set(json,'$.verdict','failed','$.attempt',attempt+1,'$.reason',"
              "'checksum '||checksum||' is not '||wanted||', which other allocators or collectors"
              " give for this workload and seed')||char(10) FROM differing WHERE run=?1",
              -1, &row, NULL) == SQLITE_OK);
    sqlite3_bind_text(row, 1, run, -1, SQLITE_STATIC);
    size_t n = 0;
    while (sqlite3_step(row) == SQLITE_ROW &&
           line(argument, (const char *)sqlite3_column_text(row, 0))) {
        n++;
    }
    sqlite3_finalize(row);
    return n;
}

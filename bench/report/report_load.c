/* Finding a run and indexing its records; see report_load.h. */
#include "bench/report/report_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "bench/report/report_data.h"

static const char views[] =
    "CREATE TEMP VIEW part AS SELECT rowid, json, kind, verdict, reason, machine, run, collector,"
    " workload,"
    " json->>'$.host' AS host, json->>'$.cpu' AS cpu, json->>'$.kernel' AS kernel,"
    " json->>'$.build' AS build, json->>'$.compiler' AS compiler, json->>'$.cores' AS cores,"
    " json->>'$.operation_unit' AS unit, json->>'$.raw' AS raw,"
    " coalesce(json->>'$.workload_label', workload, '?') AS workload_label,"
    " coalesce(json->>'$.collector_label', collector, '?') AS collector_label,"
    " coalesce(json->>'$.allocator_label', allocator, '?') AS allocator_label"
    " FROM record;"
    "CREATE TEMP TABLE shown AS SELECT * FROM part WHERE machine ="
    " (SELECT machine FROM record GROUP BY machine ORDER BY count(*) DESC, machine LIMIT 1);";

/* Where the records are. */
struct source {
    char *path;   /* cells.jsonl, another file of records, or an SQLite index */
    char *folder; /* what is written beside them goes here */
    char *run;    /* of several in that file; NULL: all */
};

static bool is_kind(const char *path, mode_t kind)
{
    struct stat status;
    return stat(path, &status) == 0 && (status.st_mode & S_IFMT) == kind;
}

static char *copy_cut(const char *text, size_t length)
{
    char *copy = strndup(text, length);
    CHECK(copy != NULL);
    return copy;
}

static void folder_source(const char *text, struct source *out)
{
    size_t length = strlen(text);
    while (length > 1 && text[length - 1] == '/') {
        length--;
    }
    out->folder = copy_cut(text, length);
    CHECK(asprintf(&out->path, "%s/cells.jsonl", out->folder) > 0);
}

static void file_source(const char *text, size_t length, struct source *out)
{
    out->path = copy_cut(text, length);
    const char *slash = strrchr(out->path, '/');
    out->folder = slash != NULL ? copy_cut(out->path, (size_t)(slash - out->path)) : NULL;
    if (out->folder == NULL || out->folder[0] == '\0') {
        free(out->folder);
        out->folder = copy_cut(slash != NULL ? "/" : ".", 1);
    }
}

/* A folder, a file, FILE:RUN, or the name of a folder under results/. */
static bool find_source(const char *text, struct source *out, struct error *error)
{
    const char *colon = strrchr(text, ':');
    char *before = colon != NULL ? copy_cut(text, (size_t)(colon - text)) : NULL;
    char *named = NULL;
    CHECK(asprintf(&named, "results/%s", text) > 0);
    bool ok = true;
    *out = (struct source){0};
    if (is_kind(text, S_IFDIR)) {
        folder_source(text, out);
    } else if (is_kind(text, S_IFREG)) {
        file_source(text, strlen(text), out);
    } else if (before != NULL && is_kind(before, S_IFREG)) {
        file_source(text, strlen(before), out);
        out->run = copy_cut(colon + 1, strlen(colon + 1));
    } else if (text_is_file_name(text)) {
        folder_source(named, out);
    } else {
        ok = error_set(error, "%s: no such folder or file", text);
    }
    free(before);
    free(named);
    return ok;
}

/* Leave one run in the index; the message names those that are there. */
static bool keep_run(struct store *store, const struct source *source, struct error *error)
{
    sqlite3_stmt *row = NULL;
    if (source->run == NULL) {
        return true;
    }
    CHECK(sqlite3_prepare_v2(store->database,
                             "SELECT group_concat(run, ', '), sum(run=?1) FROM"
                             " (SELECT DISTINCT run FROM record ORDER BY run LIMIT 20)",
                             -1, &row, NULL) == SQLITE_OK);
    sqlite3_bind_text(row, 1, source->run, -1, SQLITE_STATIC);
    CHECK(sqlite3_step(row) == SQLITE_ROW);
    bool ok = sqlite3_column_int(row, 1) > 0 ||
              error_set(error, "%s: no run '%.64s' in it; there are %.300s", source->path,
                        source->run, (const char *)sqlite3_column_text(row, 0));
    sqlite3_finalize(row);
    if (ok) {
        CHECK(sqlite3_prepare_v2(store->database, "DELETE FROM record WHERE run<>?1", -1, &row,
                                 NULL) == SQLITE_OK);
        sqlite3_bind_text(row, 1, source->run, -1, SQLITE_STATIC);
        ok = sqlite3_step(row) == SQLITE_DONE;
        sqlite3_finalize(row);
    }
    return ok;
}

static bool fill(struct store *store, const struct source *source, struct store_added *added,
                 struct error *error)
{
    const char *path = source->path;
    if (!(store_is_index(path) ? store_add_index : store_add_file)(store, path, added, error)) {
        return false;
    }
    if (added->foreign > 0) {
        return error_set(error,
                         "%s: %zu records of another schema version; this program reads version %d",
                         path, added->foreign, RECORD_SCHEMA);
    }
    if (added->added == 0) {
        return error_set(error, "%s: no record in it", path);
    }
    if (!keep_run(store, source, error)) {
        return false;
    }
    return sqlite3_exec(store->database, views, NULL, NULL, NULL) == SQLITE_OK ||
           error_set(error, "%s: %s", path, sqlite3_errmsg(store->database));
}

bool report_load(const char *run, char **folder, struct store *store, struct store_added *added,
                 struct error *error)
{
    struct source source;
    *added = (struct store_added){0};
    *folder = NULL;
    if (!find_source(run, &source, error)) {
        return false;
    }
    bool opened = store_open(store, ":memory:", error);
    bool filled = opened && fill(store, &source, added, error);
    if (opened && !filled) {
        store_close(store);
    }
    *folder = source.folder;
    free(source.path);
    free(source.run);
    return filled;
}

/* Records as one wide table: a column for each path that any record has ("gen[0].collections"), in
 * the order in which the records bring them; a field that a record lacks is empty. */
#include "bench/export/export.h"

#include "base/check.h"
#include "bench/report/report_text.h"

/* The JSON text of numbers, so that those of 64 bits stay what they are. */
static const char spread[] =
    "CREATE TEMP TABLE leaf AS SELECT record.rowid AS owner,"
    " replace(substr(fullkey, 3), char(34), '') AS path,"
    " CASE type WHEN 'text' THEN atom WHEN 'null' THEN '' ELSE record.json -> fullkey END AS value"
    " FROM record, json_tree(record.json) WHERE type NOT IN ('object', 'array')"
    " ORDER BY record.rowid;"
    "CREATE TEMP TABLE path AS SELECT path, min(rowid) AS place FROM leaf GROUP BY path;"
    "CREATE INDEX leaf_of ON leaf(owner, path);";

static void put_row(sqlite3_stmt *row, FILE *out)
{
    for (int fields = 0; sqlite3_step(row) == SQLITE_ROW; fields++) {
        const char *text = (const char *)sqlite3_column_text(row, 0);
        fputs(fields > 0 ? "\t" : "", out);
        text_tsv(out, text != NULL ? text : "");
    }
    fputc('\n', out);
}

bool export_tsv(const struct export *self, FILE *out, struct error *error)
{
    if (sqlite3_exec(self->database, spread, NULL, NULL, NULL) != SQLITE_OK) {
        return error_set(error, "%s", sqlite3_errmsg(self->database));
    }
    sqlite3_stmt *head = export_query(self, "SELECT path FROM path ORDER BY place");
    put_row(head, out);
    sqlite3_finalize(head);
    sqlite3_stmt *fields = export_query(
        self, "SELECT (SELECT value FROM leaf WHERE owner = ?1 AND leaf.path = path.path)"
              " FROM path ORDER BY place");
    sqlite3_stmt *owner = export_query(self, "SELECT rowid FROM record ORDER BY rowid");
    while (sqlite3_step(owner) == SQLITE_ROW) {
        sqlite3_bind_int64(fields, 1, sqlite3_column_int64(owner, 0));
        put_row(fields, out);
        sqlite3_reset(fields);
    }
    sqlite3_finalize(owner);
    sqlite3_finalize(fields);
    return true;
}

/* The table of formats; see export.h. */
#include "bench/export/export.h"

#include <string.h>

#include "base/check.h"

static const struct export_format formats[] = {
    {"tsv", "every field of every record, one row each", export_tsv},
    {"gbench", "Google Benchmark's JSON, for its tools/compare.py", export_gbench},
    {"perfetto", "trace events of one process: phases, pauses, RSS", export_perfetto},
};

const struct export_format *export_format_at(size_t index)
{
    return index < COUNT_OF(formats) ? &formats[index] : NULL;
}

const struct export_format *export_format_find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(formats); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            return &formats[i];
        }
    }
    return NULL;
}

sqlite3_stmt *export_query(const struct export *self, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    CHECK(sqlite3_prepare_v2(self->database, sql, -1, &statement, NULL) == SQLITE_OK);
    return statement;
}

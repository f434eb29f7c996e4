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

static bool fill(struct store *store, const char *path, struct store_added *added,
                 struct error *error)
{
    if (!store_add_file(store, path, added, error)) {
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
    return sqlite3_exec(store->database, views, NULL, NULL, NULL) == SQLITE_OK ||
           error_set(error, "%s: %s", path, sqlite3_errmsg(store->database));
}

bool report_load(const char *run, char **folder, struct store *store, struct store_added *added,
                 struct error *error)
{
    char *path = NULL;
    *added = (struct store_added){0};
    *folder = find_folder(run, error);
    if (*folder == NULL || !store_open(store, ":memory:", error)) {
        return false;
    }
    CHECK(asprintf(&path, "%s/cells.jsonl", *folder) > 0);
    bool filled = fill(store, path, added, error);
    free(path);
    if (!filled) {
        store_close(store);
    }
    return filled;
}

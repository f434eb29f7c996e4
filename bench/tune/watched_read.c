/* The cells of a watch from its records; see watched.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/report/report_load.h"
#include "bench/tune/watched.h"

/* Each start of the program, then their mean. ?1: 0 all starts, 1 those with even numbers, 2 the
 * others. A start has a thousand places for processes. */
static const char cells[] =
    "WITH mine AS (SELECT workload, collector, json, json->>'$.order' / 1000 AS start FROM record"
    "  WHERE json->>'$.python' IS NOT NULL AND json->>'$.pid' IS NOT NULL"
    "  AND (?1 = 0 OR json->>'$.order' / 1000 % 2 = ?1 - 1)),"
    " started AS (SELECT workload, collector, max(json->>'$.python') AS python, count(*) AS n,"
    "  max(json->>'$.python_build') AS build, sum(json->>'$.run_ns') / 1e9 AS seconds,"
    "  sum(json->>'$.cpu_ns') AS cpu,"
    "  sum(json->>'$.gen[0].collections') AS n0, sum(json->>'$.gen[1].collections') AS n1,"
    "  sum(json->>'$.gen[2].collections') AS n2, sum(json->>'$.gen[0].pause_ns_sum') AS p0,"
    "  sum(json->>'$.gen[1].pause_ns_sum') AS p1, sum(json->>'$.gen[2].pause_ns_sum') AS p2,"
    "  sum(json->>'$.gen[0].collected') AS c0, sum(json->>'$.gen[1].collected') AS c1,"
    "  sum(json->>'$.gen[2].collected') AS c2, max(json->>'$.gen[0].pause_ns_max') AS l0,"
    "  max(json->>'$.gen[1].pause_ns_max') AS l1, max(json->>'$.gen[2].pause_ns_max') AS l2,"
    "  sum(json->>'$.threshold_changes') AS changes, avg(json->>'$.tracked_objects') AS tracked,"
    "  avg(json->>'$.rss_bytes_end') AS rss, avg(json->>'$.rss_bytes_base') AS base,"
    "  avg(json->>'$.pss_bytes_end') AS pss, avg(json->>'$.private_dirty_bytes_end') AS dirty,"
    "  max(json->>'$.frozen_objects') AS frozen"
    "  FROM mine GROUP BY workload, collector, start),"
    " counted AS (SELECT workload, collector, CASE ?1 WHEN 0 THEN 1.0 * count(*) ELSE"
    "  (SELECT 1.0 * count(DISTINCT start) FROM mine) END AS starts"
    "  FROM started GROUP BY workload, collector)"
    "SELECT workload, collector, max(python), sum(n) / starts, sum(seconds) / starts,"
    " sum(cpu) / starts,"
    " sum(n0) / starts, sum(n1) / starts, sum(n2) / starts, sum(p0) / starts, sum(p1) / starts,"
    " sum(p2) / starts, sum(c0) / starts, sum(c1) / starts, sum(c2) / starts, avg(l0), avg(l1),"
    " avg(l2), sum(changes) / starts, avg(tracked), avg(rss), avg(base), avg(pss),"
    " avg(dirty), max(frozen), max(build) = 'free-threaded'"
    " FROM started JOIN counted USING (workload, collector)"
    " GROUP BY workload, collector ORDER BY workload DESC, collector LIMIT 32";

/* A column after the other. */
struct columns {
    sqlite3_stmt *row;
    int next;
};

static double next(struct columns *self)
{
    return sqlite3_column_double(self->row, self->next++); /* 0 for NULL */
}

static void next_text(struct columns *self, char *out, size_t length)
{
    const unsigned char *text = sqlite3_column_text(self->row, self->next++);
    snprintf(out, length, "%s", text != NULL ? (const char *)text : "");
}

static void next_generations(struct columns *self, double out[WATCHED_GENERATIONS])
{
    for (int g = 0; g < WATCHED_GENERATIONS; g++) {
        out[g] = next(self);
    }
}

/* As in the collector's text; off, or what no CPython has: 0. */
static void read_thresholds(struct watched *out)
{
    double *value = out->threshold;
    const char *text = strstr(out->collector, "threshold=");
    if (text != NULL) {
        sscanf(text, "threshold=%lf/%lf/%lf", &value[0], &value[1], &value[2]);
    }
    for (int g = 0; g < WATCHED_GENERATIONS; g++) {
        value[g] = value[g] >= 0 && value[g] <= INT32_MAX ? floor(value[g]) : 0;
    }
}

static void read_cell(sqlite3_stmt *row, struct watched *out)
{
    struct columns columns = {row, 0};
    char version[32];
    *out = (struct watched){0};
    next_text(&columns, out->workload, sizeof out->workload);
    next_text(&columns, out->collector, sizeof out->collector);
    next_text(&columns, version, sizeof version);
    out->processes = next(&columns);
    out->seconds = next(&columns);
    out->cpu_ns = next(&columns);
    next_generations(&columns, out->collections);
    next_generations(&columns, out->pause_ns);
    next_generations(&columns, out->collected);
    next_generations(&columns, out->longest_ns);
    out->threshold_changes = next(&columns);
    out->tracked = next(&columns);
    out->rss_bytes = next(&columns);
    out->rss_bytes_base = next(&columns);
    out->pss_bytes = next(&columns);
    out->private_dirty_bytes = next(&columns);
    out->frozen = next(&columns) > 0;
    out->free_threaded = next(&columns) > 0;
    out->forked = strstr(out->workload, "process=fork") != NULL;
    sscanf(version, "3.%u.%u", &out->minor, &out->patch);
    read_thresholds(out);
}

static bool same_program(const struct watched *a, const struct watched *b)
{
    size_t name = strcspn(a->workload, ",");
    return strncmp(a->workload, b->workload, name + 1) == 0;
}

/* What each worker's parent held: the main process of the same program. */
static void find_parents(struct watched *cell, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cell[i].rss_bytes_empty = cell[i].forked ? 0 : cell[i].rss_bytes_base;
        for (size_t j = 0; cell[i].forked && j < count; j++) {
            if (!cell[j].forked && same_program(&cell[i], &cell[j])) {
                cell[i].loaded = cell[j].tracked;
                cell[i].rss_bytes_empty = cell[j].rss_bytes_base;
            }
        }
    }
}

/* Memory of one tracked object and what hangs from it: what the process holds beyond an empty
 * interpreter. Of a process that never counted its objects, that of another of its program. */
static void find_object_bytes(struct watched *cell, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double held = cell[i].rss_bytes - cell[i].rss_bytes_empty;
        cell[i].object_bytes = cell[i].tracked > 0 && held > 0 ? held / cell[i].tracked : 0;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; !(cell[i].object_bytes > 0) && j < count; j++) {
            cell[i].object_bytes = same_program(&cell[i], &cell[j]) ? cell[j].object_bytes : 0;
        }
    }
}

size_t watched_read(const char *run, enum watched_starts starts,
                    struct watched cell[WATCHED_CELLS_MAX], struct error *error)
{
    char *folder;
    struct store store;
    struct store_added added;
    sqlite3_stmt *row = NULL;
    size_t count = 0;
    if (!report_load(run, &folder, &store, &added, error)) {
        free(folder);
        return 0;
    }
    CHECK(sqlite3_prepare_v2(store.database, cells, -1, &row, NULL) == SQLITE_OK);
    sqlite3_bind_int(row, 1, starts);
    while (count < WATCHED_CELLS_MAX && sqlite3_step(row) == SQLITE_ROW) {
        read_cell(row, &cell[count++]);
    }
    sqlite3_finalize(row);
    store_close(&store);
    find_parents(cell, count);
    find_object_bytes(cell, count);
    if (count == 0) {
        error_set(error, "%s holds no record of a watched program: heapdyno watch makes them", run);
    }
    free(folder);
    return count;
}

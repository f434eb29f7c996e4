/* Forecasts from a watch; see watched.h. Rule: Modules/gcmodule.c (3.11) and Python/gc.c: a young
 * collection when count0 > threshold0, that of generation 1 when more than threshold1 young ones ran
 * since, of generation 2 likewise and only when a quarter of the old objects is new. */
#include "bench/tune/watched.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/report_load.h"

static double births(const struct watched *self)
{
    double all = 0;
    for (int g = 0; g < WATCHED_GENERATIONS; g++) {
        all += self->collections[g];
    }
    return all * (self->threshold[0] + 1);
}

double watched_births(const struct watched *self)
{
    return self->threshold[0] > 0 && self->seconds > 0 ? births(self) / self->seconds : NAN;
}

/* How often each generation is collected for so many births. After threshold1 + 1 young collections
 * comes one of generation 1; after threshold2 + 1 of those, the very next is full. */
static void collections_of(double born, const double threshold[WATCHED_GENERATIONS],
                           double out[WATCHED_GENERATIONS])
{
    double middle = threshold[2] + 1, young = middle * (threshold[1] + 1);
    double cycles = born / (threshold[0] + 1) / (young + middle + 1);
    out[0] = cycles * young;
    out[1] = cycles * middle;
    out[2] = cycles;
}

/* Where the quarter rule held full collections back, it would again: growth decides, not counts. */
static void hold_back(const struct watched *self, double threshold1,
                      double out[WATCHED_GENERATIONS])
{
    double by_counts[WATCHED_GENERATIONS];
    collections_of(births(self), self->threshold, by_counts);
    if (self->collections[2] < 0.9 * by_counts[2] && out[2] > self->collections[2]) {
        double rest = out[0] + out[1] + out[2] - self->collections[2];
        out[2] = self->collections[2];
        out[1] = rest / (threshold1 + 2);
        out[0] = rest - out[1];
    }
}

static double mean(double sum, double n)
{
    return n > 0 ? sum / n : 0;
}

/* Memory of one tracked object and what hangs from it, from what the process holds in all. */
static double bytes_per_object(const struct watched *self)
{
    return self->tracked > 0 && self->rss_bytes > 0 ? self->rss_bytes / self->tracked : NAN;
}

bool watched_forecast(const struct watched *self, const uint32_t threshold[WATCHED_GENERATIONS],
                      struct watched_forecast *out)
{
    enum { ENOUGH = 20 };
    double wanted[WATCHED_GENERATIONS] = {threshold[0], threshold[1], threshold[2]};
    double n[WATCHED_GENERATIONS] = {0}, lo = 0, hi = 0;
    *out = (struct watched_forecast){.trash_bytes = NAN};
    if (!(self->seconds > 0) || self->threshold[0] == 0 || self->collections[0] < ENOUGH) {
        return false;
    }
    double growth = (wanted[0] + 1) / (self->threshold[0] + 1);
    if (threshold[0] > 0) {
        collections_of(births(self), wanted, n);
        hold_back(self, wanted[1], n);
    }
    for (int g = 0; g < WATCHED_GENERATIONS; g++) {
        double pause = mean(self->pause_ns[g], self->collections[g]);
        double more = g < 2 && growth > 1 ? growth : 1, less = g < 2 && growth < 1 ? growth : 1;
        out->collections_per_s[g] = n[g] / self->seconds;
        lo += n[g] * pause * less;
        hi += n[g] * pause * more;
        if (n[g] >= 1) {
            out->longest_ns.lo = fmax(out->longest_ns.lo, self->longest_ns[g] * less);
            /* a pause that grows, not what else may have lengthened the longest one */
            out->longest_ns.hi = fmax(out->longest_ns.hi, self->longest_ns[g] + pause * (more - 1));
        }
    }
    out->share = (struct bounds){lo / 1e9 / self->seconds, hi / 1e9 / self->seconds};
    double young = mean(self->collected[0], self->collections[0]);
    out->trash_bytes = threshold[0] > 0 ? young * growth * bytes_per_object(self) : NAN;
    return true;
}

static const char cells[] =
    "SELECT workload, collector, count(*), sum(json->>'$.run_ns') / 1e9,"
    " sum(json->>'$.gen[0].collections'), sum(json->>'$.gen[1].collections'),"
    " sum(json->>'$.gen[2].collections'), sum(json->>'$.gen[0].pause_ns_sum'),"
    " sum(json->>'$.gen[1].pause_ns_sum'), sum(json->>'$.gen[2].pause_ns_sum'),"
    " sum(json->>'$.gen[0].collected'), sum(json->>'$.gen[1].collected'),"
    " sum(json->>'$.gen[2].collected'), max(coalesce(json->>'$.gen[0].pause_ns_max', 0)),"
    " max(coalesce(json->>'$.gen[1].pause_ns_max', 0)),"
    " max(coalesce(json->>'$.gen[2].pause_ns_max', 0)),"
    " avg(coalesce(json->>'$.tracked_objects', 0)), avg(coalesce(json->>'$.rss_bytes_end', 0)),"
    " max(coalesce(json->>'$.frozen_objects', 0))"
    " FROM record WHERE json->>'$.python' IS NOT NULL AND json->>'$.pid' IS NOT NULL"
    " GROUP BY workload, collector ORDER BY workload DESC, collector LIMIT 32";

static void read_cell(sqlite3_stmt *row, struct watched *out)
{
    *out = (struct watched){.processes = (uint64_t)sqlite3_column_int64(row, 2),
                            .seconds = sqlite3_column_double(row, 3),
                            .tracked = sqlite3_column_double(row, 16),
                            .rss_bytes = sqlite3_column_double(row, 17),
                            .frozen = sqlite3_column_int64(row, 18) > 0};
    snprintf(out->workload, sizeof out->workload, "%s", (const char *)sqlite3_column_text(row, 0));
    snprintf(out->collector, sizeof out->collector, "%s",
             (const char *)sqlite3_column_text(row, 1));
    for (int g = 0; g < WATCHED_GENERATIONS; g++) {
        out->collections[g] = sqlite3_column_double(row, 4 + g);
        out->pause_ns[g] = sqlite3_column_double(row, 7 + g);
        out->collected[g] = sqlite3_column_double(row, 10 + g);
        out->longest_ns[g] = sqlite3_column_double(row, 13 + g);
    }
    sscanf(out->collector, "python3.%u", &out->minor);
    const char *threshold = strstr(out->collector, "threshold=");
    if (threshold != NULL) {
        sscanf(threshold, "threshold=%lf/%lf/%lf", &out->threshold[0], &out->threshold[1],
               &out->threshold[2]);
    }
}

size_t watched_read(const char *run, struct watched cell[WATCHED_CELLS_MAX], struct error *error)
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
    if (sqlite3_prepare_v2(store.database, cells, -1, &row, NULL) == SQLITE_OK) {
        while (count < WATCHED_CELLS_MAX && sqlite3_step(row) == SQLITE_ROW) {
            read_cell(row, &cell[count++]);
        }
    }
    sqlite3_finalize(row);
    store_close(&store);
    if (count == 0) {
        error_set(error, "%s holds no record of a watched program: heapdyno watch makes them", run);
    }
    free(folder);
    return count;
}

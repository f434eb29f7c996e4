/* build/hyperfine FILE.json [CELLS]: the table over what hyperfine has measured.
 *
 * FILE.json is hyperfine's own; CELLS has a line per process: allocator, threshold, and the JSON
 * line of `heapdyno child`, in the order in which hyperfine started them. Warm-ups come first, so
 * the last lines of a cell belong to the times that hyperfine kept. SQLite reads the JSON. Ratios
 * are to the first row. No goal was set for whole processes: those of their parts are judged by
 * make peers, make micro and make instructions. */
#include <math.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/report/stats.h"

enum { RUNS_MAX = 1000, LINE_MAX_BYTES = 1 << 18 };

static const char schema[] =
    "CREATE TABLE file(text TEXT);"
    "CREATE TABLE cell(allocator TEXT, threshold TEXT, figures TEXT);"
    "CREATE VIEW result AS SELECT value ->> '$.parameters.allocator' AS allocator,"
    " coalesce(value ->> '$.parameters.threshold', '-') AS threshold, key AS number,"
    " value -> 'times' AS times FROM file, json_each(file.text, '$.results');";

static sqlite3_stmt *prepare(sqlite3 *base, const char *sql)
{
    sqlite3_stmt *made;
    CHECK(sqlite3_prepare_v2(base, sql, -1, &made, NULL) == SQLITE_OK);
    return made;
}

static bool load_results(sqlite3 *base, const char *path)
{
    char *text = malloc(1 << 22);
    CHECK(text != NULL);
    FILE *file = fopen(path, "rb");
    size_t length = file != NULL ? fread(text, 1, 1 << 22, file) : 0;
    sqlite3_stmt *insert = prepare(base, "INSERT INTO file SELECT ?1 WHERE json_valid(?1)");
    sqlite3_bind_text(insert, 1, text, (int)length, SQLITE_TRANSIENT);
    sqlite3_step(insert);
    bool ok = sqlite3_changes(base) == 1;
    sqlite3_finalize(insert);
    if (file != NULL) {
        fclose(file);
    }
    free(text);
    return ok;
}

static bool load_cells(sqlite3 *base, const char *path)
{
    FILE *file = fopen(path, "r");
    char *line = malloc(LINE_MAX_BYTES);
    CHECK(line != NULL);
    sqlite3_stmt *insert = prepare(base, "INSERT INTO cell VALUES(?, ?, ?)");
    while (file != NULL && fgets(line, LINE_MAX_BYTES, file) != NULL) {
        char *rest = line;
        for (int i = 1; i <= 3; i++) {
            char *part = strsep(&rest, i < 3 ? "\t" : "\n");
            sqlite3_bind_text(insert, i, part, -1, SQLITE_TRANSIENT);
        }
        sqlite3_step(insert);
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    free(line);
    return file != NULL && fclose(file) == 0;
}

static struct sample times_of(sqlite3 *base, const char *allocator, const char *threshold,
                              double value[RUNS_MAX])
{
    struct sample sample = {.value = value};
    sqlite3_stmt *query = prepare(base, "SELECT item.value FROM result, json_each(times) AS item"
                                        " WHERE allocator = ? AND threshold = ?");
    sqlite3_bind_text(query, 1, allocator, -1, SQLITE_STATIC);
    sqlite3_bind_text(query, 2, threshold, -1, SQLITE_STATIC);
    while (sqlite3_step(query) == SQLITE_ROW && sample.n < RUNS_MAX) {
        value[sample.n++] = sqlite3_column_double(query, 0);
    }
    sqlite3_finalize(query);
    return sample;
}

/* The median of a figure over the last `runs` processes of a cell; NAN where there is none. */
static double figure_of(sqlite3 *base, const char *allocator, const char *threshold, size_t runs,
                        const char *path)
{
    double value[RUNS_MAX];
    struct sample sample = {.value = value};
    sqlite3_stmt *query =
        prepare(base, "SELECT figures ->> ?4 FROM cell WHERE allocator = ?1 AND threshold = ?2 AND"
                      " json_valid(figures) ORDER BY rowid DESC LIMIT ?3");
    sqlite3_bind_text(query, 1, allocator, -1, SQLITE_STATIC);
    sqlite3_bind_text(query, 2, threshold, -1, SQLITE_STATIC);
    sqlite3_bind_int64(query, 3, (sqlite3_int64)runs);
    sqlite3_bind_text(query, 4, path, -1, SQLITE_STATIC);
    while (sqlite3_step(query) == SQLITE_ROW && sample.n < RUNS_MAX) {
        value[sample.n++] = sqlite3_column_double(query, 0);
    }
    sqlite3_finalize(query);
    return stats_median(sample);
}

static void print_figure(double value)
{
    isnan(value) ? printf(" %10s", "-") : printf(" %10.2f", value);
}

/* A row: times, what the process itself says, and the ratio to the first row. */
static void print_row(sqlite3 *base, const char *allocator, const char *threshold,
                      struct sample *first, double first_value[RUNS_MAX])
{
    double value[RUNS_MAX];
    struct sample times = times_of(base, allocator, threshold, value);
    if (first->n == 0) {
        memcpy(first_value, value, times.n * sizeof *value);
        *first = (struct sample){first_value, times.n};
    }
    struct sample_pair pair = {times, *first};
    struct interval ratio = stats_ratio(&pair, 1, 1);
    char interval[32] = "-";
    if (ratio.known) {
        snprintf(interval, sizeof interval, "%.2f to %.2f", ratio.lo, ratio.hi);
    }
    printf("%-12s %-12s %5zu", allocator, threshold, times.n);
    print_figure(stats_median(times) * 1e3);
    print_figure(figure_of(base, allocator, threshold, times.n, "$.wall_ns") / 1e6);
    print_figure(figure_of(base, allocator, threshold, times.n, "$.rss_bytes_peak") / 1048576);
    printf(" %7.2f  %-14s %4s  %s\n", ratio.mid, interval, "-", "no goal");
}

int main(int argc, char **argv)
{
    sqlite3 *base;
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: hyperfine FILE.json [CELLS]\n");
        return 2;
    }
    CHECK(sqlite3_open(":memory:", &base) == SQLITE_OK);
    CHECK(sqlite3_exec(base, schema, NULL, NULL, NULL) == SQLITE_OK);
    if (!load_results(base, argv[1]) || (argc == 3 && !load_cells(base, argv[2]))) {
        fprintf(stderr, "hyperfine: %s is not what hyperfine writes\n", argv[1]);
        sqlite3_close(base);
        return 1;
    }
    printf("%-12s %-12s %5s %10s %10s %10s %7s  %-14s %4s  %s\n", "allocator", "threshold", "runs",
           "process ms", "inside ms", "peak MiB", "ratio", "95 % interval", "goal", "verdict");
    double first_value[RUNS_MAX];
    struct sample first = {0};
    sqlite3_stmt *query = prepare(base, "SELECT allocator, threshold FROM result ORDER BY number");
    while (sqlite3_step(query) == SQLITE_ROW) {
        print_row(base, (const char *)sqlite3_column_text(query, 0),
                  (const char *)sqlite3_column_text(query, 1), &first, first_value);
    }
    sqlite3_finalize(query);
    sqlite3_close(base);
    return 0;
}

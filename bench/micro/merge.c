/* Merging and tables; see merge.h. SQLite reads the JSON. A sample is one process. */
#include "bench/micro/merge.h"

#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/micro/records.h"
#include "bench/report/stats.h"

enum { NAMES_MAX = 128, PROCESSES_MAX = 64 };

struct names {
    size_t count;
    char at[NAMES_MAX][64];
};

static const char schema[] =
    "CREATE TABLE file(name TEXT, text TEXT);"
    "CREATE VIEW result AS SELECT file.rowid AS number, file.name AS process,"
    " json_extract(text, '$.context.target') AS target,"
    " substr(value ->> 'name', length(json_extract(text, '$.context.target')) + 2) AS name,"
    " (value ->> 'cpu_time') / (value ->> 'items') AS ns,"
    " 1000 * (value ->> 'faults') / (value ->> 'items') AS faults, value"
    " FROM file, json_each(file.text, '$.benchmarks')"
    " WHERE value ->> 'run_type' = 'iteration' AND value ->> 'error_occurred' IS NULL;";

static bool load(sqlite3 *base, const char *path)
{
    sqlite3_stmt *insert;
    char text[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t length = file == NULL ? 0 : fread(text, 1, sizeof text, file);
    if (file != NULL) {
        fclose(file);
    }
    CHECK(sqlite3_prepare_v2(base, "INSERT INTO file SELECT ?1, ?2 WHERE json_valid(?2)", -1,
                             &insert, NULL) == SQLITE_OK);
    sqlite3_bind_text(insert, 1, path, -1, SQLITE_STATIC);
    sqlite3_bind_text(insert, 2, text, length == sizeof text ? 0 : (int)length, SQLITE_STATIC);
    bool ok = sqlite3_step(insert) == SQLITE_DONE && sqlite3_changes(base) == 1;
    sqlite3_finalize(insert);
    if (!ok) {
        fprintf(stderr, "micro: %s is not a file of Google Benchmark\n", path);
    }
    return ok;
}

static bool write_merged(sqlite3 *base, const char *path)
{
    static const char sql[] =
        "SELECT json_object('context', json_extract(first.text, '$.context'), 'libraries',"
        " (SELECT json_group_object(json_extract(text, '$.context.target'),"
        "  json_extract(text, '$.context.library')) FROM file),"
        " 'benchmarks', (SELECT json_group_array(json(value)) FROM result))"
        " FROM file AS first WHERE first.rowid = 1";
    sqlite3_stmt *query;
    CHECK(sqlite3_prepare_v2(base, sql, -1, &query, NULL) == SQLITE_OK);
    FILE *file = sqlite3_step(query) == SQLITE_ROW ? fopen(path, "w") : NULL;
    bool ok = file != NULL && fprintf(file, "%s\n", sqlite3_column_text(query, 0)) > 0;
    ok = file != NULL && fclose(file) == 0 && ok;
    sqlite3_finalize(query);
    if (!ok) {
        fprintf(stderr, "micro: %s cannot be written\n", path);
    }
    return ok;
}

static void read_names(sqlite3 *base, const char *sql, struct names *names)
{
    sqlite3_stmt *query;
    names->count = 0;
    CHECK(sqlite3_prepare_v2(base, sql, -1, &query, NULL) == SQLITE_OK);
    while (sqlite3_step(query) == SQLITE_ROW && names->count < NAMES_MAX) {
        snprintf(names->at[names->count++], sizeof names->at[0], "%s",
                 sqlite3_column_text(query, 0));
    }
    sqlite3_finalize(query);
}

/* ns an item, one value a process. */
static struct sample times_of(sqlite3 *base, const char *target, const char *name,
                              double value[PROCESSES_MAX])
{
    sqlite3_stmt *query;
    struct sample sample = {.value = value};
    CHECK(sqlite3_prepare_v2(base, "SELECT ns FROM result WHERE target = ? AND name = ?", -1,
                             &query, NULL) == SQLITE_OK);
    sqlite3_bind_text(query, 1, target, -1, SQLITE_STATIC);
    sqlite3_bind_text(query, 2, name, -1, SQLITE_STATIC);
    while (sqlite3_step(query) == SQLITE_ROW && sample.n < PROCESSES_MAX) {
        value[sample.n++] = sqlite3_column_double(query, 0);
    }
    sqlite3_finalize(query);
    return sample;
}

static double median_of(sqlite3 *base, const char *target, const char *name)
{
    double value[PROCESSES_MAX];
    return stats_median(times_of(base, target, name, value));
}

/* What gives its memory back pays for it again: a page fault costs as much as a hundred pairs. */
static void print_faults(sqlite3 *base)
{
    sqlite3_stmt *query;
    CHECK(sqlite3_prepare_v2(base,
                             "SELECT name, group_concat(printf('%s %.1f', target, fault), ', ')"
                             " FROM (SELECT name, target, min(faults) AS fault, min(number) AS n"
                             " FROM result GROUP BY name, target ORDER BY n) WHERE fault > 0.2"
                             " GROUP BY name",
                             -1, &query, NULL) == SQLITE_OK);
    printf("\npage faults per 1,000 items, where there are any: memory that was given back\n");
    while (sqlite3_step(query) == SQLITE_ROW) {
        printf("%-26s %s\n", sqlite3_column_text(query, 0), sqlite3_column_text(query, 1));
    }
    sqlite3_finalize(query);
}

static void print_times(sqlite3 *base, const struct names *targets, const struct names *cases)
{
    printf("CPU ns per item, median over processes\n%-26s", "");
    for (size_t t = 0; t < targets->count; t++) {
        printf(" %15s", targets->at[t]);
    }
    printf("\n");
    for (size_t c = 0; c < cases->count; c++) {
        printf("%-26s", cases->at[c]);
        for (size_t t = 0; t < targets->count; t++) {
            double ns = median_of(base, targets->at[t], cases->at[c]);
            isnan(ns) ? printf(" %15s", "-") : printf(" %15.2f", ns);
        }
        printf("\n");
    }
}

/* What is held against what: our target's geometric mean over cases, over the best of theirs. */
struct question {
    const char *ours, *cases[8], *theirs[5];
    bool net;    /* less what inline-null takes */
    double goal; /* 0: none */
};

static const struct question questions[] = {
    {"pool",
     {"pair/16", "pair/64", "pair/256", "pair/512", "burst/64", "fifo/64", "random/1000",
      "random/100000"},
     {"jemalloc", "mimalloc", "tcmalloc"},
     false,
     0.6},
    {"pool",
     {"replay/compile", "replay/json", "replay/web"},
     {"jemalloc", "mimalloc", "tcmalloc", "pymalloc"},
     true,
     0.85},
    {"pool", {"replay/compile"}, {"jemalloc", "mimalloc", "tcmalloc", "pymalloc"}, true, 1.0},
    {"pool", {"replay/json"}, {"jemalloc", "mimalloc", "tcmalloc", "pymalloc"}, true, 1.0},
    {"pool", {"replay/web"}, {"jemalloc", "mimalloc", "tcmalloc", "pymalloc"}, true, 1.0},
    {"pymalloc",
     {"pair/16", "pair/64", "pair/256", "pair/512", "burst/64", "fifo/64", "random/1000",
      "random/100000"},
     {"jemalloc", "mimalloc", "tcmalloc"},
     false,
     0},
    {"pymalloc",
     {"replay/compile", "replay/json", "replay/web"},
     {"jemalloc", "mimalloc", "tcmalloc"},
     true,
     0},
};

struct pairs {
    double value[2][8][PROCESSES_MAX];
    struct sample_pair pair[8];
};

static struct interval ratio_to(sqlite3 *base, const struct question *question, const char *theirs,
                                struct pairs *pairs)
{
    size_t count = 0;
    for (; count < 8 && question->cases[count] != NULL; count++) {
        const char *name = question->cases[count], *targets[2] = {question->ours, theirs};
        struct sample *sample[2] = {&pairs->pair[count].a, &pairs->pair[count].b};
        double reading = question->net ? median_of(base, "inline-null", name) : 0;
        for (int side = 0; side < 2; side++) {
            double *value = pairs->value[side][count];
            *sample[side] = times_of(base, targets[side], name, value);
            for (size_t i = 0; i < sample[side]->n; i++) {
                value[i] -= isnan(reading) ? 0 : reading;
            }
        }
    }
    return stats_ratio(pairs->pair, count, 1);
}

static void print_row(const struct question *question, const char *best, struct interval ratio)
{
    char cases[128] = "", interval[32] = "-", goal[16] = "-";
    const char *verdict = "-";
    for (size_t i = 0; i < 8 && question->cases[i] != NULL; i++) {
        size_t at = strlen(cases);
        bool same = i > 0 && strncmp(question->cases[i], question->cases[i - 1],
                                     strcspn(question->cases[i], "/")) == 0;
        if (question->net || !same) {
            snprintf(cases + at, sizeof cases - at, "%s%.*s", i > 0 ? ", " : "",
                     question->net ? 64 : (int)strcspn(question->cases[i], "/"),
                     question->cases[i]);
        }
    }
    if (ratio.known) {
        snprintf(interval, sizeof interval, "%.2f to %.2f", ratio.lo, ratio.hi);
    }
    if (question->goal > 0) {
        snprintf(goal, sizeof goal, "%.2f", question->goal);
        verdict = ratio.mid <= question->goal ? "met" : "MISSED";
    }
    printf("%-9s %-30s %-9s %6.2f   %-15s %5s  %s\n", question->ours, cases, best, ratio.mid,
           interval, goal, verdict);
}

static void print_ratios(sqlite3 *base)
{
    struct pairs *pairs = malloc(sizeof *pairs);
    CHECK(pairs != NULL);
    printf("\nours / the best of theirs (geometric mean; replays net of reading the trace)\n"
           "%-9s %-30s %-9s %6s   %-15s %5s\n",
           "ours", "cases", "best", "ratio", "95 % interval", "goal");
    for (size_t q = 0; q < COUNT_OF(questions); q++) {
        struct interval worst = {.mid = NAN};
        const char *best = NULL;
        for (size_t t = 0; t < 5 && questions[q].theirs[t] != NULL; t++) {
            struct interval ratio = ratio_to(base, &questions[q], questions[q].theirs[t], pairs);
            if (!isnan(ratio.mid) && (best == NULL || ratio.mid > worst.mid)) {
                worst = ratio;
                best = questions[q].theirs[t];
            }
        }
        if (best != NULL) {
            print_row(&questions[q], best, worst);
        }
    }
    free(pairs);
    double floor_ns = median_of(base, "pymalloc", "count/floor");
    double ratio = median_of(base, "pymalloc", "count/same") / floor_ns;
    if (!isnan(ratio)) {
        printf("%-9s %-30s %-9s %6.2f   %-15s %5.2f  %s\n", "core", "incref + decref", "C floor",
               ratio, "-", 1.2, ratio <= 1.2 ? "met" : "MISSED");
    }
}

int micro_merge(const char *out, const char *run, char **in, size_t count)
{
    sqlite3 *base;
    struct names targets, cases;
    CHECK(sqlite3_open(":memory:", &base) == SQLITE_OK);
    CHECK(sqlite3_exec(base, schema, NULL, NULL, NULL) == SQLITE_OK);
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        ok = load(base, in[i]) && ok;
    }
    ok = ok && write_merged(base, out) && micro_records_write(base, run);
    if (ok) {
        read_names(base, "SELECT target FROM result GROUP BY target ORDER BY min(number)",
                   &targets);
        read_names(base,
                   "SELECT name FROM result WHERE target = 'pymalloc' GROUP BY name ORDER BY"
                   " min(json_extract(value, '$.family_index'))",
                   &cases);
        print_times(base, &targets, &cases);
        print_faults(base);
        print_ratios(base);
        printf("\n%s %s/cells.jsonl\n", out, run);
    }
    sqlite3_close(base);
    return ok ? 0 : 1;
}

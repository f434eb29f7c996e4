/* The JSON that Google Benchmark writes and its tools/compare.py reads. A cell is a benchmark, a
 * process is a repetition, time is the run phase over its operations. Source: the library's
 * docs/tools.md and src/json_reporter.cc, version 1.7. Not good at: intervals, which the format
 * does not have; compare.py's U test takes the repetitions. */
#include "bench/export/export.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/record/json.h"
#include "bench/report/stats.h"

enum { ENTRY_MAX = 65536, COUNTERS = 7 };

/* Columns of the query, before the counters. */
enum { AT_NAME, AT_REP, AT_OPERATIONS, AT_REAL, AT_CPU, AT_COUNTERS };

static const char *const counters[COUNTERS] = {
    "operations_per_s", "rss_bytes_peak", "gc_share",      "pause_ns_p99",
    "pause_ns_max",     "latency_ns_p99", "metered_ns_p99"};

/* One process: times are of one operation, in ns. */
struct repetition {
    int64_t rep, operations;
    double real, cpu;
    double counter[COUNTERS]; /* NAN: unknown */
};

/* The processes of one cell. */
struct family {
    char *name;
    size_t index, count;
    struct repetition *repetition;
};

static sqlite3_stmt *query(const struct export *self)
{
    char *sql = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&sql, &length);
    CHECK(out != NULL);
    fputs("SELECT json->>'$.label', json->>'$.rep', json->>'$.operations',"
          " (json->>'$.run_ns') * 1.0 / (json->>'$.operations'),"
          " coalesce(json->>'$.run_cpu_ns', json->>'$.run_ns') * 1.0 / (json->>'$.operations')",
          out);
    for (size_t i = 0; i < COUNTERS; i++) {
        fprintf(out, ", json->>'$.%s'", counters[i]);
    }
    fprintf(out,
            " FROM shown WHERE kind = 'timed' AND verdict IN ('ok'%s)"
            " AND json->>'$.operations' > 0 AND json->>'$.run_ns' > 0 ORDER BY 1, 2",
            self->untrusted ? ", 'untrusted'" : "");
    CHECK(fclose(out) == 0);
    sqlite3_stmt *statement = export_query(self, sql);
    free(sql);
    return statement;
}

/* "X_mean" in the name, as the library has it; NULL: a repetition. */
static void put_entry(FILE *out, const struct family *family, const struct repetition *repetition,
                      const char *aggregate)
{
    char *name = NULL, buffer[ENTRY_MAX];
    struct json json;
    CHECK(asprintf(&name, "%s%s%s", family->name, aggregate != NULL ? "_" : "",
                   aggregate != NULL ? aggregate : "") > 0);
    json_start(&json, buffer, sizeof buffer);
    json_open(&json, NULL, '{');
    json_text(&json, "name", name);
    json_u64(&json, "family_index", family->index);
    json_u64(&json, "per_family_instance_index", 0);
    json_text(&json, "run_name", family->name);
    json_text(&json, "run_type", aggregate != NULL ? "aggregate" : "iteration");
    json_u64(&json, "repetitions", family->count);
    if (aggregate == NULL) {
        json_u64(&json, "repetition_index", (uint64_t)repetition->rep);
    }
    json_u64(&json, "threads", 1);
    if (aggregate != NULL) {
        json_text(&json, "aggregate_name", aggregate);
        json_text(&json, "aggregate_unit", strcmp(aggregate, "cv") == 0 ? "percentage" : "time");
    }
    json_u64(&json, "iterations",
             aggregate != NULL ? family->count : (uint64_t)repetition->operations);
    json_real(&json, "real_time", repetition->real);
    json_real(&json, "cpu_time", repetition->cpu);
    json_text(&json, "time_unit", "ns");
    for (size_t i = 0; i < COUNTERS; i++) {
        json_real(&json, counters[i], repetition->counter[i]);
    }
    json_close(&json, '}');
    CHECK(!json.full);
    fputs(buffer, out);
    free(name);
}

static double mean(struct sample sample)
{
    double sum = 0.0;
    for (size_t i = 0; i < sample.n; i++) {
        sum += sample.value[i];
    }
    return sum / (double)sample.n;
}

/* Of a sample of two or more; 0 of one, as the library has it. */
static double stddev(struct sample sample)
{
    double middle = mean(sample), sum = 0.0;
    for (size_t i = 0; i < sample.n; i++) {
        sum += (sample.value[i] - middle) * (sample.value[i] - middle);
    }
    return sample.n > 1 ? sqrt(sum / (double)(sample.n - 1)) : 0.0;
}

static double cv(struct sample sample)
{
    return stddev(sample) / mean(sample);
}

/* The figure of every repetition, by its place in the struct. */
static double aggregate_of(const struct family *family, size_t offset,
                           double (*aggregate)(struct sample sample))
{
    double *value = calloc(family->count, sizeof *value);
    CHECK(value != NULL);
    for (size_t i = 0; i < family->count; i++) {
        memcpy(&value[i], (const char *)&family->repetition[i] + offset, sizeof *value);
    }
    double result = aggregate((struct sample){value, family->count});
    free(value);
    return result;
}

static void put_aggregates(FILE *out, const struct family *family)
{
    static const struct {
        const char *name;
        double (*of)(struct sample sample);
    } rows[] = {{"mean", mean}, {"median", stats_median}, {"stddev", stddev}, {"cv", cv}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct repetition all = {
            .real = aggregate_of(family, offsetof(struct repetition, real), rows[i].of),
            .cpu = aggregate_of(family, offsetof(struct repetition, cpu), rows[i].of)};
        for (size_t k = 0; k < COUNTERS; k++) {
            all.counter[k] = aggregate_of(
                family, offsetof(struct repetition, counter) + k * sizeof(double), rows[i].of);
        }
        fputs(",\n", out);
        put_entry(out, family, &all, rows[i].name);
    }
}

static void put_family(FILE *out, struct family *family)
{
    if (family->count == 0) {
        return;
    }
    for (size_t i = 0; i < family->count; i++) {
        fputs(family->index + i > 0 ? ",\n" : "\n", out);
        put_entry(out, family, &family->repetition[i], NULL);
    }
    if (family->count > 1) {
        put_aggregates(out, family);
    }
    free(family->name);
    family->name = NULL;
    family->index++;
    family->count = 0;
}

static void take_row(struct family *family, sqlite3_stmt *row)
{
    family->repetition =
        reallocarray(family->repetition, family->count + 1, sizeof *family->repetition);
    CHECK(family->repetition != NULL);
    struct repetition *repetition = &family->repetition[family->count++];
    repetition->rep = sqlite3_column_int64(row, AT_REP);
    repetition->operations = sqlite3_column_int64(row, AT_OPERATIONS);
    repetition->real = sqlite3_column_double(row, AT_REAL);
    repetition->cpu = sqlite3_column_double(row, AT_CPU);
    for (int i = 0; i < COUNTERS; i++) {
        bool known = sqlite3_column_type(row, AT_COUNTERS + i) != SQLITE_NULL;
        repetition->counter[i] = known ? sqlite3_column_double(row, AT_COUNTERS + i) : NAN;
    }
}

static void put_context(const struct export *self, FILE *out)
{
    char buffer[ENTRY_MAX];
    struct json json;
    sqlite3_stmt *row = export_query(
        self, "SELECT strftime('%Y-%m-%dT%H:%M:%S+00:00', min(json->>'$.started_unix_ms') / 1000,"
              " 'unixepoch'), host, cores, build, run, cpu, kernel, machine,"
              " json->>'$.load_before' FROM shown");
    CHECK(sqlite3_step(row) == SQLITE_ROW); /* an aggregate: one row, always */
    json_start(&json, buffer, sizeof buffer);
    json_open(&json, NULL, '{');
    json_text(&json, "date", (const char *)sqlite3_column_text(row, 0));
    json_text(&json, "host_name", (const char *)sqlite3_column_text(row, 1));
    json_text(&json, "executable", "heapdyno");
    json_u64(&json, "num_cpus", (uint64_t)sqlite3_column_int64(row, 2));
    json_open(&json, "caches", '[');
    json_close(&json, ']');
    json_open(&json, "load_avg", '[');
    json_real(&json, NULL, sqlite3_column_double(row, 8));
    json_close(&json, ']');
    const char *build = (const char *)sqlite3_column_text(row, 3);
    json_text(&json, "library_build_type",
              build != NULL && strcmp(build, "opt") == 0 ? "release" : "debug");
    json_text(&json, "run", (const char *)sqlite3_column_text(row, 4));
    json_text(&json, "cpu", (const char *)sqlite3_column_text(row, 5));
    json_text(&json, "kernel", (const char *)sqlite3_column_text(row, 6));
    json_text(&json, "machine", (const char *)sqlite3_column_text(row, 7));
    json_close(&json, '}');
    CHECK(!json.full);
    fprintf(out, "{\n\"context\": %s,\n\"benchmarks\": [", buffer);
    sqlite3_finalize(row);
}

bool export_gbench(const struct export *self, FILE *out, struct error *error)
{
    struct family family = {0};
    put_context(self, out);
    sqlite3_stmt *row = query(self);
    while (sqlite3_step(row) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(row, AT_NAME);
        if (family.name == NULL || strcmp(family.name, name) != 0) {
            put_family(out, &family);
            family.name = strdup(name);
            CHECK(family.name != NULL);
        }
        take_row(&family, row);
    }
    sqlite3_finalize(row);
    put_family(out, &family);
    free(family.repetition);
    fputs("\n]\n}\n", out);
    return family.index > 0 ||
           error_set(error,
                     "no trusted timed process with operations; --untrusted takes the others");
}

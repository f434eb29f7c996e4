/* The trace events that ui.perfetto.dev and chrome://tracing show: one process, its phases and its
 * collections as slices, its resident memory as a counter. Time is that of the process since its
 * fork, in microseconds. Source: "Trace Event Format", Google, version of 2016: ph M, X and C.
 *
 * Pauses are timed from the start of the workload and RSS from the fork: the two meet by the clock
 * on the wall, which is known to a millisecond. */
#include "bench/export/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/record/json.h"
#include "bench/report/report_text.h"

enum {
    TRACE_PID = 1,
    TRACE_PHASES = 1,
    TRACE_COLLECTIONS = 2,
    EVENT_MAX = 32768,
    TRACE_LINE = 256
};

/* The record that is shown, and what is written. */
struct trace {
    FILE *out;
    size_t events;
    double offset_us; /* from the fork to the start of the workload */
    char buffer[EVENT_MAX];
    struct json json;
};

/* One event: begin, add what it has, end. */
static void begin(struct trace *self, const char *name, const char *phase, int thread)
{
    json_start(&self->json, self->buffer, sizeof self->buffer);
    json_open(&self->json, NULL, '{');
    json_text(&self->json, "name", name);
    json_text(&self->json, "ph", phase);
    json_u64(&self->json, "pid", TRACE_PID);
    json_u64(&self->json, "tid", (uint64_t)thread);
}

static void put_time(struct trace *self, const char *name, double us)
{
    char text[64];
    snprintf(text, sizeof text, "%.3f", us);
    json_raw(&self->json, name, text);
}

static void end(struct trace *self)
{
    json_close(&self->json, '}');
    CHECK(!self->json.full);
    fputs(self->events++ > 0 ? ",\n" : "\n", self->out);
    fputs(self->buffer, self->out);
}

static void put_name(struct trace *self, const char *kind, int thread, const char *name)
{
    begin(self, kind, "M", thread);
    json_open(&self->json, "args", '{');
    json_text(&self->json, "name", name);
    json_close(&self->json, '}');
    end(self);
}

static void put_phases(const struct export *export, sqlite3_int64 rowid, struct trace *self)
{
    sqlite3_stmt *row = export_query(
        export, "SELECT value->>'$.name', (value->>'$.at_ns') / 1000.0, value->>'$.rss_bytes'"
                " FROM shown, json_each(shown.json, '$.phases') WHERE shown.rowid = ?1"
                " AND value->>'$.at_ns' IS NOT NULL");
    sqlite3_bind_int64(row, 1, rowid);
    double from_us = 0.0;
    while (sqlite3_step(row) == SQLITE_ROW) {
        double to_us = sqlite3_column_double(row, 1);
        begin(self, (const char *)sqlite3_column_text(row, 0), "X", TRACE_PHASES);
        json_text(&self->json, "cat", "phase");
        put_time(self, "ts", self->offset_us + from_us);
        put_time(self, "dur", to_us - from_us);
        json_open(&self->json, "args", '{');
        json_u64(&self->json, "rss_bytes_at_end", (uint64_t)sqlite3_column_int64(row, 2));
        json_close(&self->json, '}');
        end(self);
        from_us = to_us;
    }
    sqlite3_finalize(row);
}

static bool put_pause(struct trace *self, const char *line)
{
    unsigned long long at, length, generation, examined, collected;
    char name[32];
    if (sscanf(line, "%llu\t%llu\t%llu\t%llu\t%llu", &at, &length, &generation, &examined,
               &collected) != 5) {
        return false;
    }
    snprintf(name, sizeof name, "generation %llu", generation);
    begin(self, name, "X", TRACE_COLLECTIONS);
    json_text(&self->json, "cat", "gc");
    put_time(self, "ts", self->offset_us + (double)at / 1e3);
    put_time(self, "dur", (double)length / 1e3);
    json_open(&self->json, "args", '{');
    json_u64(&self->json, "examined", examined);
    json_u64(&self->json, "collected", collected);
    json_close(&self->json, '}');
    end(self);
    return true;
}

static bool put_rss(struct trace *self, const char *line)
{
    unsigned long long at, bytes;
    if (sscanf(line, "%llu\t%llu", &at, &bytes) != 2) {
        return false;
    }
    begin(self, "RSS", "C", TRACE_PHASES);
    put_time(self, "ts", (double)at / 1e3);
    json_open(&self->json, "args", '{');
    json_u64(&self->json, "bytes", bytes);
    json_close(&self->json, '}');
    end(self);
    return true;
}

/* The lines behind the first, up to one that is none: the last of a process that was killed. */
static bool put_file(const struct export *export, struct trace *self, const char *raw,
                     const char *suffix, bool (*put)(struct trace *self, const char *line),
                     struct error *error)
{
    char *path = NULL, line[TRACE_LINE];
    CHECK(asprintf(&path, "%s/raw/%s.%s.tsv", export->folder, raw, suffix) > 0);
    FILE *in = fopen(path, "re");
    if (in == NULL) {
        error_set(error, "%.300s: %s", path, strerror(errno));
    } else {
        bool more = fgets(line, sizeof line, in) != NULL;
        while (more) {
            more = fgets(line, sizeof line, in) != NULL && put(self, line);
        }
        fclose(in);
    }
    free(path);
    return in != NULL;
}

/* rowid, raw, offset, label, run, machine, order of the record that is meant. */
static sqlite3_stmt *find_record(const struct export *self)
{
    sqlite3_stmt *row = export_query(
        self,
        "SELECT rowid, raw, (json->>'$.workload_unix_ns') / 1000 - (json->>'$.started_unix_ms') *"
        " 1000.0, json->>'$.label', run, machine, json->>'$.order' FROM shown"
        " WHERE kind = 'timed' AND raw IS NOT NULL AND (?1 < 0 OR json->>'$.order' = ?1)"
        " ORDER BY verdict <> 'ok', json->>'$.order' LIMIT 1");
    sqlite3_bind_int64(row, 1, self->order);
    return row;
}

static void put_head(struct trace *self, sqlite3_stmt *record)
{
    json_start(&self->json, self->buffer, sizeof self->buffer);
    json_open(&self->json, NULL, '{');
    json_text(&self->json, "run", (const char *)sqlite3_column_text(record, 4));
    json_text(&self->json, "machine", (const char *)sqlite3_column_text(record, 5));
    json_text(&self->json, "label", (const char *)sqlite3_column_text(record, 3));
    json_u64(&self->json, "order", (uint64_t)sqlite3_column_int64(record, 6));
    json_close(&self->json, '}');
    CHECK(!self->json.full);
    fprintf(self->out, "{\"displayTimeUnit\":\"ms\",\"otherData\":%s,\n\"traceEvents\":[",
            self->buffer);
    put_name(self, "process_name", 0, (const char *)sqlite3_column_text(record, 3));
    put_name(self, "thread_name", TRACE_PHASES, "phases");
    put_name(self, "thread_name", TRACE_COLLECTIONS, "collections");
}

bool export_perfetto(const struct export *self, FILE *out, struct error *error)
{
    sqlite3_stmt *record = find_record(self);
    struct trace *trace = calloc(1, sizeof *trace);
    CHECK(trace != NULL);
    bool ok = sqlite3_step(record) == SQLITE_ROW;
    const char *raw = ok ? (const char *)sqlite3_column_text(record, 1) : "";
    if (!ok) {
        error_set(error, "no such timed record with raw files");
    } else if (!text_is_file_name(raw)) {
        ok = error_set(error, "the name of its raw files is no file name");
    } else {
        double offset_us = sqlite3_column_double(record, 2); /* 0 of a record that lacks it */
        trace->out = out;
        trace->offset_us = offset_us > 0.0 ? offset_us : 0.0;
        put_head(trace, record);
        put_phases(self, sqlite3_column_int64(record, 0), trace);
        ok = put_file(self, trace, raw, "pauses", put_pause, error) &&
             put_file(self, trace, raw, "rss", put_rss, error);
        fputs("\n]}\n", out);
    }
    sqlite3_finalize(record);
    free(trace);
    return ok;
}

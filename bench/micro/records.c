/* Records of micro-benchmarks; see records.h. A process is a repetition. Not good at: saying when a
 * case began, which Google Benchmark does not tell. */
#include "bench/micro/records.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/check.h"
#include "bench/record/record.h"

/* The child's half, as `heapdyno child` would print it; ns and faults are per item. */
static const char rows[] =
    "SELECT target, name, dense_rank() OVER (PARTITION BY target ORDER BY number) - 1,"
    " json_object('verdict', 'ok', 'operation_unit', 'item', 'operations', operations,"
    " 'wall_ns', CAST(real AS INTEGER), 'run_ns', CAST(real AS INTEGER),"
    " 'run_cpu_ns', CAST(ns * operations AS INTEGER), 'operations_per_s', 1e9 / ns,"
    " 'faults_minor', CAST(faults * operations / 1000 AS INTEGER))"
    " FROM (SELECT *, CAST((value ->> 'iterations') * (value ->> 'items') AS INTEGER)"
    " AS operations, (value ->> 'real_time') * (value ->> 'iterations') AS real FROM result)"
    " ORDER BY number";

static void set_part(struct identity *self, const char *field, const char *text, const char *label)
{
    CHECK(self->part_count < sizeof self->part / sizeof self->part[0]);
    size_t i = self->part_count++;
    self->part[i].name = field;
    snprintf(self->part[i].text, sizeof self->part[i].text, "%s", text);
    snprintf(self->part[i].label, sizeof self->part[i].label, "%s", label);
}

static void identify(struct identity *self, const char *target, const char *name)
{
    char workload[128];
    snprintf(workload, sizeof workload, "micro:case=%s", name);
    self->part_count = 0;
    set_part(self, "allocator", target, target);
    set_part(self, "collector", "cp311", "cp311");
    set_part(self, "workload", workload, name);
    snprintf(self->cell, sizeof self->cell, "allocator=%s collector=cp311 workload=%s", target,
             workload);
    snprintf(self->label, sizeof self->label, "%s %s", target, name);
    self->seed = 1;
    self->kind = RECORD_TIMED;
}

struct writer {
    struct record_joiner *joiner;
    struct identity identity;
    struct machine machine;
    char line[RECORD_MAX];
};

static bool write_rows(struct writer *self, sqlite3 *base, FILE *file)
{
    const struct supervision supervision = {.verdict = VERDICT_OK};
    sqlite3_stmt *query;
    bool ok = true;
    CHECK(sqlite3_prepare_v2(base, rows, -1, &query, NULL) == SQLITE_OK);
    while (ok && sqlite3_step(query) == SQLITE_ROW) {
        const char *child = (const char *)sqlite3_column_text(query, 3);
        struct child_half half;
        identify(&self->identity, (const char *)sqlite3_column_text(query, 0),
                 (const char *)sqlite3_column_text(query, 1));
        self->identity.rep = (uint64_t)sqlite3_column_int64(query, 2);
        size_t length = record_read_child(self->joiner, child, &half)
                            ? record_write(self->joiner, &self->identity, &self->machine,
                                           &supervision, child, self->line)
                            : 0;
        ok = length > 0 && fwrite(self->line, 1, length, file) == length;
        self->identity.order++;
    }
    sqlite3_finalize(query);
    return ok;
}

bool micro_records_write(sqlite3 *base, const char *folder)
{
    char path[4096];
    const char *run = strrchr(folder, '/');
    struct writer *self = calloc(1, sizeof *self);
    CHECK(self != NULL);
    self->joiner = record_joiner_open();
    CHECK(self->joiner != NULL);
    machine_read(&self->machine);
    snprintf(self->identity.run, sizeof self->identity.run, "%s", run != NULL ? run + 1 : folder);
    snprintf(path, sizeof path, "%s/cells.jsonl", folder);
    mkdir(folder, 0777); /* it may be there */
    FILE *file = fopen(path, "w");
    bool ok = file != NULL && write_rows(self, base, file);
    ok = file != NULL && fclose(file) == 0 && ok;
    if (!ok) {
        fprintf(stderr, "micro: %s cannot be written\n", path);
    }
    record_joiner_close(self->joiner);
    free(self);
    return ok;
}

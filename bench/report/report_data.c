/* From records to groups; see report_data.h. SQLite's JSON functions are the parser. */
#include "bench/report/report_data.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "bench/report/report_load.h"

static char *copy_text(const char *text)
{
    char *copy = strdup(text != NULL ? text : "");
    CHECK(copy != NULL);
    return copy;
}

static char *copy_column(sqlite3_stmt *row, int column)
{
    return copy_text((const char *)sqlite3_column_text(row, column));
}

static void *grown(void *array, size_t count, size_t size)
{
    void *more = reallocarray(array, count + 1, size);
    CHECK(more != NULL);
    return more;
}

const struct report_group *report_find(const struct report *self, const char *workload,
                                       const char *collector, const char *allocator)
{
    for (size_t i = 0; i < self->groups; i++) {
        const struct report_group *group = &self->group[i];
        if (strcmp(group->workload, workload) == 0 && strcmp(group->collector, collector) == 0 &&
            strcmp(group->allocator, allocator) == 0) {
            return group;
        }
    }
    return NULL;
}

/* Columns of the query below, before the figures. */
enum {
    AT_WORKLOAD,
    AT_COLLECTOR,
    AT_ALLOCATOR,
    AT_LINE,
    AT_WORKLOAD_LINE,
    AT_UNIT,
    AT_KIND,
    AT_VERDICT,
    AT_RAW,
    AT_FIGURES
};

static const char query_head[] =
    "SELECT workload_label, collector_label, allocator_label, collector,"
    " workload, unit, kind, verdict, raw";
static const char query_tail[] =
    " FROM shown ORDER BY workload_label, collector_label <> 'cp311', collector_label,"
    " allocator_label, verdict <> 'ok', rowid";

/* One row of the record, its figures by path. Caller finalizes. */
static sqlite3_stmt *prepare_figures(sqlite3 *db)
{
    char *sql = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&sql, &length);
    CHECK(out != NULL);
    fputs(query_head, out);
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        fprintf(out, ", json_extract(json, '%s')", report_metrics[i].path);
    }
    fputs(query_tail, out);
    CHECK(fclose(out) == 0);
    sqlite3_stmt *statement = NULL;
    CHECK(sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK);
    free(sql);
    return statement;
}

/* The group of this row, new when the labels differ from the last one's: rows come sorted. */
static struct report_group *group_of_row(struct report *self, sqlite3_stmt *row)
{
    const char *workload = (const char *)sqlite3_column_text(row, AT_WORKLOAD);
    const char *collector = (const char *)sqlite3_column_text(row, AT_COLLECTOR);
    const char *allocator = (const char *)sqlite3_column_text(row, AT_ALLOCATOR);
    if (self->groups > 0) {
        struct report_group *last = &self->group[self->groups - 1];
        if (strcmp(last->workload, workload) == 0 && strcmp(last->collector, collector) == 0 &&
            strcmp(last->allocator, allocator) == 0) {
            return last;
        }
    }
    self->group = grown(self->group, self->groups, sizeof *self->group);
    struct report_group *group = &self->group[self->groups++];
    *group = (struct report_group){.workload = copy_text(workload),
                                   .collector = copy_text(collector),
                                   .allocator = copy_text(allocator),
                                   .collector_line = copy_column(row, AT_LINE),
                                   .workload_line = copy_column(row, AT_WORKLOAD_LINE),
                                   .unit = copy_column(row, AT_UNIT)};
    return group;
}

static bool metric_is_taken(const struct report *self, enum metric_source source,
                            enum verdict verdict, bool timed)
{
    switch (source) {
    case SOURCE_TIME:
        return timed &&
               (verdict == VERDICT_OK || (self->untrusted && verdict == VERDICT_UNTRUSTED));
    case SOURCE_MEMORY:
        return timed && (verdict == VERDICT_OK || verdict == VERDICT_UNTRUSTED);
    case SOURCE_COUNT:
        return verdict == VERDICT_OK || verdict == VERDICT_UNTRUSTED;
    }
    return false;
}

static void add_row(struct report *self, sqlite3_stmt *row)
{
    struct report_group *group = group_of_row(self, row);
    bool timed = strcmp((const char *)sqlite3_column_text(row, AT_KIND), "timed") == 0;
    enum verdict verdict = VERDICT_FAILED;
    verdict_parse((const char *)sqlite3_column_text(row, AT_VERDICT), &verdict);
    group->records[verdict]++;
    self->verdict[verdict]++;
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        int column = AT_FIGURES + (int)i;
        int type = sqlite3_column_type(row, column);
        if ((type == SQLITE_INTEGER || type == SQLITE_FLOAT) &&
            metric_is_taken(self, report_metrics[i].source, verdict, timed)) {
            group->value[i] = grown(group->value[i], group->n[i], sizeof(double));
            group->value[i][group->n[i]++] = sqlite3_column_double(row, column);
        }
    }
    const char *raw = (const char *)sqlite3_column_text(row, AT_RAW);
    if (raw != NULL && text_is_file_name(raw) &&
        metric_is_taken(self, SOURCE_MEMORY, verdict, timed)) {
        group->raw = grown(group->raw, group->raws, sizeof *group->raw);
        group->raw[group->raws++] = copy_text(raw);
        group->raws_trusted += metric_is_taken(self, SOURCE_TIME, verdict, timed);
    }
}

struct sample report_values(const struct report *self, const struct report_group *group,
                            const char *path, enum metric_source source)
{
    double *value = NULL;
    size_t n = 0;
    sqlite3_stmt *row = NULL;
    CHECK(sqlite3_prepare_v2(self->records,
                             "SELECT json_extract(json, ?1), kind = 'timed', verdict FROM shown"
                             " WHERE workload_label = ?2 AND collector_label = ?3"
                             " AND allocator_label = ?4 ORDER BY rowid",
                             -1, &row, NULL) == SQLITE_OK);
    const char *text[] = {path, group->workload, group->collector, group->allocator};
    for (int i = 0; i < 4; i++) {
        sqlite3_bind_text(row, i + 1, text[i], -1, SQLITE_STATIC);
    }
    while (sqlite3_step(row) == SQLITE_ROW) {
        int type = sqlite3_column_type(row, 0);
        enum verdict verdict = VERDICT_FAILED;
        verdict_parse((const char *)sqlite3_column_text(row, 2), &verdict);
        if ((type == SQLITE_INTEGER || type == SQLITE_FLOAT) &&
            metric_is_taken(self, source, verdict, sqlite3_column_int(row, 1) != 0)) {
            value = grown(value, n, sizeof *value);
            value[n++] = sqlite3_column_double(row, 0);
        }
    }
    sqlite3_finalize(row);
    return (struct sample){value, n};
}

void report_names_add(struct report_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->name[i], name) == 0) {
            return;
        }
    }
    names->name = grown(names->name, names->count, sizeof *names->name);
    names->name[names->count++] = name;
}

static const char *name_or_first(const struct report_names *names, const char *wanted)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->name[i], wanted) == 0) {
            return names->name[i];
        }
    }
    return NULL;
}

static void choose_references(struct report *self)
{
    for (size_t i = 0; i < self->groups; i++) {
        report_names_add(&self->workloads, self->group[i].workload);
        report_names_add(&self->collectors, self->group[i].collector);
        report_names_add(&self->allocators, self->group[i].allocator);
    }
    self->allocator = name_or_first(&self->allocators, "pymalloc");
    if (self->allocator == NULL) {
        self->allocator = name_or_first(&self->allocators, "malloc");
    }
    if (self->allocator == NULL) {
        self->allocator = self->allocators.name[0];
    }
    self->collector = name_or_first(&self->collectors, "cp311");
    if (self->collector == NULL) {
        self->collector = self->collectors.name[0];
    }
}

static void read_reasons(struct report *self, sqlite3 *db)
{
    sqlite3_stmt *row = NULL;
    CHECK(sqlite3_prepare_v2(db,
                             "SELECT verdict || ' ' || count(*) || ': ' ||"
                             " coalesce(min(reason), 'no reason given') ||"
                             " CASE WHEN count(DISTINCT reason) > 1 THEN ' (and alike)' ELSE '' END"
                             " FROM shown WHERE verdict <> 'ok'"
                             " GROUP BY verdict, substr(reason, 1, 18)"
                             " ORDER BY count(*) DESC LIMIT 20",
                             -1, &row, NULL) == SQLITE_OK);
    while (sqlite3_step(row) == SQLITE_ROW) {
        self->reason = grown(self->reason, self->reasons, sizeof *self->reason);
        self->reason[self->reasons++] = copy_column(row, 0);
    }
    sqlite3_finalize(row);
}

static void read_machine(struct report *self, sqlite3 *db)
{
    sqlite3_stmt *row = NULL;
    CHECK(sqlite3_prepare_v2(db,
                             "SELECT machine, host, cpu, kernel, build, compiler, cores, run,"
                             " (SELECT count(DISTINCT machine) FROM record),"
                             " (SELECT count(*) FROM record) - (SELECT count(*) FROM shown),"
                             " (SELECT count(DISTINCT run) FROM record)"
                             " FROM shown LIMIT 1",
                             -1, &row, NULL) == SQLITE_OK);
    CHECK(sqlite3_step(row) == SQLITE_ROW);
    char **text[] = {&self->machine, &self->host,  &self->cpu,
                     &self->kernel,  &self->build, &self->compiler};
    for (int i = 0; i < 6; i++) {
        *text[i] = copy_column(row, i);
    }
    self->cores = (size_t)sqlite3_column_int64(row, 6);
    self->run = copy_column(row, 7);
    self->machines = (size_t)sqlite3_column_int64(row, 8);
    self->elsewhere = (size_t)sqlite3_column_int64(row, 9);
    self->runs = (size_t)sqlite3_column_int64(row, 10);
    facts_read(db, &self->facts);
    sqlite3_finalize(row);
}

bool report_open(const char *run, bool untrusted, struct report *out, struct error *error)
{
    *out = (struct report){.untrusted = untrusted};
    struct store store;
    struct store_added added;
    if (!report_load(run, &out->folder, &store, &added, error)) {
        report_close(out);
        return false;
    }
    out->broken = added.refused;
    out->rerun = added.newer;
    read_machine(out, store.database);
    read_reasons(out, store.database);
    sqlite3_stmt *row = prepare_figures(store.database);
    while (sqlite3_step(row) == SQLITE_ROW) {
        add_row(out, row);
    }
    sqlite3_finalize(row);
    sqlite3_finalize(store.insert);
    out->records = store.database;
    choose_references(out);
    return true;
}

char *report_command(const struct report *self)
{
    char *command = NULL;
    static const char results[] = "results/";
    size_t length = strlen(results);
    bool named = strncmp(self->folder, results, length) == 0 &&
                 strcmp(self->folder + length, self->run) == 0;
    CHECK(asprintf(&command, "heapdyno report %s%s", self->untrusted ? "--untrusted " : "",
                   named ? self->run : self->folder) > 0);
    return command;
}

static void close_group(struct report_group *group)
{
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        free(group->value[i]);
    }
    for (size_t i = 0; i < group->raws; i++) {
        free(group->raw[i]);
    }
    free(group->raw);
    free(group->workload);
    free(group->collector);
    free(group->allocator);
    free(group->collector_line);
    free(group->workload_line);
    free(group->unit);
}

void report_close(struct report *self)
{
    for (size_t i = 0; i < self->groups; i++) {
        close_group(&self->group[i]);
    }
    for (size_t i = 0; i < self->reasons; i++) {
        free(self->reason[i]);
    }
    char *owned[] = {self->run, self->folder, self->machine, self->host,
                     self->cpu, self->kernel, self->build,   self->compiler};
    for (size_t i = 0; i < COUNT_OF(owned); i++) {
        free(owned[i]);
    }
    facts_close(&self->facts);
    free(self->reason);
    free(self->group);
    free(self->workloads.name);
    free(self->collectors.name);
    free(self->allocators.name);
    sqlite3_close(self->records);
    *self = (struct report){0};
}

bool report_option_text(const char *spec, const char *option, char *value, size_t length)
{
    size_t named = strlen(option);
    for (const char *at = strchr(spec, ':'); at != NULL; at = strchr(at, ',')) {
        at++;
        if (strncmp(at, option, named) == 0 && at[named] == '=') {
            at += named + 1;
            size_t ends = strcspn(at, ",+");
            if (ends >= length) {
                return false;
            }
            memcpy(value, at, ends);
            value[ends] = '\0';
            return true;
        }
    }
    return false;
}

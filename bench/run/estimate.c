/* How long a plan will take; see estimate.h. */
#include "bench/run/estimate.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/units.h"

/* Only the newest runs are read: machine and program change. */
enum { ESTIMATE_RUNS = 8 };

void estimate_read_runs(struct store *store, const char *results)
{
    char pattern[4096];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/*/cells.jsonl", results);
    if (glob(pattern, 0, NULL, &found) != 0) {
        return;
    }
    size_t from = found.gl_pathc > ESTIMATE_RUNS ? found.gl_pathc - ESTIMATE_RUNS : 0;
    for (size_t i = from; i < found.gl_pathc; i++) {
        struct store_added added = {0};
        struct error ignored;
        store_add_file(store, found.gl_pathv[i], &added, &ignored);
    }
    globfree(&found);
}

/* As records name it: a workload's SPEC, or program=SPEC. */
static const char *workload_of(const char *line, size_t *length)
{
    const char *at = strstr(line, " workload="), *program = strstr(line, " program=");
    at = at != NULL ? at + strlen(" workload=") : program != NULL ? program + 1 : "";
    *length = strcspn(at, " ");
    return at;
}

static uint64_t mean_ns(sqlite3_stmt *row, const struct plan_item *item)
{
    size_t length;
    const char *workload = workload_of(item->line, &length);
    sqlite3_bind_text(row, 1, item->line, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, record_kind_name(item->kind), -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 3, workload, (int)length, SQLITE_STATIC);
    double mean = sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_double(row, 0) : 0.0;
    sqlite3_reset(row);
    return (uint64_t)mean;
}

struct estimate estimate_plan(const struct plan *plan, const char *results)
{
    struct estimate estimate = {plan->count * (uint64_t)ESTIMATE_GUESS_NS, 0};
    struct store store;
    struct error error;
    if (!store_open(&store, ":memory:", &error)) {
        return estimate;
    }
    estimate_read_runs(&store, results);
    sqlite3_stmt *row = NULL;
    CHECK(sqlite3_prepare_v2(
              store.database,
              "SELECT coalesce((SELECT avg(json_extract(json,'$.elapsed_ns')) FROM record"
              " WHERE cell=?1 AND kind=?2), (SELECT avg(json_extract(json,'$.elapsed_ns'))"
              " FROM record WHERE workload=?3 AND kind=?2), 0)",
              -1, &row, NULL) == SQLITE_OK);
    estimate.total_ns = 0;
    for (size_t i = 0; i < plan->count; i++) {
        uint64_t ns = mean_ns(row, &plan->item[i]);
        estimate.known += ns > 0;
        estimate.total_ns += ns > 0 ? ns : ESTIMATE_GUESS_NS;
    }
    sqlite3_finalize(row);
    store_close(&store);
    return estimate;
}

void estimate_print(const struct plan *plan, const char *results)
{
    char text[32];
    struct estimate estimate = estimate_plan(plan, results);
    fprintf(stderr, "%zu measurements (%zu timed, %zu counted), about %s", plan->count,
            plan_count(plan, RECORD_TIMED), plan_count(plan, RECORD_COUNTED),
            units_format_duration(estimate.total_ns, text, sizeof text));
    if (estimate.known < plan->count) {
        fprintf(stderr, "; %zu of them a guess: no run in %s has them yet",
                plan->count - estimate.known, results);
    }
    fputc('\n', stderr);
}

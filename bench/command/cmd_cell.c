/* heapdyno cell: one cell, supervised, as one record on stdout or in DIR/INDEX.jsonl. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/units.h"
#include "base/whole_file.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/record/journal.h"
#include "bench/run/plan.h"
#include "bench/run/supervise.h"

static const struct option cell_options[] = {
    {.name = "counts",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "count requests and free lists, and take no times"},
    {.name = "rep",
     .type = OPTION_COUNT,
     .fallback = "0",
     .max = PLAN_REPS_MAX,
     .help = "repetition that the record is of"},
    {.name = "run", .type = OPTION_TEXT, .help = "name of the run that the record is of [cell]"},
    PLAN_ROW_TIME_LIMIT(NULL, "of the process, 2 min unless given"),
    PLAN_ROW_MEMORY_LIMIT("RSS of the process group, 3/4 of the memory unless given"),
    {.name = "out",
     .type = OPTION_PATH,
     .help = "write the record to INDEX.jsonl of this folder, by renaming"},
};

static const struct usage usage = {
    .command = "cell",
    .operands = "KEY=SPEC… | PLAN.ini INDEX",
    .about = "Exit status 0 for ok, skipped and untrusted; 1 for failed, timeout and memory.\n"
             "    heapdyno cell allocator=jemalloc collector=cp311:threshold=off workload=web\n"
             "    heapdyno cell bench/plans/default.ini 17 --out out\n",
    .options = cell_options,
    .option_count = COUNT_OF(cell_options),
    .operand_min = 1,
    .operand_max = 16,
};

/* What is asked for: a line, or a measurement of a plan. */
struct request_of_cell {
    char line[CELL_LINE_MAX];
    struct assignment assignment;
};

static bool from_plan(const struct arguments *arguments, struct plan *plan,
                      struct request_of_cell *out, struct error *error)
{
    uint64_t index;
    if (!plan_read(plan, arguments->operand[0], error)) {
        return false;
    }
    plan_shuffle(plan);
    if (!units_parse_count(arguments->operand[1], &index) || index >= plan->count) {
        return error_set(error, "index: %.40s is not 0 to %zu", arguments->operand[1],
                         plan->count - 1);
    }
    const struct plan_item *item = &plan->item[index];
    snprintf(out->line, sizeof out->line, "%s", item->line);
    out->assignment.kind = item->kind;
    out->assignment.rep = item->rep;
    out->assignment.order = index;
    return true;
}

static bool from_line(const struct arguments *arguments, struct request_of_cell *out,
                      struct error *error)
{
    size_t at = 0;
    for (size_t i = 0; i < arguments->operand_count && at < sizeof out->line; i++) {
        at += (size_t)snprintf(out->line + at, sizeof out->line - at, i == 0 ? "%s" : " %s",
                               arguments->operand[i]);
    }
    bool counts = options_on(&arguments->options, "counts");
    out->assignment.kind = counts ? RECORD_COUNTED : RECORD_TIMED;
    out->assignment.rep = options_number(&arguments->options, "rep");
    return at < sizeof out->line || error_set(error, "the line is too long");
}

static bool read_request(const struct arguments *arguments, struct request_of_cell *out,
                         struct error *error)
{
    struct plan plan;
    plan_init(&plan);
    const char *run = arguments_text(arguments, "run");
    out->assignment = (struct assignment){.line = out->line, .run = run != NULL ? run : "cell"};
    bool ok = (run_name_legal(out->assignment.run) ||
               error_set(error, "--run: '%.80s' is no name for a run ([a-z0-9._-]+)", run)) &&
              (arguments->operand_count == 2 && strchr(arguments->operand[0], '=') == NULL
                   ? from_plan(arguments, &plan, out, error)
                   : from_line(arguments, out, error));
    const struct options *options = &arguments->options;
    out->assignment.limits = plan.limits;
    if (options_get(options, "time-limit")->set) {
        out->assignment.limits.time_ns = options_number(options, "time-limit");
    }
    if (options_get(options, "memory-limit")->set) {
        out->assignment.limits.rss_bytes = options_number(options, "memory-limit");
    }
    plan_free(&plan);
    return ok;
}

/* Write DIR/INDEX.jsonl by rename: whole or not at all. */
static bool write_file(const char *folder, uint64_t index, const char *record, struct error *error)
{
    struct whole_file file;
    char path[JOURNAL_PATH_MAX];
    if (strlen(folder) >= sizeof path - 32) {
        return error_set(error, "%.80s…: the path is too long", folder);
    }
    snprintf(path, sizeof path, "%s/%05llu.jsonl", folder, (unsigned long long)index);
    if (!whole_file_open(&file, path, error)) {
        return false;
    }
    fputs(record, file.out);
    return whole_file_close(&file, true, error);
}

int cmd_cell(int argc, char **argv)
{
    struct arguments arguments;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    struct request_of_cell request;
    struct error error;
    struct supervisor *supervisor = supervisor_open((uint64_t)getpid());
    enum verdict verdict;
    const char *record = NULL;
    if (supervisor == NULL) {
        error_set(&error, "no memory");
    } else if (read_request(&arguments, &request, &error)) {
        record = supervise(supervisor, &request.assignment, &verdict, &error);
    }
    if (record == NULL) {
        supervisor_close(supervisor);
        return usage_error(&usage, "%s", error.text);
    }
    const char *out = arguments_text(&arguments, "out");
    status = verdict == VERDICT_FAILED || verdict == VERDICT_TIMEOUT || verdict == VERDICT_MEMORY
                 ? EXIT_BAD_RUN
                 : EXIT_OK;
    if (out == NULL) {
        fputs(record, stdout);
    } else if (!write_file(out, request.assignment.order, record, &error)) {
        fprintf(stderr, "heapdyno cell: %s\n", error.text);
        status = EXIT_BAD_RUN;
    }
    supervisor_close(supervisor);
    return status;
}

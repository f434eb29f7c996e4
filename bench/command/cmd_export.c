/* heapdyno export RUN: a run in the formats of other tools. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/whole_file.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/export/export.h"
#include "bench/report/report_load.h"

static const struct option export_options[] = {
    {.name = "format",
     .type = OPTION_CHOICE,
     .fallback = "tsv",
     .choices = "tsv|gbench|perfetto",
     .help = "every field of every record; Google Benchmark's JSON; trace events of one process"},
    {.name = "out", .type = OPTION_PATH, .help = "file to write, by renaming [standard output]"},
    {.name = "order",
     .type = OPTION_COUNT,
     .max = INT64_MAX,
     .help = "perfetto: the number of the process in the run's cells.tsv [the first]"},
    {.name = "untrusted",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "gbench: the times of processes that the machine disturbed as well"},
};

static const struct usage usage = {
    .command = "export",
    .operands = "RUN",
    .about = "RUN is a folder, or the name of one under results/.\n"
             "    heapdyno export A --format gbench --out a.json   for compare.py benchmarks a b\n"
             "    heapdyno export A --format perfetto --out a.json for ui.perfetto.dev\n",
    .options = export_options,
    .option_count = COUNT_OF(export_options),
    .operand_min = 1,
    .operand_max = 1,
};

/* All of it or none: a file is complete or not there. */
static bool write_file(const struct export_format *format, const struct export *export,
                       const char *path, struct error *error)
{
    struct whole_file file;
    return whole_file_open(&file, path, error) &&
           whole_file_close(&file, format->write(export, file.out, error), error);
}

static bool write_stdout(const struct export_format *format, const struct export *export,
                         struct error *error)
{
    if (!format->write(export, stdout, error)) {
        return false;
    }
    return (fflush(stdout) == 0 && ferror(stdout) == 0) ||
           error_set(error, "standard output: %s", strerror(errno));
}

int cmd_export(int argc, char **argv)
{
    struct arguments arguments;
    struct store store;
    struct store_added added;
    struct error error;
    char *folder = NULL;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    const char *name = options_get(&arguments.options, "format")->text;
    const char *out = arguments_text(&arguments, "out");
    if (!report_load(arguments.operand[0], &folder, &store, &added, &error)) {
        free(folder);
        return usage_error(&usage, "%s", error.text);
    }
    bool one = options_get(&arguments.options, "order")->set;
    struct export export = {
        .database = store.database,
        .folder = folder,
        .untrusted = options_on(&arguments.options, "untrusted"),
        .order = one ? (int64_t)options_number(&arguments.options, "order") : EXPORT_ANY,
    };
    const struct export_format *format = export_format_find(name);
    CHECK(format != NULL);
    bool written = out != NULL ? write_file(format, &export, out, &error)
                               : write_stdout(format, &export, &error);
    store_close(&store);
    free(folder);
    return written ? EXIT_OK : usage_error(&usage, "%s", error.text);
}

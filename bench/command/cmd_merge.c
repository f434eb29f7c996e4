/* heapdyno merge: records of many files as one, each key once: the latest attempt of each. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/whole_file.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"
#include "bench/record/store.h"
#include "bench/record/verdict.h"

static const struct option merge_options[] = {
    {.name = "out",
     .type = OPTION_PATH,
     .help = "write JSON lines to this file, by renaming [stdout]"},
    {.name = "index", .type = OPTION_PATH, .help = "add the records to this SQLite database"},
};

static const struct usage usage = {
    .command = "merge",
    .operands = "FILE.jsonl…",
    .about = "A file holds records, one a line, or is an index that --index made.\n"
             "Merging a file twice, or a merged file with its parts, changes nothing.\n"
             "    heapdyno merge out/*.jsonl --out results/sweep/cells.jsonl\n",
    .options = merge_options,
    .option_count = COUNT_OF(merge_options),
    .operand_min = 1,
    .operand_max = 1000000,
};

static bool write_out(struct store *store, const char *path, struct error *error)
{
    if (path == NULL) {
        return store_write(store, STDOUT_FILENO, error);
    }
    struct whole_file file;
    struct error inner;
    if (!whole_file_open(&file, path, error)) {
        return false;
    }
    bool ok = store_write(store, fileno(file.out), &inner) ||
              error_set(error, "%s: %.400s", path, inner.text);
    return whole_file_close(&file, ok, error);
}

static void print_added(const struct store_added *added)
{
    fprintf(stderr, "%zu lines: %zu new, %zu of a later attempt, %zu known, %zu refused\n",
            added->lines, added->added, added->newer, added->known, added->refused);
}

int cmd_merge(int argc, char **argv)
{
    struct arguments arguments;
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    const char *index = arguments_text(&arguments, "index");
    struct store store;
    struct error error;
    if (!store_open(&store, index != NULL ? index : ":memory:", &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    struct store_added added = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < arguments.operand_count; i++) {
        const char *path = arguments.operand[i];
        ok =
            (store_is_index(path) ? store_add_index : store_add_file)(&store, path, &added, &error);
    }
    const char *out = arguments_text(&arguments, "out");
    ok = ok && ((out == NULL && index != NULL) || write_out(&store, out, &error));
    store_close(&store);
    if (!ok) {
        fprintf(stderr, "heapdyno merge: %s\n", error.text);
        return EXIT_BAD_RUN;
    }
    print_added(&added);
    if (added.foreign > 0) {
        return usage_error(&usage,
                           "%zu lines are of another schema version than %d and were left out",
                           added.foreign, RECORD_SCHEMA);
    }
    return added.refused > 0 ? EXIT_BAD_RUN : EXIT_OK;
}

/* Running a block of a lesson, by this very program; see lesson.h. A figure of a record is found by
 * SQLite, as everywhere in bench: `gen.0.collections`, `phases.run.rss_bytes` (a phase by its name).
 */
#include <ctype.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "bench/command/lesson.h"
#include "bench/run/process.h"

enum { WORDS_MAX = 64 };

/* Cut a line into words, after those that are in argv already; they are cut in place. */
static size_t split(char *line, char **argv, size_t count)
{
    char *state;
    for (char *word = strtok_r(line, " ", &state); word != NULL && count < WORDS_MAX;
         word = strtok_r(NULL, " ", &state)) {
        argv[count++] = word;
    }
    argv[count] = NULL;
    return count;
}

static bool start(char *const *argv, char output[LESSON_OUTPUT_MAX], struct process_result *result,
                  struct error *error)
{
    const struct process process = {
        .argv = argv,
        .environment = environ,
        .limits = {.time_ns = UINT64_C(120000000000)},
        .output = output,
        .output_size = LESSON_OUTPUT_MAX,
    };
    output[0] = '\0';
    if (!process_run(&process, result, error)) {
        return false;
    }
    return (result->end == PROCESS_EXITED && !result->output_cut) ||
           error_set(error, "'heapdyno %s' %s", argv[1],
                     result->output_cut ? "prints too much" : "did not end by itself");
}

/* Messages come last and name the file without its folder, as a learner's own would be. */
static void append_messages(const char *messages, const char *folder, char *output)
{
    size_t at = strlen(output), skip = strlen(folder) + 1;
    for (const char *line = messages; *line != '\0';) {
        if (strncmp(line, folder, skip - 1) == 0) {
            line += skip;
        }
        size_t length = strcspn(line, "\n");
        int wrote = snprintf(output + at, LESSON_OUTPUT_MAX - at, "%.*s\n", (int)length, line);
        at = at + (size_t)wrote < LESSON_OUTPUT_MAX ? at + (size_t)wrote : LESSON_OUTPUT_MAX - 1;
        line += length + (line[length] == '\n');
    }
}

static bool write_scenario(const char *path, const char *text, struct error *error)
{
    FILE *file = fopen(path, "we");
    if (file == NULL) {
        return error_set(error, "%s: %s", path, strerror(errno));
    }
    bool written = fprintf(file, "%s\n", text) >= 0;
    written = fclose(file) == 0 && written;
    return written || error_set(error, "%s: %s", path, strerror(errno));
}

static bool run_scenario(unsigned number, const struct lesson_part *part, char *output,
                         struct error *error)
{
    char folder[] = "/tmp/heapdyno-XXXXXX", path[64], options[512];
    char *argv[WORDS_MAX + 2] = {"/proc/self/exe", "scenario"};
    struct process_result result;
    if (mkdtemp(folder) == NULL) {
        return error_set(error, "%s: %s", folder, strerror(errno));
    }
    snprintf(path, sizeof path, "%s/%02u.scn", folder, number);
    snprintf(options, sizeof options, "%s", part->info);
    size_t count = split(options, argv, 2);
    argv[count] = path;
    argv[count + 1] = NULL;
    bool ok = write_scenario(path, part->text, error) && start(argv, output, &result, error);
    if (ok) {
        append_messages(result.errors, folder, output);
    }
    unlink(path);
    rmdir(folder);
    return ok;
}

/* The SQL path of a dotted name: gen.0.yield is $.gen[0].yield. */
static void write_path(const char *name, char *out, size_t length)
{
    size_t at = (size_t)snprintf(out, length, "$");
    while (*name != '\0' && at < length) {
        size_t word = strcspn(name, ".");
        at += (size_t)snprintf(out + at, length - at,
                               isdigit((unsigned char)*name) ? "[%.*s]" : ".%.*s", (int)word, name);
        name += word + (name[word] == '.');
    }
}

/* Append "NAME VALUE" of a record. */
static bool show_field(sqlite3 *db, const char *record, const char *name, char *output,
                       struct error *error)
{
    char path[256], phase[64] = "";
    sqlite3_stmt *query = NULL;
    if (sscanf(name, "phases.%63[a-z_].", phase) == 1) {
        write_path(name + strlen("phases.") + strlen(phase) + 1, path, sizeof path);
    } else {
        write_path(name, path, sizeof path);
    }
    const char *sql = phase[0] != '\0'
                          ? "SELECT json_extract(value, ?2) FROM json_each(?1, '$.phases')"
                            " WHERE json_extract(value, '$.name') = ?3"
                          : "SELECT json_extract(?1, ?2), ?3";
    bool found = sqlite3_prepare_v2(db, sql, -1, &query, NULL) == SQLITE_OK &&
                 sqlite3_bind_text(query, 1, record, -1, SQLITE_STATIC) == SQLITE_OK &&
                 sqlite3_bind_text(query, 2, path, -1, SQLITE_STATIC) == SQLITE_OK &&
                 sqlite3_bind_text(query, 3, phase, -1, SQLITE_STATIC) == SQLITE_OK &&
                 sqlite3_step(query) == SQLITE_ROW && sqlite3_column_type(query, 0) != SQLITE_NULL;
    if (found) {
        size_t at = strlen(output);
        snprintf(output + at, LESSON_OUTPUT_MAX - at, "%s %s\n", name,
                 (const char *)sqlite3_column_text(query, 0));
    }
    sqlite3_finalize(query);
    return found || error_set(error, "the record has no figure '%s'", name);
}

static bool show_fields(char *record, char **names, char *output, struct error *error)
{
    sqlite3 *db = NULL;
    bool ok = sqlite3_open(":memory:", &db) == SQLITE_OK || error_set(error, "no memory");
    output[0] = '\0';
    for (size_t i = 0; ok && names[i] != NULL; i++) {
        ok = show_field(db, record, names[i], output, error);
    }
    sqlite3_close(db);
    return ok;
}

static bool run_cell(const struct lesson_part *part, char *output, struct error *error)
{
    char line[2048], *argv[WORDS_MAX + 1] = {"/proc/self/exe", "cell"}, *names[WORDS_MAX + 1];
    struct process_result result;
    snprintf(line, sizeof line, "%s", part->text);
    char *show = strstr(line, "\nshow ");
    if (show == NULL) {
        return error_set(error, "a cell without a line 'show'");
    }
    *show = '\0';
    split(line, argv, 2);
    split(show + strlen("\nshow "), names, 0);
    if (!start(argv, output, &result, error)) {
        return false;
    }
    if (result.status != 0) {
        return error_set(error, "exit status %d of the cell: %.300s", result.status,
                         result.errors[0] != '\0' ? result.errors : output);
    }
    char *record = strdup(output);
    bool ok =
        record != NULL ? show_fields(record, names, output, error) : error_set(error, "no memory");
    free(record);
    return ok;
}

bool lesson_run(unsigned number, const struct lesson_part *part, char output[LESSON_OUTPUT_MAX],
                struct error *error)
{
    CHECK(part->kind == LESSON_SCENARIO || part->kind == LESSON_CELL);
    return part->kind == LESSON_SCENARIO ? run_scenario(number, part, output, error)
                                         : run_cell(part, output, error);
}

/* heapdyno child: one cell in this process. What a person pastes under gdb, perf or valgrind; what
 * the supervisor starts. It starts itself anew, once, when its environment is not the cell's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocators/plugin.h"
#include "base/check.h"
#include "bench/command/arguments.h"
#include "bench/cell/child.h"
#include "bench/command/command.h"
#include "bench/cell/environ.h"
#include "bench/cell/memory.h"

static const struct option child_options[] = {
    {.name = "counts",
     .type = OPTION_BOOL,
     .fallback = "off",
     .help = "count requests and free lists, and take no times"},
    {.name = "raw",
     .type = OPTION_PATH,
     .help = "write pauses and curves to files whose names begin with this, as TSV"},
    {.name = "describe",
     .type = OPTION_PATH,
     .help = "print the name and options of an allocator in a shared object, and stop"},
};

static const struct usage usage = {
    .command = "child",
    .operands = "KEY=SPEC…",
    .about = "Prints one JSON object: the figures of the cell without those of its supervisor.\n"
             "    valgrind heapdyno child allocator=malloc workload=web:size=tiny\n",
    .options = child_options,
    .option_count = COUNT_OF(child_options),
    .operand_max = 16,
};

enum { CHILD_ARGUMENTS_MAX = 64 };

/* All that this process needs: one mapping, outside every heap that may be measured. */
struct launch {
    struct child child;
    struct arguments arguments;
    struct environ_block environ;
    char line[CELL_LINE_MAX];
    char *argv[CHILD_ARGUMENTS_MAX + 2]; /* as given: reading moves operands to the front */
};

/* Exec with the environment that the cell implies; returns only if that cannot be had. */
static int start_anew(struct launch *self, const struct environment *wanted)
{
    static const char guard[] = "HEAPDYNO_STARTED_ANEW";
    if (getenv(guard) != NULL) {
        return usage_error(&usage, "the environment is not the cell's, even after a new start");
    }
    struct environ_block *block = &self->environ;
    if (!environ_build(wanted, 0, block) || block->count == ENVIRON_ENTRIES) {
        return usage_error(&usage, "the environment of the cell does not fit");
    }
    char guarded[] = "HEAPDYNO_STARTED_ANEW=1";
    block->entry[block->count++] = guarded;
    block->entry[block->count] = NULL;
    execve("/proc/self/exe", self->argv, block->entry);
    return usage_error(&usage, "starting anew: %s", strerror(errno));
}

/* What plug-ins print goes to stderr; the record goes to where stdout was. */
static int take_stdout(void)
{
    int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 10);
    if (fd >= 0) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
    }
    return fd;
}

static bool write_line(int fd, struct json *json)
{
    if (json->full || json->length + 1 >= json->capacity) {
        return false;
    }
    json->buffer[json->length++] = '\n';
    for (size_t at = 0; at < json->length;) {
        ssize_t n = write(fd, json->buffer + at, json->length - at);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        at += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static int finish(struct child *child, int fd, const char *raw)
{
    struct error error;
    struct json json;
    json_start(&json, child->json, sizeof child->json);
    if (raw != NULL && child->verdict == CHILD_OK && !child_write_raw(child, raw, &error)) {
        fprintf(stderr, "heapdyno child: %s\n", error.text); /* a plot less, the record stays */
    }
    child_print(child, &json);
    if (!write_line(fd, &json)) {
        fprintf(stderr, "heapdyno child: the record cannot be written: %s\n", strerror(errno));
        return EXIT_BAD_RUN;
    }
    return child->verdict == CHILD_FAILED ? EXIT_BAD_RUN : EXIT_OK;
}

static void skip(struct child *child, const char *reason)
{
    child->verdict = CHILD_SKIPPED;
    snprintf(child->reason, sizeof child->reason, "%.390s", reason);
}

static void describe_options(const struct allocator *allocator)
{
    printf("%s\t%s\n", allocator->name, allocator->summary);
    for (size_t i = 0; i < allocator->option_count; i++) {
        const struct option *row = &allocator->options[i];
        char range[160];
        printf("  %s=%s\t%s (%s)\n", row->name, row->fallback != NULL ? row->fallback : "",
               row->help, option_range(row, range, sizeof range));
    }
}

static int describe(const char *path)
{
    struct error error;
    const struct allocator *allocator = allocator_plugin_load(path, &error);
    if (allocator == NULL) {
        return usage_error(&usage, "%s", error.text);
    }
    describe_options(allocator);
    return EXIT_OK;
}

/* Load what plugin= names and read the line. A library that cannot be had is a skipped cell. */
static bool read_cell(struct child *child, const char *line, struct error *error)
{
    char path[CELL_PATH_MAX];
    if (!cell_plugin_path(line, path, error)) {
        return false;
    }
    if (path[0] != '\0') {
        child->plugin = allocator_plugin_load(path, error);
        if (child->plugin == NULL) {
            skip(child, error->text);
            return true;
        }
        if (allocator_find(child->plugin->name) != NULL) {
            return error_set(error, "%s names its allocator %s, as a built-in one", path,
                             child->plugin->name);
        }
    }
    return cell_parse(line, child->plugin, &child->cell, error);
}

static int run_cell(struct launch *self)
{
    struct child *child = &self->child;
    struct error error = {"the line is too long"};
    int fd = take_stdout();
    if (!arguments_join(&self->arguments, 0, self->line, sizeof self->line) ||
        !read_cell(child, self->line, &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    child->counting = options_on(&self->arguments.options, "counts");
    if (child->verdict == CHILD_OK) {
        struct environment wanted;
        environ_of_cell(&child->cell, child->plugin, &wanted);
        if (!environ_fits(&wanted)) {
            dup2(fd, STDOUT_FILENO);
            return start_anew(self, &wanted);
        }
        child_run(child);
    }
    return finish(child, fd, arguments_text(&self->arguments, "raw"));
}

int cmd_child(int argc, char **argv)
{
    struct launch *self = memory_map(sizeof *self);
    if (self == NULL) {
        return usage_error(&usage, "no memory");
    }
    if (argc > CHILD_ARGUMENTS_MAX) {
        return usage_error(&usage, "more than %d arguments", CHILD_ARGUMENTS_MAX);
    }
    memcpy(self->argv, argv - 1, ((size_t)argc + 2) * sizeof *argv);
    int status;
    if (!arguments_read(&usage, argc, argv, &self->arguments, &status)) {
        return status;
    }
    const char *library = arguments_text(&self->arguments, "describe");
    return library != NULL ? describe(library) : run_cell(self);
}

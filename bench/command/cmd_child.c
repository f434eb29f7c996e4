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
#include "bench/cell/interpreter.h"
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
    if (!environ_build(wanted, 0, block) || !environ_inherit(&self->child.cell, block) ||
        block->count == ENVIRON_ENTRIES) {
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

static int run_cell(struct launch *self)
{
    struct child *child = &self->child;
    struct error error = {"the line is too long"};
    int fd = take_stdout();
    if (!arguments_join(&self->arguments, 0, self->line, sizeof self->line) ||
        !child_read(child, self->line, &error)) {
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
        const char *raw = arguments_text(&self->arguments, "raw");
        if (child->cell.real) {
            interpreter_run(child, self->line, fd, raw);
        } else {
            child_run(child);
        }
    }
    bool written = child_write(child, fd, arguments_text(&self->arguments, "raw"));
    return written && child->verdict != CHILD_FAILED ? EXIT_OK : EXIT_BAD_RUN;
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

/* heapdyno python: real CPython 3.11 on one of our allocators. The interpreter is a program of its
 * own beside this one (cpython/host.c): nothing here links with libpython. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocators/wrapper.h"
#include "base/check.h"
#include "bench/cell/interpreter.h"
#include "bench/command/arguments.h"
#include "bench/command/command.h"

static const struct option python_options[] = {
    {.name = "allocator",
     .type = OPTION_TEXT,
     .help = "of the obj and mem domains, as in a cell; CPython's own unless given"},
};

static const struct usage usage = {
    .command = "python",
    .operands = "-- ARGUMENTS…",
    .about =
        "Runs CPython 3.11 with objects on one of our allocators: the truth beside the model.\n"
        "    heapdyno python --allocator pool -- script.py\n",
    .options = python_options,
    .option_count = COUNT_OF(python_options),
    .operand_max = 4096,
};

static bool check(const char *text, struct error *error)
{
    struct spec spec;
    return spec_parse(text, strlen(text), &spec, error) && heap_spec_check(&spec, NULL, error);
}

int cmd_python(int argc, char **argv)
{
    struct arguments arguments;
    struct error error;
    char path[PATH_MAX];
    int status;
    if (!arguments_read(&usage, argc, argv, &arguments, &status)) {
        return status;
    }
    const char *allocator = arguments_text(&arguments, "allocator");
    if (allocator != NULL && !check(allocator, &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    if (!interpreter_find(path, sizeof path, &error)) {
        return usage_error(&usage, "%s", error.text);
    }
    if (allocator != NULL) {
        setenv(INTERPRETER_ALLOCATOR, allocator, 1);
    }
    char **command = calloc(arguments.operand_count + 2, sizeof *command);
    CHECK(command != NULL);
    command[0] = path;
    for (size_t i = 0; i < arguments.operand_count; i++) {
        command[i + 1] = arguments.operand[i];
    }
    execv(path, command);
    fprintf(stderr, "heapdyno python: %s: %s\n", path, strerror(errno));
    return EXIT_BAD_RUN;
}

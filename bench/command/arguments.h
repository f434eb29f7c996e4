/* Reading a command's arguments against an option table: --NAME VALUE or --NAME=VALUE; a switch
 * needs no value, and --no-NAME turns it off; `--` ends the options; the rest are operands. The
 * same table prints --help and is checked against the manual page. */
#ifndef HEAPDYNO_BENCH_ARGUMENTS_H
#define HEAPDYNO_BENCH_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/option.h"

struct usage {
    const char *command;
    const char *operands; /* as the synopsis shows them: "[PLAN.ini]" */
    const char *about;    /* a few whole lines, or NULL */
    const struct option *options;
    size_t option_count;
    size_t operand_min, operand_max;
};

enum { ARGUMENTS_TEXT_MAX = 16384 };

struct arguments {
    struct options options; /* OPTION_TEXT and OPTION_PATH are in `text` only, of any length */
    const char *text[OPTIONS_MAX]; /* as given, by row; NULL: not given. Borrowed from argv. */
    size_t operand_count;
    char **operand; /* borrowed from argv */
};

/* Read argv[1…argc-1]. False when the command is to return *status at once: --help was printed, or
 * the message of a bad argument. */
bool arguments_read(const struct usage *usage, int argc, char **argv, struct arguments *out,
                    int *status);

/* What was given for an option that must exist; NULL: not given. */
const char *arguments_text(const struct arguments *self, const char *name);

/* The operands from the from-th on as one line, a blank between them; false: it does not fit. */
bool arguments_join(const struct arguments *self, size_t from, char *line, size_t length);

/* Print "heapdyno COMMAND: message" to stderr; returns EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int usage_error(const struct usage *usage, const char *format,
                                                      ...);

#endif

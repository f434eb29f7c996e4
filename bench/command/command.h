/* Commands of the program: one function each, listed in commands.def. A command returns the exit
 * status: EXIT_OK, EXIT_BAD_RUN when something measured failed, EXIT_USAGE when it was asked wrong.
 */
#ifndef HEAPDYNO_BENCH_COMMAND_H
#define HEAPDYNO_BENCH_COMMAND_H

enum { EXIT_OK = 0, EXIT_BAD_RUN = 1, EXIT_USAGE = 2 };

#define COMMAND(name, help) int cmd_##name(int argc, char **argv);
#include "bench/command/commands.def"
#undef COMMAND

struct command {
    const char *name;
    const char *help; /* one line */
    int (*run)(int argc, char **argv);
};

/* The commands, in the order of commands.def; NULL past the end. */
const struct command *command_at(unsigned index);
const struct command *command_find(const char *name); /* NULL if there is none */

#endif

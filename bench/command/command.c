/* The table of commands; see command.h. */
#include "bench/command/command.h"

#include <stddef.h>
#include <string.h>

#include "base/check.h"

static const struct command commands[] = {
#define COMMAND(name, help) {#name, help, cmd_##name},
#include "bench/command/commands.def"
#undef COMMAND
};

const struct command *command_at(unsigned index)
{
    return index < COUNT_OF(commands) ? &commands[index] : NULL;
}

const struct command *command_find(const char *name)
{
    for (unsigned i = 0; i < COUNT_OF(commands); i++) {
        if (strcmp(commands[i].name, name) == 0) {
            return &commands[i];
        }
    }
    return NULL;
}

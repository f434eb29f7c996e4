/* heapdyno: argv to a command, and nothing else. */
#include <stdio.h>
#include <string.h>

#include "bench/command/command.h"

static int print_commands(FILE *out)
{
    fputs("usage: heapdyno COMMAND [OPTIONS…]\n\n", out);
    for (unsigned i = 0; command_at(i) != NULL; i++) {
        fprintf(out, "  %-9s %s\n", command_at(i)->name, command_at(i)->help);
    }
    fputs("\nheapdyno COMMAND --help says more; heapdyno alone shows where to start.\n", out);
    return EXIT_OK;
}

static int print_starting_points(void)
{
    fputs(
        "heapdyno measures memory management as CPython 3.11 does it: allocators, collectors,\n"
        "workloads, and any choice of the three. Four places to start:\n"
        "\n"
        "  my service        heapdyno record app.trace -- python3 app.py      as long as it runs\n"
        "                    heapdyno run --workload replay:file=app.trace    2 min\n"
        "  compare and tune  heapdyno run --allocator malloc,pymalloc --workload web,cycles\n"
        "                    heapdyno report results/RUN                      1 min together\n"
        "  a question        heapdyno list experiments\n"
        "                    heapdyno run --experiment fork --quick           1 min\n"
        "  learn             heapdyno learn                                   10 min a lesson\n"
        "\n"
        "heapdyno --help lists every command; `make bench` runs the default plan in 3 min.\n",
        stdout);
    return EXIT_OK;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        return print_starting_points();
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        return print_commands(stdout);
    }
    const struct command *command = command_find(argv[1]);
    if (command == NULL) {
        fprintf(stderr, "heapdyno: unknown command '%.64s'\n\n", argv[1]);
        print_commands(stderr);
        return EXIT_USAGE;
    }
    return command->run(argc - 1, argv + 1);
}

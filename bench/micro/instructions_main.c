/* build/instructions: the micro-benchmarks, one after the other, without clocks, for callgrind.
 *
 *   instructions [--quick] TARGET [PART-OF-A-NAME…]
 *   instructions --environment TARGET    what the process must find in its environment
 *   instructions --targets               names of allocators and floors
 * Prints the version of the allocator's library first; exit 77 when it is not there. The counting
 * is bench/instructions.sh's. */
#include <stdio.h>
#include <string.h>

#include "bench/micro/instructions.h"
#include "bench/micro/stand.h"

static int print_targets(void)
{
    for (size_t i = 0; i < allocator_count(); i++) {
        if (strcmp(allocator_at(i)->name, "bump") != 0) { /* it never frees: a loop fills memory */
            printf("%s\n", allocator_at(i)->name);
        }
    }
    for (size_t i = 0; i < FLOORS; i++) {
        printf("%s\n", floor_names[i]);
    }
    return 0;
}

static int print_environment(const char *target)
{
    struct environment environment;
    stand_environment(target, &environment);
    for (size_t i = 0; i < environment.count; i++) {
        printf("%s=%s\n", environment.variable[i].name, environment.variable[i].value);
    }
    return 0;
}

static int run_target(const char *target, char **patterns, bool quick)
{
    struct stand stand;
    struct error error;
    struct micro_cases cases;
    if (!stand_open(&stand, target, &error)) {
        printf("%s: %s\n", target, error.text);
        return stand.skipped ? 77 : 2;
    }
    printf("%s\n", stand.version[0] != '\0' ? stand.version : "own");
    stand_cases(target, &cases);
    int status = instructions_run(&stand, &cases, patterns, quick);
    stand_close(&stand);
    return status;
}

int main(int argc, char **argv)
{
    bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
    argv += quick;
    argc -= quick;
    if (argc == 2 && strcmp(argv[1], "--targets") == 0) {
        return print_targets();
    }
    if (argc == 3 && strcmp(argv[1], "--environment") == 0) {
        return print_environment(argv[2]);
    }
    if (argc < 2 || argv[1][0] == '-') {
        fprintf(stderr, "usage: instructions [--quick] TARGET [PART-OF-A-NAME…] | --environment "
                        "TARGET | --targets\n");
        return 2;
    }
    return run_target(argv[1], argv + 2, quick);
}

/* heapdyno-oracle [--trace] FILE: what CPython 3.11 says to a scenario. Exit status as `heapdyno
 * scenario` gives it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cpython/oracle.h"
#include "workloads/scenario/run.h"

static int run(const char *path, bool trace)
{
    struct scenario_program program;
    struct oracle *oracle;
    struct error error;
    scenario_init(&program);
    int status = scenario_load(path, &program);
    if (status == SCENARIO_EXIT_OK && !oracle_start(&oracle, &error)) {
        fprintf(stderr, "heapdyno-oracle: %s\n", error.text);
        status = SCENARIO_EXIT_FAILED;
    }
    if (status != SCENARIO_EXIT_OK) {
        scenario_free(&program);
        return status;
    }
    struct scenario_machine machine;
    oracle_open(oracle, program.uses_weakdict);
    if (!machine_open(&machine, &oracle_backend, oracle, &program, stdout)) {
        fprintf(stderr, "heapdyno-oracle: out of memory\n");
        scenario_free(&program);
        return SCENARIO_EXIT_FAILED;
    }
    machine.trace = trace;
    status = scenario_execute(&machine, path);
    machine_close(&machine);
    int64_t alive = oracle_close(oracle);
    scenario_free(&program);
    if (alive != 0 && status == SCENARIO_EXIT_OK) {
        fprintf(stderr, "%s: %lld objects leaked\n", path, (long long)alive);
        status = SCENARIO_EXIT_FAILED;
    }
    return status;
}

int main(int argc, char **argv)
{
    bool trace = argc == 3 && strcmp(argv[1], "--trace") == 0;
    if (argc != 2 + trace || (argv[argc - 1][0] == '-' && argv[argc - 1][1] != '\0')) {
        fprintf(stderr, "usage: heapdyno-oracle [--trace] FILE\n");
        return SCENARIO_EXIT_USAGE;
    }
    int status = run(argv[argc - 1], trace);
    fflush(stdout);
    _exit(status); /* the interpreter is not taken down: its end is no part of a scenario */
}

/* build/micro: the micro-benchmarks under Google Benchmark, one allocator a process.
 *
 *   micro TARGET [--benchmark_…]      run the cases of one target; its environment is the caller's
 *   micro --merge OUT.json RUN IN.json…   one file of many, records in the folder RUN, and the tables
 * bench/micro.sh does both for all targets. One operation of a case is one iteration; a benchmark
 * looks at the clock every `batch` of them, so that the library's own loop costs nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/micro/gbench.h"
#include "bench/micro/merge.h"
#include "bench/micro/stand.h"

/* One registered case: what the library hands back to us. */
struct timed {
    struct stand *stand;
    const struct micro_case *one;
};

static uint64_t page_faults(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_minflt;
}

static void run_timed(struct gbench *running, void *user)
{
    const struct timed *timed = user;
    const struct micro_functions *functions = timed->one->functions;
    uint64_t items = 1;
    struct error error = {"no reason given"};
    void *state = functions->open(timed->stand, timed->one, &items, &error);
    if (state == NULL) {
        gbench_skip(running, error.text);
        return;
    }
    functions->run(state, timed->one->batch); /* to warm up */
    uint64_t faults = page_faults();
    while (gbench_keep_running(running, timed->one->batch)) {
        functions->run(state, timed->one->batch);
    }
    gbench_counter(running, "faults", (double)(page_faults() - faults), GBENCH_PER_ITERATION);
    gbench_label(running, timed->stand->version);
    gbench_counter(running, "items", (double)items, GBENCH_PLAIN);
    gbench_items(running, items * gbench_iterations(running));
    functions->close(state);
}

static void register_cases(struct stand *stand, const struct micro_cases *cases,
                           struct timed *timed, bool quick)
{
    char name[96];
    for (size_t i = 0; i < cases->count; i++) {
        timed[i] = (struct timed){stand, &cases->at[i]};
        snprintf(name, sizeof name, "%s/%s", stand->target, cases->at[i].name);
        if (!(quick && strncmp(cases->at[i].name, "collect/", 8) == 0 && cases->at[i].slow)) {
            gbench_register(name, run_timed, &timed[i]);
        }
    }
}

static int run_target(const char *target, int argc, char **argv)
{
    static const char debug_label[] =
        "the library's own build type is a label of Debian's package; the timed loop is ours, -O2";
    struct stand stand;
    struct error error;
    if (!stand_open(&stand, target, &error)) {
        fprintf(stderr, "%s: %s\n", target, error.text);
        return stand.skipped ? 77 : 2;
    }
    struct micro_cases cases;
    struct timed timed[MICRO_CASES_MAX];
    stand_cases(target, &cases);
    register_cases(&stand, &cases, timed, getenv("QUICK") != NULL);
    if (!gbench_start(&argc, argv)) {
        stand_close(&stand);
        return 2;
    }
    gbench_context("target", target);
    gbench_context("library", stand.version[0] != '\0' ? stand.version : "own");
    gbench_context("note", debug_label);
    gbench_run();
    stand_close(&stand);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 4 && strcmp(argv[1], "--merge") == 0) {
        return micro_merge(argv[2], argv[3], argv + 4, (size_t)argc - 4);
    }
    if (argc < 2 || argv[1][0] == '-') {
        fprintf(stderr, "usage: micro TARGET [--benchmark_…] | --merge OUT.json RUN IN.json…\n");
        return 2;
    }
    return run_target(argv[1], argc - 1, argv + 1);
}

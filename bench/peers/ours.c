/* What is measured of ours, as a side of a comparison (worker.h):
 *
 *   ours ALLOCATOR CASE                  a micro-benchmark
 *   ours ALLOCATOR WORKLOAD COLLECTOR    a whole workload, all three as in a cell
 *   ours ALLOCATOR collections WORKLOAD COLLECTOR    what it spends on collecting (collections.h)
 *   ours ALLOCATOR graph KIND SHAPE N    full collections (graph.h) */
#include <string.h>

#include "allocators/wrapper.h"
#include "bench/micro/patterns.h"
#include "bench/micro/stand.h"
#include "bench/peers/collections.h"
#include "bench/peers/graph.h"
#include "bench/peers/worker.h"
#include "workloads/workload.h"

struct whole {
    struct runtime *runtime;
    const struct workload *workload;
    struct option table[OPTIONS_MAX]; /* what `options` points to */
    struct options options;
};

static void whole_run(void *state, uint64_t operations)
{
    struct whole *self = state;
    static const struct meter meter = {0};
    while (operations-- > 0) {
        struct rng rng;
        struct outcome outcome = {0};
        rng_seed(&rng, 1);
        self->workload->run(self->runtime, &self->options, &rng, &meter, &outcome);
        CHECK(outcome.ok);
    }
}

/* The workload of a SPEC with its options; false: there is no such, which is printed. */
static bool find_workload(struct whole *whole, const char *text)
{
    struct spec spec;
    struct error error;
    size_t count;
    if (!spec_parse(text, strlen(text), &spec, &error) ||
        (whole->workload = workload_find(spec.part[0].name)) == NULL) {
        printf("skip no workload %s\n", text);
        return false;
    }
    workload_options(whole->workload, whole->table, &count);
    if (!spec_options(&spec.part[0], whole->table, count, &whole->options, &error)) {
        printf("skip %s\n", error.text);
        return false;
    }
    return true;
}

static int serve_workload(struct stand *stand, const char *text, const char *collector)
{
    struct whole whole;
    if (!find_workload(&whole, text)) {
        return 2;
    }
    whole.runtime = stand_runtime(stand, collector);
    int status =
        worker_serve(&(struct worker){.state = &whole, .run = whole_run, .items = 1, .batch = 1});
    CHECK(runtime_close(whole.runtime) == 0);
    return status;
}

static int serve_collections(struct stand *stand, const char *text, const char *collector)
{
    struct whole whole;
    return find_workload(&whole, text)
               ? collections_serve(stand, whole.workload, &whole.options, collector)
               : 2;
}

static int serve_case(struct stand *stand, const char *name)
{
    struct micro_cases cases;
    struct error error;
    stand_cases(stand->target, &cases);
    patterns_add_large(&cases, &heap_functions);
    for (size_t i = 0; i < cases.count; i++) {
        const struct micro_case *one = &cases.at[i];
        if (strcmp(one->name, name) == 0) {
            struct worker worker = {.run = one->functions->run, .items = 1, .batch = one->batch};
            worker.state = one->functions->open(stand, one, &worker.items, &error);
            if (worker.state == NULL) {
                printf("skip %s\n", error.text);
                return 2;
            }
            int status = worker_serve(&worker);
            one->functions->close(worker.state);
            return status;
        }
    }
    printf("skip no case %s\n", name);
    return 2;
}

static int serve(struct stand *stand, int argc, char **argv)
{
    switch (argc) {
    case 3:
        return serve_case(stand, argv[2]);
    case 4:
        return serve_workload(stand, argv[2], argv[3]);
    case 5:
        if (strcmp(argv[2], "collections") == 0) {
            return serve_collections(stand, argv[3], argv[4]);
        }
        break;
    case 6:
        if (strcmp(argv[2], "graph") == 0) {
            return graph_serve(stand, argv[3], argv[4], strtoll(argv[5], NULL, 10));
        }
        break;
    default:
        break;
    }
    puts("skip usage: ours ALLOCATOR CASE | [collections] WORKLOAD COLLECTOR | graph KIND SHAPE N");
    return 2;
}

int main(int argc, char **argv)
{
    struct stand stand;
    struct error error;
    if (argc < 3 || !stand_open(&stand, argv[1], &error)) {
        printf("skip %s\n", argc < 3 ? "usage: ours ALLOCATOR …" : error.text);
        return 2;
    }
    int status = serve(&stand, argc, argv);
    stand_close(&stand);
    return status;
}

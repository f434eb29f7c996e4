/* For listeners.sh: the workload web under cp311 with as many listeners as the argument says. Each
 * only counts what it hears, so that what is measured is the telling. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocators/wrapper.h"
#include "base/check.h"
#include "collector/collector.h"
#include "workloads/workload.h"

static void hear(void *self, const struct event *event)
{
    (void)event;
    ++*(uint64_t *)self;
}

static void parse(const char *text, struct spec *spec)
{
    struct error error;
    CHECK(spec_parse(text, strlen(text), spec, &error));
}

static struct runtime *open_runtime(struct heap heap)
{
    struct spec spec;
    struct options options;
    struct error error;
    struct runtime *runtime;
    const struct collector *collector = collector_find("cp311");
    parse("cp311", &spec);
    CHECK(
        spec_options(&spec.part[0], collector->options, collector->option_count, &options, &error));
    struct runtime_config config = {
        .heap = {heap, heap, heap}, .collector = collector, .collector_options = &options};
    CHECK(runtime_open(&config, &runtime, &error));
    return runtime;
}

static void run_web(struct runtime *runtime)
{
    struct spec spec;
    struct options options;
    struct error error;
    struct option rows[OPTIONS_MAX];
    size_t count;
    const struct workload *web = workload_find("web");
    const struct option *table = workload_options(web, rows, &count);
    parse("web:size=small,requests=1500", &spec);
    CHECK(spec_options(&spec.part[0], table, count, &options, &error));
    struct rng rng;
    struct meter meter = {0};
    struct outcome outcome;
    rng_seed(&rng, 1);
    web->run(runtime, &options, &rng, &meter, &outcome);
    CHECK(outcome.ok);
}

int main(int argc, char **argv)
{
    CHECK(argc == 2);
    struct spec spec;
    struct heap heap;
    struct error error;
    uint64_t heard = 0;
    parse("malloc", &spec);
    CHECK(heap_open(&spec, NULL, (struct heap){0}, &heap, &error));
    struct runtime *runtime = open_runtime(heap);
    for (int i = 0; i < atoi(argv[1]); i++) {
        CHECK(runtime_listen(runtime, (struct listener){&heard, hear}));
    }
    run_web(runtime);
    CHECK(runtime_close(runtime) == 0);
    heap_close(&heap);
    printf("%llu\n", (unsigned long long)heard);
    return 0;
}

// Google Benchmark for C; see gbench.h. Opaque pointers are the library's own objects.
#include "bench/micro/gbench.h"

#include <benchmark/benchmark.h>

#include <vector>

static benchmark::State *state_of(struct gbench *self)
{
    return reinterpret_cast<benchmark::State *>(self);
}

static const benchmark::State *state_of(const struct gbench *self)
{
    return reinterpret_cast<const benchmark::State *>(self);
}

static benchmark::internal::Benchmark *case_of(struct gbench_case *self)
{
    return reinterpret_cast<benchmark::internal::Benchmark *>(self);
}

extern "C" {

bool gbench_start(int *argc, char **argv)
{
    benchmark::Initialize(argc, argv);
    return !benchmark::ReportUnrecognizedArguments(*argc, argv);
}

struct gbench_case *gbench_register(const char *name, gbench_f *function, void *user)
{
    benchmark::internal::Benchmark *made =
        benchmark::RegisterBenchmark(name, [function, user](benchmark::State &state) {
            function(reinterpret_cast<struct gbench *>(&state), user);
        });
    return reinterpret_cast<struct gbench_case *>(made);
}

void gbench_arguments(struct gbench_case *self, const int64_t *values, size_t count)
{
    case_of(self)->Args(std::vector<int64_t>(values, values + count));
}

void gbench_context(const char *name, const char *value)
{
    benchmark::AddCustomContext(name, value);
}

size_t gbench_run(void)
{
    size_t count = benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return count;
}

bool gbench_keep_running(struct gbench *self, uint64_t operations)
{
    return state_of(self)->KeepRunningBatch(static_cast<int64_t>(operations));
}

int64_t gbench_argument(const struct gbench *self, size_t index)
{
    return state_of(self)->range(index);
}

void gbench_label(struct gbench *self, const char *text)
{
    state_of(self)->SetLabel(text);
}

void gbench_skip(struct gbench *self, const char *reason)
{
    state_of(self)->SkipWithError(reason);
}

void gbench_counter(struct gbench *self, const char *name, double value, enum gbench_counter kind)
{
    static const benchmark::Counter::Flags flags[] = {benchmark::Counter::kDefaults,
                                                      benchmark::Counter::kIsRate,
                                                      benchmark::Counter::kAvgIterations};
    state_of(self)->counters[name] = benchmark::Counter(value, flags[kind]);
}

void gbench_items(struct gbench *self, uint64_t items)
{
    state_of(self)->SetItemsProcessed(static_cast<int64_t>(items));
}

uint64_t gbench_iterations(const struct gbench *self)
{
    return static_cast<uint64_t>(state_of(self)->iterations());
}
}

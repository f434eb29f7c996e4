/* every: a stress test. Each birth of a GC object collects: free lists are off, so that each is a
 * real allocation, and the youngest generation is always due. The older ones follow by cp311's
 * rule. Objects that code holds without a count, or tracks half-made, do not survive it. */
#include "collector/builtin.h"
#include "collector/generations.h"

static const struct option every_options[] = {GENERATIONS_OPTIONS("0/10/10")};

static bool every_open(struct runtime *runtime, const struct options *options, struct error *error)
{
    runtime->freelists = (struct freelists){0}; /* they take no block */
    return generations_open(runtime, options, error);
}

static int64_t every_trigger(const struct runtime *runtime)
{
    (void)runtime;
    return -1;
}

static void every_on_alloc(struct runtime *runtime)
{
    int generation = generations_due(runtime);
    generations_collect(runtime, generation > 0 ? generation : 0);
}

const struct collector collector_every = {
    .name = "every",
    .summary = "a stress test: every birth of a GC object collects",
    .model = MODEL_NAME,
    .options = every_options,
    .option_count = COUNT_OF(every_options),
    .open = every_open,
    .on_alloc = every_on_alloc,
    .trigger = every_trigger,
    .collect = generations_collect,
    .freeze = generations_freeze,
    .unfreeze = generations_unfreeze,
};

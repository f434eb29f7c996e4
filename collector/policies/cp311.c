/* cp311: CPython 3.11's collector, exact. A collection runs inside the allocation that exceeds the
 * threshold, before the new object is tracked. Source: CPython 3.11 Modules/gcmodule.c. Not good
 * at: large live heaps, where every full collection visits everything. */
#include "collector/builtin.h"
#include "collector/generations.h"

static const struct option cp311_options[] = {GENERATIONS_OPTIONS("700/10/10")};

static void cp311_on_alloc(struct runtime *runtime)
{
    int generation = generations_due(runtime);
    if (generation >= 0) {
        generations_collect(runtime, generation);
    }
}

const struct collector collector_cp311 = {
    .name = "cp311",
    .summary = "CPython 3.11: three generations, collected inside allocations",
    .model = MODEL_NAME,
    .options = cp311_options,
    .option_count = COUNT_OF(cp311_options),
    .open = generations_open,
    .on_alloc = cp311_on_alloc,
    .collect = generations_collect,
    .freeze = generations_freeze,
    .unfreeze = generations_unfreeze,
};

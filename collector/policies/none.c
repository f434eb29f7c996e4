/* none: reference counts only. Cycles stay until the runtime closes: the zero that every collector
 * is compared with. Generations are still kept, so that a live heap costs what it costs elsewhere.
 */
#include "collector/builtin.h"
#include "collector/generations.h"

static bool none_open(struct runtime *runtime, const struct options *options, struct error *error)
{
    (void)runtime;
    (void)options;
    (void)error;
    return true;
}

static uint64_t none_collect(struct runtime *runtime, int generation)
{
    (void)runtime;
    (void)generation;
    return 0;
}

const struct collector collector_none = {
    .name = "none",
    .summary = "reference counts only; cycles are never collected",
    .model = MODEL_NAME,
    .open = none_open,
    .collect = none_collect,
    .freeze = generations_freeze,
    .unfreeze = generations_unfreeze,
};

/* The workloads of list.def, and the options that all of them have. */
#include <string.h>

#include "base/check.h"
#include "workloads/workload.h"

#define WORKLOAD(name) extern const struct workload workload_##name;
#include "workloads/list.def"
#undef WORKLOAD

static const struct workload *const workloads[] = {
#define WORKLOAD(name) &workload_##name,
#include "workloads/list.def"
#undef WORKLOAD
};

static const struct option common_options[] = {
    {"size", OPTION_CHOICE, "small", 0, 0, "tiny|small|large",
     "sets what is left unset; tiny: at most 2,000 requests; large: seconds"},
    {"live", OPTION_REAL, "1", 0, 1000, NULL, "scale of the live set"},
    {"cyclic", OPTION_REAL, NULL, 0, 1, NULL,
     "share of the garbage that is cyclic, where it applies; unset: the workload's own"},
    {"age", OPTION_CHOICE, "fresh", 0, 0, "fresh|aged",
     "aged: addresses and list order are shuffled before the measured part"},
    {"collect", OPTION_CHOICE, NULL, 0, 0, "start|every|idle",
     "gc.collect() by the program: when the setup ends; after each collect_every operations, where "
     "the next one waits for it; or then, but out of service, where none does (unset: never)"},
    {"collect_every", OPTION_COUNT, NULL, 1, 1000000000, NULL,
     "operations between two of them (unset: 1)"},
};

size_t workload_count(void)
{
    return COUNT_OF(workloads);
}

const struct workload *workload_at(size_t index)
{
    CHECK(index < COUNT_OF(workloads));
    return workloads[index];
}

const struct workload *workload_find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(workloads); i++) {
        if (strcmp(workloads[i]->name, name) == 0) {
            return workloads[i];
        }
    }
    return NULL;
}

const struct option *workload_options(const struct workload *workload,
                                      struct option storage[OPTIONS_MAX], size_t *count)
{
    size_t common = COUNT_OF(common_options);
    CHECK(common + workload->option_count <= OPTIONS_MAX);
    memcpy(storage, common_options, sizeof common_options);
    if (workload->option_count > 0) {
        memcpy(storage + common, workload->options,
               workload->option_count * sizeof *workload->options);
    }
    *count = common + workload->option_count;
    return storage;
}

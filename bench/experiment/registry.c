/* The experiments of list.def, and where their plans are. */
#include <stdio.h>
#include <string.h>

#include "base/beside.h"
#include "base/check.h"
#include "bench/experiment/experiment.h"

#define EXPERIMENT(name) extern const struct experiment experiment_##name;
#include "bench/experiment/list.def"
#undef EXPERIMENT

static const struct experiment *const experiments[] = {
#define EXPERIMENT(name) &experiment_##name,
#include "bench/experiment/list.def"
#undef EXPERIMENT
};

size_t experiment_count(void)
{
    return COUNT_OF(experiments);
}

const struct experiment *experiment_at(size_t index)
{
    CHECK(index < COUNT_OF(experiments));
    return experiments[index];
}

const struct experiment *experiment_find(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(experiments); i++) {
        if (strcmp(experiments[i]->name, name) == 0) {
            return experiments[i];
        }
    }
    return NULL;
}

bool experiment_plan(const struct experiment *self, char *path, size_t length, struct error *error)
{
    static const char *const places[] = {"bench/plans", "share/heapdyno/plans", NULL};
    char file[64];
    snprintf(file, sizeof file, "%s.ini", self->name);
    return beside_find("HEAPDYNO_PLANS", places, file, path, length) ||
           error_set(error,
                     "the plan %s was found neither in bench/plans nor beside the program; "
                     "set HEAPDYNO_PLANS to its folder",
                     file);
}

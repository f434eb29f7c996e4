/* The list of collectors. */
#include "collector/builtin.h"

#include <string.h>

#include "base/check.h"

#define COLLECTOR(name) &collector_##name,
static const struct collector *const collectors[] = {
#include "collector/policies/list.def"
};
#undef COLLECTOR

size_t collector_count(void)
{
    return COUNT_OF(collectors);
}

const struct collector *collector_at(size_t index)
{
    CHECK(index < collector_count());
    return collectors[index];
}

const struct collector *collector_find(const char *name)
{
    for (size_t i = 0; i < collector_count(); i++) {
        if (strcmp(collectors[i]->name, name) == 0) {
            return collectors[i];
        }
    }
    return NULL;
}

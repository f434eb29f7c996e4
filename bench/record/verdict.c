/* Names of verdicts; see verdict.h. */
#include "bench/record/verdict.h"

#include <string.h>

#include "base/check.h"

static const char *const names[VERDICTS] = {"ok",      "skipped", "failed",
                                            "timeout", "memory",  "untrusted"};

const char *verdict_name(enum verdict verdict)
{
    CHECK((unsigned)verdict < VERDICTS);
    return names[verdict];
}

bool verdict_parse(const char *name, enum verdict *out)
{
    for (int i = 0; i < VERDICTS; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum verdict)i;
            return true;
        }
    }
    return false;
}

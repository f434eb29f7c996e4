/* Tables of micro-benchmarks; see case.h. */
#include "bench/micro/case.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/check.h"

struct micro_case *micro_case_add(struct micro_cases *cases, const char *format, ...)
{
    CHECK(cases->count < MICRO_CASES_MAX);
    struct micro_case *self = &cases->at[cases->count++];
    *self = (struct micro_case){.batch = 1, .length = 1};
    va_list list;
    va_start(list, format);
    int n = vsnprintf(self->name, sizeof self->name, format, list);
    va_end(list);
    CHECK(0 < n && (size_t)n < sizeof self->name);
    return self;
}

bool micro_case_matches(const struct micro_case *self, const char *pattern)
{
    size_t length = pattern == NULL ? 0 : strlen(pattern);
    if (length > 0 && pattern[length - 1] == '$') {
        return strlen(self->name) == length - 1 && memcmp(self->name, pattern, length - 1) == 0;
    }
    return length == 0 || strstr(self->name, pattern) != NULL;
}

void *micro_map(size_t bytes)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    CHECK(p != MAP_FAILED);
    return p;
}

void micro_unmap(void *p, size_t bytes)
{
    CHECK(munmap(p, bytes) == 0);
}

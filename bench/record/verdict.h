/* What became of a process: the verdict of its record. */
#ifndef HEAPDYNO_BENCH_VERDICT_H
#define HEAPDYNO_BENCH_VERDICT_H

#include <stdbool.h>

enum { RECORD_SCHEMA = 1 };

enum verdict {
    VERDICT_OK,
    VERDICT_SKIPPED,
    VERDICT_FAILED,
    VERDICT_TIMEOUT,
    VERDICT_MEMORY,
    VERDICT_UNTRUSTED,
    VERDICTS
};

const char *verdict_name(enum verdict verdict);
bool verdict_parse(const char *name, enum verdict *out); /* false: no such name, *out untouched */

#endif

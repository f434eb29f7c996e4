/* The machine that a record was made on. */
#ifndef HEAPDYNO_BENCH_MACHINE_H
#define HEAPDYNO_BENCH_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/record/json.h"

struct machine {
    char id[20]; /* hash of the rest: records of one id may be compared */
    char host[65], kernel[130], cpu[128], thp[16], libc[32], compiler[64], build[16];
    uint64_t cores, memory_bytes;
};

void machine_read(struct machine *out);

/* `machine`, `host`, … as fields of an open object. */
void machine_print(const struct machine *self, struct json *json);

#endif

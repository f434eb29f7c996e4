/* Allocation requests of one side of a comparison: each block is named by the ordinal of its
 * allocation since the start of the run, so that two heaps with different addresses can be compared
 * request by request. Filled by a tap on our side and by allocator hooks on CPython's. */
#ifndef HEAPDYNO_CPYTHON_REQUESTS_H
#define HEAPDYNO_CPYTHON_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocators/tap.h"
#include "base/address_map.h"

enum { REQUEST_DOMAIN_OBJ, REQUEST_DOMAIN_MEM };

struct request_record {
    uint8_t domain;
    uint8_t kind;     /* enum request_kind */
    uint32_t ordinal; /* of the block that came or went; 0: older than the start, or none */
    uint32_t old;     /* resize: the block given */
    uint64_t size;    /* asked for; 0 for a release */
};

struct request_log {
    int64_t live;   /* blocks allocated less blocks released, always counted */
    bool recording; /* keep records and ordinals */
    uint32_t next;
    size_t count, capacity;
    struct request_record *record;
    struct address_map blocks; /* to ordinals */
};

void request_log_free(struct request_log *self);
/* Forget all records and ordinals, and record from now on. */
void request_log_start(struct request_log *self);
/* One finished request. `size` is ignored for a release. */
void request_log_hear(struct request_log *self, const struct request *request);

/* Take back the last record, an allocation. */
void request_log_forget_last(struct request_log *self);

/* The first record that differs, or -1 when both are equal. */
int64_t request_logs_compare(const struct request_log *left, const struct request_log *right);
/* A record as text. */
char *request_record_print(const struct request_record *record, char *buffer, size_t length);

#endif

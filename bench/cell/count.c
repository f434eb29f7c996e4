/* Counting requests; see count.h. */
#include "bench/cell/count.h"

#include <stddef.h>

#include "base/check.h"

static uint64_t rounded(size_t size)
{
    return ((uint64_t)size + HEAP_ALIGNMENT - 1) / HEAP_ALIGNMENT * HEAP_ALIGNMENT;
}

static unsigned class_of(uint64_t size)
{
    if (size <= 16) {
        return 0;
    }
    if (size <= 512) {
        return (unsigned)(size / 16) - 1;
    }
    unsigned power = 64u - (unsigned)__builtin_clzll(size - 1) - 10; /* 513 … 1024 is 0 */
    return power < COUNT_CLASSES - COUNT_SMALL ? COUNT_SMALL + power : COUNT_CLASSES - 1;
}

uint64_t count_class_size(unsigned index)
{
    return index < COUNT_SMALL ? (index + 1) * UINT64_C(16)
                               : UINT64_C(1024) << (index - COUNT_SMALL);
}

void count_read_mapped(struct count *self)
{
    uint64_t sum = 0;
    bool known = false;
    for (int i = 0; i < COUNT_DOMAINS; i++) {
        if (self->heap[i] == NULL) {
            continue;
        }
        struct heap_stats stats;
        heap_stats(self->heap[i], &stats);
        if (stats.mapped_bytes != HEAP_UNKNOWN) {
            sum += stats.mapped_bytes;
            known = true;
        }
    }
    if (known && sum > self->mapped_bytes_peak) {
        self->mapped_bytes_peak = sum;
    }
}

static void grow(struct count *self, size_t size)
{
    self->live_bytes += rounded(size);
    self->live_blocks++;
    if (self->live_bytes <= self->live_bytes_peak) {
        return;
    }
    self->live_bytes_peak = self->live_bytes;
    if (self->live_bytes - self->mapped_at_live > self->mapped_at_live / 32) {
        self->mapped_at_live = self->live_bytes;
        count_read_mapped(self);
    }
}

static void shrink(struct count *self, size_t size)
{
    CHECK(self->live_blocks > 0 && self->live_bytes >= rounded(size));
    self->live_bytes -= rounded(size);
    self->live_blocks--;
}

static void hear_alloc(struct count *self, const struct request *request)
{
    self->requests[request->domain]++;
    if (request->p == NULL) {
        self->failures++;
        return;
    }
    self->bytes_requested += request->size;
    self->class_allocs[class_of(rounded(request->size))]++;
    grow(self, request->size);
}

static void hear_resize(struct count *self, const struct request *request)
{
    self->resizes++;
    if (request->p == NULL) {
        self->failures++;
        return;
    }
    self->bytes_requested +=
        request->size > request->old_size ? request->size - request->old_size : 0;
    shrink(self, request->old_size);
    grow(self, request->size);
}

static void count_hear(void *self_, const struct request *request)
{
    struct count *self = self_;
    switch (request->kind) {
    case REQUEST_ALLOC:
    case REQUEST_CALLOC:
        hear_alloc(self, request);
        break;
    case REQUEST_RESIZE:
        if (request->old_p == NULL) {
            hear_alloc(self, request);
        } else {
            hear_resize(self, request);
        }
        break;
    case REQUEST_RELEASE:
        if (request->p != NULL) {
            self->releases++;
            shrink(self, request->size);
        }
        break;
    }
}

struct request_listener count_listener(struct count *self)
{
    return (struct request_listener){self, count_hear};
}

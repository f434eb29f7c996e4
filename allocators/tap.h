/* A tap: a heap that reports every request to a listener and passes it on. The counting process,
 * the trace of allocation requests and the lockstep comparison listen here, above the allocator, so
 * that a request which an allocator passes on to another is counted once. Timed processes have no
 * tap. */
#ifndef HEAPDYNO_ALLOCATORS_TAP_H
#define HEAPDYNO_ALLOCATORS_TAP_H

#include "allocators/allocator.h"

enum request_kind { REQUEST_ALLOC, REQUEST_CALLOC, REQUEST_RESIZE, REQUEST_RELEASE };

/* One finished request. */
struct request {
    enum request_kind kind;
    int domain;      /* as given to heap_tap: the caller's own number */
    void *p;         /* result (NULL: failed); for release the block given back */
    void *old_p;     /* resize only: the block given, already gone if it moved */
    size_t size;     /* asked for; for release the size given */
    size_t old_size; /* resize only */
};

struct request_listener {
    void *self;
    void (*hear)(void *self, const struct request *request);
};

/* Take over `inner`; closing the tap closes it. NULL memory gives false. */
bool heap_tap(struct heap inner, int domain, struct request_listener listener, struct heap *out);

#endif

/* The tap: passes each request on, then tells the listener. Two calls more per request, so it is
 * never in a timed process. release(NULL, 0) is no request and is not heard. */
#include "allocators/tap.h"

#include "allocators/os_pages.h"

struct tap {
    struct heap inner;
    struct request_listener listener;
    int domain;
    struct heap_methods methods; /* ours; without size_of if inner has none */
};

static void tap_tell(const struct tap *self, struct request request)
{
    request.domain = self->domain;
    self->listener.hear(self->listener.self, &request);
}

static void *tap_alloc(void *heap, size_t size)
{
    const struct tap *self = heap;
    void *p = heap_alloc(&self->inner, size);
    tap_tell(self, (struct request){.kind = REQUEST_ALLOC, .p = p, .size = size});
    return p;
}

static void *tap_calloc(void *heap, size_t size)
{
    const struct tap *self = heap;
    void *p = heap_calloc(&self->inner, size);
    tap_tell(self, (struct request){.kind = REQUEST_CALLOC, .p = p, .size = size});
    return p;
}

static void *tap_resize(void *heap, void *p, size_t old_size, size_t new_size)
{
    const struct tap *self = heap;
    struct request request = {
        .kind = REQUEST_RESIZE, .old_p = p, .size = new_size, .old_size = old_size};
    request.p = heap_resize(&self->inner, p, old_size, new_size);
    tap_tell(self, request);
    return request.p;
}

static void tap_release(void *heap, void *p, size_t size)
{
    const struct tap *self = heap;
    struct request request = {.kind = REQUEST_RELEASE, .p = p, .size = size};
    heap_release(&self->inner, p, size);
    if (request.p != NULL) {
        tap_tell(self, request);
    }
}

static size_t tap_size_of(void *heap, const void *p)
{
    const struct tap *self = heap;
    return self->inner.methods->size_of(self->inner.self, p);
}

static void tap_trim(void *heap)
{
    heap_trim(&((struct tap *)heap)->inner);
}

static void tap_stats(void *heap, struct heap_stats *out)
{
    heap_stats(&((struct tap *)heap)->inner, out);
}

static const char *tap_check(void *heap)
{
    return heap_check(&((struct tap *)heap)->inner);
}

static void tap_close(void *heap)
{
    heap_close(&((struct tap *)heap)->inner);
    os_pages_unmap(heap, os_pages_size());
}

static const struct heap_methods tap_methods = {
    .alloc = tap_alloc,
    .calloc = tap_calloc,
    .resize = tap_resize,
    .release = tap_release,
    .size_of = tap_size_of,
    .trim = tap_trim,
    .stats = tap_stats,
    .check = tap_check,
    .close = tap_close,
};

bool heap_tap(struct heap inner, int domain, struct request_listener listener, struct heap *out)
{
    struct tap *self = os_pages_map(os_pages_size());
    if (self == NULL) {
        return false;
    }
    *self = (struct tap){inner, listener, domain, tap_methods};
    if (inner.methods->size_of == NULL) {
        self->methods.size_of = NULL;
    }
    *out = heap_make(self, &self->methods);
    return true;
}

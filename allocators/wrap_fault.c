/* +fault: chosen requests fail, as if there were no memory, in the binary that is measured.
 *
 * A request is an alloc, a calloc or a resize; releases never fail. They are numbered from 1 in the
 * order they come. A sweep first runs without options and reads heap_stats().requests, then fails
 * each number in turn; heap_stats().requests_refused says whether the fault was met. */
#include "allocators/builtin.h"

#include "allocators/os_pages.h"
#include "base/check.h"

struct fault {
    struct heap inner;
    uint64_t at; /* these are 0 where the option is unset */
    uint64_t from;
    uint64_t every;
    uint64_t requests;
    uint64_t refused;
    struct heap_methods methods; /* ours; without size_of if inner has none */
};

/* Number the request; whether it has to fail. */
static bool fault_due(struct fault *self)
{
    uint64_t n = ++self->requests;
    bool due = n == self->at || (self->from > 0 && n >= self->from) ||
               (self->every > 0 && n % self->every == 0);
    self->refused += due;
    return due;
}

static void *fault_alloc(void *heap, size_t size)
{
    struct fault *self = heap;
    return fault_due(self) ? NULL : heap_alloc(&self->inner, size);
}

static void *fault_calloc(void *heap, size_t size)
{
    struct fault *self = heap;
    return fault_due(self) ? NULL : heap_calloc(&self->inner, size);
}

static void *fault_resize(void *heap, void *p, size_t old_size, size_t new_size)
{
    struct fault *self = heap;
    return fault_due(self) ? NULL : heap_resize(&self->inner, p, old_size, new_size);
}

static void fault_release(void *heap, void *p, size_t size)
{
    heap_release(&((struct fault *)heap)->inner, p, size);
}

static size_t fault_size_of(void *heap, const void *p)
{
    const struct fault *self = heap;
    return self->inner.methods->size_of(self->inner.self, p);
}

static void fault_trim(void *heap)
{
    heap_trim(&((struct fault *)heap)->inner);
}

static void fault_stats(void *heap, struct heap_stats *out)
{
    const struct fault *self = heap;
    heap_stats(&self->inner, out);
    out->requests = self->requests;
    out->requests_refused = self->refused;
}

static const char *fault_check(void *heap)
{
    return heap_check(&((struct fault *)heap)->inner);
}

static void fault_close(void *heap)
{
    heap_close(&((struct fault *)heap)->inner);
    os_pages_unmap(heap, os_pages_size());
}

static const struct heap_methods fault_methods = {
    .alloc = fault_alloc,
    .calloc = fault_calloc,
    .resize = fault_resize,
    .release = fault_release,
    .size_of = fault_size_of,
    .trim = fault_trim,
    .stats = fault_stats,
    .check = fault_check,
    .close = fault_close,
};

static bool fault_wrap(struct heap inner, const struct options *options, struct heap *out,
                       struct error *error)
{
    struct fault *self = os_pages_map(os_pages_size());
    if (self == NULL) {
        return error_set(error, "+fault: no memory for its own page");
    }
    *self = (struct fault){
        .inner = inner,
        .at = options_number(options, "at"),
        .from = options_number(options, "from"),
        .every = options_number(options, "every"),
        .methods = fault_methods,
    };
    if (inner.methods->size_of == NULL) {
        self->methods.size_of = NULL;
    }
    *out = heap_make(self, &self->methods);
    return true;
}

static const struct option fault_options[] = {
    {"at", OPTION_COUNT, NULL, 1, UINT64_MAX, NULL, "this one request fails (unset: none)"},
    {"every", OPTION_COUNT, NULL, 1, UINT64_MAX, NULL, "each multiple fails (unset: none)"},
    {"from", OPTION_COUNT, NULL, 1, UINT64_MAX, NULL, "all from this one on fail (unset: none)"},
};

const struct wrapper wrapper_fault = {
    .name = "fault",
    .summary = "chosen requests fail",
    .options = fault_options,
    .option_count = COUNT_OF(fault_options),
    .wrap = fault_wrap,
};

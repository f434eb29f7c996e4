/* Hooks on the obj and mem domains of CPython: above pymalloc, so that a request which falls
 * through to malloc is still one request. */
#include "cpython/oracle_private.h"

struct hook {
    struct oracle *oracle;
    int domain;
};

static void tell(const struct hook *hook, enum request_kind kind, void *p, void *old, size_t size)
{
    struct request request = {
        .kind = kind, .domain = hook->domain, .p = p, .old_p = old, .size = size};
    request_log_hear(&hook->oracle->requests, &request);
}

static PyMemAllocatorEx *below_of(const struct hook *hook)
{
    return &hook->oracle->below[hook->domain];
}

static void *hook_malloc(void *context, size_t size)
{
    PyMemAllocatorEx *below = below_of(context);
    void *p = below->malloc(below->ctx, size);
    tell(context, REQUEST_ALLOC, p, NULL, size);
    return p;
}

static void *hook_calloc(void *context, size_t count, size_t size)
{
    PyMemAllocatorEx *below = below_of(context);
    void *p = below->calloc(below->ctx, count, size);
    tell(context, REQUEST_CALLOC, p, NULL, count * size);
    return p;
}

static void *hook_realloc(void *context, void *old, size_t size)
{
    PyMemAllocatorEx *below = below_of(context);
    void *p = below->realloc(below->ctx, old, size);
    tell(context, REQUEST_RESIZE, p, old, size);
    return p;
}

static void hook_free(void *context, void *p)
{
    PyMemAllocatorEx *below = below_of(context);
    below->free(below->ctx, p);
    tell(context, REQUEST_RELEASE, p, NULL, 0);
}

void oracle_hook(struct oracle *self)
{
    static struct hook hooks[2]; /* CPython keeps the pointers for the life of the process */
    static const PyMemAllocatorDomain domains[2] = {PYMEM_DOMAIN_OBJ, PYMEM_DOMAIN_MEM};
    for (int i = 0; i < 2; i++) {
        hooks[i] = (struct hook){self, i};
        PyMem_GetAllocator(domains[i], &self->below[i]);
        PyMemAllocatorEx hook = {&hooks[i], hook_malloc, hook_calloc, hook_realloc, hook_free};
        PyMem_SetAllocator(domains[i], &hook);
    }
}

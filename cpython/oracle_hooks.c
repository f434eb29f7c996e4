/* Hooks on the obj and mem domains of CPython: above pymalloc, so that a request which falls
 * through to malloc is still one request. */
#include "cpython/oracle_private.h"

static void tell(const struct oracle_hook *hook, enum request_kind kind, void *p, void *old,
                 size_t size)
{
    struct request request = {
        .kind = kind, .domain = hook->domain, .p = p, .old_p = old, .size = size};
    request_log_hear(&hook->oracle->requests, &request);
}

static void *hook_malloc(void *context, size_t size)
{
    const PyMemAllocatorEx *below = &((struct oracle_hook *)context)->below;
    void *p = below->malloc(below->ctx, size);
    tell(context, REQUEST_ALLOC, p, NULL, size);
    return p;
}

static void *hook_calloc(void *context, size_t count, size_t size)
{
    const PyMemAllocatorEx *below = &((struct oracle_hook *)context)->below;
    void *p = below->calloc(below->ctx, count, size);
    tell(context, REQUEST_CALLOC, p, NULL, count * size);
    return p;
}

static void *hook_realloc(void *context, void *old, size_t size)
{
    const PyMemAllocatorEx *below = &((struct oracle_hook *)context)->below;
    void *p = below->realloc(below->ctx, old, size);
    tell(context, REQUEST_RESIZE, p, old, size);
    return p;
}

static void hook_free(void *context, void *p)
{
    const PyMemAllocatorEx *below = &((struct oracle_hook *)context)->below;
    below->free(below->ctx, p);
    tell(context, REQUEST_RELEASE, p, NULL, 0);
}

void oracle_hook(struct oracle *self)
{
    static const PyMemAllocatorDomain domains[2] = {PYMEM_DOMAIN_OBJ, PYMEM_DOMAIN_MEM};
    for (int i = 0; i < 2; i++) {
        struct oracle_hook *hook = &self->hook[i];
        *hook = (struct oracle_hook){.oracle = self, .domain = i};
        PyMem_GetAllocator(domains[i], &hook->below);
        PyMemAllocatorEx functions = {hook, hook_malloc, hook_calloc, hook_realloc, hook_free};
        PyMem_SetAllocator(domains[i], &functions);
    }
}

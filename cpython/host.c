/* heapdyno-python: CPython 3.11 itself on one of our allocators. The obj and mem domains go to the
 * heap that HEAPDYNO_PYTHON_ALLOCATOR names, raw stays with malloc; everything else is python3.11 as
 * it is installed. The choice is a variable, not an argument, because programs start sys.executable
 * again. `heapdyno python --allocator pool -- script.py` sets it.
 *
 * CPython frees by address alone: an allocator that cannot say how large a block is gets +sized. */
#include <Python.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocators/wrapper.h"
#include "base/spec.h"
#include "bench/cell/environ.h"

static void *host_malloc(void *heap, size_t size)
{
    return heap_alloc(heap, size);
}

static void *host_calloc(void *heap, size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : heap_calloc(heap, bytes);
}

static void host_free(void *heap, void *p)
{
    const struct heap *self = heap;
    if (p != NULL) {
        heap_release(self, p, self->methods->size_of(self->self, p));
    }
}

static void *host_realloc(void *heap, void *p, size_t size)
{
    const struct heap *self = heap;
    return p == NULL ? heap_alloc(self, size)
                     : heap_resize(self, p, self->methods->size_of(self->self, p), size);
}

/* Open SPEC. 0, or an exit status with the reason. */
static int open_heap(const char *text, struct heap raw, struct heap *out, struct error *error)
{
    struct spec spec;
    if (!spec_parse(text, strlen(text), &spec, error) || !heap_spec_check(&spec, NULL, error)) {
        return 2;
    }
    return heap_open(&spec, NULL, raw, out, error) ? 0 : 1;
}

/* The environment that the allocator reads at its start must be ours before. */
static void take_environment(const char *text, char **argv)
{
    struct spec spec;
    struct error ignored;
    struct environment wanted = {0};
    if (spec_parse(text, strlen(text), &spec, &ignored) && heap_spec_check(&spec, NULL, &ignored)) {
        heap_environment(&spec, NULL, &wanted);
        environ_start_anew(&wanted, argv);
    }
}

static int open_heaps(const char *text, struct heap *raw, struct heap *out, struct error *error)
{
    char sized[SPEC_TEXT_MAX];
    int status = open_heap("malloc", (struct heap){0}, raw, error);
    status = status != 0 ? status : open_heap(text, *raw, out, error);
    if (status != 0 || out->methods->size_of != NULL) {
        return status;
    }
    heap_close(out);
    snprintf(sized, sizeof sized, "%s+sized", text);
    return open_heap(sized, *raw, out, error);
}

static void take_domains(struct heap *heap)
{
    PyMemAllocatorEx allocator = {heap, host_malloc, host_calloc, host_realloc, host_free};
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &allocator);
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &allocator);
}

int main(int argc, char **argv)
{
    const char *text = getenv("HEAPDYNO_PYTHON_ALLOCATOR");
    struct heap raw,
        heap; /* live as long as the interpreter: blocks are freed until the very end */
    if (text == NULL) {
        return Py_BytesMain(argc, argv);
    }
    struct error error;
    take_environment(text, argv);
    int status = open_heaps(text, &raw, &heap, &error);
    if (status != 0) {
        fprintf(stderr, "heapdyno python: %s\n", error.text);
        return status;
    }
    PyPreConfig config;
    PyPreConfig_InitPythonConfig(&config);
    PyStatus result = Py_PreInitializeFromBytesArgs(&config, argc, argv);
    if (PyStatus_Exception(result)) {
        Py_ExitStatusException(result);
    }
    take_domains(&heap); /* after the pre-initialisation, which sets the defaults */
    return Py_BytesMain(argc, argv);
}

/* heapdyno-python: CPython 3.11 itself on one of our allocators. The obj and mem domains go to the
 * heap that HEAPDYNO_PYTHON_ALLOCATOR names, raw stays with malloc; everything else is python3.11 as
 * it is installed. The choice is a variable, not an argument, because programs start sys.executable
 * again. `heapdyno python --allocator pool -- script.py` sets it, and so does a cell with program=,
 * of which host_cell.c makes the record.
 *
 * CPython frees by address alone: an allocator that cannot say how large a block is gets +sized. */
#include "cpython/host.h"

#include <Python.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocators/wrapper.h"
#include "base/spec.h"
#include "bench/cell/environ.h"
#include "bench/cell/interpreter.h"

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

/* The same of a heap that counts. */
static uint32_t units(size_t size)
{
    return (uint32_t)((size + 15) / 16);
}

static void *remember(struct host_counted *self, void *p, size_t size)
{
    if (p != NULL) {
        address_map_set(&self->sizes, p, units(size));
    }
    return p;
}

static void *counted_malloc(void *self, size_t size)
{
    return remember(self, host_malloc(((struct host_counted *)self)->heap, size), size);
}

static void *counted_calloc(void *self, size_t count, size_t size)
{
    return remember(self, host_calloc(((struct host_counted *)self)->heap, count, size),
                    count * size);
}

static void counted_free(void *self_, void *p)
{
    struct host_counted *self = self_;
    if (p != NULL) {
        size_t size = (size_t)address_map_take(&self->sizes, p) * 16;
        heap_release(self->heap, p, size);
    }
}

static void *counted_realloc(void *self_, void *p, size_t size)
{
    struct host_counted *self = self_;
    if (p == NULL) {
        return counted_malloc(self, size);
    }
    size_t old = (size_t)address_map_get(&self->sizes, p) * 16;
    void *moved = heap_resize(self->heap, p, old, size);
    if (moved != NULL) {
        address_map_take(&self->sizes, p);
    }
    return remember(self, moved, size);
}

/* Open SPEC. 0, or an exit status with the reason. */
static int open_heap(const char *text, struct heap raw, struct heap *out, struct error *error)
{
    struct spec spec;
    if (!spec_parse(text, strlen(text), &spec, error) || !heap_spec_check(&spec, NULL, error)) {
        return 2;
    }
    return heap_open_sized(&spec, NULL, raw, out, error) ? 0 : 1;
}

/* The environment that the allocators read at their start must be ours before. */
static void take_environment(const char *const text[2], char **argv)
{
    struct spec spec;
    struct error ignored;
    struct environment wanted = {0};
    for (int i = 0; i < 2 && text[i] != NULL; i++) {
        if (spec_parse(text[i], strlen(text[i]), &spec, &ignored) &&
            heap_spec_check(&spec, NULL, &ignored)) {
            heap_environment(&spec, NULL, &wanted);
        }
    }
    environ_start_anew(&wanted, argv);
}

/* Whether CPython's debug hooks are on: PYTHONMALLOC=debug, -X dev. They say so only by staying as they
 * are when they are put on once more. */
static bool has_debug_hooks(void)
{
    const PyMemAllocatorDomain domains[] = {PYMEM_DOMAIN_RAW, PYMEM_DOMAIN_MEM, PYMEM_DOMAIN_OBJ};
    PyMemAllocatorEx before[3], after;
    for (size_t i = 0; i < 3; i++) {
        PyMem_GetAllocator(domains[i], &before[i]);
    }
    PyMem_SetupDebugHooks();
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, &after);
    if (after.malloc == before[2].malloc) {
        return true;
    }
    for (size_t i = 0; i < 3; i++) {
        PyMem_SetAllocator(domains[i], &before[i]);
    }
    return false;
}

void host_begin(int argc, char **argv, struct heap *obj, struct heap *mem,
                struct host_counted *counted)
{
    PyPreConfig config;
    PyPreConfig_InitPythonConfig(&config);
    PyStatus result = Py_PreInitializeFromBytesArgs(&config, argc, argv);
    if (PyStatus_Exception(result)) {
        Py_ExitStatusException(result);
    }
    /* After the pre-initialisation, which sets the defaults. */
    bool debug = has_debug_hooks();
    PyMemAllocatorEx allocator = {obj, host_malloc, host_calloc, host_realloc, host_free};
    if (counted != NULL) {
        allocator = (PyMemAllocatorEx){counted, counted_malloc, counted_calloc, counted_realloc,
                                       counted_free};
    }
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &allocator);
    allocator.ctx = counted != NULL ? (void *)(counted + 1) : (void *)mem;
    PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &allocator);
    if (debug) {
        PyMem_SetupDebugHooks(); /* on top of ours */
    }
}

static int run_on(const char *const text[2], int argc, char **argv)
{
    struct error error;
    struct heap raw, obj, mem;
    take_environment(text, argv);
    int status = open_heap("malloc", (struct heap){0}, &raw, &error);
    status = status != 0 ? status : open_heap(text[0], raw, &obj, &error);
    if (status == 0 && text[1] != NULL) {
        status = open_heap(text[1], raw, &mem, &error);
    }
    if (status != 0) {
        fprintf(stderr, "heapdyno python: %s\n", error.text);
        return status;
    }
    host_begin(argc, argv, &obj, text[1] != NULL ? &mem : &obj, NULL);
    return Py_BytesMain(argc, argv);
}

int main(int argc, char **argv)
{
    const char *const text[2] = {getenv(INTERPRETER_ALLOCATOR), getenv(INTERPRETER_MEM)};
    if (getenv(INTERPRETER_CELL) != NULL) {
        return host_run_cell(argc, argv);
    }
    return text[0] == NULL ? Py_BytesMain(argc, argv) : run_on(text, argc, argv);
}

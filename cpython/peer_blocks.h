/* Allocation patterns over PyObject_Malloc, for the peers that run inside an interpreter. */
#ifndef HEAPDYNO_CPYTHON_PEER_BLOCKS_H
#define HEAPDYNO_CPYTHON_PEER_BLOCKS_H

#include <Python.h>

#include "bench/micro/patterns.h"

static inline void *python_alloc(void *self, size_t size)
{
    (void)self;
    return PyObject_Malloc(size);
}

static inline void *python_resize(void *self, void *p, size_t old_size, size_t new_size)
{
    (void)self;
    (void)old_size;
    return PyObject_Realloc(p, new_size);
}

static inline void python_release(void *self, void *p, size_t size)
{
    (void)self;
    (void)size;
    PyObject_Free(p);
}

static const struct pattern_ops python_ops = {NULL, python_alloc, python_resize, python_release};

#endif

/* Allocator libraries loaded at run time: what jemalloc.c, mimalloc.c and tcmalloc.c share.
 *
 * Each names its symbols in a struct foreign_library and its methods in a table of its own; the
 * thunks below are entries of that table. They call the library in tail position: one indirect jump
 * more than a direct call. */
#ifndef HEAPDYNO_ALLOCATORS_FOREIGN_H
#define HEAPDYNO_ALLOCATORS_FOREIGN_H

#include "allocators/allocator.h"

enum { FOREIGN_EXTRAS = 4 };

/* What a library is called and how its functions are; lists end in NULL. */
struct foreign_library {
    const char *const *sonames; /* tried in order */
    const char *alloc;          /* void *(size_t) */
    const char *calloc;         /* void *(size_t, size_t) */
    const char *resize;         /* void *(void *, size_t) */
    const char *release;        /* void (void *, size_t), or with flags behind: foreign_release* */
    const char *size_of;        /* size_t (void *) */
    const char
        *extra[FOREIGN_EXTRAS]; /* further functions, required too; the file knows their types */
};

typedef void foreign_function_f(void);

/* An opened library: the self of its heap. */
struct foreign {
    void *(*alloc)(size_t size);
    void *(*calloc)(size_t count, size_t size);
    void *(*resize)(void *p, size_t size);
    union {
        void (*sized)(void *p, size_t size);
        void (*flagged)(void *p, size_t size, int flags);
    } release;
    size_t (*size_of)(const void *p);
    foreign_function_f *extra[FOREIGN_EXTRAS];
};

/* Below 16 bytes the libraries align to 8 only. */
static inline size_t foreign_size(size_t size)
{
    return size < HEAP_ALIGNMENT ? HEAP_ALIGNMENT : size;
}

/* The option row every library has: another file to load. */
#define FOREIGN_OPTION_LIBRARY                                                                     \
    {                                                                                              \
        "library", OPTION_PATH, NULL, 0, 0, NULL, "file to load instead of the system's library"   \
    }

/* NULL, or why none of the sonames would be found. Nothing is loaded. */
const char *foreign_unavailable(const struct foreign_library *library);

/* Load the library (or the option `library`) and give a heap with these methods. */
bool foreign_open(const struct foreign_library *library, const struct heap_methods *methods,
                  const struct allocator_config *config, struct heap *out, struct error *error);

/* Unmap the struct foreign; the library stays loaded. */
void foreign_close(void *self);

/* "VERSION (FILE)" into text[length], FILE being where the already loaded library's release
 * function came from; just VERSION if it is not loaded. Returns text. */
const char *foreign_version(const struct foreign_library *library, const char *version, char *text,
                            size_t length);

/* The address of a function of the loaded library by name, NULL if it is not loaded. */
foreign_function_f *foreign_symbol(const struct foreign_library *library, const char *name);

heap_alloc_f foreign_alloc;
heap_calloc_f foreign_calloc;
heap_resize_f foreign_resize;
heap_release_f foreign_release;           /* release.sized, which accepts NULL */
heap_release_f foreign_release_unrounded; /* the same, for a library that only checks the size */
heap_release_f foreign_release_flagged;   /* release.flagged, which does not accept NULL */
size_t foreign_size_of(void *self, const void *p);

#endif

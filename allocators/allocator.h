/* The allocator plug-in: one file, one const table at its end, one line in list.def; or a shared
 * object that exports `const struct allocator heapdyno_allocator`.
 *
 * An opened allocator is a struct heap: the four hot functions by value, the rest behind `methods`.
 * Wrappers (+debug, +fault, +sized) take a heap and give a heap.
 *
 * Contract of every heap
 *   alignment 16; size 0 is valid and gives a unique block; NULL means no memory, nothing changed
 *   release(p, size) and resize(p, old, new): the size given rounds up to the same multiple of 16
 * as the size last requested for p; release(NULL, 0) does nothing; resize(NULL, 0, n) is alloc(n);
 *   resize(p, n, 0) gives a block of size 0 (it frees nothing); a failed resize leaves p intact
 */
#ifndef HEAPDYNO_ALLOCATORS_ALLOCATOR_H
#define HEAPDYNO_ALLOCATORS_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"

enum { ALLOCATOR_ABI = 1, HEAP_ALIGNMENT = 16, HEAP_CLASSES_MAX = 64 };

/* A figure that an allocator does not know. */
#define HEAP_UNKNOWN UINT64_MAX

/* Occupancy of one size class. */
struct heap_class {
    uint64_t size;        /* bytes of a block */
    uint64_t pools;       /* pools, pages or slabs that serve it */
    uint64_t blocks_used; /* handed out */
    uint64_t blocks_free; /* ready in those pools */
};

/* A snapshot of an allocator's own figures; HEAP_UNKNOWN where it has none. */
struct heap_stats {
    uint64_t live_bytes;   /* handed out, rounded as the allocator rounds */
    uint64_t live_blocks;  /* handed out */
    uint64_t mapped_bytes; /* obtained from the OS and not given back */
    uint64_t arenas;       /* regions held now */
    uint64_t arenas_highwater;
    uint64_t arenas_total; /* ever obtained */
    uint64_t pools;        /* in use */
    uint64_t requests;     /* allocs, callocs and resizes so far: +fault and +debug count them */
    uint64_t requests_refused; /* of these, failed on purpose by +fault */
    size_t class_count;
    struct heap_class class[HEAP_CLASSES_MAX];
};

typedef void *heap_alloc_f(void *self, size_t size);
typedef void *heap_calloc_f(void *self, size_t size);
typedef void *heap_resize_f(void *self, void *p, size_t old_size, size_t new_size);
typedef void heap_release_f(void *self, void *p, size_t size);

/* What can be asked of an opened heap; optional ones may be NULL. */
struct heap_methods {
    heap_alloc_f *alloc;
    heap_calloc_f *calloc; /* zeroed; one size, the caller has multiplied */
    heap_resize_f *resize;
    heap_release_f *release;
    size_t (*size_of)(void *self, const void *p); /* optional: usable bytes of p */
    void (*trim)(void *self);                     /* optional: give unused memory back to the OS */
    void (*stats)(void *self,
                  struct heap_stats *out); /* optional; out is all HEAP_UNKNOWN before */
    const char *(*check)(void *self); /* optional: NULL, or the first broken invariant as text */
    void (*close)(void *self);        /* gives everything back; no block may be used after */
};

/* An opened allocator, copied freely; whoever opened it closes it once. */
struct heap {
    void *self;
    heap_alloc_f *alloc;
    heap_calloc_f *calloc;
    heap_resize_f *resize;
    heap_release_f *release;
    const struct heap_methods *methods;
};

static inline struct heap heap_make(void *self, const struct heap_methods *methods)
{
    return (struct heap){self,   methods->alloc, methods->calloc, methods->resize, methods->release,
                         methods};
}

static inline void *heap_alloc(const struct heap *heap, size_t size)
{
    return heap->alloc(heap->self, size);
}

static inline void *heap_calloc(const struct heap *heap, size_t size)
{
    return heap->calloc(heap->self, size);
}

static inline void *heap_resize(const struct heap *heap, void *p, size_t old_size, size_t new_size)
{
    return heap->resize(heap->self, p, old_size, new_size);
}

static inline void heap_release(const struct heap *heap, void *p, size_t size)
{
    heap->release(heap->self, p, size);
}

/* The cold calls, safe where the method is missing: trim does nothing, stats gives unknowns, check
 * gives NULL. heap_close also zeroes *heap. */
void heap_trim(const struct heap *heap);
void heap_stats(const struct heap *heap, struct heap_stats *out);
const char *heap_check(const struct heap *heap);
void heap_close(struct heap *heap);

/* Environment variables that an allocator reads at start-up (GLIBC_TUNABLES, MALLOC_CONF, …): the
 * child that will open it is started with them. GLIBC_TUNABLES from several sources are joined. */
enum { ENVIRONMENT_MAX = 16 };

struct environment {
    size_t count;
    struct {
        char name[64];
        char value[512];
    } variable[ENVIRONMENT_MAX];
};

/* Set a variable; for GLIBC_TUNABLES a second value is appended behind a colon. */
void environment_set(struct environment *self, const char *name, const char *value);

/* What an allocator is opened with. Borrowed for the call; `raw` is copied if kept. */
struct allocator_config {
    const struct options *options; /* of its own table */
    struct heap raw; /* where requests that it does not serve itself go; self may be NULL: none */
};

enum allocator_threads { THREADS_NONE, THREADS_SHARED };

/* The plug-in table. The first two fields never move: a mismatch is a reason, not a crash. */
struct allocator {
    uint32_t abi;         /* ALLOCATOR_ABI */
    uint32_t struct_size; /* sizeof(struct allocator) */
    const char *name;
    const char *summary;
    enum allocator_threads threads;
    const struct option *options;
    size_t option_count;
    const char *(*unavailable)(void); /* optional: NULL, or the reason why it cannot be used here */
    void (*environment)(const struct options *options, struct environment *out); /* optional */
    bool (*open)(const struct allocator_config *config, struct heap *out, struct error *error);
    const char *(*version)(void); /* optional: the library's own version and file, once opened */
};

/* The built-in allocators, sorted by name. */
size_t allocator_count(void);
const struct allocator *allocator_at(size_t index);

/* A built-in allocator by name; NULL if there is none. */
const struct allocator *allocator_find(const char *name);

#endif

/* What our own allocators tell AddressSanitizer and valgrind about their blocks, behind one set of
 * names; in a release build the functions are empty.
 *
 *   ANNOTATE_TRUSTED     attribute of functions that read and write links inside free blocks
 *   annotate_open/close  a heap of such blocks begins, ends; `heap` is any address that names it
 *   annotate_alloc       p is handed out, `size` bytes of it, contents undefined
 *   annotate_free        p, a block of `room` bytes, is taken back; reported when it already was
 *   annotate_resize      p, a block of `room` bytes, keeps its place, and now has `size` of them
 *   annotate_link        the link in the free block p is about to be read or written
 *   annotate_hide        nobody but trusted functions may touch the range
 *   annotate_show        anybody may again, contents as they are
 *   annotate_root        the range may hold pointers: look there before calling a block leaked
 *
 * Ranges begin at a multiple of 8. valgrind sees the annotations of a debug build. */
#ifndef HEAPDYNO_ALLOCATORS_ANNOTATE_H
#define HEAPDYNO_ALLOCATORS_ANNOTATE_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/lsan_interface.h>

#define ANNOTATE_TRUSTED __attribute__((no_sanitize("address")))

static inline void annotate_open(const void *heap)
{
    (void)heap;
}

static inline void annotate_close(const void *heap)
{
    (void)heap;
}

static inline void annotate_hide(const void *p, size_t size)
{
    __asan_poison_memory_region(p, size);
}

static inline void annotate_show(const void *p, size_t size)
{
    __asan_unpoison_memory_region(p, size);
}

static inline void annotate_alloc(const void *heap, const void *p, size_t size)
{
    (void)heap;
    annotate_show(p, size);
}

/* The read is instrumented: of a block that is hidden already it is reported. */
__attribute__((noinline, unused)) static void annotate_free(const void *heap, const void *p,
                                                            size_t room)
{
    (void)heap;
    (void)*(const volatile char *)p;
    annotate_hide(p, room);
}

static inline void annotate_resize(const void *heap, const void *p, size_t room, size_t old_size,
                                   size_t size)
{
    (void)heap;
    (void)old_size;
    annotate_hide(p, room);
    annotate_show(p, size);
}

static inline void annotate_link(const void *p)
{
    (void)p;
}

static inline void annotate_root(const void *p, size_t size)
{
    __lsan_register_root_region(p, size);
}

static inline void annotate_unroot(const void *p, size_t size)
{
    __lsan_unregister_root_region(p, size);
}

#else
#define ANNOTATE_TRUSTED

#if defined(HEAPDYNO_CHECK_SLOW) && __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else
#define VALGRIND_CREATE_MEMPOOL(heap, red_zone, zeroed) ((void)(heap))
#define VALGRIND_DESTROY_MEMPOOL(heap) ((void)(heap))
#define VALGRIND_MEMPOOL_ALLOC(heap, p, size) ((void)(heap), (void)(p), (void)(size))
#define VALGRIND_MEMPOOL_FREE(heap, p) ((void)(heap), (void)(p))
#define VALGRIND_MEMPOOL_CHANGE(heap, p, q, size) ((void)(heap), (void)(p), (void)(size))
#define VALGRIND_MAKE_MEM_NOACCESS(p, size) ((void)(p), (void)(size))
#define VALGRIND_MAKE_MEM_UNDEFINED(p, size) ((void)(p), (void)(size))
#define VALGRIND_MAKE_MEM_DEFINED(p, size) ((void)(p), (void)(size))
#endif

static inline void annotate_open(const void *heap)
{
    VALGRIND_CREATE_MEMPOOL(heap, 0, 0);
}

static inline void annotate_close(const void *heap)
{
    VALGRIND_DESTROY_MEMPOOL(heap);
}

static inline void annotate_hide(const void *p, size_t size)
{
    VALGRIND_MAKE_MEM_NOACCESS(p, size);
}

static inline void annotate_show(const void *p, size_t size)
{
    VALGRIND_MAKE_MEM_DEFINED(p, size);
}

static inline void annotate_alloc(const void *heap, const void *p, size_t size)
{
    VALGRIND_MEMPOOL_ALLOC(heap, p, size);
}

static inline void annotate_free(const void *heap, const void *p, size_t room)
{
    (void)room;
    VALGRIND_MEMPOOL_FREE(heap, p);
}

static inline void annotate_resize(const void *heap, const void *p, size_t room, size_t old_size,
                                   size_t size)
{
    (void)room;
    VALGRIND_MEMPOOL_CHANGE(heap, p, p, size);
    if (size > old_size) {
        VALGRIND_MAKE_MEM_UNDEFINED((const char *)p + old_size, size - old_size);
    } else {
        VALGRIND_MAKE_MEM_NOACCESS((const char *)p + size, old_size - size);
    }
}

static inline void annotate_link(const void *p)
{
    VALGRIND_MAKE_MEM_DEFINED(p, sizeof(void *));
}

static inline void annotate_root(const void *p, size_t size)
{
    (void)p;
    (void)size;
}

static inline void annotate_unroot(const void *p, size_t size)
{
    (void)p;
    (void)size;
}

#endif

#endif

/* Memory from the kernel: mmap, munmap, mprotect and madvise, nowhere else.
 *
 * A reservation costs address space only: the kernel counts private pages when they become
 * writable. Failures are NULL or false; a failed unmap is a programmer error. */
#include "allocators/os_pages.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"

size_t os_pages_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static void *pages_map(size_t size, int protection, int flags)
{
    void *p = mmap(NULL, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void *os_pages_map(size_t size)
{
    return pages_map(size, PROT_READ | PROT_WRITE, 0);
}

/* Map more than is asked for, then give back what lies outside the first aligned part. */
static void *pages_map_aligned(size_t size, size_t alignment, int protection, int flags)
{
    CHECK((alignment & (alignment - 1)) == 0);
    size_t page = os_pages_size();
    size_t whole;
    if (alignment <= page) {
        return pages_map(size, protection, flags);
    }
    if (__builtin_add_overflow(size, alignment - page, &whole)) {
        return NULL;
    }
    char *start = pages_map(whole, protection, flags);
    if (start == NULL) {
        return NULL;
    }
    size_t before = (size_t) - (uintptr_t)start & (alignment - 1);
    size_t after = whole - before - size;
    if (before > 0) {
        os_pages_unmap(start, before);
    }
    if (after > 0) {
        os_pages_unmap(start + before + size, after);
    }
    return start + before;
}

void *os_pages_map_aligned(size_t size, size_t alignment)
{
    return pages_map_aligned(size, alignment, PROT_READ | PROT_WRITE, 0);
}

void *os_pages_reserve(size_t size, size_t alignment)
{
    return pages_map_aligned(size, alignment, PROT_NONE, MAP_NORESERVE);
}

bool os_pages_commit(void *p, size_t size)
{
    return mprotect(p, size, PROT_READ | PROT_WRITE) == 0;
}

void os_pages_decommit(void *p, size_t size)
{
    void *again =
        mmap(p, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    if (again != p) { /* too many mappings: the range stays usable, its memory goes all the same */
        os_pages_discard(p, size);
    }
}

void os_pages_unmap(void *p, size_t size)
{
    CHECK(munmap(p, size) == 0);
}

void os_pages_discard(void *p, size_t size)
{
    CHECK(madvise(p, size, MADV_DONTNEED) == 0);
}

/* First writes by mprotect and SIGSEGV; see pages.h, mprotect(2), sigaltstack(2). */
#include "bench/cell/pages.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "bench/cell/memory.h"
#include "collector/gc_head.h"
#include "collector/object.h"

enum {
    PAGE_RANGES_MAX = 4096,
    GRANULE = 16,          /* an object's count and type, or its GC head */
    TLS_BELOW = 64 * 1024, /* around the thread pointer: written by the kernel (rseq) too */
    TLS_ABOVE = 8 * 1024,
    HANDLER_STACK = 64 * 1024,
};

/* One private writable mapping, without its name. */
struct page_range {
    uintptr_t from, to;
    uint64_t *counts, *heads; /* a bit for each granule; NULL until an object is found in it */
};

struct page_map {
    size_t count;
    struct page_range range[PAGE_RANGES_MAX]; /* by address */
};

/* What the handler needs. It lies at the bottom of the handler's stack, where the kernel tells the
 * handler to look: no variable of the program has to hold it. */
struct page_probe {
    const struct page_map *map;
    struct page_figures *figures;
    uintptr_t page_size;
    uint64_t *open[PAGE_RANGES_MAX]; /* a bit for each page that is writable again */
};

/* Zeroed memory in a mapping of its own kind: neither protected nor copied. NULL: none. */
static void *map_shared(size_t size)
{
    void *p =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static size_t bitmap_bytes(const struct page_range *range, uintptr_t unit)
{
    return ((range->to - range->from) / unit + 63) / 64 * sizeof(uint64_t);
}

static void bit_set(uint64_t *bits, uintptr_t index)
{
    bits[index / 64] |= UINT64_C(1) << (index % 64);
}

static bool bit_get(const uint64_t *bits, uintptr_t index)
{
    return (bits[index / 64] >> (index % 64) & 1) != 0;
}

/* The range that holds an address; NULL: none. */
static const struct page_range *range_of(const struct page_map *self, uintptr_t address)
{
    size_t low = 0, high = self->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (self->range[middle].to <= address) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < self->count && self->range[low].from <= address ? &self->range[low] : NULL;
}

/* Marking the objects ------------------------------------------------------------------------- */

/* Whether the granule was not marked yet. */
static bool mark_granule(struct page_map *self, const void *p, bool head)
{
    struct page_range *range = (struct page_range *)(uintptr_t)range_of(self, (uintptr_t)p);
    if (range == NULL) {
        return false; /* a static object, or one in an area that is left out */
    }
    if (range->counts == NULL) {
        size_t bytes = bitmap_bytes(range, GRANULE);
        range->counts = map_shared(2 * bytes);
        if (range->counts == NULL) {
            return false;
        }
        range->heads = range->counts + bytes / sizeof(uint64_t);
    }
    uint64_t *bits = head ? range->heads : range->counts;
    uintptr_t index = ((uintptr_t)p - range->from) / GRANULE;
    bool fresh = !bit_get(bits, index);
    bit_set(bits, index);
    return fresh;
}

/* Mark an object; what only untracked containers refer to is found through them. */
static int mark_object(struct object *object, void *self)
{
    bool fresh = mark_granule(self, object, false);
    if (fresh && object_is_gc(object)) {
        mark_granule(self, gc_head_of(object), true);
        if (!gc_is_tracked(object)) {
            object->type->traverse(object, mark_object, self);
        }
    }
    return 0;
}

static void mark_ring(struct page_map *self, struct gc_head *ring)
{
    for (struct gc_head *head = gc_next(ring); head != ring; head = gc_next(head)) {
        struct object *object = gc_object_of(head);
        mark_object(object, self);
        object->type->traverse(object, mark_object, self);
    }
}

/* The mappings --------------------------------------------------------------------------------- */

static bool add_range(struct page_map *self, uintptr_t from, uintptr_t to)
{
    if (from >= to) {
        return true;
    }
    if (self->count == PAGE_RANGES_MAX) {
        return false;
    }
    self->range[self->count++] = (struct page_range){.from = from, .to = to};
    return true;
}

/* A line of /proc/self/maps: anonymous memory and the heap, but for the thread's own area. */
static bool add_mapping(struct page_map *self, const char *line)
{
    unsigned long from, to;
    char permissions[8], path[64] = "";
    if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %63s", &from, &to, permissions, path) < 3 ||
        strcmp(permissions, "rw-p") != 0 || (path[0] != '\0' && strcmp(path, "[heap]") != 0)) {
        return true;
    }
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t thread = (uintptr_t)__builtin_thread_pointer() & ~(page - 1);
    uintptr_t low = thread - TLS_BELOW, high = thread + TLS_ABOVE;
    if (high <= from || to <= low) {
        return add_range(self, from, to);
    }
    return add_range(self, from, low) && add_range(self, high, to);
}

static bool read_mappings(struct page_map *self)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[4400]; /* a path of the longest kind */
    bool ok = maps != NULL;
    while (ok && fgets(line, sizeof line, maps) != NULL) {
        ok = add_mapping(self, line);
    }
    if (maps != NULL) {
        fclose(maps);
    }
    return ok;
}

struct page_map *page_map_open(struct runtime *runtime)
{
    struct page_map *self = map_shared(sizeof *self);
    if (self == NULL) {
        return NULL;
    }
    if (!read_mappings(self)) {
        page_map_close(self);
        return NULL;
    }
    for (int i = 0; i < GENERATIONS; i++) {
        mark_ring(self, &runtime->gc.generation[i]);
    }
    mark_ring(self, &runtime->gc.permanent);
    return self;
}

void page_map_close(struct page_map *self)
{
    for (size_t i = 0; i < self->count; i++) {
        if (self->range[i].counts != NULL) {
            munmap(self->range[i].counts, 2 * bitmap_bytes(&self->range[i], GRANULE));
        }
    }
    munmap(self, sizeof *self);
}

/* Probing ------------------------------------------------------------------------------------- */

static enum page_cause cause_of(const struct page_range *range, uintptr_t address)
{
    uintptr_t index = (address - range->from) / GRANULE;
    return bit_get(range->counts, index)  ? PAGE_BY_COUNTS
           : bit_get(range->heads, index) ? PAGE_BY_COLLECTOR
                                          : PAGE_BY_ALLOCATION;
}

/* The page becomes writable, or, when the kernel allows no more mappings, all of its range. */
static void open_page(struct page_probe *self, const struct page_range *range, uintptr_t page)
{
    if (mprotect((void *)page, self->page_size, PROT_READ | PROT_WRITE) != 0) {
        mprotect((void *)range->from, range->to - range->from, PROT_READ | PROT_WRITE);
        self->figures->cut = true;
    }
}

/* A write to a protected page; anything else is a crash, which happens again without us. */
static void on_fault(int number, siginfo_t *info, void *context)
{
    struct page_probe *self = ((ucontext_t *)context)->uc_stack.ss_sp;
    uintptr_t address = (uintptr_t)info->si_addr;
    uintptr_t page = address & ~(self->page_size - 1);
    const struct page_range *range = range_of(self->map, address);
    size_t place = range == NULL ? 0 : (size_t)(range - self->map->range);
    uintptr_t index = range == NULL ? 0 : (page - range->from) / self->page_size;
    if (range == NULL || self->open[place] == NULL || bit_get(self->open[place], index)) {
        signal(number, SIG_DFL);
        return;
    }
    bit_set(self->open[place], index);
    self->figures->pages[cause_of(range, address)]++;
    open_page(self, range, page);
}

/* Protect the mappings that hold objects. */
static bool protect(struct page_probe *self)
{
    for (size_t i = 0; i < self->map->count; i++) {
        const struct page_range *range = &self->map->range[i];
        if (range->counts == NULL) {
            continue;
        }
        self->open[i] = map_shared(bitmap_bytes(range, self->page_size));
        if (self->open[i] == NULL ||
            mprotect((void *)range->from, range->to - range->from, PROT_READ) != 0) {
            return false;
        }
    }
    return true;
}

bool page_probe_start(const struct page_map *map, struct page_figures *figures)
{
    struct page_probe *self = map_shared(sizeof *self + HANDLER_STACK);
    if (self == NULL) {
        return false;
    }
    *self = (struct page_probe){.map = map, .figures = figures};
    self->page_size = (uintptr_t)sysconf(_SC_PAGESIZE);
    stack_t stack = {.ss_sp = self, .ss_size = sizeof *self + HANDLER_STACK};
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    return sigaltstack(&stack, NULL) == 0 && sigaction(SIGSEGV, &action, NULL) == 0 &&
           protect(self);
}

/* Through what a forked process comes to own its pages: the first write to a page that it shares
 * with its parent makes a copy, so the first write is the cause, and there is one for each page.
 *
 * page_map_open marks, before the fork, where each object of the runtime has its reference count
 * and its GC head. page_probe_start, in the worker, makes the mappings that hold objects read-only;
 * each first write then faults once, is told apart by its address, and the page is writable from
 * there on. Exact to the page, on any allocator; the kernel's soft-dirty bits are not needed.
 * Only for counting processes: a fault costs microseconds, and mappings are split at each page.
 * Not seen: pages that no object shares a mapping with (large arrays, stacks, mappings made later);
 * private_dirty_bytes less the sum of these figures is theirs. */
#ifndef HEAPDYNO_BENCH_PAGES_H
#define HEAPDYNO_BENCH_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/runtime.h"

enum page_cause {
    PAGE_BY_COUNTS,     /* a reference count of an object that was there before the fork */
    PAGE_BY_COLLECTOR,  /* its GC head: references being counted in a collection, lists relinked */
    PAGE_BY_ALLOCATION, /* anything else: blocks handed out or taken back between them */
    PAGE_CAUSES
};

/* In memory that the worker and its parent share, so that reading it costs nobody a page. */
struct page_figures {
    uint64_t pages[PAGE_CAUSES];
    bool cut; /* the kernel refused to split mappings further: later writes are not seen */
};

struct page_map;

/* Returns new, closed by page_map_close; NULL: no memory, or more mappings than it can hold. */
struct page_map *page_map_open(struct runtime *runtime);
void page_map_close(struct page_map *self);

/* From here on first writes of this process go to *figures, until it ends. `figures` lies outside
 * every private mapping. */
bool page_probe_start(const struct page_map *self, struct page_figures *figures);

#endif

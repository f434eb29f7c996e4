/* +debug: finds what programs do wrong with memory, in the binary that is measured, and reports it
 * on stderr before it aborts.
 *
 * Each block gets 16 bytes of red zone (0xFD) before it and at least 16 behind; fresh bytes are
 * 0xCD, released ones 0xDD: CPython's bytes, so they are known in a debugger. What is known about a
 * block is kept outside it, in a hash table by address, so that a stray write cannot spoil it. The
 * last `quarantine` released blocks are held back: a second release of one is named as such, and a
 * write to one is found when it leaves. Requests are numbered from 1; `stop=N` raises SIGTRAP in
 * the request that a report named. A resize always moves.
 *
 * It slows requests by ten times or so, and addresses are not those of the allocator alone. */
#include "allocators/builtin.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "allocators/os_pages.h"
#include "allocators/wrap_debug_table.h"
#include "base/check.h"

enum {
    RED_ZONE = HEAP_ALIGNMENT,
    BYTE_FRESH = 0xCD,
    BYTE_DEAD = 0xDD,
    BYTE_RED = 0xFD,
    QUARANTINE_MAX = 4096,
    QUARANTINE_BLOCK_MAX = 64 * 1024, /* larger ones go back at once */
};

struct debug {
    struct heap inner;
    struct debug_table table;
    uint64_t serial; /* of the last request */
    uint64_t stop;
    uint64_t live_blocks;
    uint64_t live_bytes;
    size_t quarantine; /* blocks held at most */
    size_t held;
    size_t oldest;
    void *ring[QUARANTINE_MAX]; /* held blocks from `oldest` on */
};

static size_t debug_pages(void)
{
    size_t page = os_pages_size();
    return (sizeof(struct debug) + page - 1) & ~(page - 1);
}

static size_t debug_round(size_t size)
{
    return (size + HEAP_ALIGNMENT - 1) & ~(size_t)(HEAP_ALIGNMENT - 1);
}

/* What the inner heap is asked for: both red zones included. */
static size_t debug_whole(size_t size)
{
    return RED_ZONE + debug_round(size) + RED_ZONE;
}

__attribute__((noreturn, cold)) static void
debug_report(const char *what, const struct debug_block *block, const char *detail)
{
    fprintf(stderr, "heapdyno: +debug: %s: block %p of %zu bytes from request %llu", what, block->p,
            block->size, (unsigned long long)block->serial);
    if (block->released > 0) {
        fprintf(stderr, ", released after request %llu", (unsigned long long)block->released);
    }
    fprintf(stderr, "%s\n", detail);
    abort();
}

/* Whether p[size] is all `byte`. */
static bool all_bytes(const unsigned char *p, size_t size, unsigned char byte)
{
    for (size_t i = 0; i < size; i++) {
        if (p[i] != byte) {
            return false;
        }
    }
    return true;
}

/* NULL, or what was done to the block. */
static const char *block_fault(const struct debug_block *block)
{
    const unsigned char *p = block->p;
    if (!all_bytes(p - RED_ZONE, RED_ZONE, BYTE_RED)) {
        return "written before its start";
    }
    if (!all_bytes(p + block->size, debug_round(block->size) - block->size + RED_ZONE, BYTE_RED)) {
        return "written past its end";
    }
    if (block->released > 0 && !all_bytes(p, block->size, BYTE_DEAD)) {
        return "written after its release";
    }
    return NULL;
}

static void block_check(const struct debug_block *block)
{
    const char *fault = block_fault(block);
    if (fault != NULL) {
        debug_report(fault, block, "");
    }
}

static void debug_count(struct debug *self)
{
    if (++self->serial == self->stop) {
        raise(SIGTRAP);
    }
}

static void *debug_obtain(struct debug *self, size_t size, unsigned char byte)
{
    if (size > SIZE_MAX - 4 * RED_ZONE || !debug_table_reserve(&self->table)) {
        return NULL;
    }
    unsigned char *base = heap_alloc(&self->inner, debug_whole(size));
    if (base == NULL) {
        return NULL;
    }
    unsigned char *p = base + RED_ZONE;
    memset(base, BYTE_RED, RED_ZONE);
    memset(p, byte, size);
    memset(p + size, BYTE_RED, debug_round(size) - size + RED_ZONE);
    struct debug_block block = {.p = p, .size = size, .serial = self->serial};
    const struct debug_block *other = debug_table_find(&self->table, p);
    if (other != NULL) {
        debug_report("the allocator gave out a block that is still held", other, "");
    }
    debug_table_add(&self->table, &block);
    self->live_blocks++;
    self->live_bytes += size;
    return p;
}

static void *debug_alloc(void *heap, size_t size)
{
    debug_count(heap);
    return debug_obtain(heap, size, BYTE_FRESH);
}

static void *debug_calloc(void *heap, size_t size)
{
    debug_count(heap);
    return debug_obtain(heap, size, 0);
}

/* Give a released block to the inner heap. */
static void debug_give_back(struct debug *self, void *p)
{
    struct debug_block block = *debug_table_find(&self->table, p);
    debug_table_remove(&self->table, p);
    heap_release(&self->inner, (char *)p - RED_ZONE, debug_whole(block.size));
}

static void quarantine_drop_oldest(struct debug *self)
{
    void *p = self->ring[self->oldest];
    block_check(debug_table_find(&self->table, p));
    self->oldest = (self->oldest + 1) % QUARANTINE_MAX;
    self->held--;
    debug_give_back(self, p);
}

static void quarantine_add(struct debug *self, void *p)
{
    self->ring[(self->oldest + self->held) % QUARANTINE_MAX] = p;
    self->held++;
    while (self->held > self->quarantine) {
        quarantine_drop_oldest(self);
    }
}

/* The record of a live block that a caller gives with its size. */
static struct debug_block *debug_live(struct debug *self, void *p, size_t size, const char *verb)
{
    struct debug_block *block = debug_table_find(&self->table, p);
    if (block == NULL) {
        fprintf(stderr, "heapdyno: +debug: %s of %p after request %llu: no block of this heap\n",
                verb, p, (unsigned long long)self->serial);
        abort();
    }
    if (block->released > 0) {
        debug_report("double release", block, "");
    }
    if (debug_round(block->size) != debug_round(size)) {
        char detail[64];
        snprintf(detail, sizeof(detail), ", given as %zu bytes", size);
        debug_report("wrong size", block, detail);
    }
    block_check(block);
    return block;
}

static void debug_let_go(struct debug *self, struct debug_block *block)
{
    void *p = block->p;
    self->live_blocks--;
    self->live_bytes -= block->size;
    block->released = self->serial;
    memset(p, BYTE_DEAD, block->size);
    if (block->size <= QUARANTINE_BLOCK_MAX) {
        quarantine_add(self, p);
    } else {
        debug_give_back(self, p);
    }
}

static void debug_release(void *heap, void *p, size_t size)
{
    struct debug *self = heap;
    if (p != NULL) {
        debug_let_go(self, debug_live(self, p, size, "release"));
    }
}

static void *debug_resize(void *heap, void *p, size_t old_size, size_t new_size)
{
    struct debug *self = heap;
    debug_count(self);
    if (p == NULL) {
        return debug_obtain(self, new_size, BYTE_FRESH);
    }
    size_t size = debug_live(self, p, old_size, "resize")->size;
    void *moved = debug_obtain(self, new_size, BYTE_FRESH);
    if (moved != NULL) {
        memcpy(moved, p, size < new_size ? size : new_size);
        debug_let_go(self, debug_table_find(&self->table, p)); /* the table may have moved */
    }
    return moved;
}

static size_t debug_size_of(void *heap, const void *p)
{
    struct debug *self = heap;
    const struct debug_block *block = debug_table_find(&self->table, p);
    CHECK(block != NULL);
    return block->size;
}

static void debug_trim(void *heap)
{
    struct debug *self = heap;
    while (self->held > 0) {
        quarantine_drop_oldest(self);
    }
    heap_trim(&self->inner);
}

static void debug_stats(void *heap, struct heap_stats *out)
{
    const struct debug *self = heap;
    heap_stats(&self->inner, out);
    out->live_blocks = self->live_blocks;
    out->live_bytes = self->live_bytes;
    out->requests = self->serial;
}

static const char *debug_check(void *heap)
{
    struct debug *self = heap;
    uint64_t live = 0;
    for (size_t i = 0; i < self->table.capacity; i++) {
        const struct debug_block *block = &self->table.block[i];
        if (block->p != NULL) {
            const char *fault = block_fault(block);
            if (fault != NULL) {
                return fault;
            }
            live += block->released == 0;
        }
    }
    if (live != self->live_blocks || live + self->held != self->table.count) {
        return "+debug: blocks are miscounted";
    }
    return heap_check(&self->inner);
}

/* Blocks still live are reported and given back. */
static void debug_close_live(struct debug *self)
{
    const struct debug_block *first = NULL;
    for (size_t i = 0; i < self->table.capacity; i++) {
        const struct debug_block *block = &self->table.block[i];
        if (block->p != NULL) {
            block_check(block);
            heap_release(&self->inner, (char *)block->p - RED_ZONE, debug_whole(block->size));
            first = first == NULL || block->serial < first->serial ? block : first;
        }
    }
    if (first != NULL) {
        fprintf(stderr,
                "heapdyno: +debug: %llu blocks (%llu bytes) were never released; the first is of "
                "%zu bytes from request %llu\n",
                (unsigned long long)self->live_blocks, (unsigned long long)self->live_bytes,
                first->size, (unsigned long long)first->serial);
    }
}

static void debug_close(void *heap)
{
    struct debug *self = heap;
    debug_trim(self);
    debug_close_live(self);
    heap_close(&self->inner);
    debug_table_close(&self->table);
    os_pages_unmap(self, debug_pages());
}

static const struct heap_methods debug_methods = {
    .alloc = debug_alloc,
    .calloc = debug_calloc,
    .resize = debug_resize,
    .release = debug_release,
    .size_of = debug_size_of,
    .trim = debug_trim,
    .stats = debug_stats,
    .check = debug_check,
    .close = debug_close,
};

static bool debug_wrap(struct heap inner, const struct options *options, struct heap *out,
                       struct error *error)
{
    struct debug *self = os_pages_map(debug_pages());
    if (self == NULL) {
        return error_set(error, "+debug: no memory for its own pages");
    }
    self->inner = inner;
    self->stop = options_number(options, "stop");
    self->quarantine = options_number(options, "quarantine");
    *out = heap_make(self, &debug_methods);
    return true;
}

static const struct option debug_options[] = {
    {"quarantine", OPTION_COUNT, "256", 0, QUARANTINE_MAX - 1, NULL,
     "released blocks held back, to name double releases and late writes"},
    {"stop", OPTION_COUNT, NULL, 1, UINT64_MAX, NULL,
     "raise SIGTRAP in this request, for a debugger (unset: never)"},
};

const struct wrapper wrapper_debug = {
    .name = "debug",
    .summary = "red zones, poison, double release, wrong sizes, leaks",
    .options = debug_options,
    .option_count = COUNT_OF(debug_options),
    .wrap = debug_wrap,
};

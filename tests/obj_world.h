/* A runtime for tests of objects: on heaps of its own that write down every request, check every
 * size given back, and fail one request on demand. Blocks are libc's, so that ASan watches them, or
 * those of the allocator that world_open_on names. */
#ifndef HEAPDYNO_TESTS_OBJ_WORLD_H
#define HEAPDYNO_TESTS_OBJ_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocators/wrapper.h"
#include "collector/collector.h"
#include "collector/gc.h"
#include "collector/objects.h"

enum { LOG_MAX = 4096 };

/* One line of the log: 'a' alloc, 'c' calloc, 'r' resize, 'f' release. */
struct logged {
    char kind;
    char domain; /* 'o' obj, 'm' mem */
    size_t size; /* asked for, or given back */
};

struct world {
    struct runtime *runtime;
    struct heap inner; /* where blocks come from */
    size_t log_count;
    struct logged log[LOG_MAX]; /* the first ones since log_clear */
    uint64_t requests;          /* allocations and resizes so far */
    uint64_t fail_at;           /* the request that fails; 0: none */
    int64_t live;               /* blocks */
    uint64_t wrong_sizes;       /* releases whose size rounds to another multiple of 16 */
};

struct world_heap {
    struct world *world;
    char domain;
};

/* Before each block. */
struct world_block {
    size_t size;
    size_t unused;
};

static inline void log_clear(struct world *world)
{
    world->log_count = 0;
}

static inline void world_log(struct world_heap *heap, char kind, size_t size)
{
    struct world *world = heap->world;
    if (world->log_count < LOG_MAX) {
        world->log[world->log_count++] = (struct logged){kind, heap->domain, size};
    }
}

static inline bool world_refuses(struct world *world)
{
    return ++world->requests == world->fail_at;
}

static inline void world_check_size(struct world *world, const struct world_block *block,
                                    size_t size)
{
    world->wrong_sizes += ((block->size + 15) & ~(size_t)15) != ((size + 15) & ~(size_t)15);
}

static inline void *world_alloc(void *self, size_t size)
{
    struct world_heap *heap = self;
    world_log(heap, 'a', size);
    if (world_refuses(heap->world)) {
        return NULL;
    }
    struct world_block *block = heap_alloc(&heap->world->inner, sizeof *block + size);
    assert_non_null(block);
    memset(block + 1, 0xcd, size);
    block->size = size;
    heap->world->live++;
    return block + 1;
}

static inline void *world_calloc(void *self, size_t size)
{
    struct world_heap *heap = self;
    void *p = world_alloc(self, size);
    if (p != NULL) {
        memset(p, 0, size);
    }
    if (heap->world->log_count > 0) {
        heap->world->log[heap->world->log_count - 1].kind = 'c';
    }
    return p;
}

static inline void world_release(void *self, void *p, size_t size)
{
    struct world_heap *heap = self;
    if (p == NULL) {
        return;
    }
    struct world_block *block = (struct world_block *)p - 1;
    world_log(heap, 'f', block->size);
    world_check_size(heap->world, block, size);
    heap->world->live--;
    heap_release(&heap->world->inner, block, sizeof *block + block->size);
}

static inline void *world_resize(void *self, void *p, size_t old_size, size_t new_size)
{
    struct world_heap *heap = self;
    struct world *world = heap->world;
    world_log(heap, 'r', new_size);
    if (world_refuses(world)) {
        return NULL;
    }
    struct world_block *old = p == NULL ? NULL : (struct world_block *)p - 1;
    if (old != NULL) {
        world_check_size(world, old, old_size);
    }
    struct world_block *block = heap_resize(
        &world->inner, old, old == NULL ? 0 : sizeof *old + old->size, sizeof *block + new_size);
    assert_non_null(block);
    block->size = new_size;
    world->live += old == NULL;
    return block + 1;
}

static inline struct heap world_heap(struct world *world, char domain)
{
    static const struct heap_methods methods = {.alloc = world_alloc,
                                                .calloc = world_calloc,
                                                .resize = world_resize,
                                                .release = world_release};
    struct world_heap *heap = malloc(sizeof *heap);
    assert_non_null(heap);
    *heap = (struct world_heap){world, domain};
    return heap_make(heap, &methods);
}

/* A world on the named collector with its default options, and on the allocator that `text` names,
 * wrappers included. */
static inline struct world *world_open_on(const char *collector, const char *text)
{
    struct world *world = calloc(1, sizeof *world);
    struct spec *spec = malloc(sizeof *spec);
    struct error why;
    assert_non_null(world);
    assert_non_null(spec);
    if (!spec_parse(text, strlen(text), spec, &why) ||
        !heap_open(spec, NULL, (struct heap){0}, &world->inner, &why)) {
        fail_msg("%s: %s", text, why.text);
    }
    free(spec);
    const struct collector *plugin = collector_find(collector);
    assert_non_null(plugin);
    struct options options;
    options_default(&options, plugin->options, plugin->option_count);
    struct runtime_config config = {.collector = plugin, .collector_options = &options};
    config.heap[HEAP_OBJ] = world_heap(world, 'o');
    config.heap[HEAP_MEM] = world_heap(world, 'm');
    config.heap[HEAP_RAW] = world_heap(world, 'w');
    struct error error;
    if (!runtime_open(&config, &world->runtime, &error)) {
        fail_msg("%s", error.text);
    }
    return world;
}

static inline struct world *world_open(const char *collector)
{
    return world_open_on(collector, "malloc");
}

/* Every test ends here: the runtime is sound, nothing is left, all sizes were right. */
static inline void world_close(struct world *world)
{
    struct world_heap *heaps[] = {world->runtime->heap[HEAP_OBJ].self,
                                  world->runtime->heap[HEAP_MEM].self,
                                  world->runtime->heap[HEAP_RAW].self};
    world->fail_at = 0;
    world->runtime->check_counts = true;
    const char *broken = runtime_check(world->runtime);
    if (broken != NULL) {
        fail_msg("runtime_check: %s", broken);
    }
    assert_int_equal(runtime_close(world->runtime), 0);
    assert_int_equal(world->live, 0);
    assert_int_equal(world->wrong_sizes, 0);
    assert_null(heap_check(&world->inner));
    heap_close(&world->inner);
    for (size_t i = 0; i < COUNT_OF(heaps); i++) {
        free(heaps[i]);
    }
    free(world);
}

/* The log as text, "a:o:56 r:m:32 …", compared with what is expected; then cleared. */
static inline void assert_requests(struct world *world, const char *expected)
{
    char text[16 * 1024] = "";
    size_t length = 0;
    for (size_t i = 0; i < world->log_count && length < sizeof text - 64; i++) {
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%c:%c:%zu", i == 0 ? "" : " ",
                             world->log[i].kind, world->log[i].domain, world->log[i].size);
    }
    assert_string_equal(text, expected);
    log_clear(world);
}

/* The seed of a randomized test: SEED=, or a fixed one; printed. */
static inline uint64_t world_seed(const char *test)
{
    const char *given = getenv("SEED");
    uint64_t seed = given == NULL ? 1 : strtoull(given, NULL, 10);
    printf("%s: SEED=%llu\n", test, (unsigned long long)seed);
    return seed;
}

#endif

/* pymalloc's cold half: where pools come from and go to.
 *
 * `usable` holds the arenas that have free pools, those with the fewest first: new pools come from
 * the fullest arena, so that the emptiest can drain. An arena whose count grows by one moves just
 * behind the last arena with the old count; last_with[count] finds it without a search.
 * An arena that is wholly free goes back to the OS, unless it is the last of the list: one is kept,
 * so that a loop on the edge does not map and unmap at each turn.
 * Source: CPython 3.11.2, Objects/obmalloc.c (bpo-37029, bpo-37257). */
#include "allocators/pymalloc.h"

#include "allocators/os_pages.h"
#include "base/check.h"

/* Address space for arenas: more than any machine we run on has memory. Halved until it is granted
 * where the address space is limited. */
static const size_t REGION_MAX = (size_t)1 << 36;
static const size_t REGION_MIN = (size_t)1 << 26;

static size_t records_size(const struct pymalloc *self)
{
    size_t page = os_pages_size();
    return (self->arena_limit * sizeof(struct arena) + page - 1) & ~(page - 1);
}

bool pymalloc_open_pools(struct pymalloc *self, size_t arena_size, bool misaligned,
                         struct error *error)
{
    if ((arena_size & (arena_size - 1)) != 0) {
        return error_set(error, "arena=%zu is not a power of two", arena_size);
    }
    size_t size = REGION_MAX;
    while ((self->region = os_pages_reserve(size, POOL_SIZE)) == NULL && size > REGION_MIN) {
        size /= 2;
    }
    if (self->region == NULL) {
        return error_set(error, "no address space for arenas of %zu bytes", arena_size);
    }
    self->region_size = size;
    self->arena_size = arena_size;
    self->arena_limit = (uint32_t)(size / arena_size) - 1; /* one less: there is room to shift */
    self->base = (uintptr_t)self->region + (misaligned ? os_pages_size() : 0);
    self->span = self->arena_limit * arena_size;
    self->arenas = os_pages_map(records_size(self));
    if (self->arenas == NULL) {
        os_pages_unmap(self->region, self->region_size);
        return error_set(error, "no memory for the records of arenas");
    }
    self->none = (struct pool){.free = &self->none_block, .virgin_offset = 1};
    for (size_t i = 0; i < CLASS_COUNT; i++) {
        self->first[i] = &self->none;
    }
    return true;
}

void pymalloc_close_pools(struct pymalloc *self)
{
    for (uint32_t i = 0; i < self->arena_top; i++) {
        if (self->arenas[i].pool_count > 0) {
            annotate_unroot(arena_address(self, &self->arenas[i]), self->arena_size);
        }
    }
    annotate_show((void *)self->base, self->arena_top * self->arena_size);
    os_pages_unmap(self->region, self->region_size);
    os_pages_unmap(self->arenas, records_size(self));
}

/* Give an arena record memory. The record comes from those that had some, else from those that
 * never had. NULL: no memory, nothing changed. */
static __attribute__((noinline)) struct arena *arena_map(struct pymalloc *self)
{
    struct arena *arena = self->unused;
    if (arena == NULL) {
        if (self->arena_top == self->arena_limit) {
            return NULL;
        }
        arena = &self->arenas[self->arena_top];
    }
    char *start = arena_address(self, arena);
    if (!os_pages_commit(start, self->arena_size)) {
        return NULL;
    }
    if (arena == self->unused) {
        self->unused = arena->next;
    } else {
        self->arena_top++;
    }
    size_t before = (size_t) - (uintptr_t)start & (POOL_SIZE - 1);
    uint32_t pools = (uint32_t)(self->arena_size / POOL_SIZE) - (before > 0);
    *arena = (struct arena){.virgin = start + before, .free_count = pools, .pool_count = pools};
    annotate_root(start, self->arena_size);
    self->arenas_total++;
    if (++self->arenas_now > self->arenas_highwater) {
        self->arenas_highwater = self->arenas_now;
    }
    return arena;
}

static __attribute__((noinline)) void arena_unmap(struct pymalloc *self, struct arena *arena)
{
    char *start = arena_address(self, arena);
    annotate_unroot(start, self->arena_size);
    annotate_show(start, self->arena_size);
    os_pages_decommit(start, self->arena_size);
    *arena = (struct arena){.next = self->unused};
    self->unused = arena;
    self->arenas_now--;
}

static void usable_remove(struct pymalloc *self, struct arena *arena)
{
    if (arena->prev != NULL) {
        arena->prev->next = arena->next;
    } else {
        self->usable = arena->next;
    }
    if (arena->next != NULL) {
        arena->next->prev = arena->prev;
    }
}

static void usable_insert_first(struct pymalloc *self, struct arena *arena)
{
    arena->prev = NULL;
    arena->next = self->usable;
    if (arena->next != NULL) {
        arena->next->prev = arena;
    }
    self->usable = arena;
}

static void usable_insert_behind(struct arena *before, struct arena *arena)
{
    arena->prev = before;
    arena->next = before->next;
    if (arena->next != NULL) {
        arena->next->prev = arena;
    }
    before->next = arena;
}

/* One pool has been taken from the first usable arena. It has the fewest free pools, so its place
 * stays right; with none left it leaves the list. */
static void usable_took_pool(struct pymalloc *self, struct arena *arena)
{
    uint32_t count = arena->free_count;
    CHECK_SLOW(count > 0 && arena == self->usable);
    if (self->last_with[count] == arena) {
        self->last_with[count] = NULL;
    }
    arena->free_count = --count;
    if (likely(count > 0)) {
        self->last_with[count] = arena;
    } else {
        usable_remove(self, arena);
    }
}

/* Lay out an empty pool for a class: the first two blocks are linked, the rest stays untouched until
 * it is needed. */
static void pool_format(struct pool *pool, uint32_t class)
{
    uint32_t size = class_size(class);
    char *block = (char *)pool + POOL_HEADER;
    annotate_hide(block, POOL_SIZE - POOL_HEADER);
    void **first = (void **)(void *)block;
    void **second = (void **)(void *)(block + size);
    link_write(first, second);
    link_write(second, NULL);
    pool->class = class;
    pool->free = first;
    pool->virgin_offset = POOL_HEADER + 2 * size;
    pool->virgin_last = POOL_SIZE - size;
    pool->capacity = (POOL_SIZE - POOL_HEADER) / size;
}

/* Take an empty pool into use and hand out its first block. A pool that had the same class keeps its
 * free list, and with it the order of its blocks. */
static inline void *pool_start(struct pymalloc *self, struct pool *pool, size_t size)
{
    uint32_t class = (uint32_t)(size - 1) / HEAP_ALIGNMENT;
    if (pool->class != class) {
        pool_format(pool, class);
    }
    void **block = pool->free;
    pool->free = link_take(block);
    pool->used = 1;
    pool_link(self, pool);
    annotate_alloc(self, block, size);
    return block;
}

/* The first usable arena has no emptied pool, but virgin ones. */
static __attribute__((noinline)) struct pool *take_virgin(struct pymalloc *self)
{
    struct arena *arena = self->usable;
    struct pool *pool = (struct pool *)(void *)arena->virgin;
    arena->virgin += POOL_SIZE;
    usable_took_pool(self, arena);
    pool->arena = (uint32_t)(arena - self->arenas);
    pool->class = CLASS_NONE;
    return pool;
}

static __attribute__((noinline)) struct pool *take_from_new_arena(struct pymalloc *self)
{
    struct arena *arena = arena_map(self);
    if (arena == NULL) {
        return NULL;
    }
    usable_insert_first(self, arena);
    self->last_with[arena->free_count] = arena;
    return take_virgin(self);
}

static inline struct pool *pool_take(struct pymalloc *self)
{
    struct arena *arena = self->usable;
    if (unlikely(arena == NULL)) {
        return take_from_new_arena(self);
    }
    struct pool *pool = arena->free;
    if (pool == NULL) {
        return take_virgin(self);
    }
    arena->free = pool->next;
    usable_took_pool(self, arena);
    return pool;
}

void *pymalloc_alloc_new(struct pymalloc *self, size_t size)
{
    struct pool *pool = pool_take(self);
    return pool != NULL ? pool_start(self, pool, size) : pymalloc_raw_alloc(self, size);
}

/* `arena` has now one free pool more than `last`, the last arena with the old count, allows at its
 * place: move it just behind. */
static void usable_reorder(struct pymalloc *self, struct arena *arena, struct arena *last)
{
    if (arena != last) {
        usable_remove(self, arena);
        usable_insert_behind(last, arena);
    }
}

void pymalloc_pool_empty(struct pymalloc *self, struct pool *pool)
{
    struct arena *arena = &self->arenas[pool->arena];
    pool->next = arena->free;
    arena->free = pool;

    uint32_t old = arena->free_count;
    struct arena *last = self->last_with[old]; /* NULL if old is 0 */
    if (last == arena) {
        struct arena *before = arena->prev;
        self->last_with[old] = before != NULL && before->free_count == old ? before : NULL;
    }
    arena->free_count = old + 1;
    if (arena->free_count == arena->pool_count && arena->next != NULL) {
        usable_remove(self, arena);
        arena_unmap(self, arena);
        return;
    }
    if (self->last_with[old + 1] == NULL) {
        self->last_with[old + 1] = arena;
    }
    if (old == 0) {
        usable_insert_first(self, arena);
    } else {
        usable_reorder(self, arena, last);
    }
}

/* pool's memory: arenas of 64 pools, each a word of bits, lowest address first.
 *
 *   take   the lowest idle pool of all: what lives is packed at low addresses, the rest can drain
 *   put    an arena whose pools are all idle is spare; of more than `keep` spare ones the highest
 *          goes back to the kernel
 *   keep   starts at one. An arena that has to be committed after one went back was given back too
 *          early: one more may stay, up to an option. Each 16 that go back, one fewer
 * So a program that grows and shrinks again and again keeps what it needs for that, and one that
 * frees all its memory at once keeps one arena.
 * Not good at: an arena that one block keeps alive. */
#include "allocators/pool.h"

#include "allocators/os_pages.h"
#include "base/check.h"

enum { FORGET_AFTER = 16 };

static const uint32_t ARENA_NONE = UINT32_MAX;

static const uint64_t ALL_IDLE = UINT64_MAX;

struct pool_heap *pool_arena_open(uint32_t keep_most, struct error *error)
{
    size_t tables = (size_t)ARENA_FIRST * ARENA_SIZE;
    uint32_t arenas = ARENAS - ARENA_FIRST;
    struct pool_heap *self;
    while ((self = os_pages_reserve(tables + (size_t)arenas * ARENA_SIZE, POOL_SIZE)) == NULL &&
           arenas > 1) {
        arenas /= 2;
    }
    if (self == NULL) {
        error_set(error, "no address space for its tables of %zu bytes", tables);
        return NULL;
    }
    if (!os_pages_commit(self, tables)) {
        os_pages_unmap(self, tables + (size_t)arenas * ARENA_SIZE);
        error_set(error, "no memory for its tables of %zu bytes", tables);
        return NULL;
    }
    for (uint32_t arena = 0; arena < ARENA_FIRST; arena++) {
        self->group[arena / 64].mapped |= bit_of(arena);
    }
    for (uint32_t ring = RINGS; ring <= RINGS + BLOCK_CLASSES; ring++) {
        self->current[ring - RINGS] = ring;
        self->pool[ring] = (struct pool){.next = ring, .prev = ring};
    }
    self->arena_end = ARENA_FIRST;
    self->arena_limit = ARENA_FIRST + arenas;
    self->keep = keep_most > 0;
    self->keep_most = keep_most;
    return self;
}

static char *arena_address(const struct pool_heap *self, uint32_t arena)
{
    return pool_address(self, arena * ARENA_POOLS);
}

void pool_arena_close(struct pool_heap *self)
{
    for (uint32_t arena = ARENA_FIRST; arena < self->arena_end; arena++) {
        if ((self->group[arena / 64].mapped & bit_of(arena)) != 0) {
            annotate_unroot(arena_address(self, arena), ARENA_SIZE);
            annotate_show(arena_address(self, arena), ARENA_SIZE);
        }
    }
    os_pages_unmap(self, (size_t)self->arena_limit * ARENA_SIZE);
}

/* The lowest arena that has idle pools, or that has no memory. */
static uint32_t arena_lowest(const struct pool_heap *self, bool mapped)
{
    for (uint32_t at = 0; at < self->arena_end; at += 64) {
        const struct arena_group *group = &self->group[at / 64];
        uint64_t bits = mapped ? group->open : ~group->mapped;
        if (bits != 0) {
            uint32_t arena = at + (uint32_t)__builtin_ctzll(bits);
            return arena < self->arena_end ? arena : ARENA_NONE;
        }
    }
    return ARENA_NONE;
}

/* The highest spare arena, of which there is one. */
static uint32_t spare_highest(const struct pool_heap *self)
{
    uint32_t arena = self->arena_end - 1;
    while (self->arena[arena].idle != ALL_IDLE) {
        arena -= self->group[arena / 64].open != 0 ? 1 : arena % 64 + 1;
    }
    return arena;
}

/* The lowest arena without memory gets some. */
static __attribute__((noinline)) uint32_t arena_commit(struct pool_heap *self)
{
    uint32_t arena = arena_lowest(self, false);
    if (arena == ARENA_NONE) {
        arena = self->arena_end;
    }
    if (arena == self->arena_limit || !os_pages_commit(arena_address(self, arena), ARENA_SIZE)) {
        return ARENA_NONE;
    }
    self->arena_end += arena == self->arena_end;
    annotate_root(arena_address(self, arena), ARENA_SIZE);
    self->group[arena / 64].mapped |= bit_of(arena);
    self->group[arena / 64].open |= bit_of(arena);
    self->arena[arena].idle = ALL_IDLE;
    self->spare++;
    for (uint32_t i = 0; i < ARENA_POOLS; i++) {
        self->pool[arena * ARENA_POOLS + i].class = CLASS_NONE;
    }
    self->arenas_total++;
    if (++self->arenas_now > self->arenas_highwater) {
        self->arenas_highwater = self->arenas_now;
    }
    if (self->gone > 0) {
        self->gone--;
        self->gone_last = 0;
        self->keep += self->keep < self->keep_most;
    }
    return arena;
}

/* None of 64 arenas has memory: what the tables say of them need not have any either. */
static void tables_discard(struct pool_heap *self, uint32_t group)
{
    size_t first = (size_t)group * 64 * ARENA_POOLS, count = 64 * ARENA_POOLS;
    os_pages_discard(&self->free[first], count * sizeof(self->free[0]));
    os_pages_discard(&self->count[first], count * sizeof(self->count[0]));
    os_pages_discard(&self->pool[first], count * sizeof(self->pool[0]));
}

/* Give back a spare arena. */
static void arena_decommit(struct pool_heap *self, uint32_t arena)
{
    char *start = arena_address(self, arena);
    annotate_unroot(start, ARENA_SIZE);
    annotate_show(start, ARENA_SIZE);
    os_pages_decommit(start, ARENA_SIZE);
    self->group[arena / 64].mapped &= ~bit_of(arena);
    self->group[arena / 64].open &= ~bit_of(arena);
    self->arena[arena].idle = 0;
    self->spare--;
    self->arenas_now--;
    if (self->group[arena / 64].mapped == 0) {
        tables_discard(self, arena / 64);
    }
}

static __attribute__((noinline)) void spare_reduce(struct pool_heap *self)
{
    while (self->spare > self->keep) {
        arena_decommit(self, spare_highest(self));
        self->gone++;
        if (++self->gone_last == FORGET_AFTER) {
            self->gone_last = 0;
            self->keep -= self->keep > 1;
        }
    }
}

uint32_t pool_arena_take(struct pool_heap *self)
{
    uint32_t arena = arena_lowest(self, true);
    if (arena == ARENA_NONE && (arena = arena_commit(self)) == ARENA_NONE) {
        return 0;
    }
    uint64_t idle = self->arena[arena].idle;
    self->spare -= idle == ALL_IDLE;
    self->arena[arena].idle = idle & (idle - 1);
    if (self->arena[arena].idle == 0) {
        self->group[arena / 64].open &= ~bit_of(arena);
    }
    return arena * ARENA_POOLS + (uint32_t)__builtin_ctzll(idle);
}

void pool_arena_put(struct pool_heap *self, uint32_t number)
{
    uint32_t arena = number / ARENA_POOLS;
    self->arena[arena].idle |= bit_of(number);
    self->group[arena / 64].open |= bit_of(arena);
    if (self->arena[arena].idle == ALL_IDLE && ++self->spare > self->keep) {
        spare_reduce(self);
    }
}

static void trim_pool(struct pool_heap *self, uint32_t number)
{
    if (self->pool[number].class != CLASS_NONE) { /* it has blocks, and a list of them */
        self->pool[number].class = CLASS_NONE;
        os_pages_discard(pool_address(self, number), POOL_SIZE);
    }
}

void pool_arena_trim(struct pool_heap *self)
{
    for (uint32_t arena = ARENA_FIRST; arena < self->arena_end; arena++) {
        uint64_t idle = self->arena[arena].idle;
        if (idle == ALL_IDLE) {
            arena_decommit(self, arena);
            continue;
        }
        for (; idle != 0; idle &= idle - 1) {
            trim_pool(self, arena * ARENA_POOLS + (uint32_t)__builtin_ctzll(idle));
        }
    }
}

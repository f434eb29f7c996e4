/* Lower bounds, inlined into the loops of patterns.h. None could serve a program.
 *
 *   inline-freelist  a list per size class (16 bytes up to 1 KiB, then powers of two) threaded through
 *                    the free blocks, carved from chunks. Scatters over memory on real traces
 *   inline-bump      a pointer that goes round in 64 MiB, whoever still lives there
 *   inline-null      no allocator: what loop, table of blocks and trace cost
 *   table-null       the same through a heap's table: what two indirect calls cost */
#include <stdlib.h>

#include "bench/micro/patterns.h"
#include "bench/micro/stand.h"

enum {
    FLOOR_SMALL = 1024,
    FLOOR_CLASSES = FLOOR_SMALL / 16 + 64,
    FLOOR_BUMP_BYTES = 64 << 20,
    FLOOR_CHUNK = 1 << 20
};

struct floor {
    enum floor_kind kind;
    unsigned char *chunk; /* bump: all of it; freelist: what is left of the last one */
    size_t at, room;
    struct chunk *chunks; /* freelist: all of them */
    void *free[FLOOR_CLASSES];
    uint64_t scratch[2]; /* null: every block */
};

const char *const floor_names[FLOORS] = {
    [FLOOR_FREELIST] = "inline-freelist",
    [FLOOR_BUMP] = "inline-bump",
    [FLOOR_NULL] = "inline-null",
    [FLOOR_CALL] = "table-null",
};

enum floor_kind floor_find(const char *target)
{
    for (enum floor_kind i = 0; i < FLOORS; i++) {
        if (strcmp(floor_names[i], target) == 0) {
            return i;
        }
    }
    return FLOOR_NONE;
}

static size_t rounded(size_t size)
{
    return (size + 15 + (size == 0)) & ~(size_t)15;
}

static unsigned bits_of(size_t size)
{
    return 64 - (unsigned)__builtin_clzl(size - 1);
}

static size_t class_of_size(size_t size)
{
    if (likely(size <= FLOOR_SMALL)) {
        return size == 0 ? 0 : (size - 1) / 16;
    }
    return FLOOR_SMALL / 16 - 1 + bits_of(size);
}

/* Each chunk begins with where the last one is and how long this one. */
struct chunk {
    struct chunk *last;
    size_t bytes;
};

__attribute__((noinline)) static void *freelist_carve(struct floor *self, size_t size)
{
    size = size <= FLOOR_SMALL ? rounded(size) : (size_t)1 << bits_of(size);
    if (self->room < size) {
        size_t bytes = size > FLOOR_CHUNK / 2 ? size + sizeof(struct chunk) : FLOOR_CHUNK;
        struct chunk *chunk = micro_map(bytes);
        *chunk = (struct chunk){self->chunks, bytes};
        self->chunks = chunk;
        self->chunk = (unsigned char *)(chunk + 1);
        self->room = bytes - sizeof *chunk;
    }
    void *p = self->chunk;
    self->chunk += size;
    self->room -= size;
    return p;
}

PATTERN_INLINE void *freelist_alloc(void *opened, size_t size)
{
    struct floor *self = opened;
    size_t class = class_of_size(size);
    if (likely(self->free[class] != NULL)) {
        void **p = self->free[class];
        self->free[class] = *p;
        return p;
    }
    return freelist_carve(self, size);
}

PATTERN_INLINE void freelist_release(void *opened, void *p, size_t size)
{
    struct floor *self = opened;
    size_t class = class_of_size(size);
    *(void **)p = self->free[class];
    self->free[class] = p;
}

PATTERN_INLINE void *freelist_resize(void *self, void *p, size_t old_size, size_t new_size)
{
    if (class_of_size(old_size) == class_of_size(new_size)) {
        return p;
    }
    void *q = freelist_alloc(self, new_size);
    memcpy(q, p, old_size < new_size ? old_size : new_size);
    freelist_release(self, p, old_size);
    return q;
}

PATTERN_INLINE void *bump_alloc(void *opened, size_t size)
{
    struct floor *self = opened;
    size_t at = self->at;
    size_t next = at + rounded(size);
    if (unlikely(next > FLOOR_BUMP_BYTES)) {
        at = 0;
        next = rounded(size);
    }
    self->at = next;
    return self->chunk + at;
}

PATTERN_INLINE void bump_release(void *self, void *p, size_t size)
{
    (void)self;
    (void)p;
    (void)size;
}

PATTERN_INLINE void *bump_resize(void *self, void *p, size_t old_size, size_t new_size)
{
    void *q = bump_alloc(self, new_size);
    memcpy(q, p, old_size < new_size ? old_size : new_size);
    return q;
}

PATTERN_INLINE void *null_alloc(void *opened, size_t size)
{
    struct floor *self = opened;
    (void)size;
    return self->scratch;
}

PATTERN_INLINE void *null_resize(void *self, void *p, size_t old_size, size_t new_size)
{
    (void)self;
    (void)old_size;
    (void)new_size;
    return p;
}

static void run_freelist(void *opened, uint64_t n)
{
    struct pattern_state *state = opened;
    pattern_run(
        state, (struct pattern_ops){state->user, freelist_alloc, freelist_resize, freelist_release},
        n);
}

static void run_bump(void *opened, uint64_t n)
{
    struct pattern_state *state = opened;
    pattern_run(state, (struct pattern_ops){state->user, bump_alloc, bump_resize, bump_release}, n);
}

static void run_null(void *opened, uint64_t n)
{
    struct pattern_state *state = opened;
    pattern_run(state, (struct pattern_ops){state->user, null_alloc, null_resize, bump_release}, n);
}

/* Out of line, so that they are called as an allocator is. */
static void run_call(void *opened, uint64_t n)
{
    struct pattern_state *state = opened;
    struct pattern_ops ops = {state->user, null_alloc, null_resize, bump_release};
    __asm__ volatile("" : "+m"(ops));
    pattern_run(state, ops, n);
}

static void *open_floor(const struct micro_case *self, enum floor_kind kind, uint64_t *items,
                        struct error *error)
{
    struct pattern_state *state = pattern_open(self, items, error);
    if (state == NULL) {
        return NULL;
    }
    struct floor *floor = micro_map(sizeof *floor);
    floor->kind = kind;
    if (kind == FLOOR_BUMP) {
        floor->chunk = micro_map(FLOOR_BUMP_BYTES);
    }
    state->user = floor;
    bool lists = kind == FLOOR_FREELIST, bump = kind == FLOOR_BUMP;
    struct pattern_ops ops = {floor,
                              lists  ? freelist_alloc
                              : bump ? bump_alloc
                                     : null_alloc,
                              NULL, NULL};
    pattern_start(state, ops);
    return state;
}

static void close_floor(void *opened)
{
    struct pattern_state *state = opened;
    struct floor *floor = state->user;
    if (floor->kind == FLOOR_BUMP) {
        micro_unmap(floor->chunk, FLOOR_BUMP_BYTES);
    }
    for (struct chunk *chunk = floor->chunks, *last; chunk != NULL; chunk = last) {
        last = chunk->last;
        micro_unmap(chunk, chunk->bytes);
    }
    micro_unmap(floor, sizeof *floor);
    pattern_close(state);
}

#define OPEN(name, kind)                                                                           \
    static void *open_##name(void *world, const struct micro_case *self, uint64_t *items,          \
                             struct error *error)                                                  \
    {                                                                                              \
        (void)world;                                                                               \
        return open_floor(self, kind, items, error);                                               \
    }

OPEN(freelist, FLOOR_FREELIST)
OPEN(bump, FLOOR_BUMP)
OPEN(null, FLOOR_NULL)
OPEN(call, FLOOR_CALL)

static const struct micro_functions functions[FLOORS] = {
    [FLOOR_FREELIST] = {open_freelist, run_freelist, close_floor},
    [FLOOR_BUMP] = {open_bump, run_bump, close_floor},
    [FLOOR_NULL] = {open_null, run_null, close_floor},
    [FLOOR_CALL] = {open_call, run_call, close_floor},
};

const struct micro_functions *floor_functions(enum floor_kind floor)
{
    return &functions[floor];
}

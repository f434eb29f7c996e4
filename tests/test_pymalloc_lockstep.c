/* Our pymalloc against CPython's own: the same random requests go to PyObject_Malloc, Calloc,
 * Realloc and Free of libpython3.11, and every address must be the same, counted from the first
 * arena; from time to time also arenas, pools and blocks of each class, as sys._debugmallocstats
 * prints them. CPython's arenas come from this file, at the places where ours lie. Skipped where
 * libpython3.11 is not installed. */
#include "tests/allocators.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <sys/mman.h>

#include "allocators/pymalloc.h"
#include "base/rng.h"

enum { SLOTS = 60000, ARENAS = 512 };

struct arena_allocator {
    void *context;
    void *(*alloc)(void *context, size_t size);
    void (*free)(void *context, void *p, size_t size);
};

/* libpython's functions. Its interpreter is never started: the allocator works without. */
struct python {
    void *(*alloc)(size_t size);
    void *(*calloc)(size_t count, size_t size);
    void *(*resize)(void *p, size_t size);
    void (*release)(void *p);
    void (*set_arenas)(struct arena_allocator *allocator);
    int (*print_stats)(FILE *file); /* what sys._debugmallocstats calls, with stderr */
};

/* Where CPython's arenas lie: as ours, the place last freed first, else the next new one. */
struct places {
    char *base;
    size_t unused[ARENAS];
    size_t unused_count;
    size_t top;
};

struct slot {
    char *ours, *theirs;
    size_t size;
};

struct lockstep {
    struct python python;
    struct places places;
    struct heap heap;
    struct rng rng;
    struct slot slot[SLOTS];
    size_t live;
    uint64_t pooled; /* requests served from a pool by both */
    uint64_t tables; /* of statistics, found equal */
};

static void *places_take(void *context, size_t size)
{
    struct places *self = context;
    size_t place = self->unused_count > 0 ? self->unused[--self->unused_count] : self->top++;
    assert_true(place < ARENAS);
    char *p = self->base + place * size;
    assert_int_equal(mprotect(p, size, PROT_READ | PROT_WRITE), 0);
    return p;
}

static void places_give(void *context, void *p, size_t size)
{
    struct places *self = context;
    assert_int_equal(madvise(p, size, MADV_DONTNEED), 0);
    self->unused[self->unused_count++] = (size_t)((char *)p - self->base) / size;
}

static bool python_open(struct python *self)
{
    void *library = dlopen("libpython3.11.so.1.0", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        return false;
    }
    const struct {
        const char *name;
        void *place;
    } wanted[] = {{"PyObject_Malloc", &self->alloc},
                  {"PyObject_Calloc", &self->calloc},
                  {"PyObject_Realloc", &self->resize},
                  {"PyObject_Free", &self->release},
                  {"PyObject_SetArenaAllocator", &self->set_arenas},
                  {"_PyObject_DebugMallocStats", &self->print_stats}};
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        void *address = dlsym(library, wanted[i].name);
        assert_non_null(address);
        memcpy(wanted[i].place, &address, sizeof(address));
    }
    return true;
}

/* Both in a pool at the same place, or both raw. */
static void same_place(struct lockstep *self, const char *ours, const char *theirs)
{
    const struct pymalloc *heap = self->heap.self;
    size_t offset = (size_t)((uintptr_t)ours - heap->base);
    size_t other = (size_t)(theirs - self->places.base);
    size_t limit = ARENAS * heap->arena_size;
    assert_non_null(ours);
    assert_non_null(theirs);
    assert_int_equal(offset < limit, other < limit);
    if (offset < limit) {
        assert_int_equal(offset, other);
        self->pooled++;
    }
}

/* Classes in use change with time, so that pools are recycled for others. */
static size_t lockstep_size(struct rng *rng, uint64_t phase)
{
    uint64_t dice = rng_below(rng, 100);
    if (dice < 70) {
        return 16 * (1 + (phase * 7 + rng_below(rng, 3)) % 32) - rng_below(rng, 16);
    }
    return dice < 98 ? rng_below(rng, 513) : rng_below(rng, 2000);
}

static void lockstep_alloc(struct lockstep *self, struct slot *slot, uint64_t phase)
{
    slot->size = lockstep_size(&self->rng, phase);
    if (rng_below(&self->rng, 8) == 0) {
        slot->ours = heap_calloc(&self->heap, slot->size);
        slot->theirs = self->python.calloc(1, slot->size);
    } else {
        slot->ours = heap_alloc(&self->heap, slot->size);
        slot->theirs = self->python.alloc(slot->size);
    }
    same_place(self, slot->ours, slot->theirs);
}

static void lockstep_release(struct lockstep *self, struct slot *slot)
{
    heap_release(&self->heap, slot->ours, slot->size);
    self->python.release(slot->theirs);
    *slot = (struct slot){0};
}

static void lockstep_step(struct lockstep *self, uint64_t phase)
{
    struct slot *slot = &self->slot[rng_below(&self->rng, SLOTS)];
    bool fill = rng_below(&self->rng, SLOTS) < self->live;
    if (slot->ours == NULL) {
        if (fill) {
            lockstep_alloc(self, slot, phase);
        }
    } else if (rng_below(&self->rng, 6) == 0) {
        size_t size = lockstep_size(&self->rng, phase);
        slot->ours = heap_resize(&self->heap, slot->ours, slot->size, size);
        slot->theirs = self->python.resize(slot->theirs, size);
        slot->size = size;
        same_place(self, slot->ours, slot->theirs);
    } else if (!fill) {
        lockstep_release(self, slot);
    }
}

/* Release all slots but one in `keep`, so that whole arenas become free. */
static void lockstep_drain(struct lockstep *self, uint64_t keep)
{
    size_t first = rng_below(&self->rng, SLOTS);
    for (size_t i = 0; i < SLOTS; i++) {
        struct slot *slot = &self->slot[(first + i * 7) % SLOTS]; /* 7 and SLOTS have no factor */
        if (slot->ours != NULL && rng_below(&self->rng, keep) != 0) {
            lockstep_release(self, slot);
        }
    }
}

/* A printed figure, commas between its thousands. */
static uint64_t figure(const char *text)
{
    uint64_t value = 0;
    for (; *text == ',' || (*text >= '0' && *text <= '9'); text++) {
        value = *text == ',' ? value : value * 10 + (uint64_t)(*text - '0');
    }
    return value;
}

/* One line of CPython's table goes to `out`: "class size pools used free", or "what   =   figure",
 * of which "N unused pools * 16384 bytes" has its figure in front. */
static void stats_read_line(const char *line, struct heap_stats *out, uint64_t *unused_pools)
{
    unsigned class;
    struct heap_class row;
    if (sscanf(line, "%u %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &class, &row.size,
               &row.pools, &row.blocks_used, &row.blocks_free) == 5) {
        assert_true(class < CLASS_COUNT);
        out->class[class] = row;
        out->pools += row.pools;
        out->live_blocks += row.blocks_used;
        return;
    }
    const char *equals = strchr(line, '=');
    const struct {
        const char *what;
        uint64_t *place;
    } totals[] = {{"# arenas allocated total ", &out->arenas_total},
                  {"# arenas highwater mark ", &out->arenas_highwater},
                  {"# arenas allocated current ", &out->arenas},
                  {"# bytes in allocated blocks ", &out->live_bytes}};
    for (size_t i = 0; equals != NULL && i < COUNT_OF(totals); i++) {
        if (strncmp(line, totals[i].what, strlen(totals[i].what)) == 0) {
            *totals[i].place = figure(equals + 1 + strspn(equals + 1, " "));
        }
    }
    if (strstr(line, " unused pools * ") != NULL) {
        *unused_pools = figure(line);
    }
}

/* What CPython prints of its arenas, pools and blocks. */
static void stats_of_python(const struct python *python, struct heap_stats *out,
                            uint64_t *unused_pools)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    assert_int_equal(python->print_stats(file), 1);
    assert_int_equal(fclose(file), 0);
    *out = (struct heap_stats){.arenas = UINT64_MAX};
    *unused_pools = UINT64_MAX;
    char *rest = text;
    for (char *line = strtok_r(rest, "\n", &rest); line != NULL;
         line = strtok_r(rest, "\n", &rest)) {
        stats_read_line(line, out, unused_pools);
    }
    free(text);
}

/* Arenas, pools, blocks in use and free of each class: as sys._debugmallocstats prints them. */
static void same_stats(struct lockstep *self, const struct heap_stats *ours)
{
    const struct pymalloc *heap = self->heap.self;
    struct heap_stats theirs;
    uint64_t unused_pools;
    stats_of_python(&self->python, &theirs, &unused_pools);
    assert_int_equal(ours->arenas, theirs.arenas);
    assert_int_equal(ours->arenas_total, theirs.arenas_total);
    assert_int_equal(ours->arenas_highwater, theirs.arenas_highwater);
    assert_int_equal(ours->pools, theirs.pools);
    assert_int_equal(ours->live_blocks - heap->raw_blocks, theirs.live_blocks);
    assert_int_equal(ours->live_bytes - heap->raw_bytes, theirs.live_bytes);
    uint64_t pools_per_arena = heap->arena_size / POOL_SIZE - (heap->base % POOL_SIZE != 0);
    assert_int_equal(ours->arenas * pools_per_arena - ours->pools, unused_pools);
    for (uint32_t i = 0; i < CLASS_COUNT; i++) {
        const struct heap_class *a = &ours->class[i];
        const struct heap_class *b = &theirs.class[i];
        assert_int_equal(a->pools, b->pools);
        assert_int_equal(a->blocks_used, b->blocks_used);
        assert_int_equal(a->blocks_free, b->blocks_free);
        assert_true(b->pools == 0 || a->size == b->size);
    }
    self->tables++;
}

/* Arenas held by CPython must be as many as ours, at all times, and all that it prints. */
static void lockstep_check(struct lockstep *self)
{
    struct heap_stats stats;
    heap_stats(&self->heap, &stats);
    assert_int_equal(stats.arenas, self->places.top - self->places.unused_count);
    assert_null(heap_check(&self->heap));
    same_stats(self, &stats);
}

static void lockstep_run(const char *spec, size_t shift, uint64_t seed, uint64_t steps)
{
    struct lockstep *self = calloc(1, sizeof(*self));
    assert_non_null(self);
    if (!python_open(&self->python)) {
        free(self);
        printf("skipped: libpython3.11 is not installed\n");
        skip();
    }
    self->heap = test_heap(spec);
    size_t arena_size = ((const struct pymalloc *)self->heap.self)->arena_size;
    char *range = mmap(NULL, (ARENAS + 1) * arena_size, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(range != MAP_FAILED);
    self->places.base = (char *)(((uintptr_t)range + POOL_SIZE - 1) & ~(uintptr_t)(POOL_SIZE - 1));
    self->places.base += shift;
    struct arena_allocator arenas = {&self->places, places_take, places_give};
    self->python.set_arenas(&arenas);
    rng_seed(&self->rng, seed);

    uint64_t phase_length = steps / 20;
    for (uint64_t i = 0; i < steps; i++) {
        if (i % (phase_length / 10) == 0) {
            lockstep_check(self);
        }
        if (i % phase_length == 0) {
            self->live = rng_below(&self->rng, SLOTS);
            if (i / phase_length % 3 == 2) {
                lockstep_drain(self, 2 + rng_below(&self->rng, 3000));
            }
        }
        lockstep_step(self, i / phase_length);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        if (self->slot[i].ours != NULL) {
            lockstep_release(self, &self->slot[i]);
        }
    }
    lockstep_check(self);
    struct heap_stats stats;
    heap_stats(&self->heap, &stats);
    printf("%s: %" PRIu64 " pooled requests at equal addresses, %" PRIu64
           " equal tables of arenas, pools and blocks; %" PRIu64 " arenas mapped, %" PRIu64
           " at most\n",
           spec, self->pooled, self->tables, stats.arenas_total, stats.arenas_highwater);
    assert_true(stats.arenas_total > stats.arenas_highwater || test_is_slow());
    assert_int_equal(stats.live_blocks, 0);
    heap_close(&self->heap);
    free(self); /* the range stays: libpython keeps its last arena */
}

static void test_addresses_are_those_of_cpython(void **state)
{
    bool page = *(bool *)*state;
    uint64_t steps = test_is_slow() ? 200000 : 3000000;
    lockstep_run(page ? "pymalloc:align=page" : "pymalloc", page ? 4096 : 0, test_seed(), steps);
}

/* With arenas of 64 pools, then in another process, since libpython's state is, with 63. */
int main(int argc, char **argv)
{
    bool page = argc > 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_addresses_are_those_of_cpython, &page)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    if (failed == 0 && !page) {
        execl(argv[0], argv[0], "page", (char *)NULL);
        perror("execl");
        return 1;
    }
    return failed;
}

/* replay: the allocation requests of a real Python program, as recorded by `heapdyno record`, on
 * the heaps of their domains, with recorded sizes and lifetimes. The first and last bytes of every
 * block are written and verified at resize and release, so a block given out twice is found.
 *
 * Collections: a trace holds no graph, so nothing is collected here and pauses stay empty; frees
 * inside recorded collections come where they came. Counts follow from the marks of the trace
 * (trace_counts.h); the outcome says which automatic collections they demand, and which were
 * recorded. The thresholds of the cell's collector change nothing: lifetimes are recorded.
 * Not good at: showing what another threshold would do. */
#include <string.h>
#include <sys/mman.h>

#include "workloads/common.h"
#include "workloads/replay.h"
#include "workloads/trace_program.h"

enum { REPLAY_TINY = 1900, REPLAY_PAGE = 4096, REPLAY_PATH = 4096, REPLAY_AHEAD = 32 };
enum replay_touch { TOUCH_ENDS, TOUCH_PAGES, TOUCH_ALL };

/* A block that is alive. */
struct replay_slot {
    unsigned char *p; /* NULL: none */
    uint32_t size;
    uint32_t role : 2;
    uint32_t stamp : 30;
};

struct replay {
    struct trace_program program;
    struct replay_slot *slots; /* [program.slot_count], mapped and touched */
    size_t mapped_bytes;
    const struct heap *heap[3]; /* by TRACE_ROLE_… */
    enum replay_touch touch;
    uint64_t checksum;
    const char *wrong; /* why it stopped */
};

/* Memory of the harness's own, touched. */
static void *replay_map(size_t bytes)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static uint64_t replay_word(const struct replay_slot *slot)
{
    return (slot->stamp + UINT64_C(1)) * UINT64_C(0x9e3779b97f4a7c15);
}

/* What the edges of a block hold: its word, or from less than 16 bytes the word's low byte. The
 * lengths are constants, so that these are moves and no calls. */
static inline void edges_write(const struct replay_slot *slot, uint64_t word)
{
    if (likely(slot->size >= 16)) {
        memcpy(slot->p, &word, 8);
        memcpy(slot->p + slot->size - 8, &word, 8);
    } else if (slot->size > 0) {
        slot->p[0] = slot->p[slot->size - 1] = (unsigned char)word;
    }
}

/* What the first edge holds. */
static inline uint64_t edge_read(const struct replay_slot *slot)
{
    uint64_t word = 0;
    if (likely(slot->size >= 16)) {
        memcpy(&word, slot->p, 8);
    } else if (slot->size > 0) {
        word = slot->p[0];
    }
    return word;
}

static inline bool edges_hold(const struct replay_slot *slot, uint64_t word)
{
    if (likely(slot->size >= 16)) {
        uint64_t last;
        memcpy(&last, slot->p + slot->size - 8, 8);
        return edge_read(slot) == word && last == word;
    }
    unsigned char byte = (unsigned char)word;
    return slot->size == 0 || (slot->p[0] == byte && slot->p[slot->size - 1] == byte);
}

/* Between the edges, of the first `filled` bytes: every one, or one of each page. */
static void replay_fill(const struct replay *self, const struct replay_slot *slot, uint64_t word,
                        size_t filled)
{
    if (self->touch == TOUCH_ALL) {
        memset(slot->p, (int)(word & 255), filled);
        return;
    }
    for (size_t at = REPLAY_PAGE; at < filled; at += REPLAY_PAGE) {
        slot->p[at] = (unsigned char)word;
    }
}

/* How much of a new block its owner fills. One that is cut down by one of the next requests is a
 * buffer to read into, of which the rest is not written. */
static size_t replay_filled(const struct replay *self, const struct trace_op *op)
{
    const struct trace_op *end = self->program.ops + self->program.op_count;
    end = end - op > REPLAY_AHEAD ? op + REPLAY_AHEAD : end;
    for (const struct trace_op *next = op + 1; next < end; next++) {
        if (next->slot == op->slot) {
            bool cut = next->kind == TRACE_OP_RESIZE && next->size < op->size;
            return cut ? next->size : op->size;
        }
    }
    return op->size;
}

static inline void replay_stamp(const struct replay *self, const struct replay_slot *slot,
                                const struct trace_op *op)
{
    uint64_t word = replay_word(slot);
    if (self->touch == TOUCH_ALL || (slot->size > REPLAY_PAGE && self->touch == TOUCH_PAGES)) {
        replay_fill(self, slot, word,
                    slot->size > REPLAY_PAGE ? replay_filled(self, op) : slot->size);
    }
    edges_write(slot, word);
}

static bool replay_stop(struct replay *self, const char *why)
{
    self->wrong = why;
    return false;
}

static inline bool replay_alloc(struct replay *self, const struct trace_op *op, uint32_t serial)
{
    struct replay_slot *slot = &self->slots[op->slot];
    const struct heap *heap = self->heap[op->role];
    bool zeroed = op->kind == TRACE_OP_ZEROED;
    slot->p = zeroed ? heap_calloc(heap, op->size) : heap_alloc(heap, op->size);
    if (unlikely(slot->p == NULL)) {
        return replay_stop(self, "out of memory");
    }
    slot->size = op->size;
    slot->role = op->role;
    slot->stamp = serial & ((1U << 30) - 1);
    if (zeroed && unlikely(!edges_hold(slot, 0))) {
        return replay_stop(self, "the allocator is broken: calloc gave memory that is not zero");
    }
    replay_stamp(self, slot, op);
    return true;
}

static inline bool replay_verify(struct replay *self, const struct replay_slot *slot)
{
    if (unlikely(!edges_hold(slot, replay_word(slot)))) {
        return replay_stop(self, "the allocator is broken: a block lost what was written to it");
    }
    self->checksum = (self->checksum ^ edge_read(slot) ^ slot->size) * UINT64_C(0x9e3779b97f4a7c15);
    self->checksum ^= self->checksum >> 29;
    return true;
}

static bool replay_resize(struct replay *self, const struct trace_op *op)
{
    struct replay_slot *slot = &self->slots[op->slot];
    if (!replay_verify(self, slot)) {
        return false;
    }
    struct replay_slot kept = *slot; /* what must be left of its first edge */
    kept.p = heap_resize(self->heap[slot->role], slot->p, slot->size, op->size);
    if (unlikely(kept.p == NULL)) {
        return replay_stop(self, "out of memory");
    }
    slot->p = kept.p;
    slot->size = op->size;
    uint64_t word = replay_word(slot);
    size_t edge = kept.size >= 16 ? 8 : kept.size > 0;
    if (unlikely(memcmp(kept.p, &word, edge < op->size ? edge : op->size) != 0)) {
        return replay_stop(self, "the allocator is broken: resize lost what a block held");
    }
    replay_stamp(self, slot, op);
    return true;
}

static inline bool replay_release(struct replay *self, struct replay_slot *slot)
{
    bool ok = replay_verify(self, slot);
    heap_release(self->heap[slot->role], slot->p, slot->size);
    slot->p = NULL;
    return ok;
}

static bool replay_requests(struct replay *self)
{
    const struct trace_program *program = &self->program;
    uint32_t serial = 0;
    for (size_t i = 0; i < program->op_count; i++) {
        const struct trace_op *op = &program->ops[i];
        bool ok;
        switch ((enum trace_op_kind)op->kind) {
        case TRACE_OP_ALLOC:
        case TRACE_OP_ZEROED:
            ok = replay_alloc(self, op, serial++);
            break;
        case TRACE_OP_RESIZE:
            ok = replay_resize(self, op);
            break;
        case TRACE_OP_FREE:
        default:
            ok = replay_release(self, &self->slots[op->slot]);
            break;
        }
        if (unlikely(!ok)) {
            return false;
        }
    }
    return true;
}

/* What is alive at the end of the trace; after a failure, without looking at it. */
static bool replay_drop(struct replay *self, bool ok)
{
    for (uint32_t i = 0; i < self->program.slot_count; i++) {
        if (self->slots[i].p == NULL) {
            continue;
        }
        if (ok) {
            ok = replay_release(self, &self->slots[i]);
        } else {
            struct replay_slot *slot = &self->slots[i];
            heap_release(self->heap[slot->role], slot->p, slot->size);
        }
    }
    return ok;
}

/* Load the trace, and map and touch the slots. `self` is zero. */
static bool replay_load(struct replay *self, const struct options *options, struct error *error)
{
    char path[REPLAY_PATH];
    uint64_t limit = options_number(options, "requests");
    if (options_number(options, "size") == SIZE_TINY && (limit == 0 || limit > REPLAY_TINY)) {
        limit = REPLAY_TINY;
    }
    if (!replay_find(options_text(options, "file"), path, sizeof(path), error) ||
        !trace_program_load(&self->program, path, limit, error)) {
        return false;
    }
    self->mapped_bytes = (self->program.slot_count + (size_t)1) * sizeof(struct replay_slot);
    self->slots = replay_map(self->mapped_bytes);
    if (self->slots == NULL) {
        error_set(error, "no memory for %u blocks", self->program.slot_count);
        trace_program_unload(&self->program);
        return false;
    }
    self->touch = (enum replay_touch)options_number(options, "touch");
    return true;
}

static void *replay_prepare(const struct options *options, struct error *error)
{
    struct replay *self = replay_map(sizeof(*self));
    if (self == NULL) {
        error_set(error, "no memory");
    } else if (!replay_load(self, options, error)) {
        munmap(self, sizeof(*self));
        self = NULL;
    }
    return self;
}

static void replay_close(struct replay *self)
{
    munmap(self->slots, self->mapped_bytes);
    trace_program_unload(&self->program);
    munmap(self, sizeof(*self));
}

static void replay_tell(const struct replay *self, struct outcome *outcome)
{
    const struct trace_counts *counts = &self->program.counts;
    outcome->operations = self->program.op_count;
    outcome->checksum = self->checksum;
    outcome->replayed = true;
    for (int i = 0; i < GENERATIONS; i++) {
        outcome->generation[i] = (struct replayed_generation){
            .collections = counts->expected[i] + counts->requested[i],
            .recorded = counts->recorded[i] + counts->requested[i],
            .collected = counts->collected[i],
            .uncollectable = counts->uncollectable[i],
        };
    }
}

static void replay_run(struct runtime *runtime, const struct options *options, struct rng *rng,
                       const struct meter *meter, struct outcome *outcome)
{
    (void)rng;
    struct replay *self = outcome->prepared;
    bool prepared = self != NULL;
    *outcome = (struct outcome){0};
    if (!prepared) {
        self = replay_prepare(options, &outcome->error);
    }
    if (self == NULL) {
        return;
    }
    self->heap[TRACE_ROLE_OBJ] = runtime_heap(runtime, HEAP_OBJ);
    self->heap[TRACE_ROLE_MEM] = runtime_heap(runtime, HEAP_MEM);
    self->heap[TRACE_ROLE_GC] = runtime_heap(runtime, HEAP_GC);
    meter_phase(meter, "setup");
    bool ok = replay_requests(self);
    if (ok) {
        meter_phase(meter, "run");
    }
    ok = replay_drop(self, ok);
    if (ok) {
        meter_phase(meter, "drop");
        meter_phase(meter, "free");
    } else {
        error_set(&outcome->error, "%s", self->wrong);
    }
    outcome->ok = ok;
    replay_tell(self, outcome);
    if (!prepared) {
        replay_close(self);
    }
}

static const struct option replay_options[] = {
    {"file", OPTION_PATH, "compile", 0, 0, NULL,
     "a trace: a path, or a name that comes with heapdyno: compile, json"},
    {"requests", OPTION_COUNT, "0", 0, 0, NULL, "stop after so many; 0: all"},
    {"touch", OPTION_CHOICE, "pages", 0, 0, "ends|pages|all",
     "what of a block is written: both ends; and a byte of each page; every byte"},
};

const struct workload workload_replay = {
    .name = "replay",
    .summary = "the recorded requests of a real Python program, with their lifetimes",
    .stands_for =
        "The program named in the trace: `heapdyno record OUT -- python3 …` makes one of\n"
        "yours. compile: ast.parse and compile of standard-library modules; json: dumps\n"
        "and loads of nested records, both by Debian's Python 3.11.",
    .operation_unit = "request",
    .options = replay_options,
    .option_count = COUNT_OF(replay_options),
    .prepare = replay_prepare,
    .run = replay_run,
};

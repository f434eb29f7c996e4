/* Loading a trace: events become operations, ordinals become slots (last freed, first reused).
 * The mapped memory here is the harness's own, apart from the allocators and their os_pages. */
#include "workloads/trace_program.h"

#include <string.h>
#include <sys/mman.h>

/* What is known of a block while loading: slot and flags. */
enum { BLOCK_DEAD = UINT32_MAX, BLOCK_GC = 1U << 31 };

struct loader {
    struct trace_program *program;
    size_t op_capacity;
    uint32_t *blocks; /* by ordinal: slot, and BLOCK_GC; or BLOCK_DEAD */
    uint64_t block_capacity;
    uint32_t *free_slots; /* stack; shares the capacity of blocks */
    uint64_t free_count;
    uint64_t limit; /* in requests; UINT64_MAX: what follows the last one is read too */
    size_t mapped_bytes;
};

static void *loader_map(size_t bytes)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE;
    void *p = mmap(NULL, bytes + 1, PROT_READ | PROT_WRITE, flags, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static void loader_unmap(void *p, size_t bytes)
{
    if (p != NULL) {
        munmap(p, bytes + 1);
    }
}

/* Read to the end: the totals, and that the file is whole. */
static bool loader_measure(const char *path, struct trace_program *program, struct error *error)
{
    struct trace_reader *reader = trace_open(path, error);
    if (reader == NULL) {
        return false;
    }
    struct trace_event event;
    enum trace_result result;
    do {
        result = trace_next(reader, &event, error);
    } while (result == TRACE_EVENT);
    program->totals = *trace_totals(reader);
    program->reason = trace_reason(reader);
    program->head = *trace_head(reader);
    trace_close(reader);
    return result == TRACE_FINISHED;
}

static bool loader_add(struct loader *self, enum trace_op_kind kind, uint32_t slot, uint64_t size,
                       struct error *error)
{
    struct trace_program *program = self->program;
    if (program->op_count == self->op_capacity) {
        return error_set(error, "the trace changed while it was read");
    }
    if (size > UINT32_MAX) {
        return error_set(error, "request %zu asks for %llu bytes: replay takes less than 4 GiB",
                         program->op_count, (unsigned long long)size);
    }
    program->ops[program->op_count++] = (struct trace_op){
        .slot = slot & (TRACE_SLOTS_MAX - 1), .kind = kind & 3, .size = (uint32_t)size};
    return true;
}

static bool loader_alloc(struct loader *self, const struct trace_event *event, struct error *error)
{
    struct trace_program *program = self->program;
    if (event->block >= self->block_capacity) {
        return error_set(error, "the trace changed while it was read");
    }
    uint32_t slot =
        self->free_count > 0 ? self->free_slots[--self->free_count] : program->slot_count;
    if (slot == program->slot_count && program->slot_count++ == TRACE_SLOTS_MAX - 1) {
        return error_set(error, "more than %d blocks alive at once", TRACE_SLOTS_MAX - 1);
    }
    self->blocks[event->block] = slot | (event->gc ? BLOCK_GC : 0);
    program->live_blocks++;
    program->left_out += event->old;
    if (!loader_add(self, event->zeroed ? TRACE_OP_ZEROED : TRACE_OP_ALLOC, slot, event->size,
                    error)) {
        return false;
    }
    unsigned role = event->domain == TRACE_MEM ? TRACE_ROLE_MEM
                    : event->gc                ? TRACE_ROLE_GC
                                               : TRACE_ROLE_OBJ;
    program->ops[program->op_count - 1].role = role & 3;
    return true;
}

/* The block that an event names, which must be alive; BLOCK_DEAD with the reason if it is not. */
static uint32_t loader_block(const struct loader *self, const struct trace_event *event,
                             struct error *error)
{
    uint32_t block = event->block < self->block_capacity ? self->blocks[event->block] : BLOCK_DEAD;
    if (block == BLOCK_DEAD) {
        error_set(error, "request %zu %s block %llu, which is not alive", self->program->op_count,
                  event->kind == TRACE_FREE ? "frees" : "resizes",
                  (unsigned long long)event->block);
    }
    return block;
}

static bool loader_free(struct loader *self, const struct trace_event *event, struct error *error)
{
    uint32_t block = loader_block(self, event, error);
    if (block == BLOCK_DEAD) {
        return false;
    }
    uint32_t slot = block & ~(uint32_t)BLOCK_GC;
    self->blocks[event->block] = BLOCK_DEAD;
    self->free_slots[self->free_count++] = slot;
    self->program->live_blocks--;
    trace_counts_hear(&self->program->counts, event, (block & BLOCK_GC) != 0);
    return loader_add(self, TRACE_OP_FREE, slot, 0, error);
}

static bool loader_hear(struct loader *self, const struct trace_event *event, struct error *error)
{
    if (event->kind == TRACE_FREE) {
        return loader_free(self, event, error);
    }
    trace_counts_hear(&self->program->counts, event, false);
    if (event->kind == TRACE_ALLOC) {
        return loader_alloc(self, event, error);
    }
    if (event->kind == TRACE_FREE_OLD) {
        self->program->left_out++;
    }
    if (event->kind != TRACE_RESIZE) {
        return true;
    }
    uint32_t block = loader_block(self, event, error);
    return block != BLOCK_DEAD &&
           loader_add(self, TRACE_OP_RESIZE, block & ~(uint32_t)BLOCK_GC, event->size, error);
}

static bool loader_read(struct loader *self, const char *path, struct error *error)
{
    struct trace_reader *reader = trace_open(path, error);
    if (reader == NULL) {
        return false;
    }
    const struct trace_head *head = trace_head(reader);
    trace_counts_init(&self->program->counts, &head->gc);
    self->program->counts.safe_points = trace_counts_safe_points(head->python);
    struct trace_event event;
    enum trace_result result = TRACE_EVENT;
    while (self->program->op_count < self->limit) {
        result = trace_next(reader, &event, error);
        if (result != TRACE_EVENT) {
            break;
        }
        struct error why;
        if (!loader_hear(self, &event, &why)) {
            error_set(error, "%s: %s", path, why.text);
            result = TRACE_BAD;
            break;
        }
    }
    trace_counts_finish(&self->program->counts);
    trace_close(reader);
    return result != TRACE_BAD;
}

static bool loader_reserve(struct loader *self, struct error *error)
{
    const struct trace_totals *totals = &self->program->totals;
    uint64_t blocks = totals->allocations[0] + totals->allocations[1] + totals->old_resizes;
    uint64_t requests = blocks + totals->resizes - totals->old_resizes + totals->frees;
    self->op_capacity = requests < self->limit ? requests : self->limit;
    self->block_capacity = blocks < self->op_capacity ? blocks : self->op_capacity;
    self->program->mapped_bytes = self->op_capacity * sizeof(struct trace_op);
    self->mapped_bytes = self->block_capacity * sizeof(uint32_t);
    self->program->ops = loader_map(self->program->mapped_bytes);
    self->blocks = loader_map(self->mapped_bytes);
    self->free_slots = loader_map(self->mapped_bytes);
    if (self->program->ops == NULL || self->blocks == NULL || self->free_slots == NULL) {
        return error_set(error, "no memory for a trace of %llu requests",
                         (unsigned long long)self->op_capacity);
    }
    memset(self->blocks, 0xff, self->mapped_bytes);
    return true;
}

bool trace_program_load(struct trace_program *self, const char *path, uint64_t limit,
                        struct error *error)
{
    memset(self, 0, sizeof(*self));
    struct loader loader = {.program = self, .limit = limit == 0 ? UINT64_MAX : limit};
    bool ok = loader_measure(path, self, error) && loader_reserve(&loader, error) &&
              loader_read(&loader, path, error);
    loader_unmap(loader.blocks, loader.mapped_bytes);
    loader_unmap(loader.free_slots, loader.mapped_bytes);
    if (!ok) {
        trace_program_unload(self);
    }
    return ok;
}

void trace_program_unload(struct trace_program *self)
{
    loader_unmap(self->ops, self->mapped_bytes);
    memset(self, 0, sizeof(*self));
}

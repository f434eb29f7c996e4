/* A trace made ready to run: eight bytes a request, blocks named by small reused numbers, checked
 * from end to end (no free of a dead block, no resize of one). It lies in mapped memory of its own,
 * touched before the run, so that reading costs nothing there and no allocator sees it. */
#ifndef HEAPDYNO_WORKLOADS_TRACE_PROGRAM_H
#define HEAPDYNO_WORKLOADS_TRACE_PROGRAM_H

#include "workloads/trace_counts.h"

enum trace_op_kind { TRACE_OP_ALLOC, TRACE_OP_ZEROED, TRACE_OP_RESIZE, TRACE_OP_FREE };

enum {
    TRACE_SLOT_BITS = 28,
    TRACE_SLOTS_MAX = 1 << TRACE_SLOT_BITS,
    TRACE_ROLE_OBJ = 0,
    TRACE_ROLE_MEM = 1,
    TRACE_ROLE_GC = 2,
};

/* One request. Free and resize know role and old size from the slot. */
struct trace_op {
    uint32_t slot : TRACE_SLOT_BITS;
    uint32_t kind : 2;
    uint32_t role : 2;
    uint32_t size;
};

struct trace_program {
    struct trace_op *ops; /* ops[op_count] */
    size_t op_count;
    size_t mapped_bytes;  /* of ops */
    uint32_t slot_count;  /* most blocks alive at once */
    uint64_t left_out;    /* requests on blocks older than the trace: they cannot be repeated */
    uint64_t live_blocks; /* at the end */
    struct trace_totals totals;
    enum trace_reason reason;
    struct trace_head head;
    struct trace_counts counts;
};

/* Read the whole trace, twice: sizes first.
 *   limit   requests after which to stop; 0: all
 *   memory  8 bytes a request; 4 more bytes a block while loading
 *   returns false with the reason, nothing kept */
bool trace_program_load(struct trace_program *self, const char *path, uint64_t limit,
                        struct error *error);
void trace_program_unload(struct trace_program *self);

#endif

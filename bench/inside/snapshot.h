/* A heap at one moment: its blocks by site and type, its objects by type. Two of them have a
 * difference. */
#ifndef HEAPDYNO_BENCH_INSIDE_SNAPSHOT_H
#define HEAPDYNO_BENCH_INSIDE_SNAPSHOT_H

#include "bench/inside/census.h"
#include "bench/inside/live.h"
#include "bench/inside/names.h"

/* Blocks of one type that one site asked for. */
struct site_row {
    uint32_t site, type; /* type: of snapshot_names */
    uint64_t blocks, bytes;
};

/* Objects of one type. */
struct type_row {
    uint32_t type;
    uint64_t objects, tracked, garbage;
    uint64_t bytes; /* of its blocks: items, keys and values too */
};

struct snapshot {
    bool taken;
    uint64_t blocks, bytes, objects, tracked, garbage;
    size_t site_count, type_count;
    struct site_row *site; /* by type and site */
    struct type_row *type; /* by type */
};

/* Look at the heap now. Blocks get their types: that of the object that they belong to ("dict",
 * "dict keys"), "list (free)" in a free list, or what is known without one ("obj block, 64 bytes").
 *   names   of types; grows
 *   census  just taken */
void snapshot_take(struct snapshot *self, struct live *live, const struct census *census,
                   struct names *names);
void snapshot_free(struct snapshot *self);

/* Rows of the two side by side; what one lacks is zero there. The caller frees the result. */
struct site_pair {
    struct site_row now;
    int64_t blocks, bytes; /* grown since */
};
struct type_pair {
    struct type_row now;
    int64_t objects, bytes; /* grown since */
};
struct site_pair *snapshot_sites(const struct snapshot *before, const struct snapshot *now,
                                 size_t *count);
struct type_pair *snapshot_types(const struct snapshot *before, const struct snapshot *now,
                                 size_t *count);

#endif

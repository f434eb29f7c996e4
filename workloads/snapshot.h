/* The snapshot reader: the object graph of a real Python program at one moment, from a file that
 * nobody vouches for (`heapdyno snapshot`, docs/snapshot-format.md). The file is under one checksum
 * and every number in it is checked: cut, altered or of another version, it is refused with a
 * message, and what is read is a graph whose indices are all in range. Memory is bounded by a small
 * multiple of the file's length. */
#ifndef HEAPDYNO_WORKLOADS_SNAPSHOT_H
#define HEAPDYNO_WORKLOADS_SNAPSHOT_H

#include <stdio.h>

#include "base/error.h"
#include "workloads/snapshot_format.h"

struct snapshot_type {
    enum snapshot_kind kind;
    unsigned flags; /* enum snapshot_type_flag */
    uint64_t basic_bytes;
    char name[SNAPSHOT_NAME_MAX + 1]; /* bytes that do not print are '?' */
};

struct snapshot_object {
    uint64_t bytes; /* without GC head and prefix, with what it owns outside */
    uint64_t first; /* its references are to[first … first + count - 1] */
    uint32_t count;
    uint32_t type;
    uint8_t flags;  /* enum snapshot_object_flag */
    uint8_t list;   /* of a tracked one: 0 … 3 */
    uint32_t table; /* of a list or dict: objects with lower addresses than its table; not said: its
                       own number + 1 */
};

enum { SNAPSHOT_BYTES_BITS = 40 }; /* larger objects are refused */

struct snapshot_file {
    struct snapshot_head head;
    char text[SNAPSHOT_TEXT_MAX + 1]; /* the command */
    struct snapshot_type *type;       /* [head.types] */
    struct snapshot_object *object;   /* [head.objects], by address */
    uint32_t *to;                     /* [head.references] objects referred to */
    uint32_t *listed;                 /* [tracked] list after list, in list order */
    uint64_t tracked;                 /* objects in lists */
};

/* Read a file, or bytes[length] of one that stay the caller's.
 *   name   used in messages
 *   false  with the reason, nothing left open */
bool snapshot_file_open(struct snapshot_file *self, const char *path, struct error *error);
bool snapshot_file_read(struct snapshot_file *self, const uint8_t *bytes, size_t length,
                        const char *name, struct error *error);
void snapshot_file_close(struct snapshot_file *self);

/* Print what a snapshot holds: program, counts, generations, CPython's own collection, types.
 * false with the reason when it is damaged */
bool snapshot_describe(const char *path, FILE *out, struct error *error);

/* What a full collection of the snapshot's heap takes here, of CPU time, loaded into the core on
 * pymalloc: by CPython's passes, which predicts what it takes there, and by our own mechanism.
 * Medians of nine after one that is not counted. */
struct snapshot_prediction {
    uint64_t passes_ns, own_ns;
    uint64_t measured_ns; /* as the snapshot says it was; 0: not measured */
};

bool snapshot_predict(const char *path, struct snapshot_prediction *out, struct error *error);

/* "at its exit", "on a signal", … */
const char *snapshot_moment_text(uint64_t moment);

#endif

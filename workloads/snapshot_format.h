/* The snapshot format: what writer (cpython/recorder_snapshot.c) and reader (snapshot.h) share;
 * docs/snapshot-format.md describes every byte. A magic, a head of 64-bit numbers, text, types,
 * objects in the order of their addresses with what they refer to, the generations in list order,
 * an end mark and a checksum over all of it. Numbers are little-endian varints (LEB128), references
 * are distances. Not for values or addresses: those are not recorded. */
#ifndef HEAPDYNO_WORKLOADS_SNAPSHOT_FORMAT_H
#define HEAPDYNO_WORKLOADS_SNAPSHOT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "workloads/trace_format.h"

#define SNAPSHOT_MAGIC "hdheaps\n"
#define SNAPSHOT_END "END."

enum {
    SNAPSHOT_VERSION = 2, /* 1 is read too */
    SNAPSHOT_MAGIC_BYTES = 8,
    SNAPSHOT_END_BYTES = 8, /* mark, checksum */
    SNAPSHOT_LISTS = 4,     /* generations 0, 1, 2, and the permanent one */
    SNAPSHOT_TIMES = 3,
    SNAPSHOT_TEXT_MAX = 4096,
    SNAPSHOT_NAME_MAX = 256,
};

/* When it was taken. */
enum snapshot_moment {
    SNAPSHOT_CALLED,
    SNAPSHOT_AT_EXIT,
    SNAPSHOT_AFTER,
    SNAPSHOT_SIGNALLED,
    SNAPSHOT_ASKED
};

/* What the objects of a type are to a reader: exactly that built-in type, or anything else. */
enum snapshot_kind {
    SNAPSHOT_OTHER,
    SNAPSHOT_LIST,
    SNAPSHOT_TUPLE,
    SNAPSHOT_DICT,
    SNAPSHOT_STR,
    SNAPSHOT_INT,
    SNAPSHOT_KINDS,
};

enum snapshot_type_flag {
    SNAPSHOT_TYPE_PREFIX = 1, /* two words before the GC head: managed dict */
    SNAPSHOT_TYPE_HEAP = 2,   /* made by a class statement or PyType_FromSpec */
    SNAPSHOT_TYPE_FLAGS = 3,
};

enum snapshot_object_flag {
    SNAPSHOT_GC = 1,      /* has a GC head */
    SNAPSHOT_TRACKED = 2, /* is in one list */
    SNAPSHOT_HELD = 4,    /* more references than from objects of the file: a stack, a C variable */
    SNAPSHOT_KEYED = 8,   /* dict: references are value, key, value, key, … */
    SNAPSHOT_TABLE = 16,  /* list, dict: it is said where its own table lies */
    SNAPSHOT_FLAG_BITS = 5,
    SNAPSHOT_FLAG_BITS_1 = 4, /* in version 1 */
};

/* After the magic, as 64-bit little-endian numbers in this order. */
struct snapshot_head {
    uint64_t version;
    uint64_t file_bytes;
    uint64_t python; /* PY_VERSION_HEX */
    uint64_t moment;
    uint64_t objects, references, types;
    uint64_t listed[SNAPSHOT_LISTS];
    uint64_t collect_ns[SNAPSHOT_TIMES]; /* CPU time of gc.collect(), sorted; 0: not measured */
    uint64_t collected;                  /* by the first of them */
    uint64_t text_bytes;                 /* the command */
};

enum { SNAPSHOT_HEAD_NUMBERS = sizeof(struct snapshot_head) / sizeof(uint64_t) };

#endif

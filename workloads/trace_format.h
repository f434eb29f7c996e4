/* The trace format: what writer (trace_encode.h) and reader (trace.h) share. docs/trace-format.md
 * describes every byte. In short: a magic, then chunks with a checksum each: one HEAD, any number
 * of DATA, one END behind which nothing follows. Numbers are little-endian varints (LEB128).
 *
 * An allocation takes the next ordinal, which is never written: the commonest allocation costs one
 * byte (its class is found in a table of 64 that both sides keep), so does the free of a young
 * block or of a neighbour of the block freed last. Not for addresses, values or references: those
 * are not recorded. */
#ifndef HEAPDYNO_WORKLOADS_TRACE_FORMAT_H
#define HEAPDYNO_WORKLOADS_TRACE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRACE_MAGIC "hdtrace\n"

enum {
    TRACE_VERSION = 1,
    TRACE_MAGIC_BYTES = 8,
    TRACE_CHUNK_HEADER_BYTES = 16, /* type[4], sequence, length, checksum */
    TRACE_CHUNK_MAX = 1 << 20,     /* a longer payload is refused */
    TRACE_VARINT_MAX = 10,         /* bytes of a 64-bit number */
    TRACE_CLASSES = 64,
    TRACE_GENERATIONS = 3,
};

enum trace_chunk { TRACE_CHUNK_HEAD, TRACE_CHUNK_DATA, TRACE_CHUNK_END, TRACE_CHUNK_OTHER };

static inline const char *trace_chunk_name(enum trace_chunk chunk)
{
    switch (chunk) {
    case TRACE_CHUNK_HEAD:
        return "HEAD";
    case TRACE_CHUNK_DATA:
        return "DATA";
    case TRACE_CHUNK_END:
        return "END.";
    case TRACE_CHUNK_OTHER:
        break;
    }
    return "????";
}

/* First byte of an event. Below TRACE_FREE_FAR: a tag, then a length, then that many bytes, so that
 * a reader skips tags it does not know. From there on: forms that never change. */
enum trace_tag {
    TRACE_TAG_RESIZE = 1,      /* distance from now, new size */
    TRACE_TAG_FREE_OLD = 2,    /* a block older than the trace: domain + 2 if count[0] fell */
    TRACE_TAG_RESIZE_OLD = 3,  /* such a block was resized: domain, new size; takes an ordinal */
    TRACE_TAG_GC_BEGIN = 4,    /* see struct trace_gc_begin */
    TRACE_TAG_GC_END = 5,      /* see struct trace_gc_end */
    TRACE_TAG_SETTINGS = 6,    /* enabled, threshold[3] */
    TRACE_TAG_COUNTS = 7,      /* count[3]: they moved in a way that no event explains */
    TRACE_TAG_HELD = 8,        /* the next allocation cannot collect: an exception is pending */
    TRACE_TAG_TIME = 9,        /* nanoseconds since the trace began */
    TRACE_FREE_FAR = 0x40,     /* + 5 low bits, varint of the rest: distance from now, less 32 */
    TRACE_FREE_BESIDE = 0x60,  /* + 4 low bits, varint of the rest: from the last freed, less 32 */
    TRACE_ALLOC_NEW = 0x70,    /* + class flags, varint size: enters the class table */
    TRACE_RESERVED = 0x78,     /* to 0x7f: refused */
    TRACE_ALLOC_CLASS = 0x80,  /* + index into the class table */
    TRACE_FREE_NEAR = 0xc0,    /* + distance from now, 0 … 31 */
    TRACE_FREE_BESIDE_1 = 0xe0 /* + distance from the last freed, 0 … 31 */
};

enum { TRACE_NEAR = 32 };

/* Fields of HEAD and END: tag, length, bytes; unknown ones are skipped. */
enum trace_head_field {
    TRACE_HEAD_VERSION = 1, /* TRACE_VERSION */
    TRACE_HEAD_PYTHON = 2,  /* sys.version's first word */
    TRACE_HEAD_COMMAND = 3, /* the arguments, joined by blanks */
    TRACE_HEAD_GC = 4,      /* struct trace_gc_state, in order */
};

enum trace_end_field { TRACE_END_REASON = 1, TRACE_END_TOTALS = 2 };

/* Why a trace ended. OPEN: the process was killed, or still runs; up to a buffer of events behind
 * the last chunk is missing, what is there is whole. */
enum trace_reason {
    TRACE_OPEN,
    TRACE_EXIT,
    TRACE_STOPPED,
    TRACE_TIME_OVER,
    TRACE_SIZE_OVER,
    TRACE_WRITE_FAILED,
    TRACE_REASONS
};

/* Domains of the PyMem API that are recorded: the same numbers as HEAP_OBJ and HEAP_MEM. */
enum trace_domain { TRACE_OBJ, TRACE_MEM, TRACE_DOMAINS };

/* Class of an allocation: what one entry of the class table says. */
enum trace_class_flag { TRACE_CLASS_MEM = 1, TRACE_CLASS_GC = 2, TRACE_CLASS_ZEROED = 4 };

/* The collector's state when the trace begins. */
struct trace_gc_state {
    uint64_t enabled;
    uint64_t threshold[TRACE_GENERATIONS];
    uint64_t count[TRACE_GENERATIONS];
    uint64_t long_lived_total;
    uint64_t long_lived_pending;
};

/* Bits of trace_gc_begin.flags. */
enum { TRACE_GC_AUTOMATIC = 1, TRACE_GC_TIMED = 2, TRACE_GC_SIZED = 4 };

/* A collection starts: the events up to its end happen inside it. */
struct trace_gc_begin {
    uint64_t generation;
    uint64_t flags;
    uint64_t count[TRACE_GENERATIONS]; /* before it */
    uint64_t at_ns;                    /* since the trace began; TIMED only */
    uint64_t objects[2];               /* tracked in generations 0 and 1; SIZED only */
};

struct trace_gc_end {
    uint64_t generation;
    uint64_t collected;
    uint64_t uncollectable;
    uint64_t long_lived_total;   /* after it */
    uint64_t long_lived_pending; /* after it */
    uint64_t duration_ns;        /* to the first request behind it; TIMED only */
};

/* What END says and the reader counts for itself: a difference is an error. */
struct trace_totals {
    uint64_t allocations[TRACE_DOMAINS]; /* RESIZE_OLD not included */
    uint64_t gc_allocations;             /* of those */
    uint64_t resizes;                    /* RESIZE_OLD included */
    uint64_t frees;                      /* FREE_OLD not included */
    uint64_t old_frees;
    uint64_t old_resizes;
    uint64_t corrections; /* COUNTS events: where the marks did not explain count[0] */
    uint64_t collections[TRACE_GENERATIONS];
};

enum { TRACE_TOTALS = sizeof(struct trace_totals) / sizeof(uint64_t) };

static inline uint64_t trace_zigzag(int64_t n)
{
    return ((uint64_t)n << 1) ^ (uint64_t)(n >> 63);
}

static inline int64_t trace_unzigzag(uint64_t n)
{
    return (int64_t)(n >> 1) ^ -(int64_t)(n & 1);
}

/* The entry of the class table that an allocation uses. */
static inline unsigned trace_class_slot(uint64_t size, unsigned flags)
{
    return (unsigned)(((size << 3 | flags) * UINT64_C(0x9e3779b97f4a7c15)) >> 58);
}

/* CRC-32 (IEEE 802.3, reflected), eight bytes a step: at one byte a step it would be a fifth of the
 * recorder's cost. */
struct trace_crc {
    uint32_t table[8][256];
};

static inline void trace_crc_init(struct trace_crc *self)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++) {
            value = (value >> 1) ^ (UINT32_C(0xedb88320) & -(value & 1));
        }
        self->table[0][i] = value;
    }
    for (unsigned row = 1; row < 8; row++) {
        for (unsigned i = 0; i < 256; i++) {
            uint32_t before = self->table[row - 1][i];
            self->table[row][i] = (before >> 8) ^ self->table[0][before & 255];
        }
    }
}

/* Continue `crc` (0 at first) over bytes[length]. */
static inline uint32_t trace_crc_add(const struct trace_crc *self, uint32_t crc,
                                     const uint8_t *bytes, size_t length)
{
    crc = ~crc;
    for (; length >= 8; length -= 8, bytes += 8) {
        uint32_t low = crc ^ ((uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 |
                              (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24);
        crc = self->table[7][low & 255] ^ self->table[6][low >> 8 & 255] ^
              self->table[5][low >> 16 & 255] ^ self->table[4][low >> 24] ^
              self->table[3][bytes[4]] ^ self->table[2][bytes[5]] ^ self->table[1][bytes[6]] ^
              self->table[0][bytes[7]];
    }
    for (; length > 0; length--, bytes++) {
        crc = (crc >> 8) ^ self->table[0][(crc ^ *bytes) & 255];
    }
    return ~crc;
}

#endif

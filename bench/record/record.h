/* The record of a cell: one JSON line, whatever happened. The child's half and the supervisor's
 * half are joined here. Fields: docs/record.md. */
#ifndef HEAPDYNO_BENCH_RECORD_H
#define HEAPDYNO_BENCH_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/cell/cell.h"
#include "bench/run/machine.h"
#include "bench/run/noise.h"
#include "bench/record/verdict.h"

enum { RECORD_MAX = 1 << 19, RECORD_REASON_MAX = 512 };

/* Times, counts and instructions come from processes of their own. */
enum record_kind { RECORD_TIMED, RECORD_COUNTED, RECORD_INSTRUCTIONS, RECORD_KINDS };

const char *record_kind_name(enum record_kind kind);
bool record_kind_parse(const char *name, enum record_kind *out); /* false: no such kind */

/* Who a record is of: the key, and the names that reports show. About 50 KiB. */
struct identity {
    char run[65];
    uint64_t rep, order, attempt, seed;
    enum record_kind kind;
    char cell[CELL_LINE_MAX], label[CELL_LINE_MAX];
    struct {
        const char *name; /* field of the record */
        char text[SPEC_TEXT_MAX], label[SPEC_TEXT_MAX];
    } part[5];
    size_t part_count;
};

/* Fill cell, label, parts and seed from a checked cell; the other fields are the caller's. */
bool identity_of_cell(const struct cell *cell, struct identity *out);

/* What the supervisor adds. */
struct supervision {
    enum verdict verdict;
    char reason[RECORD_REASON_MAX]; /* a sentence for all but ok */
    uint64_t started_unix_ms;
    uint64_t elapsed_ns; /* from fork to exit, loading of libraries included */
    uint64_t env_pad_bytes;
    struct noise before, after;
    uint64_t instructions;   /* as callgrind counted them; 0: nobody did */
    uint64_t rss_group_peak; /* highest sample of the process group; 0: none */
    char raw[64];            /* stem of the files under raw/; "": none */
};

/* Reads what a child printed. Holds SQLite, whose JSON functions are the only JSON parser. */
struct record_joiner;

struct record_joiner *record_joiner_open(void); /* NULL: no memory */
void record_joiner_close(struct record_joiner *self);

/* The child's half, checked: its verdict and reason, and the figures that verdicts rest on. */
struct child_half {
    enum verdict verdict;
    char reason[RECORD_REASON_MAX];
    uint64_t wall_ns, wait_ns;
};

/* False: `text` is not one JSON object with a verdict. */
bool record_read_child(struct record_joiner *self, const char *text, struct child_half *out);

/* Write the record of one line, newline at its end, into buffer[RECORD_MAX].
 *   child  what the child printed and record_read_child accepted; NULL: nothing
 *   returns its length, or 0 when it does not fit */
size_t record_write(struct record_joiner *self, const struct identity *identity,
                    const struct machine *machine, const struct supervision *supervision,
                    const char *child, char *buffer);

#endif

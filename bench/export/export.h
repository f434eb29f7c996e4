/* A run in the formats of other tools. Nothing is measured or judged here: what the records say is
 * written down anew. */
#ifndef HEAPDYNO_BENCH_EXPORT_H
#define HEAPDYNO_BENCH_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "bench/record/store.h"

enum { EXPORT_ANY = -1 };

/* What is exported, and where it lies. */
struct export
{
    sqlite3 *database;  /* `record`, and `shown`: those of the machine with the most of them */
    const char *folder; /* of the run: raw files are in FOLDER/raw/ */
    bool untrusted;     /* take times of untrusted processes as well */
    int64_t order; /* the one record that perfetto shows, or EXPORT_ANY: the first with raw files */
};

struct export_format {
    const char *name;
    const char *summary; /* one line */
    /* False, with the reason, when there is nothing to write, or a file of the run cannot be read.
     * What fails on `out` itself its owner sees. */
    bool (*write)(const struct export *self, FILE *out, struct error *error);
};

const struct export_format *export_format_at(size_t index); /* NULL past the end */
const struct export_format *export_format_find(const char *name);

/* Every field of every record, arrays and objects spread out: one row a record. */
bool export_tsv(const struct export *self, FILE *out, struct error *error);
/* The JSON of Google Benchmark: repetitions, and their mean, median, stddev and cv. */
bool export_gbench(const struct export *self, FILE *out, struct error *error);
/* The trace events of Chrome and Perfetto: phases, pauses and RSS of one process. */
bool export_perfetto(const struct export *self, FILE *out, struct error *error);

/* The query, which must be well-formed. */
sqlite3_stmt *export_query(const struct export *self, const char *sql);

#endif

/* The folder of a run: results/RUN/
 *   cells.tsv    the measurements to make, written once before the first
 *   cells.jsonl  the records, appended one by one: what survives a crash
 *   raw/         pauses and RSS series
 * A record is one write of one line; a line cut short by a crash is dropped when the run goes on.
 * Nothing is ever written outside the folder. */
#ifndef HEAPDYNO_BENCH_JOURNAL_H
#define HEAPDYNO_BENCH_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bench/record/record.h"

enum { JOURNAL_PATH_MAX = 1024, RUN_NAME_MAX = 64, JOURNAL_DEFAULT_MAX = 128 };

struct journal {
    char folder[JOURNAL_PATH_MAX];
    char raw[JOURNAL_PATH_MAX + 8];
    char run[RUN_NAME_MAX + 1];
    int fd; /* cells.jsonl, locked: one run at a time */
};

/* Whether a run may be called so: [a-z0-9._-]+ without a dot in front. */
bool run_name_legal(const char *name);

/* Where a run goes that was given no folder: results/WHAT-TIME, or results/TIME for NULL. */
void journal_default_folder(const char *what, char folder[JOURNAL_DEFAULT_MAX]);

/* Make the folder of a new run; its last part names the run. False with the reason: an illegal
 * name, a folder that holds records already, one that cannot be written. */
bool journal_create(struct journal *self, const char *folder, struct error *error);

/* Go on with a run; a last line without an end is dropped. */
bool journal_resume(struct journal *self, const char *folder, struct error *error);

void journal_close(struct journal *self);

/* A file of the folder; the path is borrowed from `path`. */
const char *journal_path(const struct journal *self, const char *name,
                         char path[JOURNAL_PATH_MAX + 32]);

/* Append a line. On failure nothing of it stays, and what was there is whole. */
bool journal_append(struct journal *self, const char *line, struct error *error);

#endif

/* Records in SQLite: an index of JSON lines, which stay the truth. Key: run, machine, cell, kind and
 * repetition; of equal keys the record of the highest attempt stays, so that adding a file twice
 * changes nothing. Views give the derived figures. All text reaches SQL as a bound value. */
#ifndef HEAPDYNO_BENCH_STORE_H
#define HEAPDYNO_BENCH_STORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct store {
    sqlite3 *database; /* tables and views: store_schema in store.c */
    sqlite3_stmt *insert;
};

struct store_added {
    size_t lines;   /* read */
    size_t added;   /* new keys */
    size_t newer;   /* replaced an earlier attempt */
    size_t known;   /* there already */
    size_t refused; /* no JSON, no record, or of another schema version */
    size_t foreign; /* those of them that are of another schema version */
};

/* Open or make the index; ":memory:" keeps none. False with the reason: it is locked, damaged, of
 * another schema version, or no database; nothing in it is changed then. */
bool store_open(struct store *self, const char *path, struct error *error);
void store_close(struct store *self);

/* Add the lines of a file, all or none; counts are added to *added. */
bool store_add_file(struct store *self, const char *path, struct store_added *added,
                    struct error *error);

/* Whether a file is an SQLite database, by its first bytes. */
bool store_is_index(const char *path);

/* Add the records of another index, which is only read: all or none. False with the reason: it is
 * locked, damaged, of another schema version, or no index of records. */
bool store_add_index(struct store *self, const char *path, struct store_added *added,
                     struct error *error);

/* Write every record as JSON lines, ordered by key, to an open descriptor. */
bool store_write(struct store *self, int fd, struct error *error);

/* Records of one run whose checksum differs from that of most others of the same workload and seed:
 * their lines anew, as verdict `failed` of the next attempt. Calls line(argument, text) for each.
 *   returns how many there are */
size_t store_each_differing(struct store *self, const char *run,
                            bool (*line)(void *argument, const char *text), void *argument);

#endif

/* The file that cpython/python_start/heapdyno_watch.py keeps of one process: words of 64 bits in
 * the machine's order, of fixed size, written while the process runs. It is read as a copy: a
 * writer that dies, or cuts the file, cannot take the reader along. Offsets are those of the Python
 * file; tests/watch.sh reads what it writes with every Python there is. */
#ifndef HEAPDYNO_BENCH_WATCH_FILE_H
#define HEAPDYNO_BENCH_WATCH_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bench/cell/histogram.h"

enum {
    WATCH_GENERATIONS = 3,
    WATCH_PAUSES_MAX = 65536,
    WATCH_SAMPLES_MAX = 2048,
    WATCH_LINE_MAX = 2048,
};

enum watch_state { WATCH_RUNNING = 1, WATCH_ENDED, WATCH_STOPPED, WATCH_LOST };

struct watch_generation {
    uint64_t collections, collected, uncollectable, empty;
    struct histogram pause_ns; /* of all: buckets of 6 %, sum and maximum exact */
};

struct watch_pause {
    uint64_t at_ns, length_ns; /* since the watch began */
    uint64_t generation, collected, uncollectable;
    uint64_t candidates; /* objects examined; 0 where Python does not say (before 3.15) */
};

struct watch_sample {
    uint64_t at_ns, rss_bytes;
    /* Of the latest reading of smaps_rollup; 0: not known. */
    uint64_t pss_bytes, private_dirty_bytes;
};

/* What one process was. About 4 MiB. */
struct watch_file {
    uint64_t pid, parent, started_unix_ns, watched_ns, cpu_ns;
    enum watch_state state;
    uint64_t own_ns;          /* time that the watcher took, a lower bound */
    uint64_t forks_unwatched; /* children beyond the most files of a folder */
    uint64_t threshold[WATCH_GENERATIONS], threshold_changes;
    bool enabled;
    uint64_t frozen, tracked, tracked_peak; /* objects, when last counted; peaks of those */
    uint64_t tracked_at_ns;                 /* 0: they never were */
    uint64_t missed; /* collections that ran while the callback was not called */
    uint64_t idle;   /* increments that Python does not count as collections (3.14.0 to 3.14.4) */
    struct watch_generation generation[WATCH_GENERATIONS];
    char version[32], build[32], python_malloc[64], preload[WATCH_LINE_MAX];
    char name[256], command[WATCH_LINE_MAX];
    size_t sample_count, pause_count;
    struct watch_sample sample[WATCH_SAMPLES_MAX];
    struct watch_pause pause[WATCH_PAUSES_MAX]; /* the first of them */
};

/* Read a file. False with the reason: not one of ours, of another version, cut, or altered so that
 * it makes no sense. */
bool watch_file_read(const char *path, struct watch_file *out, struct error *error);
bool watch_file_read_open(int fd, struct watch_file *out, struct error *error); /* stays open */

/* Its last sample; NULL: the memory of the process is not known. */
static inline const struct watch_sample *watch_file_last(const struct watch_file *self)
{
    return self->sample_count > 0 ? &self->sample[self->sample_count - 1] : NULL;
}

/* The process behind a file that may still be written; 0: it is not ready, or none of ours. */
uint64_t watch_file_pid(const char *path);

/* Words by which a process that is watched is asked for its heap (watch_request.h). */
enum watch_word {
    WATCH_ASKED = 22,    /* a number of the asker's; 0: the process knows no requests */
    WATCH_ASKED_UNTIL,   /* unix ns; later it is not answered */
    WATCH_ASKED_COLLECT, /* 1: and the time of gc.collect() */
    WATCH_ANSWERED,      /* the number answered last */
    WATCH_ANSWER,
    WATCH_ANSWER_NS, /* the process stood still for it */
    WATCH_SIGNAL,    /* at which it answers, while it has the handler; 0: at a collection only */
    WATCH_WORDS,
};

/* Ask the process to watch no longer; it does so at its next collection. */
void watch_file_stop(const char *path);

#endif

/* The processes of a watch while they run: found by the files they make, their memory sampled from
 * outside, so that a program whose collector never runs is seen as well. A process is held by its
 * open statm, without /proc by a pidfd: another that gets its number later is not taken for it. */
#ifndef HEAPDYNO_BENCH_WATCH_LIVE_H
#define HEAPDYNO_BENCH_WATCH_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/watch/watch_file.h"

struct watch_live;

/* Make the folder of a watch's files inside that of a run; its path, absolute, into out[length]. A
 * program may go on as another user: as in /tmp, each has files of its own. */
bool watch_folder_make(const char *run, const char *name, char *out, size_t length,
                       struct error *error);

/* Watch the files of `folder`, which must outlive it. Returns new, closed by watch_live_close. */
struct watch_live *watch_live_open(const char *folder);
void watch_live_close(struct watch_live *self);

/* Look for new files and sample the memory of all processes, once a second at most; smaps_rollup,
 * which costs milliseconds in a large process, at most one 200th of the time. */
void watch_live_step(struct watch_live *self);

/* What all processes that run hold at this moment: the last sample of each, unless asked again, for
 * one that is told to end next holds less and less. */
struct watch_memory {
    size_t processes;
    uint64_t rss_bytes, pss_bytes, private_dirty_bytes; /* sums */
};

void watch_live_memory(struct watch_live *self, struct watch_memory *out);

/* How many of the processes found so far still run. */
size_t watch_live_running(const struct watch_live *self);

/* Whether the process behind a file (its name in the folder) was seen to end: its number says
 * nothing while nobody has waited for it. */
bool watch_live_ended(const struct watch_live *self, const char *name);

/* Ask every process to watch no longer, and those that start later not to begin. */
void watch_live_stop(struct watch_live *self);

/* Samples of the process behind a file (its name in the folder): copied over those that the file
 * has but for the first, where there are more or only they know PSS, or where watch_live_memory took
 * one; it was watched until the last of them, and used the processor time seen by then, at least. */
void watch_live_samples(const struct watch_live *self, const char *name, struct watch_file *out);

#endif

/* Memory of a process as the kernel counts it. Peaks come from VmHWM, read by the process itself:
 * ru_maxrss is floored by the parent's size. Costs here: statm by a kept-open descriptor 1.3 us,
 * smaps_rollup 250 us, smaps milliseconds: the last two at phase ends only. */
#ifndef HEAPDYNO_BENCH_MEMORY_H
#define HEAPDYNO_BENCH_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A buffer of the harness: mapped outside every heap, and touched. NULL: no memory. */
void *memory_map(size_t size);

/* RSS by what the pages belong to. */
struct memory_regions {
    uint64_t heap, mmap, stack, data, text, other;
};

struct memory_rollup {
    uint64_t rss, anonymous, pss;
    uint64_t private_dirty; /* written, and mapped by this process alone: its own */
    uint64_t shared;        /* mapped by others too */
};

/* RSS in bytes through an open descriptor of /proc/PID/statm; 0 when the process is gone. */
uint64_t memory_statm(int fd);

/* Of this process; 0 or false where /proc does not say. */
uint64_t memory_rss(void);
uint64_t memory_peak(void);
/* From here on memory_peak knows nothing of what was. */
void memory_forget_peak(void);
bool memory_rollup(struct memory_rollup *out);
bool memory_rollup_of(pid_t pid, struct memory_rollup *out);
bool memory_regions(struct memory_regions *out);

/* Read a small file of /proc or /sys into buffer[length] as a string, without stdio.
 *   returns  its length, or -1 */
long memory_read_file(const char *path, char *buffer, size_t length);

#endif

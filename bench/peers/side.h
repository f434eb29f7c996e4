/* One side of a comparison as the runner sees it: a process that speaks the lines of worker.h. */
#ifndef HEAPDYNO_BENCH_PEERS_SIDE_H
#define HEAPDYNO_BENCH_PEERS_SIDE_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

struct side {
    pid_t pid;
    FILE *to, *from;
    uint64_t items, batch;
    uint64_t count;   /* operations of a slice */
    bool skipped;     /* it is not here, which is no failure */
    char note[64];    /* numbers that it says of its work, or empty */
    char reason[256]; /* why there is none */
};

/* Start `command`: PROGRAM and words for it. PROGRAM is ours, boehm or counted (in `folder`),
 * python, graph.py, web.py, lua or php; under callgrind if `counts`, a file for it, is not NULL.
 * Does not wait until it is ready. */
void side_start(struct side *self, const char *command, const char *folder, const char *counts);

/* Wait until it is ready. False with the reason; it is closed then. */
bool side_ready(struct side *self);

/* From here on it may use these cores only. */
void side_pin(const struct side *self, const cpu_set_t *cores);

/* Find the count that makes a slice of about `ns`, at least a batch. What the last one took;
 * negative: the process went away. */
double side_calibrate(struct side *self, double ns);

/* Run a slice: nanoseconds an item, or a negative number when the process went away. */
double side_slice(struct side *self);

/* Run the least there is, a batch: by how many bytes the process's own (anonymous) resident memory
 * is above where it stood. Pages of files come 64 KiB at a time, and are nobody's blocks. Negative:
 * the process went away, or the kernel does not tell. */
double side_memory(struct side *self);

void side_close(struct side *self);

#endif

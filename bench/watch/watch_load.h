/* The user's own load on a watched program, beside it: its stages are looked at, never waited for. */
#ifndef HEAPDYNO_BENCH_WATCH_LOAD_H
#define HEAPDYNO_BENCH_WATCH_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct watch_load {
    const char *command; /* for the shell; its output goes to stderr. NULL: there is no load */
    const char *ready;   /* repeated until it succeeds; NULL: the load begins after warm_ns */
    uint64_t warm_ns;

    /* ours; zero at first */
    enum watch_load_stage { WATCH_LOAD_BEFORE, WATCH_LOAD_RUNNING, WATCH_LOAD_ENDED } stage;
    pid_t pid;          /* of what runs now; 0: nothing */
    uint64_t began_ns;  /* first look */
    const char *reason; /* why it was no load; NULL: it ended well */
};

/* Look, and begin what is due. True once it has ended, well or not: see `reason`. */
bool watch_load_step(struct watch_load *self);

/* End what of it still runs. */
void watch_load_close(struct watch_load *self);

#endif
